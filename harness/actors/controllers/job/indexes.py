"""Sets of completion indexes as the status of a job has them: `1,3-5,7`.

Pure. Owns the notation and the arithmetic; a set is kept as its runs, so that a hundred thousand indexes in a row cost
no more than one. Mirrors pkg/controller/job/indexed_job_utils.go (orderedIntervals).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from typing import TypeAlias

from harness.objects.jobs import whole

Indexes: TypeAlias = tuple[tuple[int, int], ...]
"""Runs (first, last) in order, none touching the next."""

NONE: Indexes = ()


def read(text: str, completions: int) -> Indexes:
    """The indexes below `completions` that a text names; parts of it that cannot be read are passed over."""
    runs: list[tuple[int, int]] = []
    for part in text.split(",") if text else ():
        ends = [whole(end) for end in part.split("-")]
        first, last = ends[0], ends[1] if len(ends) > 1 else ends[0]
        if first is not None and first >= completions:
            break
        if first is None or last is None:
            continue
        last = min(last, completions - 1)
        if runs and runs[-1][1] == first - 1:
            runs[-1] = (runs[-1][0], last)
        else:
            runs.append((first, last))
    return tuple(runs)


def written(indexes: Indexes) -> str:
    """The text for these indexes; two that are neighbours are written one by one."""
    return ",".join(_run(first, last) for first, last in indexes)


def _run(first: int, last: int) -> str:
    if first == last:
        return str(first)
    return f"{first},{last}" if last == first + 1 else f"{first}-{last}"


def of(numbers: Iterable[int]) -> Indexes:
    """The set of these numbers, given in any order."""
    return united(NONE, tuple((number, number) for number in sorted(numbers)))


def united(one: Indexes, other: Indexes) -> Indexes:
    """The indexes in either."""
    runs: list[tuple[int, int]] = []
    for first, last in merge(one, other):
        if runs and first <= runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], max(runs[-1][1], last))
        else:
            runs.append((first, last))
    return tuple(runs)


def total(indexes: Indexes) -> int:
    return sum(last - first + 1 for first, last in indexes)


def has(indexes: Indexes, index: int) -> bool:
    return any(first <= index <= last for first, last in indexes)


def common(one: Indexes, other: Indexes) -> int:
    """How many indexes are in both."""
    return sum(
        max(0, min(last, other_last) - max(first, other_first) + 1)
        for first, last in one
        for other_first, other_last in other
    )


def lowest_free(taken: Indexes, count: int, completions: int) -> list[int]:
    """The lowest indexes below `completions` that are not taken, `count` of them at most."""
    found: list[int] = []
    for index in _free(taken, completions):
        if len(found) == count:
            break
        found.append(index)
    return found


def _free(taken: Indexes, completions: int) -> Iterator[int]:
    candidate = 0
    for first, last in taken:
        yield from range(candidate, min(first, completions))
        candidate = max(candidate, last + 1)
    yield from range(candidate, completions)
