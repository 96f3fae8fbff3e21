"""What the API server warns of while it accepts a request: fields and values that are on their way out.

Owns the texts, by kind. A warning changes nothing; a client shows it. Of pods and their templates, only what concerns
volumes. Source: pkg/api/persistentvolume/util.go, pkg/api/persistentvolumeclaim/util.go, pkg/api/pod/warnings.go,
pkg/api/node/util.go, pkg/api/storage/util.go, pkg/registry/apps/statefulset/strategy.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from harness.api.problems import quoted
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimSpec
from harness.objects.csi import CSIStorageCapacity
from harness.objects.meta import Object, api_version_of, kind_of
from harness.objects.node_labels import RENAMED_NODE_LABELS
from harness.objects.pod import Pod, PodSpec
from harness.objects.statefulset import StatefulSet
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_classes import BETA_CLASS_ANNOTATION, MOUNT_OPTIONS_ANNOTATION

_BETA_CLASS = (
    f'metadata.annotations[{BETA_CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead'
)
_MOUNT_OPTIONS = (
    f'metadata.annotations[{MOUNT_OPTIONS_ANNOTATION}]: deprecated since v1.31; use "mountOptions" attribute instead'
)
_RECYCLE = (
    "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
    "Instead, the recommended approach is to use dynamic provisioning."
)
_NEGATIVE_HISTORY = (
    "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"
)
# (field, name as the warning has it, what became of the plugin), in the order in which they are looked at
_PLUGINS_OF_VOLUMES = (
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("photon_persistent_disk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("scale_io", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
)
_PLUGINS_OF_PODS = (
    ("photon_persistent_disk", "photonPersistentDisk", "deprecated in v1.11, non-functional in v1.16+"),
    ("git_repo", "gitRepo", "deprecated in v1.11, and disabled by default in v1.33+"),
    ("scale_io", "scaleIO", "deprecated in v1.16, non-functional in v1.22+"),
    ("flocker", "flocker", "deprecated in v1.22, non-functional in v1.25+"),
    ("storageos", "storageOS", "deprecated in v1.22, non-functional in v1.25+"),
    ("quobyte", "quobyte", "deprecated in v1.22, non-functional in v1.25+"),
    ("glusterfs", "glusterfs", "deprecated in v1.25, non-functional in v1.26+"),
    ("cephfs", "cephfs", "deprecated in v1.28, non-functional in v1.31+"),
    ("rbd", "rbd", "deprecated in v1.28, non-functional in v1.31+"),
)


# Kinds that are deprecated as a whole.
_OLD_KINDS = {("v1", "Endpoints"): "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"}


def warnings(obj: Object, previous: Object | None = None) -> tuple[str, ...]:
    """What a write of this object is warned of, in order. `previous` is what an update replaced; None at a creation."""
    text = _OLD_KINDS.get((api_version_of(obj), kind_of(obj)))
    if text:
        return (text,)
    find = _WARNINGS.get(type(obj))
    return tuple(find(obj, previous)) if find is not None else ()


def _renamed(label: str) -> str:
    """What is said of a node label that has another name by now; "" of any other."""
    current, version = RENAMED_NODE_LABELS.get(label, ("", ""))
    return f"deprecated since {version}; use {quoted(current)} instead" if current else ""


def _of_bytes(field: str, amounts: Mapping[str, str]) -> Iterator[str]:
    """Storage in fractions of a byte."""
    storage = amounts.get("storage", "0")
    if quantity.parse(storage) % 1000:
        yield f"{field}[storage]: fractional byte value {quoted(storage)} is invalid, must be an integer"


def _of_volume(volume: PersistentVolume, _previous: Object | None) -> Iterator[str]:
    annotations, spec = volume.metadata.annotations, volume.spec
    if BETA_CLASS_ANNOTATION in annotations:
        yield _BETA_CLASS
    if MOUNT_OPTIONS_ANNOTATION in annotations:
        yield _MOUNT_OPTIONS
    if spec.persistent_volume_reclaim_policy == "Recycle":
        yield _RECYCLE
    if spec.node_affinity is not None and spec.node_affinity.required is not None:
        for index, term in enumerate(spec.node_affinity.required.node_selector_terms):
            path = f"spec.nodeAffinity.required.nodeSelectorTerms[{index}]"
            yield from _of_expressions(path, (expression.key for expression in term.match_expressions))
    yield from _of_plugins(spec, "spec", _PLUGINS_OF_VOLUMES)


def _of_expressions(path: str, keys: Iterable[str]) -> Iterator[str]:
    for position, key in enumerate(keys):
        if text := _renamed(key):
            yield f"{path}.matchExpressions[{position}].key: {key} is {text}"


def _of_plugins(spec: object, path: str, plugins: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    for field, name, text in plugins:
        if getattr(spec, field) is not None:
            yield f"{path}.{name}: {text}"


def _of_claim(claim: PersistentVolumeClaim, _previous: Object | None) -> Iterator[str]:
    if BETA_CLASS_ANNOTATION in claim.metadata.annotations:
        yield _BETA_CLASS
    yield from _of_claim_spec(claim.spec, "spec")


def _of_claim_spec(spec: PersistentVolumeClaimSpec, path: str) -> Iterator[str]:
    yield from _of_bytes(f"{path}.resources.requests", spec.resources.requests)
    yield from _of_bytes(f"{path}.resources.limits", spec.resources.limits)


def _of_pod(pod: Pod, previous: Object | None) -> Iterator[str]:
    """A change of a pod is not warned of."""
    if previous is None:
        yield from _of_pod_spec(pod.spec, "spec")


def _of_pod_spec(spec: PodSpec, path: str) -> Iterator[str]:
    for index, volume in enumerate(spec.volumes):
        at = f"{path}.volumes[{index}]"
        yield from _of_plugins(volume, at, _PLUGINS_OF_PODS)
        if volume.ephemeral is not None and volume.ephemeral.volume_claim_template is not None:
            yield from _of_claim_spec(
                volume.ephemeral.volume_claim_template.spec, f"{at}.ephemeral.volumeClaimTemplate.spec"
            )


def _of_stateful_set(stateful_set: StatefulSet, previous: Object | None) -> Iterator[str]:
    spec = stateful_set.spec
    if previous is None or previous.metadata.generation != stateful_set.metadata.generation:
        yield from _of_pod_spec(spec.template.spec, "spec.template.spec")
    for index, template in enumerate(spec.volume_claim_templates):
        yield from _of_claim_spec(template.spec, f"spec.volumeClaimTemplates[{index}]")
    if spec.revision_history_limit is not None and spec.revision_history_limit < 0:
        yield _NEGATIVE_HISTORY


def _of_class(storage_class: StorageClass, _previous: Object | None) -> Iterator[str]:
    for index, term in enumerate(storage_class.allowed_topologies):
        for position, expression in enumerate(term.match_label_expressions):
            if text := _renamed(expression.key):
                yield f"allowedTopologies[{index}].matchLabelExpressions[{position}].key: {text}"


def _of_capacity(capacity: CSIStorageCapacity, _previous: Object | None) -> Iterator[str]:
    topology = capacity.node_topology
    if topology is None:
        return
    yield from _of_expressions("nodeTopology", (expression.key for expression in topology.match_expressions))
    for label in sorted(topology.match_labels):
        if text := _renamed(label):
            yield f"nodeTopology.matchLabels.{label}: {text}"


_WARNINGS: dict[type[Object], Callable[[Any, Object | None], Iterator[str]]] = {
    CSIStorageCapacity: _of_capacity,
    PersistentVolume: _of_volume,
    PersistentVolumeClaim: _of_claim,
    Pod: _of_pod,
    StatefulSet: _of_stateful_set,
    StorageClass: _of_class,
}
