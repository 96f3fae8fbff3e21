"""On which nodes a daemon pod belongs, and what the controller adds to the template to get it there.

Pure rules; which pods there are is not known here. Source: pkg/controller/daemon/daemon_controller.go
(NodeShouldRunDaemonPod, NewPod) and pkg/controller/daemon/util/daemonset_util.go.
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from harness.objects import node_affinity, taints
from harness.objects.apps import DaemonSet
from harness.objects.node import Node
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.pod import Affinity, NodeAffinity, Pod, PodSpec, Toleration
from harness.objects.pods import pod_of

HASH_LABEL = "controller-revision-hash"
GENERATION_LABEL = "pod-template-generation"
GENERATION_ANNOTATION = "deprecated.daemonset.template.generation"

_NAME_FIELD = "metadata.name"
_TOLERATED = (
    (taints.NOT_READY, taints.NO_EXECUTE),
    (taints.UNREACHABLE, taints.NO_EXECUTE),
    ("node.kubernetes.io/disk-pressure", taints.NO_SCHEDULE),
    ("node.kubernetes.io/memory-pressure", taints.NO_SCHEDULE),
    ("node.kubernetes.io/pid-pressure", taints.NO_SCHEDULE),
    (taints.UNSCHEDULABLE, taints.NO_SCHEDULE),
)
_TOLERATED_BY_HOST_NETWORK = ("node.kubernetes.io/network-unavailable", taints.NO_SCHEDULE)


class Fit(NamedTuple):
    """What a node is to a DaemonSet: whether it wants a pod there, and whether one that is there may stay."""

    should_run: bool
    may_stay: bool


_NOWHERE = Fit(False, False)


def fit(daemon_set: DaemonSet, node: Node) -> Fit:
    """Room, ports and cordons do not matter, and conditions only through the taints that stand for them."""
    spec = daemon_set.spec.template.spec
    if spec.node_name not in ("", node.metadata.name) or not node_affinity.pod_admits(spec, node):
        return _NOWHERE
    tolerations = with_tolerations(spec).tolerations
    if node_affinity.untolerated(tolerations, node.spec.taints, taints.HARD_EFFECTS) is None:
        return Fit(True, True)
    return Fit(False, node_affinity.untolerated(tolerations, node.spec.taints, (taints.NO_EXECUTE,)) is None)


def with_tolerations(spec: PodSpec) -> PodSpec:
    """The pod with what every daemon pod tolerates, each in the place of one for the same taint."""
    wanted: tuple[tuple[str, str], ...] = _TOLERATED
    if spec.host_network:
        wanted = (*wanted, _TOLERATED_BY_HOST_NETWORK)
    kept = spec.tolerations
    for key, effect in wanted:
        new = Toleration(key=key, operator="Exists", effect=effect)
        at = next((index for index, old in enumerate(kept) if _is_same(old, new)), len(kept))
        kept = (*kept[:at], new, *kept[at + 1 :])
    return replace(spec, tolerations=kept)


def _is_same(one: Toleration, other: Toleration) -> bool:
    """Mirrors Toleration.MatchToleration: the seconds do not count."""
    return replace(one, toleration_seconds=None) == other


def new_pod(daemon_set: DaemonSet, node: str, revision_hash: str) -> Pod:
    """The pod for a node: the scheduler is left no other, and the server makes up the name."""
    pod = pod_of(daemon_set, daemon_set.spec.template)
    labels = {**pod.metadata.labels, HASH_LABEL: revision_hash}
    generation = daemon_set.metadata.annotations.get(GENERATION_ANNOTATION, "")
    if generation:
        labels[GENERATION_LABEL] = generation
    return replace(pod, metadata=replace(pod.metadata, labels=labels), spec=pinned(with_tolerations(pod.spec), node))


def pinned(spec: PodSpec, node: str) -> PodSpec:
    """The pod with its required node affinity replaced by the name of the node; what it prefers is kept."""
    requirement = NodeSelectorRequirement(key=_NAME_FIELD, operator="In", values=(node,))
    required = NodeSelector(node_selector_terms=(NodeSelectorTerm(match_fields=(requirement,)),))
    affinity = spec.affinity or Affinity()
    of_nodes = replace(
        affinity.node_affinity or NodeAffinity(), required_during_scheduling_ignored_during_execution=required
    )
    return replace(spec, affinity=replace(affinity, node_affinity=of_nodes))


def node_of(pod: Pod) -> str:
    """The node that the pod is on, or is pinned to while it waits; empty if there is none.

    Mirrors GetTargetNodeName.
    """
    if pod.spec.node_name:
        return pod.spec.node_name
    affinity = pod.spec.affinity.node_affinity if pod.spec.affinity is not None else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity is not None else None
    for term in required.node_selector_terms if required is not None else ():
        for field in term.match_fields:
            if field.key == _NAME_FIELD and field.operator == "In" and len(field.values) == 1:
                return field.values[0]
    return ""
