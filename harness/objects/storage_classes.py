"""Which class a claim or a volume has, when it binds, and which class is the default: rules that several actors share.

Mirrors component-helpers' storage/volume/helpers.go and pkg/volume/util/storageclass.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume, StorageClass

BETA_CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"
MOUNT_OPTIONS_ANNOTATION = "volume.beta.kubernetes.io/mount-options"
NO_PROVISIONER = "kubernetes.io/no-provisioner"

_WAIT_FOR_FIRST_CONSUMER = "WaitForFirstConsumer"
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


def waits_for_pod(storage_class: StorageClass) -> bool:
    """Whether the class leaves the choice of a claim's volume to the scheduling of its first pod."""
    return storage_class.volume_binding_mode == _WAIT_FOR_FIRST_CONSUMER


def is_default(storage_class: StorageClass) -> bool:
    """Whether the class is marked as a default one."""
    return any(storage_class.metadata.annotations.get(key) == "true" for key in _DEFAULT_ANNOTATIONS)


def default_class(classes: Iterable[StorageClass]) -> StorageClass | None:
    """The default class: the newest one marked, the lowest name among equally new ones."""
    marked = sorted((found for found in classes if is_default(found)), key=lambda found: found.metadata.name)
    return max(marked, key=lambda found: found.metadata.creation_timestamp or "", default=None)
