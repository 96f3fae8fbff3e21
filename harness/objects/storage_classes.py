"""Which class a claim or a volume has, and which class is the default: rules that several actors share."""

from __future__ import annotations

from collections.abc import Iterable

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume, StorageClass

BETA_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
MOUNT_OPTIONS_ANNOTATION = "volume.beta.kubernetes.io/mount-options"
_DEFAULT_ANNOTATIONS = (
    "storageclass.kubernetes.io/is-default-class",
    "storageclass.beta.kubernetes.io/is-default-class",
)


def class_of(obj: PersistentVolumeClaim | PersistentVolume) -> str:
    """The class in effect: the legacy annotation before the field; "" for none."""
    annotations = obj.metadata.annotations
    if annotations and BETA_CLASS_ANNOTATION in annotations:
        return annotations[BETA_CLASS_ANNOTATION]
    return obj.spec.storage_class_name or ""


def is_default(storage_class: StorageClass) -> bool:
    """Whether the class is marked as a default one."""
    return any(storage_class.metadata.annotations.get(key) == "true" for key in _DEFAULT_ANNOTATIONS)


def default_class(classes: Iterable[StorageClass]) -> StorageClass | None:
    """The default class: the newest one marked, the lowest name among equally new ones."""
    marked = sorted((found for found in classes if is_default(found)), key=lambda found: found.metadata.name)
    return max(marked, key=lambda found: found.metadata.creation_timestamp or "", default=None)
