"""Names in order of size, found by a label selector: an informer's index for whoever wants the smallest that fits.

Owns speed and no rule: what it gives is what a walk from the smallest upwards would give that leaves out whatever the
selector does not pick. What has been picked by a selector once is remembered for as long as it is asked for, so that
neither labels that all differ nor selectors that pick next to nothing make every search a walk over everything.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator, Mapping
from heapq import merge
from typing import TypeAlias

from harness.objects import selector as selecting
from harness.objects.meta import LabelSelector
from harness.objects.selector import EQUALS, IN, Selector

Rank: TypeAlias = tuple[int, str]
"""(size, name): the smallest first, then by name."""

# So many in a row that a selector does not pick, and the next search by it does not walk over them again.
_PATIENCE = 32
# The selectors whose picks are remembered; keeping them up to date costs every addition a look at each.
_REMEMBERED = 16


class Ranking:
    """Ranks with the labels that their bearers have. No two ranks are the same."""

    __slots__ = ("_all", "_bearing", "_labels", "_picked")

    def __init__(self) -> None:
        self._all: list[Rank] = []
        self._labels: dict[Rank, Mapping[str, str]] = {}
        self._bearing: dict[tuple[str, str], list[Rank]] = {}
        # By selector, in the order in which they were last asked for.
        self._picked: dict[Selector, list[Rank]] = {}

    def __len__(self) -> int:
        return len(self._all)

    def add(self, rank: Rank, labels: Mapping[str, str]) -> None:
        """Take in a rank, which must not be there."""
        insort(self._all, rank)
        self._labels[rank] = labels
        for label in labels.items():
            insort(self._bearing.setdefault(label, []), rank)
        for selector, picked in self._picked.items():
            if selector.matches(labels):
                insort(picked, rank)

    def remove(self, rank: Rank) -> None:
        """Let go of a rank, which must be there."""
        _remove(self._all, rank)
        labels = self._labels.pop(rank)
        for label in labels.items():
            bearing = self._bearing[label]
            _remove(bearing, rank)
            if not bearing:
                del self._bearing[label]
        for selector, picked in self._picked.items():
            if selector.matches(labels):
                _remove(picked, rank)

    def at_least(self, size: int, selector: LabelSelector | None = None) -> Iterator[Rank]:
        """The ranks from this size on whose labels the selector picks, in order; all of them without a selector."""
        if selector is None:
            return _from(self._all, (size, ""))
        return self._selected((size, ""), selecting.compiled(selector))

    def _selected(self, start: Rank, selector: Selector) -> Iterator[Rank]:
        if selector not in self._picked:
            passed = 0
            for rank in self._narrowed(start, selector):
                if selector.matches(self._labels[rank]):
                    yield rank
                    continue
                passed += 1
                if passed == _PATIENCE:
                    start = rank
                    break
            else:
                return
        yield from _from(self._picks(selector), start)

    def _narrowed(self, start: Rank, selector: Selector) -> Iterator[Rank]:
        """The ranks from `start` on that meet whichever demand for a label's value leaves the fewest."""
        fewest = [self._all]
        for requirement in selector.requirements:
            if requirement.operator in (EQUALS, IN):
                labels = [(requirement.key, value) for value in dict.fromkeys(requirement.values)]
                bearing = [self._bearing[label] for label in labels if label in self._bearing]
                if sum(map(len, bearing)) < sum(map(len, fewest)):
                    fewest = bearing
        if len(fewest) == 1:
            return _from(fewest[0], start)
        return merge(*(_from(ranks, start) for ranks in fewest))

    def _picks(self, selector: Selector) -> list[Rank]:
        """All that the selector picks, from now on kept up to date."""
        picked = self._picked.pop(selector, None)
        if picked is None:
            picked = [rank for rank in self._narrowed((-1, ""), selector) if selector.matches(self._labels[rank])]
            if len(self._picked) == _REMEMBERED:
                del self._picked[next(iter(self._picked))]
        self._picked[selector] = picked
        return picked


def _from(ranks: list[Rank], start: Rank) -> Iterator[Rank]:
    for position in range(bisect_left(ranks, start), len(ranks)):
        yield ranks[position]


def _remove(ranks: list[Rank], rank: Rank) -> None:
    del ranks[bisect_left(ranks, rank)]
