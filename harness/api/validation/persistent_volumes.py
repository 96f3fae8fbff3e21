"""What the API server demands of a PersistentVolume, and which of its changes it allows.

Mirrors pkg/apis/core/validation (ValidatePersistentVolume, ValidatePersistentVolumeUpdate) and
pkg/volume/validation/pv_validation.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from harness.api.problems import FieldProblem, forbidden, invalid, required, unsupported
from harness.api.validation.claims import VOLUME_MODES, access_mode_problems
from harness.api.validation.fields import complaints
from harness.api.validation.internal_form import PERSISTENT_SOURCES, shown, source_difference
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain
from harness.api.validation.scheduling import node_selector_problems
from harness.api.validation.volume_sources import (
    IN_PERSISTENT_VOLUMES,
    ONE_SOURCE,
    PLACES,
    PORTAL_IS_TOO_LONG,
    portal_is_too_long,
)
from harness.objects import quantity
from harness.objects.node_labels import CURRENT_NODE_LABELS
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec, VolumeNodeAffinity
from harness.objects.storage_classes import MOUNT_OPTIONS_ANNOTATION

_RECLAIM_POLICIES = ("Delete", "Recycle", "Retain")
_SOURCE_IS_FIXED = "spec.persistentvolumesource is immutable after creation"
_AFFINITY_IS_FIXED = f"{IMMUTABLE}, except for updating from beta label to GA"
_DISTINCT_NAMES = {"cephfs": "cephFS", "scale_io": "scaleIO"}


def volume_problems(volume: PersistentVolume) -> list[FieldProblem]:
    problems = metadata_problems(volume.metadata, False, dns_subdomain, "metadata")
    return problems + volume_spec_problems(volume.spec, "spec", volume.metadata.name) + _mount_option_problems(volume)


def volume_update_problems(new: PersistentVolume, old: PersistentVolume) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec is old.spec or new.spec == old.spec:
        return problems + _mount_option_problems(new)
    problems += volume_spec_problems(new.spec, "spec", new.metadata.name)
    problems += _mount_option_problems(new)
    sources = _sources_alone(new.spec), _sources_alone(old.spec)
    if _with_expansion_secret(*sources) != sources[1]:
        text = f"{_SOURCE_IS_FIXED}\n{source_difference(sources[1], sources[0])}"
        problems.append(forbidden("spec.persistentvolumesource", text))
    if new.spec.volume_mode != old.spec.volume_mode:
        problems.append(invalid("volumeMode", new.spec.volume_mode, IMMUTABLE))
    affinity = new.spec.node_affinity
    if old.spec.node_affinity is not None and not _names_the_same_nodes(affinity, old.spec.node_affinity):
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


def _names_the_same_nodes(new: VolumeNodeAffinity | None, old: VolumeNodeAffinity) -> bool:
    """Whether nothing has changed but that labels of nodes are called by their names of today."""
    if new is None or new.required is None or old.required is None:
        return new == old
    if [len(term.match_expressions) for term in new.required.node_selector_terms] != [
        len(term.match_expressions) for term in old.required.node_selector_terms
    ]:
        return False
    return _renamed_as(old.required, new.required) == new.required


def _renamed_as(old: NodeSelector, new: NodeSelector) -> NodeSelector:
    """The old selector, with the labels renamed that the new one, of the same lengths, names anew."""

    def renamed(before: NodeSelectorRequirement, after: NodeSelectorRequirement) -> NodeSelectorRequirement:
        return replace(before, key=after.key) if CURRENT_NODE_LABELS.get(before.key) == after.key else before

    terms = (
        replace(before, match_expressions=tuple(map(renamed, before.match_expressions, after.match_expressions)))
        for before, after in zip(old.node_selector_terms, new.node_selector_terms, strict=True)
    )
    return replace(old, node_selector_terms=tuple(terms))


def _mount_option_problems(volume: PersistentVolume) -> list[FieldProblem]:
    """The legacy annotation, which only network file systems and cloud disks may have."""
    if MOUNT_OPTIONS_ANNOTATION not in volume.metadata.annotations:
        return []
    if any(getattr(volume.spec, field) is not None for field in _MOUNTED_WITH_OPTIONS):
        return []
    text = "may not specify mount options for this volume type"
    return [forbidden(f"metadata.annotations.{MOUNT_OPTIONS_ANNOTATION}", text)]


def volume_spec_problems(spec: PersistentVolumeSpec, path: str, name: str) -> list[FieldProblem]:
    """`name` is that of the volume."""
    problems: list[FieldProblem] = []
    if not spec.access_modes:
        problems.append(required(f"{path}.accessModes"))
    problems += access_mode_problems(spec.access_modes, f"{path}.accessModes")
    problems += _capacity_problems(spec.capacity, f"{path}.capacity")
    if spec.persistent_volume_reclaim_policy and spec.persistent_volume_reclaim_policy not in _RECLAIM_POLICIES:
        policy = spec.persistent_volume_reclaim_policy
        problems.append(unsupported(f"{path}.persistentVolumeReclaimPolicy", policy, _RECLAIM_POLICIES))
    problems += _affinity_problems(spec, path)
    problems += _source_problems(spec, path, name)
    if _recycles_the_root(spec):
        text = "may not be 'recycle' for a hostPath mount of '/'"
        problems.append(forbidden(f"{path}.persistentVolumeReclaimPolicy", text))
    if spec.storage_class_name:
        wrong = dns_subdomain(spec.storage_class_name)
        problems += complaints(f"{path}.storageClassName", spec.storage_class_name, wrong)
    if spec.volume_mode is not None and spec.volume_mode not in VOLUME_MODES:
        problems.append(unsupported(f"{path}.volumeMode", spec.volume_mode, VOLUME_MODES))
    return problems + _attributes_class_problems(spec, path)


def inline_spec_problems(spec: PersistentVolumeSpec, path: str) -> list[FieldProblem]:
    """Of a volume that stands in an attachment instead of being named there."""
    context = "in the context of inline volumes"
    problems = [
        forbidden(f"{path}.{served}", f"may not be specified {context}")
        for served, given in (("claimRef", spec.claim_ref), ("capacity", spec.capacity))
        if given
    ]
    if spec.csi is None:
        problems.append(required(f"{path}.csi", f"has to be specified {context}"))
    if not spec.access_modes:
        problems.append(required(f"{path}.accessModes"))
    problems += access_mode_problems(spec.access_modes, f"{path}.accessModes")
    if spec.persistent_volume_reclaim_policy not in ("", "Retain"):
        problems.append(forbidden(f"{path}.persistentVolumeReclaimPolicy", f"may only be Retain {context}"))
    if spec.node_affinity is not None:
        problems.append(forbidden(f"{path}.nodeAffinity", f"may not be specified {context}"))
    problems += _source_problems(spec, path, "")
    if spec.storage_class_name:
        problems.append(forbidden(f"{path}.storageClassName", f"may not be specified {context}"))
    if spec.volume_mode not in (None, "Filesystem"):
        text = f"may not specify volumeMode other than Filesystem {context}"
        problems.append(forbidden(f"{path}.volumeMode", text))
    return problems + _attributes_class_problems(spec, path)


def _recycles_the_root(spec: PersistentVolumeSpec) -> bool:
    path = "" if spec.host_path is None else spec.host_path.path
    return spec.persistent_volume_reclaim_policy == "Recycle" and bool(path) and not path.strip("/")


def _capacity_problems(capacity: Mapping[str, str], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not capacity:
        problems.append(required(path))
    if "storage" not in capacity or len(capacity) > 1:
        problems.append(unsupported(path, capacity or None, ("storage",)))
    for name in sorted(capacity):
        milli = quantity.parse(capacity[name])
        if milli < 0:
            text = "must be a valid resource quantity"
            problems.append(invalid(f"{path}[{name}]", -(-milli // 1000), text))
        if milli <= 0:
            problems.append(invalid(f"{path}[{name}]", capacity[name], "must be greater than zero"))
    return problems


def _affinity_problems(spec: PersistentVolumeSpec, path: str) -> list[FieldProblem]:
    if spec.node_affinity is None:
        return []
    at = f"{path}.nodeAffinity.required"
    if spec.node_affinity.required is None:
        return [required(at, "must specify required node constraints")]
    return node_selector_problems(spec.node_affinity.required, at)


def _source_problems(spec: PersistentVolumeSpec, path: str, name: str) -> list[FieldProblem]:
    given = [field for field in _SOURCE_ORDER if getattr(spec, field) is not None]
    if not given:
        return [required(path, "must specify a volume type")]
    problems: list[FieldProblem] = []
    for position, field in enumerate(given):
        # A flex volume is the one source that the server lets stand behind another.
        if position > 0 and field != "flex_volume":
            problems.append(forbidden(f"{path}.{_served(field)}", ONE_SOURCE))
            continue
        source = getattr(spec, field)
        found = IN_PERSISTENT_VOLUMES[field](source, f"{path}.{PLACES.get(field) or _served(field)}")
        if field == "iscsi" and portal_is_too_long(name, source):
            portal = invalid(f"{path}.iscsi.targetportal", source.target_portal, PORTAL_IS_TOO_LONG)
            found.insert(0 if source.target_portal else 1, portal)
        problems += found
        if field == "local" and spec.node_affinity is None:
            problems.append(required(f"{path}.nodeAffinity", "Local volume requires node affinity"))
    return problems


def _served(field: str) -> str:
    head, *tail = field.split("_")
    return _DISTINCT_NAMES.get(field) or head + "".join(word.capitalize() for word in tail)


def _attributes_class_problems(spec: PersistentVolumeSpec, path: str) -> list[FieldProblem]:
    name = spec.volume_attributes_class_name
    if name is None:
        return []
    problems: list[FieldProblem] = []
    if not name:
        problems.append(required(f"{path}.volumeAttributesClassName", "an empty string is disallowed"))
    else:
        problems += complaints(f"{path}.volumeAttributesClassName", name, dns_subdomain(name))
    if spec.csi is None:
        problems.append(required(f"{path}.csi", "has to be specified when using volumeAttributesClassName"))
    return problems


_SOURCE_ORDER_TEXT = (
    "host_path gce_persistent_disk aws_elastic_block_store glusterfs flocker nfs rbd quobyte cephfs iscsi cinder fc "
    "flex_volume azure_file vsphere_volume photon_persistent_disk portworx_volume azure_disk scale_io local storageos "
    "csi"
)
# The order in which a second source is refused.
_SOURCE_ORDER = tuple(_SOURCE_ORDER_TEXT.split())
_MOUNTED_WITH_OPTIONS = (
    "gce_persistent_disk",
    "aws_elastic_block_store",
    "glusterfs",
    "nfs",
    "rbd",
    "quobyte",
    "iscsi",
    "cinder",
    "cephfs",
    "azure_file",
    "vsphere_volume",
    "azure_disk",
    "photon_persistent_disk",
)
