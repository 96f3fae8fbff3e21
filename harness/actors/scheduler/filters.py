"""The filters: a table of plugins in the order they are asked, and those that look at a node by itself.

Owns the order and the reasons. A filter prepares itself for one pod and then answers node by node; the first that
rejects a node ends it. Mirrors pkg/scheduler/framework/plugins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from harness.actors.scheduler import pod_affinity, spreading, volume_binding, volume_filters, volume_limits
from harness.actors.scheduler.attempt import Attempt, Check, Prepared, Rejection
from harness.actors.scheduler.nodes import NodeView
from harness.objects.node import Taint
from harness.objects.node_affinity import pod_admits, tolerates, untolerated
from harness.objects.pod import Pod
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
_EXCLUDED = Rejection(NODE_AFFINITY, (f"node(s) didn't satisfy plugin(s) [{NODE_AFFINITY}]",), True)
_PORTS_TAKEN = Rejection(NODE_PORTS, ("node(s) didn't have free ports for the requested pod ports",), False)


def node_unschedulable(attempt: Attempt) -> Prepared:
    """Cordoned nodes are for pods that tolerate the taint of a cordon."""
    if not any(view.unschedulable for view in attempt.nodes.listed()):
        return None
    if any(tolerates(toleration, UNSCHEDULABLE_TAINT) for toleration in attempt.pod.spec.tolerations):
        return None
    return lambda view: _UNSCHEDULABLE if view.unschedulable else None


def taint_toleration(attempt: Attempt) -> Prepared:
    """Every taint that keeps pods away must be tolerated."""
    if not any(view.hard_taints for view in attempt.nodes.listed()):
        return None
    tolerations = attempt.pod.spec.tolerations

    def check(view: NodeView) -> Rejection | None:
        if view.hard_taints and untolerated(tolerations, view.hard_taints, HARD_EFFECTS) is not None:
            return _TAINTED
        return None

    return check


def node_affinity(attempt: Attempt) -> Prepared:
    """nodeSelector and required node affinity; terms that name nodes narrow the search to those."""
    spec = attempt.pod.spec
    affinity = spec.affinity.node_affinity if spec.affinity is not None else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity is not None else None
    if required is None and not spec.node_selector:
        return None
    named = _named_nodes(attempt.pod)
    if named is not None and not named:
        return _CONFLICTING

    attempt.allowed = named

    def check(view: NodeView) -> Rejection | None:
        return None if view.node is not None and pod_admits(spec, view.node) else _UNLIKED

    return check


def _named_nodes(pod: Pod) -> tuple[str, ...] | None:
    """The nodes that the terms name, if every term names some; the names of one term must all agree."""
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
    return tuple(names)


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


# In the order of the default profile. NodeName has nothing to say here: a pod that names its node is not scheduled.
FILTERS: tuple[Filter, ...] = (
    node_unschedulable,
    taint_toleration,
    node_affinity,
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
    """The checks that concern the pod, in order; or the rejection of all nodes by the first filter that knows one."""
    checks: list[Check] = []
    for filter_ in FILTERS:
        prepared = filter_(attempt)
        if isinstance(prepared, Rejection):
            return prepared
        if prepared is not None:
            checks.append(prepared)
    allowed = attempt.allowed
    if allowed is not None:
        checks.insert(0, lambda view: None if view.name in allowed else _EXCLUDED)
    return checks


def rejection_by(checks: Sequence[Check], view: NodeView) -> Rejection | None:
    """The first rejection of the node."""
    for check in checks:
        rejection = check(view)
        if rejection is not None:
            return rejection
    return None
