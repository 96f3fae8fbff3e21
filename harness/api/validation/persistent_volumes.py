"""What the API server demands of a PersistentVolume, and which of its changes it allows.

Mirrors pkg/apis/core/validation (ValidatePersistentVolume, ValidatePersistentVolumeUpdate).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from harness.api.problems import FieldProblem, forbidden, invalid, required, unsupported
from harness.api.validation.claims import VOLUME_MODES, access_mode_problems
from harness.api.validation.fields import complaints
from harness.api.validation.internal_form import PERSISTENT_SOURCES, difference, shown
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain
from harness.api.validation.scheduling import node_selector_problems
from harness.api.validation.volumes import host_path_problems, nfs_problems
from harness.objects import quantity
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec
from harness.objects.volume import CSIPersistentVolumeSource, LocalVolumeSource

_RECLAIM_POLICIES = ("Delete", "Recycle", "Retain")
_SOURCE_IS_FIXED = "spec.persistentvolumesource is immutable after creation"
_AFFINITY_IS_FIXED = f"{IMMUTABLE}, except for updating from beta label to GA"
_DISTINCT_NAMES = {"cephfs": "cephFS", "scale_io": "scaleIO"}


def volume_problems(volume: PersistentVolume) -> list[FieldProblem]:
    problems = metadata_problems(volume.metadata, False, dns_subdomain, "metadata")
    return problems + _spec_problems(volume.spec)


def volume_update_problems(new: PersistentVolume, old: PersistentVolume) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec is old.spec or new.spec == old.spec:
        return problems
    problems += _spec_problems(new.spec)
    sources = _sources_alone(new.spec), _sources_alone(old.spec)
    if _with_expansion_secret(*sources) != sources[1]:
        text = f"{_SOURCE_IS_FIXED}\n{difference(sources[1], sources[0])}"
        problems.append(forbidden("spec.persistentvolumesource", text))
    if new.spec.volume_mode != old.spec.volume_mode:
        problems.append(invalid("volumeMode", new.spec.volume_mode, IMMUTABLE))
    if old.spec.node_affinity is not None and new.spec.node_affinity != old.spec.node_affinity:
        affinity = new.spec.node_affinity
        problems.append(invalid("nodeAffinity", None if affinity is None else shown(affinity), _AFFINITY_IS_FIXED))
    if new.spec.volume_attributes_class_name is None and old.spec.volume_attributes_class_name is not None:
        text = "update from non-nil value to nil is forbidden"
        problems.append(forbidden("spec.volumeAttributesClassName", text))
    return problems


def _sources_alone(spec: PersistentVolumeSpec) -> PersistentVolumeSpec:
    return PersistentVolumeSpec(**{field: getattr(spec, field) for field in PERSISTENT_SOURCES})


def _with_expansion_secret(new: PersistentVolumeSpec, old: PersistentVolumeSpec) -> PersistentVolumeSpec:
    """The new source without a secret for expansion, which may be given where there was none."""
    if new.csi is None or old.csi is None or old.csi.controller_expand_secret_ref is not None:
        return new
    return replace(new, csi=replace(new.csi, controller_expand_secret_ref=None))


def _spec_problems(spec: PersistentVolumeSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not spec.access_modes:
        problems.append(required("spec.accessModes"))
    problems += access_mode_problems(spec.access_modes, "spec.accessModes")
    problems += _capacity_problems(spec.capacity)
    if spec.persistent_volume_reclaim_policy and spec.persistent_volume_reclaim_policy not in _RECLAIM_POLICIES:
        policy = spec.persistent_volume_reclaim_policy
        problems.append(unsupported("spec.persistentVolumeReclaimPolicy", policy, _RECLAIM_POLICIES))
    problems += _affinity_problems(spec)
    problems += _source_problems(spec)
    if _recycles_the_root(spec):
        text = "may not be 'recycle' for a hostPath mount of '/'"
        problems.append(forbidden("spec.persistentVolumeReclaimPolicy", text))
    if spec.storage_class_name:
        wrong = dns_subdomain(spec.storage_class_name)
        problems += complaints("spec.storageClassName", spec.storage_class_name, wrong)
    if spec.volume_mode is not None and spec.volume_mode not in VOLUME_MODES:
        problems.append(unsupported("spec.volumeMode", spec.volume_mode, VOLUME_MODES))
    return problems + _attributes_class_problems(spec)


def _recycles_the_root(spec: PersistentVolumeSpec) -> bool:
    path = "" if spec.host_path is None else spec.host_path.path
    return spec.persistent_volume_reclaim_policy == "Recycle" and bool(path) and not path.strip("/")


def _capacity_problems(capacity: Mapping[str, str]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not capacity:
        problems.append(required("spec.capacity"))
    if "storage" not in capacity or len(capacity) > 1:
        problems.append(unsupported("spec.capacity", capacity or None, ("storage",)))
    return problems + [
        invalid(f"spec.capacity[{name}]", capacity[name], "must be greater than zero")
        for name in sorted(capacity)
        if quantity.parse(capacity[name]) <= 0
    ]


def _affinity_problems(spec: PersistentVolumeSpec) -> list[FieldProblem]:
    if spec.node_affinity is None:
        return []
    if spec.node_affinity.required is None:
        return [required("spec.nodeAffinity.required", "must specify required node constraints")]
    return node_selector_problems(spec.node_affinity.required, "spec.nodeAffinity.required")


def _source_problems(spec: PersistentVolumeSpec) -> list[FieldProblem]:
    given = [field for field in _SOURCE_ORDER if getattr(spec, field) is not None]
    if not given:
        return [required("spec", "must specify a volume type")]
    first, *others = given
    problems = _SOURCES[first](getattr(spec, first), f"spec.{_served(first)}") if first in _SOURCES else []
    if first == "local" and spec.node_affinity is None:
        problems.append(required("spec.nodeAffinity", "Local volume requires node affinity"))
    text = "may not specify more than 1 volume type"
    return problems + [forbidden(f"spec.{_served(other)}", text) for other in others]


def _served(field: str) -> str:
    head, *tail = field.split("_")
    return _DISTINCT_NAMES.get(field) or head + "".join(word.capitalize() for word in tail)


def _local_problems(source: LocalVolumeSource, path: str) -> list[FieldProblem]:
    if not source.path:
        return [required(f"{path}.path")]
    if ".." in source.path.split("/"):
        return [invalid(f"{path}.path", source.path, "must not contain '..'")]
    return []


def _csi_problems(source: CSIPersistentVolumeSource, path: str) -> list[FieldProblem]:
    problems = [] if source.driver else [required(f"{path}.driver")]
    if not source.volume_handle:
        problems.append(required(f"{path}.volumeHandle"))
    return problems


def _attributes_class_problems(spec: PersistentVolumeSpec) -> list[FieldProblem]:
    name = spec.volume_attributes_class_name
    if name is None:
        return []
    problems: list[FieldProblem] = []
    if not name:
        problems.append(required("spec.volumeAttributesClassName", "an empty string is disallowed"))
    else:
        problems += complaints("spec.volumeAttributesClassName", name, dns_subdomain(name))
    if spec.csi is None:
        problems.append(required("spec.csi", "has to be specified when using volumeAttributesClassName"))
    return problems


_SOURCES: Mapping[str, Callable[[Any, str], list[FieldProblem]]] = {
    "host_path": host_path_problems,
    "nfs": nfs_problems,
    "local": _local_problems,
    "csi": _csi_problems,
}
_SOURCE_ORDER_TEXT = (
    "host_path gce_persistent_disk aws_elastic_block_store glusterfs flocker nfs rbd quobyte cephfs iscsi cinder fc "
    "flex_volume azure_file vsphere_volume photon_persistent_disk portworx_volume azure_disk scale_io local storageos "
    "csi"
)
# The order in which a second source is refused.
_SOURCE_ORDER = tuple(_SOURCE_ORDER_TEXT.split())
