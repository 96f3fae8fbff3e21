"""Which events can help which rejected pods.

Owns the table of queueing hints: for each kind of event, the plugins it may move and the question that tells whether
it may move them for a given pod. Waking in vain costs an attempt and an event that a real cluster would not show.
Mirrors EventsToRegister and the isSchedulableAfter... functions of pkg/scheduler/framework/plugins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias, cast

from harness.actors.scheduler import filters, volume_hints
from harness.actors.scheduler.demand import demand_of
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.pod_affinity import INTER_POD_AFFINITY
from harness.actors.scheduler.queue import QueuedPod
from harness.actors.scheduler.spreading import POD_TOPOLOGY_SPREAD
from harness.actors.scheduler.terms import NamespaceLabels, narrowed, terms_of
from harness.actors.scheduler.volume_binding import VOLUME_BINDING
from harness.actors.scheduler.volume_filters import VOLUME_RESTRICTIONS, VOLUME_ZONE
from harness.actors.scheduler.volume_limits import NODE_VOLUME_LIMITS
from harness.api.store import DELETED, Change
from harness.objects.node import Node
from harness.objects.node_affinity import pod_admits, tolerates, untolerated
from harness.objects.pod import Pod
from harness.objects.taints import HARD_EFFECTS

NODE_ADDED = "node added"
NODE_DELETED = "node deleted"
NODE_LABELS = "node labels changed"
NODE_TAINTS = "node taints changed"
NODE_ALLOCATABLE = "node allocatable changed"
POD_PLACED = "pod placed"
POD_LABELS = "labels of a placed pod changed"
POD_GONE = "placed pod gone"

Hint: TypeAlias = Callable[[QueuedPod, Change, NamespaceLabels], bool]


def _always(_queued: QueuedPod, _change: Change, _namespaces: NamespaceLabels) -> bool:
    return True


def _node_admits_cordon(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    node: Node = change.object
    tolerations = queued.pod.spec.tolerations
    return not node.spec.unschedulable or any(tolerates(each, filters.UNSCHEDULABLE_TAINT) for each in tolerations)


def _node_is_tolerated(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    return _tolerated(queued.pod, change.object) and not (
        change.previous is not None and _tolerated(queued.pod, change.previous)
    )


def _tolerated(pod: Pod, node: Node) -> bool:
    return untolerated(pod.spec.tolerations, node.spec.taints, HARD_EFFECTS) is None


def _node_is_liked(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    spec = queued.pod.spec
    return pod_admits(spec, change.object) and not (change.previous is not None and pod_admits(spec, change.previous))


def _node_is_large_enough(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    view = NodeView(change.object.metadata.name)
    view.see(change.object)
    demand = queued.demand
    return (
        view.pods_allowed > 0
        and demand.cpu_milli <= view.cpu_milli
        and demand.memory_bytes <= view.memory_bytes
        and demand.ephemeral_bytes <= view.ephemeral_bytes
        and all(size <= view.others.get(name, 0) for name, size in demand.others)
    )


def _node_spreads_otherwise(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    """The node began or ceased to count for the pod's constraints, or counts in another domain."""
    keys = [each.topology_key for each in queued.pod.spec.topology_spread_constraints]
    before = _values(change.previous, keys) if change.type != DELETED else None
    after = _values(change.object, keys)
    return before != after


def _values(node: Node | None, keys: Iterable[str]) -> list[str] | None:
    """What the node has for each of these labels; None if it lacks one."""
    labels = node.metadata.labels if node is not None else {}
    values = [labels.get(key) for key in keys]
    return None if node is None or None in values else cast("list[str]", values)


def _node_has_affinity_keys(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    """The node came near pods that are wanted, or away from those that are not."""
    terms = queued.demand.terms
    if terms is None:
        return True
    labels = change.object.metadata.labels
    if change.previous is None:
        return bool(terms.anti_affinity) or any(term.topology_key in labels for term in terms.affinity)
    before = change.previous.metadata.labels
    changed = [key for key in (*before, *labels) if before.get(key) != labels.get(key)]
    return any(term.topology_key in changed and term.topology_key in labels for term in terms.affinity) or any(
        term.topology_key in changed and term.topology_key in before for term in terms.anti_affinity
    )


def _pod_frees_ports(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    view = NodeView("")
    view.ports = dict.fromkeys(demand_of(change.object).ports, 1)
    return view.conflicts(queued.demand.ports)


def _pod_is_wanted_near(queued: QueuedPod, change: Change, namespaces: NamespaceLabels) -> bool:
    terms = queued.demand.terms
    affinity = terms.affinity if terms is not None else ()
    return bool(affinity) and all(term.picks(change.object, namespaces) for term in affinity)


def _pod_was_unwanted(queued: QueuedPod, change: Change, namespaces: NamespaceLabels) -> bool:
    """The pod that is gone was one to keep away from, or kept this one away."""
    terms = queued.demand.terms
    unwanted = terms.anti_affinity if terms is not None else ()
    if any(term.picks(change.object, namespaces) for term in unwanted):
        return True
    held = terms_of(change.object)
    return held is not None and any(term.picks(queued.pod, namespaces) for term in held.anti_affinity)


def _pod_relations_changed(queued: QueuedPod, change: Change, namespaces: NamespaceLabels) -> bool:
    before = Change(change.type, change.previous, None, change.sequence)
    return _pod_is_wanted_near(queued, change, namespaces) or _pod_was_unwanted(queued, before, namespaces)


def _pod_counts_for_spread(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    pod: Pod = change.object
    if pod.metadata.namespace != queued.pod.metadata.namespace:
        return False
    versions = (pod.metadata.labels, change.previous.metadata.labels if change.previous is not None else {})
    for constraint in queued.pod.spec.topology_spread_constraints:
        selector = narrowed(constraint.label_selector, constraint.match_label_keys, queued.pod)
        if selector is not None and any(selector.matches(labels) for labels in versions):
            return True
    return False


HINTS: dict[str, tuple[tuple[str, Hint], ...]] = {
    NODE_ADDED: (
        (filters.NODE_UNSCHEDULABLE, _node_admits_cordon),
        (filters.TAINT_TOLERATION, _node_is_tolerated),
        (filters.NODE_AFFINITY, _node_is_liked),
        (filters.NODE_PORTS, _always),
        (filters.NODE_RESOURCES_FIT, _node_is_large_enough),
        (VOLUME_RESTRICTIONS, _always),
        (VOLUME_BINDING, _always),
        (VOLUME_ZONE, _always),
        (POD_TOPOLOGY_SPREAD, _node_spreads_otherwise),
        (INTER_POD_AFFINITY, _node_has_affinity_keys),
    ),
    NODE_DELETED: ((POD_TOPOLOGY_SPREAD, _node_spreads_otherwise),),
    NODE_LABELS: (
        (filters.NODE_AFFINITY, _node_is_liked),
        (VOLUME_BINDING, _always),
        (VOLUME_ZONE, _always),
        (POD_TOPOLOGY_SPREAD, _node_spreads_otherwise),
        (INTER_POD_AFFINITY, _node_has_affinity_keys),
    ),
    NODE_TAINTS: (
        (filters.NODE_UNSCHEDULABLE, _node_admits_cordon),
        (filters.TAINT_TOLERATION, _node_is_tolerated),
    ),
    NODE_ALLOCATABLE: ((filters.NODE_RESOURCES_FIT, _node_is_large_enough),),
    POD_PLACED: (
        (POD_TOPOLOGY_SPREAD, _pod_counts_for_spread),
        (INTER_POD_AFFINITY, _pod_is_wanted_near),
    ),
    POD_LABELS: (
        (POD_TOPOLOGY_SPREAD, _pod_counts_for_spread),
        (INTER_POD_AFFINITY, _pod_relations_changed),
    ),
    POD_GONE: (
        (filters.NODE_PORTS, _pod_frees_ports),
        (filters.NODE_RESOURCES_FIT, _always),
        (VOLUME_RESTRICTIONS, volume_hints.pod_frees_volumes),
        (NODE_VOLUME_LIMITS, volume_hints.pod_held_volumes),
        (POD_TOPOLOGY_SPREAD, _pod_counts_for_spread),
        (INTER_POD_AFFINITY, _pod_was_unwanted),
    ),
    volume_hints.VOLUME_CHANGED: ((VOLUME_BINDING, _always), (VOLUME_ZONE, volume_hints.volume_zone_changed)),
    volume_hints.CLASS_ADDED: ((VOLUME_BINDING, _always), (VOLUME_ZONE, volume_hints.class_waits)),
    volume_hints.CLASS_TOPOLOGIES: ((VOLUME_BINDING, _always),),
    volume_hints.DRIVERS_ADDED: ((NODE_VOLUME_LIMITS, _always), (VOLUME_BINDING, _always)),
    volume_hints.DRIVERS_LIMIT: ((NODE_VOLUME_LIMITS, _always),),
    volume_hints.DRIVERS_MIGRATED: ((VOLUME_BINDING, _always),),
    volume_hints.ROOM_ADDED: ((VOLUME_BINDING, _always),),
    volume_hints.ROOM_UNCOUNTED: ((VOLUME_BINDING, volume_hints.driver_of_pod),),
    volume_hints.ATTACHMENT_GONE: ((NODE_VOLUME_LIMITS, volume_hints.attachment_counted),),
}


def node_happenings(previous: Node, current: Node) -> list[str]:
    """What a change of a node amounts to."""
    found = []
    if previous.status.allocatable != current.status.allocatable:
        found.append(NODE_ALLOCATABLE)
    if previous.metadata.labels != current.metadata.labels:
        found.append(NODE_LABELS)
    if previous.spec.taints != current.spec.taints or previous.spec.unschedulable != current.spec.unschedulable:
        found.append(NODE_TAINTS)
    return found


def helped_by_own_change(queued: QueuedPod, current: Pod) -> bool:
    """Whether a rejected pod is worth a new attempt because it was changed itself."""
    previous, rejectors = queued.pod, queued.rejectors
    if previous.metadata.labels != current.metadata.labels and (
        POD_TOPOLOGY_SPREAD in rejectors or INTER_POD_AFFINITY in rejectors
    ):
        return True
    if previous.spec is current.spec:
        return False
    if previous.spec.tolerations != current.spec.tolerations:
        return filters.TAINT_TOLERATION in rejectors or filters.NODE_UNSCHEDULABLE in rejectors
    return filters.NODE_RESOURCES_FIT in rejectors and demand_of(current) != queued.demand
