"""How many pods of which sort are on which node, kept up to date so that nobody has to go through all pods.

Owns two countings: pods that answer a description (for spreading and for a pod's own affinity terms), and terms that
placed pods hold about others. Knows no node beyond its name, and no rule that uses the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import NamedTuple, TypeAlias

from harness.actors.scheduler.demand import Demand
from harness.actors.scheduler.terms import Term, WeightedTerm
from harness.objects.pod import Pod
from harness.objects.selector import EQUALS, Selector

# What a pod's required affinity counts when others are scored (hardPodAffinityWeight).
_REQUIRED_WEIGHT = 1

Label: TypeAlias = tuple[str, str]
ByNode: TypeAlias = Mapping[str, int]


class Placement(NamedTuple):
    """A pod on a node, bound there or about to be."""

    pod: Pod
    node: str
    demand: Demand


def label_of(selector: Selector) -> Label | None:
    """A label that every pod of the selector has, by which pods that cannot be meant are passed over."""
    for requirement in selector.requirements:
        if requirement.operator == EQUALS:
            return (requirement.key, requirement.values[0])
    return None


class _Crowd:
    """The pods that answer one description."""

    __slots__ = ("by_node", "members", "picks")

    def __init__(self, picks: Callable[[Pod], bool]) -> None:
        self.picks = picks
        self.members: dict[str, str] = {}
        self.by_node: dict[str, int] = {}

    def add(self, placement: Placement) -> None:
        if self.picks(placement.pod):
            self.members[placement.pod.metadata.uid] = placement.node
            self.by_node[placement.node] = self.by_node.get(placement.node, 0) + 1

    def remove(self, placement: Placement) -> None:
        node = self.members.pop(placement.pod.metadata.uid, None)
        if node is not None:
            _subtract(self.by_node, node)


class Crowds:
    """Counts of placed pods by description; a description is counted from when it is first asked for."""

    def __init__(self, placements: Mapping[str, Placement]) -> None:
        self._placements = placements
        self._crowds: dict[Hashable, _Crowd] = {}
        self._by_label: dict[Label | None, list[_Crowd]] = {}

    def count(self, description: Hashable, label: Label | None, picks: Callable[[Pod], bool]) -> ByNode:
        """Node name -> number of placed pods there that `picks` accepts.

        Equal descriptions must mean equal predicates, and every pod accepted must carry `label`, if given.
        """
        crowd = self._crowds.get(description)
        if crowd is None:
            crowd = self._crowds[description] = _Crowd(picks)
            self._by_label.setdefault(label, []).append(crowd)
            for placement in self._placements.values():
                crowd.add(placement)
        return crowd.by_node

    def add(self, placement: Placement) -> None:
        for crowd in self._concerned(placement):
            crowd.add(placement)

    def remove(self, placement: Placement) -> None:
        for crowd in self._concerned(placement):
            crowd.remove(placement)

    def forget(self) -> None:
        """Count everything anew: what the descriptions rest on (the labels of namespaces) has changed."""
        self._crowds.clear()
        self._by_label.clear()

    def _concerned(self, placement: Placement) -> Iterable[_Crowd]:
        if not self._crowds:
            return
        yield from self._by_label.get(None, ())
        for label in placement.pod.metadata.labels.items():
            yield from self._by_label.get(label, ())


class HeldTerms:
    """The terms of placed pods about others: how many pods of each node hold each."""

    def __init__(self) -> None:
        self.anti_affinity: dict[Term, dict[str, int]] = {}
        self.preferred: dict[WeightedTerm, dict[str, int]] = {}

    def add(self, placement: Placement) -> None:
        terms = placement.demand.terms
        if terms is not None:
            for term in terms.anti_affinity:
                _raise(self.anti_affinity.setdefault(term, {}), placement.node)
            for preference in _preferences(placement):
                _raise(self.preferred.setdefault(preference, {}), placement.node)

    def remove(self, placement: Placement) -> None:
        terms = placement.demand.terms
        if terms is not None:
            for term in terms.anti_affinity:
                _subtract(held := self.anti_affinity[term], placement.node)
                if not held:
                    del self.anti_affinity[term]
            for preference in _preferences(placement):
                _subtract(wished := self.preferred[preference], placement.node)
                if not wished:
                    del self.preferred[preference]


def _preferences(placement: Placement) -> Iterable[WeightedTerm]:
    terms = placement.demand.terms
    if terms is None:
        return ()
    return (*terms.preferred, *(WeightedTerm(_REQUIRED_WEIGHT, term) for term in terms.affinity))


def _raise(counts: dict[str, int], node: str) -> None:
    counts[node] = counts.get(node, 0) + 1


def _subtract(counts: dict[str, int], node: str) -> None:
    left = counts[node] - 1
    if left:
        counts[node] = left
    else:
        del counts[node]
