"""Pods that want to be near others or far from them: the filter and the score of pod affinity.

Owns the rules; the counting is done elsewhere. Mirrors plugins/interpodaffinity (filtering.go, scoring.go).
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.actors.scheduler.attempt import Attempt, Prepared, Rejection
from harness.actors.scheduler.crowds import ByNode, label_of
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.terms import Term
from harness.objects.pod import Pod

INTER_POD_AFFINITY = "InterPodAffinity"

_NOT_NEAR = Rejection(INTER_POD_AFFINITY, ("node(s) didn't match pod affinity rules",), True)
_NOT_FAR = Rejection(INTER_POD_AFFINITY, ("node(s) didn't match pod anti-affinity rules",), False)
_UNWELCOME = Rejection(INTER_POD_AFFINITY, ("node(s) didn't satisfy existing pods anti-affinity rules",), False)


def inter_pod_affinity(attempt: Attempt) -> Prepared:
    """Required terms of the pod, and required anti-affinity terms of the pods that are placed already."""
    terms = attempt.demand.terms
    affinity = terms.affinity if terms is not None else ()
    anti_affinity = terms.anti_affinity if terms is not None else ()
    existing = _objections(attempt)
    if not affinity and not anti_affinity and not existing:
        return None
    near = [(term.topology_key, _crowded(attempt, affinity, term.topology_key)) for term in affinity]
    far = [(term.topology_key, _crowded(attempt, (term,), term.topology_key)) for term in anti_affinity]
    first_of_its_kind = not any(crowded for _, crowded in near) and all(
        term.picks(attempt.pod, attempt.namespaces) for term in affinity
    )

    def check(view: NodeView) -> Rejection | None:
        labels = view.labels
        if any(key not in labels for key, _ in near):
            return _NOT_NEAR
        if not first_of_its_kind and any(labels[key] not in crowded for key, crowded in near):
            return _NOT_NEAR
        if any(labels.get(key) in crowded for key, crowded in far):
            return _NOT_FAR
        if any(labels.get(key) in crowded for key, crowded in existing):
            return _UNWELCOME
        return None

    return check


def _objections(attempt: Attempt) -> list[tuple[str, dict[str, int]]]:
    """Where placed pods do not want this one: topology key, and the values that are closed to it."""
    nodes = attempt.nodes
    return [
        (term.topology_key, nodes.by_topology(counts, term.topology_key))
        for term, counts in nodes.held.anti_affinity.items()
        if term.picks(attempt.pod, attempt.namespaces)
    ]


def _crowded(attempt: Attempt, terms: Sequence[Term], key: str) -> dict[str, int]:
    """The values of a topology key where there are pods that all the terms are about."""
    return attempt.nodes.by_topology(_count(attempt, terms), key)


def _count(attempt: Attempt, terms: Sequence[Term]) -> ByNode:
    namespaces = attempt.namespaces

    def picks(pod: Pod) -> bool:
        return all(term.picks(pod, namespaces) for term in terms)

    description = tuple(term._replace(topology_key="") for term in terms)
    selector = terms[0].selector
    return attempt.nodes.crowds.count(description, label_of(selector) if selector is not None else None, picks)


def affinity_scores(attempt: Attempt, views: Sequence[NodeView]) -> list[int] | None:
    """The weights of fulfilled preferences, the pod's own and those of placed pods about it, as 0 to 100."""
    own = attempt.demand.terms.preferred if attempt.demand.terms is not None else ()
    weighed: list[tuple[int, str, ByNode]] = [
        (each.weight, each.term.topology_key, _count(attempt, (each.term,))) for each in own
    ]
    weighed += [
        (each.weight, each.term.topology_key, counts)
        for each, counts in attempt.nodes.held.preferred.items()
        if each.term.picks(attempt.pod, attempt.namespaces)
    ]
    totals: dict[str, dict[str, int]] = {}
    for weight, key, counts in weighed:
        total = totals.setdefault(key, {})
        for value, count in attempt.nodes.by_topology(counts, key).items():
            total[value] = total.get(value, 0) + weight * count
    if not any(totals.values()):
        return None
    raw = [sum(total.get(view.labels.get(key, ""), 0) for key, total in totals.items()) for view in views]
    lowest, highest = min(raw), max(raw)
    if lowest == highest:
        return [0] * len(raw)
    return [100 * (score - lowest) // (highest - lowest) for score in raw]
