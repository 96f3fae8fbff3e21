"""Pods that want to be near others or far from them: the filter and the score of pod affinity.

Owns the rules; the counting is done elsewhere. Mirrors plugins/interpodaffinity (filtering.go, scoring.go).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeAlias

from harness.actors.scheduler.attempt import Attempt, Prepared, Rejection
from harness.actors.scheduler.crowds import Placement, Tally, label_of
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.terms import Term
from harness.objects.pod import Pod

_Where: TypeAlias = tuple[str, Mapping[str, int]]
"""A topology key, and how many pods there are at each of its values."""

INTER_POD_AFFINITY = "InterPodAffinity"

_NOT_NEAR = Rejection(INTER_POD_AFFINITY, ("node(s) didn't match pod affinity rules",), True)
_NOT_FAR = Rejection(INTER_POD_AFFINITY, ("node(s) didn't match pod anti-affinity rules",), False)
_UNWELCOME = Rejection(INTER_POD_AFFINITY, ("node(s) didn't satisfy existing pods anti-affinity rules",), False)


class _AffinityCheck:
    """Whether a node is near the pods that must be near, and far from those that must be far.

    Each list says where such pods are: a topology key, and the number of them by its value.
    """

    def __init__(self, attempt: Attempt, existing: list[_Where]) -> None:
        terms = attempt.demand.terms
        self._pod = attempt.pod
        self._namespaces = attempt.namespaces
        self._affinity = terms.affinity if terms is not None else ()
        self._anti_affinity = terms.anti_affinity if terms is not None else ()
        self._existing = existing
        self._near: list[_Where] = []
        if self._affinity:
            tally = _count(attempt, self._affinity)
            self._near = [(term.topology_key, tally.within(term.topology_key)) for term in self._affinity]
        self._far: list[_Where] = [
            (term.topology_key, _count(attempt, (term,)).within(term.topology_key)) for term in self._anti_affinity
        ]
        self._may_be_first = all(term.picks(self._pod, self._namespaces) for term in self._affinity)
        self._shared = True

    def __call__(self, view: NodeView) -> Rejection | None:
        labels = view.labels
        if self._near:
            if any(key not in labels for key, _ in self._near):
                return _NOT_NEAR
            lonely = any(labels[key] not in crowded for key, crowded in self._near)
            # The first of pods that want to be near each other may go anywhere.
            if lonely and not (self._may_be_first and not any(crowded for _, crowded in self._near)):
                return _NOT_NEAR
        for key, crowded in self._far:
            if labels.get(key) in crowded:
                return _NOT_FAR
        for key, crowded in self._existing:
            if labels.get(key) in crowded:
                return _UNWELCOME
        return None

    def shift(self, placement: Placement, view: NodeView, by: int) -> None:
        """Count a pod on the node in, or leave it out."""
        if self._shared:
            self._near, self._far, self._existing = map(_own, (self._near, self._far, self._existing))
            self._shared = False
        namespaces, labels = self._namespaces, view.labels
        if self._affinity and all(term.picks(placement.pod, namespaces) for term in self._affinity):
            for key, crowded in self._near:
                _shift(crowded, labels.get(key), by)
        for term, (key, crowded) in zip(self._anti_affinity, self._far, strict=True):
            if term.picks(placement.pod, namespaces):
                _shift(crowded, labels.get(key), by)
        held = placement.demand.terms
        for term in held.anti_affinity if held is not None else ():
            if term.picks(self._pod, namespaces):
                own: dict[str, int] = {}
                self._existing.append((term.topology_key, own))
                _shift(own, labels.get(term.topology_key), by)
        if held is not None and held.anti_affinity:
            self._existing = _summed(self._existing)


def _own(places: list[_Where]) -> list[_Where]:
    return [(key, dict(crowded)) for key, crowded in places]


def _summed(places: list[_Where]) -> list[_Where]:
    """The same with one entry for each key, and without places where nobody is."""
    sums: dict[str, dict[str, int]] = {}
    for key, crowded in places:
        total = sums.setdefault(key, {})
        for value, count in crowded.items():
            total[value] = total.get(value, 0) + count
    return [(key, {value: count for value, count in total.items() if count}) for key, total in sums.items()]


def _shift(crowded: Mapping[str, int], value: str | None, by: int) -> None:
    """Count in a mapping that is one's own."""
    if value is not None and isinstance(crowded, dict):
        count = crowded.get(value, 0) + by
        if count:
            crowded[value] = count
        else:
            del crowded[value]


def inter_pod_affinity(attempt: Attempt) -> Prepared:
    """Required terms of the pod, and required anti-affinity terms of the pods that are placed already."""
    terms = attempt.demand.terms
    existing = _objections(attempt)
    if not existing and (terms is None or not (terms.affinity or terms.anti_affinity)):
        return None
    return _AffinityCheck(attempt, existing)


def _objections(attempt: Attempt) -> list[_Where]:
    """Where placed pods do not want this one."""
    return [
        (term.topology_key, tally.within(term.topology_key))
        for term, tally in attempt.nodes.held.anti_affinity.items()
        if term.picks(attempt.pod, attempt.namespaces)
    ]


def _count(attempt: Attempt, terms: Sequence[Term]) -> Tally:
    """The pods that all the terms are about."""
    namespaces = attempt.namespaces

    def picks(pod: Pod) -> bool:
        return all(term.picks(pod, namespaces) for term in terms)

    description = tuple(term._replace(topology_key="") for term in terms)
    selector = terms[0].selector
    return attempt.nodes.crowds.count(description, label_of(selector) if selector is not None else None, picks)


def affinity_scores(attempt: Attempt, views: Sequence[NodeView]) -> list[int] | None:
    """The weights of fulfilled preferences, the pod's own and those of placed pods about it, as 0 to 100."""
    own = attempt.demand.terms.preferred if attempt.demand.terms is not None else ()
    weighed = [(each.weight, each.term.topology_key, _count(attempt, (each.term,))) for each in own]
    weighed += [
        (each.weight, each.term.topology_key, tally)
        for each, tally in attempt.nodes.held.preferred.items()
        if each.term.picks(attempt.pod, attempt.namespaces)
    ]
    totals: dict[str, dict[str, int]] = {}
    for weight, key, tally in weighed:
        total = totals.setdefault(key, {})
        for value, count in tally.within(key).items():
            total[value] = total.get(value, 0) + weight * count
    if not any(totals.values()):
        return None
    raw = [0] * len(views)
    for key, total in totals.items():
        raw = [score + total.get(view.labels.get(key, ""), 0) for score, view in zip(raw, views, strict=True)]
    lowest, span = min(raw), max(raw) - min(raw)
    if not span:
        return [0] * len(raw)
    # In floating point, as the original does: 29 of 100 makes 28.
    return [int(100 * ((score - lowest) / span)) for score in raw]
