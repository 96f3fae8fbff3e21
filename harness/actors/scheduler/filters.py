"""The filters: tables of plugins in the order they are asked, and those that look at a node by itself.

Owns the order and the reasons. First come those that ask only what the node is like: their verdicts are the same for
all pods of a template and are remembered. Then each filter prepares itself for one pod and answers node by node; the
first that rejects a node ends it. Mirrors pkg/scheduler/framework/plugins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from harness.actors.scheduler import pod_affinity, spreading, volume_binding, volume_filters, volume_limits
from harness.actors.scheduler.attempt import Attempt, Check, Prepared, Rejection
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.terms import standing
from harness.objects.node import Taint
from harness.objects.node_affinity import pod_admits, tolerates, untolerated
from harness.objects.pod import Pod, PodSpec
from harness.objects.taints import HARD_EFFECTS, NO_SCHEDULE, UNSCHEDULABLE

NODE_UNSCHEDULABLE = "NodeUnschedulable"
TAINT_TOLERATION = "TaintToleration"
NODE_AFFINITY = "NodeAffinity"
NODE_PORTS = "NodePorts"
NODE_RESOURCES_FIT = "NodeResourcesFit"

UNSCHEDULABLE_TAINT = Taint(key=UNSCHEDULABLE, effect=NO_SCHEDULE)

Filter: TypeAlias = Callable[[Attempt], Prepared]

_UNSCHEDULABLE = Rejection(NODE_UNSCHEDULABLE, ("node(s) were unschedulable",), True)
_TAINTED = Rejection(TAINT_TOLERATION, ("node(s) had untolerated taint(s)",), True)
_UNLIKED = Rejection(NODE_AFFINITY, ("node(s) didn't match Pod's node affinity/selector",), True)
_CONFLICTING = Rejection(NODE_AFFINITY, ("pod affinity terms conflict",), True)
EXCLUDED = Rejection(NODE_AFFINITY, (f"node(s) didn't satisfy plugin(s) [{NODE_AFFINITY}]",), True)
_PORTS_TAKEN = Rejection(NODE_PORTS, ("node(s) didn't have free ports for the requested pod ports",), False)


def _unschedulable(spec: PodSpec, view: NodeView) -> Rejection | None:
    """Cordoned nodes are for pods that tolerate the taint of a cordon."""
    if view.unschedulable and not any(tolerates(each, UNSCHEDULABLE_TAINT) for each in spec.tolerations):
        return _UNSCHEDULABLE
    return None


def _tainted(spec: PodSpec, view: NodeView) -> Rejection | None:
    """Every taint that keeps pods away must be tolerated."""
    if view.hard_taints and untolerated(spec.tolerations, view.hard_taints, HARD_EFFECTS) is not None:
        return _TAINTED
    return None


def _unliked(spec: PodSpec, view: NodeView) -> Rejection | None:
    """nodeSelector and required node affinity must allow the node."""
    return None if view.node is not None and pod_admits(spec, view.node) else _UNLIKED


# What depends on the node and the pod's spec alone, in the order of the default profile. NodeName has nothing to say
# here: a pod that names its node is not scheduled.
_STANDING: tuple[Callable[[PodSpec, NodeView], Rejection | None], ...] = (_unschedulable, _tainted, _unliked)


def verdicts(attempt: Attempt) -> list[Rejection | None] | None:
    """What speaks against each node whatever pods it has, in the order of the nodes; None if nothing against any."""
    spec, nodes = attempt.pod.spec, attempt.nodes

    def judge() -> tuple[list[Rejection | None] | None]:
        found = [_verdict(spec, view) for view in nodes.listed()]
        return (found if any(found) else None,)

    return nodes.remembered(("standing", standing(spec)), judge)[0]


def _verdict(spec: PodSpec, view: NodeView) -> Rejection | None:
    for judge in _STANDING:
        rejection = judge(spec, view)
        if rejection is not None:
            return rejection
    return None


def _named_nodes(pod: Pod) -> tuple[str, ...] | None:
    """The nodes that the required terms name, if every term names some; the names of one term must all agree."""
    affinity = pod.spec.affinity.node_affinity if pod.spec.affinity is not None else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity is not None else None
    if required is None or not required.node_selector_terms:
        return None
    names: list[str] = []
    for term in required.node_selector_terms:
        lists = [each.values for each in term.match_fields if each.key == "metadata.name" and each.operator == "In"]
        if not lists:
            return None
        names += [name for name in lists[0] if all(name in other for other in lists[1:])]
    return tuple(sorted(dict.fromkeys(names)))


def node_ports(attempt: Attempt) -> Prepared:
    """Host ports must be free."""
    wanted = attempt.demand.ports
    if not wanted:
        return None
    return lambda view: _PORTS_TAKEN if view.ports and view.conflicts(wanted) else None


def node_resources_fit(attempt: Attempt) -> Prepared:
    """What the pod requests must be left, and a place for one more pod."""
    demand = attempt.demand
    cpu, memory, ephemeral, others = (
        demand.cpu_milli,
        demand.memory_bytes,
        demand.ephemeral_bytes,
        demand.others,
    )

    def check(view: NodeView) -> Rejection | None:
        if (
            len(view.placements) < view.pods_allowed
            and (not cpu or cpu <= view.cpu_milli - view.used_cpu_milli)
            and (not memory or memory <= view.memory_bytes - view.used_memory_bytes)
            and (not ephemeral or ephemeral <= view.ephemeral_bytes - view.used_ephemeral_bytes)
            and not others
        ):
            return None
        return _shortage(attempt, view)

    return check


def _shortage(attempt: Attempt, view: NodeView) -> Rejection | None:
    """What is missing, all of it; a request above what the node has at all is beyond help."""
    demand = attempt.demand
    wanted = (
        ("cpu", demand.cpu_milli, view.cpu_milli, view.used_cpu_milli),
        ("memory", demand.memory_bytes, view.memory_bytes, view.used_memory_bytes),
        ("ephemeral-storage", demand.ephemeral_bytes, view.ephemeral_bytes, view.used_ephemeral_bytes),
        *((name, size, view.others.get(name, 0), view.used_others.get(name, 0)) for name, size in demand.others),
    )
    reasons = ["Too many pods"] if len(view.placements) >= view.pods_allowed else []
    unresolvable = False
    for name, size, allocatable, used in wanted:
        if size > 0 and size > allocatable - used:
            reasons.append(f"Insufficient {name}")
            unresolvable = unresolvable or size > allocatable
    return Rejection(NODE_RESOURCES_FIT, tuple(reasons), unresolvable) if reasons else None


# What depends on the pods a node has too, in the order of the default profile.
FILTERS: tuple[Filter, ...] = (
    node_ports,
    node_resources_fit,
    volume_filters.volume_restrictions,
    volume_limits.node_volume_limits,
    volume_binding.volume_binding,
    volume_filters.volume_zone,
    spreading.topology_spread,
    pod_affinity.inter_pod_affinity,
)


def prepare(attempt: Attempt) -> list[Check] | Rejection:
    """The checks that concern the pod, in order; or the rejection of all nodes by the first filter that knows one.

    Fills in which nodes can be for the pod at all.
    """
    named = _named_nodes(attempt.pod)
    if named is not None:
        if not named:
            return _CONFLICTING
        views = (attempt.nodes.by_name.get(name) for name in named)
        attempt.allowed = tuple(view for view in views if view is not None and view.node is not None)
    checks: list[Check] = []
    for filter_ in FILTERS:
        prepared = filter_(attempt)
        if isinstance(prepared, Rejection):
            return prepared
        if prepared is not None:
            checks.append(prepared)
    if attempt.allowed is not None:
        # The few nodes are looked at by name, so what speaks against each is not at hand.
        checks.insert(0, lambda view: _verdict(attempt.pod.spec, view))
    else:
        attempt.verdicts = verdicts(attempt)
    return checks


def rejection_by(checks: Sequence[Check], view: NodeView) -> Rejection | None:
    """The first rejection of the node."""
    for check in checks:
        rejection = check(view)
        if rejection is not None:
            return rejection
    return None
