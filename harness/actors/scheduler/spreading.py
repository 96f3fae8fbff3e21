"""Spreading pods over zones and nodes: the filter for hard constraints, the score for soft ones and for the default.

Owns the rules; the counting is done elsewhere. Mirrors plugins/podtopologyspread (filtering.go, scoring.go).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from harness.actors.scheduler.attempt import Attempt, Prepared, Rejection
from harness.actors.scheduler.crowds import Placement, Places, Tally, label_of
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.terms import narrowed, standing
from harness.objects.node_affinity import pod_admits, untolerated
from harness.objects.node_labels import HOSTNAME, ZONE
from harness.objects.pod import Pod, TopologySpreadConstraint
from harness.objects.selector import Selector
from harness.objects.taints import HARD_EFFECTS

POD_TOPOLOGY_SPREAD = "PodTopologySpread"

HARD = "DoNotSchedule"
_SOFT = "ScheduleAnyway"
_HONOR = "Honor"
# What every pod without constraints of its own is spread by: topology key, tolerated skew.
_DEFAULTS = ((HOSTNAME, 3), (ZONE, 5))
_REASON = "node(s) didn't match pod topology spread constraints"
_SKEWED = Rejection(POD_TOPOLOGY_SPREAD, (_REASON,), False)
_UNLABELLED = Rejection(POD_TOPOLOGY_SPREAD, (f"{_REASON} (missing required label)",), True)
_NO_DOMAINS = 2**31 - 1
_NOBODY = Tally(lambda _: {})


class Constraint(NamedTuple):
    """A constraint as it stands for one pod."""

    key: str
    max_skew: int
    min_domains: int
    selector: Selector | None
    heeds_affinity: bool
    heeds_taints: bool


class _Domains:
    """A hard constraint with the pods in each domain, the fewest anywhere, and whether the pod would add to them."""

    __slots__ = ("_places", "constraint", "counts", "fewest", "itself")

    def __init__(self, constraint: Constraint, places: Places, tally: Tally, pod: Pod) -> None:
        """`places` has the domain of each node that counts."""
        self._places = places
        self.constraint = constraint
        self.counts: dict[str | None, int] = {**dict.fromkeys(places.values(), 0), **tally.by_place(places)}
        selector = constraint.selector
        self.itself = 1 if selector is not None and selector.matches(pod.metadata.labels) else 0
        self._find_fewest()

    def shift(self, node: str, by: int) -> None:
        value = self._places.get(node)
        if value is not None:
            self.counts[value] += by
            self._find_fewest()

    def _find_fewest(self) -> None:
        enough = len(self.counts) >= self.constraint.min_domains
        self.fewest = min(self.counts.values(), default=_NO_DOMAINS) if enough else 0


class _SpreadCheck:
    """Whether the pod would skew a hard constraint too far on a node."""

    def __init__(self, attempt: Attempt, domains: Sequence[_Domains]) -> None:
        self._namespace = attempt.pod.metadata.namespace
        self._domains = domains

    def __call__(self, view: NodeView) -> Rejection | None:
        labels = view.labels
        for each in self._domains:
            value = labels.get(each.constraint.key)
            if value is None:
                return _UNLABELLED
            if each.counts.get(value, 0) + each.itself - each.fewest > each.constraint.max_skew:
                return _SKEWED
        return None

    def shift(self, placement: Placement, view: NodeView, by: int) -> None:
        """Count a pod on the node in, or leave it out."""
        for each in self._domains:
            selector = each.constraint.selector
            if selector is not None and _counts_for(self._namespace, selector, placement.pod):
                each.shift(view.name, by)


def topology_spread(attempt: Attempt) -> Prepared:
    """No hard constraint may be skewed further than it allows."""
    if not attempt.pod.spec.topology_spread_constraints:
        return None
    constraints = _constraints(attempt.pod, HARD)
    if not constraints:
        return None
    keys = tuple(constraint.key for constraint in constraints)
    pod, tallies = attempt.pod, [_count(attempt, each.selector) for each in constraints]
    return _SpreadCheck(
        attempt,
        [
            _Domains(constraint, _places(attempt, constraint, keys), tally, pod)
            for constraint, tally in zip(constraints, tallies, strict=True)
        ],
    )


def _constraints(pod: Pod, action: str) -> list[Constraint]:
    found = (each for each in pod.spec.topology_spread_constraints if each.when_unsatisfiable == action)
    return [_constraint(each, pod) for each in found]


def _constraint(constraint: TopologySpreadConstraint, pod: Pod) -> Constraint:
    return Constraint(
        constraint.topology_key,
        constraint.max_skew,
        constraint.min_domains or 1,
        narrowed(constraint.label_selector, constraint.match_label_keys, pod),
        constraint.node_affinity_policy in (None, _HONOR),
        heeds_taints(constraint),
    )


def heeds_taints(constraint: TopologySpreadConstraint) -> bool:
    """Whether nodes with taints that the pod does not tolerate do not count."""
    return constraint.node_taints_policy == _HONOR


def _places(attempt: Attempt, constraint: Constraint, keys: tuple[str, ...]) -> Places:
    """The domain of each node that counts: it has all the labels, and the pod could use it at all."""
    nodes, key, spec = attempt.nodes, constraint.key, attempt.pod.spec
    heeds = constraint.heeds_affinity, constraint.heeds_taints

    def find() -> Places:
        return {
            view.name: view.labels.get(key)
            for view in nodes.listed()
            if all(each in view.labels for each in keys) and _includes(attempt.pod, constraint, view)
        }

    return nodes.remembered(("places", key, keys, heeds, standing(spec)), find)


def _has_keys(view: NodeView, constraints: Sequence[Constraint]) -> bool:
    return all(constraint.key in view.labels for constraint in constraints)


def _includes(pod: Pod, constraint: Constraint, view: NodeView) -> bool:
    """Whether the node counts as one the pod could use at all."""
    if constraint.heeds_affinity and (view.node is None or not pod_admits(pod.spec, view.node)):
        return False
    return not (
        constraint.heeds_taints
        and view.hard_taints
        and untolerated(pod.spec.tolerations, view.hard_taints, HARD_EFFECTS)
    )


def _count(attempt: Attempt, selector: Selector | None) -> Tally:
    """Pods of the pod's namespace that the selector picks and that are not on their way out."""
    if selector is None:
        return _NOBODY
    namespace = attempt.pod.metadata.namespace
    return attempt.nodes.crowds.count(
        (namespace, selector), label_of(selector), lambda pod: _counts_for(namespace, selector, pod)
    )


def _counts_for(namespace: str, selector: Selector, pod: Pod) -> bool:
    metadata = pod.metadata
    return metadata.namespace == namespace and metadata.deletion_timestamp is None and selector.matches(metadata.labels)


def spread_scores(attempt: Attempt, views: Sequence[NodeView]) -> list[int] | None:
    """The fewer of its like in a node's domains, the better; 0 to 100. None if there is nothing to spread by."""
    explicit = bool(attempt.pod.spec.topology_spread_constraints)
    constraints = _constraints(attempt.pod, _SOFT) if explicit else _default_constraints(attempt)
    if not constraints:
        return None
    scored = [view for view in views if _has_keys(view, constraints)] if explicit else views
    keys = tuple(constraint.key for constraint in constraints) if explicit else ()
    raw = [0.0] * len(scored)
    for constraint in constraints:
        tally = _count(attempt, constraint.selector)
        values = [view.labels.get(constraint.key) for view in scored]
        if constraint.key == HOSTNAME:
            by_node = tally.by_node
            weight, counts = math.log(len(scored) + 2), [by_node.get(view.name, 0) for view in scored]
        else:
            # Default constraints demand no keys: nodes without the label are a domain of their own.
            domains = tally.by_place(_places(attempt, constraint, keys))
            weight, counts = math.log(len(set(values)) + 2), [domains.get(value, 0) for value in values]
        extra = constraint.max_skew - 1
        raw = [
            score if value is None else score + (count * weight + extra)
            for score, value, count in zip(raw, values, counts, strict=True)
        ]
    if len(scored) == len(views):
        return _normalized(raw)
    left = dict(zip((view.name for view in scored), _normalized(raw), strict=True))
    return [left.get(view.name, 0) for view in views]


def _default_constraints(attempt: Attempt) -> list[Constraint]:
    siblings = attempt.siblings(attempt.pod)
    if siblings is None:
        return []
    return [Constraint(key, skew, 1, siblings, True, False) for key, skew in _DEFAULTS]


def _normalized(raw: Sequence[float]) -> list[int]:
    """Low becomes high."""
    rounded = [math.floor(score + 0.5) for score in raw]
    highest, lowest = max(rounded, default=0), min(rounded, default=0)
    if highest == 0:
        return [100] * len(rounded)
    return [100 * (highest + lowest - score) // highest for score in rounded]
