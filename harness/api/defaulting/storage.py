"""What the API server fills into claims, volumes and classes.

Mirrors pkg/apis/core/v1/defaults.go, pkg/apis/storage/v1/defaults.go, and of the strategies what is taken away: data
sources (pkg/api/persistentvolumeclaim/util.go) and fields of features that are off (pkg/registry/storage/csidriver).
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.filling import filled, missing_fields
from harness.api.defaulting.volumes import SHARED_SOURCES, VOLUME_MODE
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimSpec
from harness.objects.csi import CSIDriver
from harness.objects.meta import TypedLocalObjectReference, TypedObjectReference
from harness.objects.storage import PersistentVolume, StorageClass

_PENDING = (("phase", "", "Pending"),)
_VOLUME = (("persistent_volume_reclaim_policy", "", "Retain"), *VOLUME_MODE)
_CLASS = (("reclaim_policy", None, "Delete"), ("volume_binding_mode", None, "Immediate"))
_DRIVER = (
    ("attach_required", None, True),
    ("pod_info_on_mount", None, False),
    ("storage_capacity", None, False),
    ("fs_group_policy", None, "ReadWriteOnceWithFSType"),
    ("volume_lifecycle_modes", (), ("Persistent",)),
    ("requires_republish", None, False),
    ("se_linux_mount", None, False),
)
_CLONEABLE = (
    (None, "PersistentVolumeClaim"),
    ("", "PersistentVolumeClaim"),
    ("snapshot.storage.k8s.io", "VolumeSnapshot"),
)


def default_claim(claim: PersistentVolumeClaim) -> PersistentVolumeClaim:
    spec = _with_data_sources(filled(claim.spec, VOLUME_MODE))
    status = filled(claim.status, _PENDING)
    if spec is claim.spec and status is claim.status:
        return claim
    return replace(claim, spec=spec, status=status)


def default_volume(volume: PersistentVolume) -> PersistentVolume:
    changes: dict[str, Any] = missing_fields(volume.spec, _VOLUME)
    for field, fill in SHARED_SOURCES.items():
        source = getattr(volume.spec, field)
        if source is not None and (with_defaults := fill(source)) is not source:
            changes[field] = with_defaults
    status = filled(volume.status, _PENDING)
    if not changes and status is volume.status:
        return volume
    return replace(volume, spec=replace(volume.spec, **changes), status=status)


def default_class(storage_class: StorageClass) -> StorageClass:
    return filled(storage_class, _CLASS)


def default_driver(driver: CSIDriver) -> CSIDriver:
    spec = filled(driver.spec, _DRIVER)
    if spec.prevent_pod_scheduling_if_missing is not None:
        spec = replace(spec, prevent_pod_scheduling_if_missing=None)
    return driver if spec is driver.spec else replace(driver, spec=spec)


def _with_data_sources(spec: PersistentVolumeClaimSpec) -> PersistentVolumeClaimSpec:
    """The older and the newer field for a data source say the same; the older one alone may only name what it could."""
    source, reference = spec.data_source, spec.data_source_ref
    if source is None and reference is None:
        return spec
    if reference is not None and reference.namespace:
        # A source in another namespace is a feature that is off: it is forgotten.
        return _with_data_sources(replace(spec, data_source_ref=None))
    if reference is None and source is not None:
        if (source.api_group, source.kind) not in _CLONEABLE:
            return replace(spec, data_source=None)
        mirrored = TypedObjectReference(api_group=source.api_group, kind=source.kind, name=source.name)
        return replace(spec, data_source_ref=mirrored)
    if source is None and reference is not None:
        older = TypedLocalObjectReference(api_group=reference.api_group, kind=reference.kind, name=reference.name)
        return replace(spec, data_source=older)
    return spec
