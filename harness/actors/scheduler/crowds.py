"""How many pods of which sort are on which node, kept up to date so that nobody has to go through all pods.

Owns two countings: pods that answer a description (for spreading and for a pod's own affinity terms), and terms that
placed pods hold about others; each by node, and where somebody asks by the values of a node label. Knows no rule that
uses the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import NamedTuple, TypeAlias, TypeVar

from harness.actors.scheduler.demand import Demand
from harness.actors.scheduler.terms import Term, Terms, WeightedTerm
from harness.objects.pod import Pod
from harness.objects.selector import EQUALS, Selector

T = TypeVar("T", Term, WeightedTerm)
K = TypeVar("K", bound=Hashable)

# What a pod's required affinity counts when others are scored (hardPodAffinityWeight).
_REQUIRED_WEIGHT = 1

_PLACES_KEPT = 4

Label: TypeAlias = tuple[str, str]
Places: TypeAlias = Mapping[str, str | None]
"""The place of each node that has one, by name. One such mapping never changes."""
LabelsOf: TypeAlias = Callable[[str], Mapping[str, str]]
"""The labels of the node of that name; empty for one that is gone."""


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


class Tally:
    """A number for each node that has any; summed up by the values of a node label, or by places, once asked for."""

    __slots__ = ("_labels_of", "_placed", "_sums", "by_node")

    def __init__(self, labels_of: LabelsOf) -> None:
        self.by_node: dict[str, int] = {}
        self._labels_of = labels_of
        self._sums: dict[str, dict[str, int]] = {}
        self._placed: list[tuple[Places, dict[str | None, int]]] = []

    def within(self, key: str) -> Mapping[str, int]:
        """The number for each value of the label; nodes without the label do not count."""
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = {}
            for node, count in self.by_node.items():
                value = self._labels_of(node).get(key)
                if value is not None:
                    sums[value] = sums.get(value, 0) + count
        return sums

    def by_place(self, places: Places) -> Mapping[str | None, int]:
        """The number for each place, of the nodes that have one; kept up to date for the last few `places`."""
        if not self.by_node:
            return {}
        for known, numbers in self._placed:
            if known is places:
                return numbers
        numbers = {}
        for node, count in self.by_node.items():
            if node in places:
                place = places[node]
                numbers[place] = numbers.get(place, 0) + count
        self._placed = [(places, numbers), *self._placed[: _PLACES_KEPT - 1]]
        return numbers

    def shift(self, node: str, by: int) -> None:
        """Count one more on the node, or one less."""
        _shift(self.by_node, node, by)
        for places, numbers in self._placed:
            if node in places:
                _shift(numbers, places[node], by)
        if self._sums:
            labels = self._labels_of(node)
            for key, sums in self._sums.items():
                value = labels.get(key)
                if value is not None:
                    _shift(sums, value, by)

    def relabel(self) -> None:
        """Take in that the labels of nodes have changed."""
        self._sums.clear()
        self._placed.clear()


class _Crowd(Tally):
    """The pods that answer one description."""

    __slots__ = ("_members", "_picks")

    def __init__(self, labels_of: LabelsOf, picks: Callable[[Pod], bool]) -> None:
        super().__init__(labels_of)
        self._picks = picks
        self._members: dict[str, str] = {}

    def add(self, placement: Placement) -> None:
        if self._picks(placement.pod):
            self._members[placement.pod.metadata.uid] = placement.node
            self.shift(placement.node, 1)

    def remove(self, placement: Placement) -> None:
        node = self._members.pop(placement.pod.metadata.uid, None)
        if node is not None:
            self.shift(node, -1)


class Crowds:
    """Counts of placed pods by description; a description is counted from when it is first asked for."""

    def __init__(self, placements: Mapping[str, Placement], labels_of: LabelsOf) -> None:
        self._placements = placements
        self._labels_of = labels_of
        self._crowds: dict[Hashable, _Crowd] = {}
        self._by_label: dict[Label | None, list[_Crowd]] = {}

    def count(self, description: Hashable, label: Label | None, picks: Callable[[Pod], bool]) -> Tally:
        """The number of placed pods that `picks` accepts.

        Equal descriptions must mean equal predicates, and every pod accepted must carry `label`, if given.
        """
        crowd = self._crowds.get(description)
        if crowd is None:
            crowd = self._crowds[description] = _Crowd(self._labels_of, picks)
            self._by_label.setdefault(label, []).append(crowd)
            for placement in self._placements.values():
                crowd.add(placement)
        return crowd

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

    def relabel(self) -> None:
        """Take in that the labels of nodes have changed."""
        for crowd in self._crowds.values():
            crowd.relabel()

    def _concerned(self, placement: Placement) -> Iterable[_Crowd]:
        if not self._crowds:
            return
        yield from self._by_label.get(None, ())
        for label in placement.pod.metadata.labels.items():
            yield from self._by_label.get(label, ())


class HeldTerms:
    """The terms of placed pods about others: how many pods of each node hold each."""

    def __init__(self, labels_of: LabelsOf) -> None:
        self.anti_affinity: dict[Term, Tally] = {}
        self.preferred: dict[WeightedTerm, Tally] = {}
        self._labels_of = labels_of

    def add(self, placement: Placement) -> None:
        terms = placement.demand.terms
        if terms is not None:
            for term in terms.anti_affinity:
                self._raise(self.anti_affinity, term, placement.node)
            for preference in _preferences(terms):
                self._raise(self.preferred, preference, placement.node)

    def remove(self, placement: Placement) -> None:
        terms = placement.demand.terms
        if terms is not None:
            for term in terms.anti_affinity:
                _lower(self.anti_affinity, term, placement.node)
            for preference in _preferences(terms):
                _lower(self.preferred, preference, placement.node)

    def relabel(self) -> None:
        """Take in that the labels of nodes have changed."""
        for tally in (*self.anti_affinity.values(), *self.preferred.values()):
            tally.relabel()

    def _raise(self, held: dict[T, Tally], what: T, node: str) -> None:
        tally = held.get(what)
        if tally is None:
            tally = held[what] = Tally(self._labels_of)
        tally.shift(node, 1)


def _lower(held: dict[T, Tally], what: T, node: str) -> None:
    tally = held[what]
    tally.shift(node, -1)
    if not tally.by_node:
        del held[what]


def _preferences(terms: Terms) -> Iterable[WeightedTerm]:
    return (*terms.preferred, *(WeightedTerm(_REQUIRED_WEIGHT, term) for term in terms.affinity))


def _shift(counts: dict[K, int], key: K, by: int) -> None:
    count = counts.get(key, 0) + by
    if count:
        counts[key] = count
    else:
        del counts[key]
