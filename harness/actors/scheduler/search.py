"""Going through the nodes for one pod: which of them would do, and why the others would not.

Owns how far the search goes and where it begins. Mirrors schedule_one.go (findNodesThatPassFilters).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from harness.actors.scheduler import filters
from harness.actors.scheduler.attempt import Attempt, Check, Rejection
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.trial import rejection_of

# With this many nodes or more, the search ends when enough of them would do.
_ALL_BELOW = 100
_LEAST_PERCENTAGE = 5


class Found(NamedTuple):
    """The nodes that would do, the rejections by name of node, and where the next search begins."""

    feasible: list[NodeView]
    rejections: dict[str, Rejection]
    next_start: int


def search(attempt: Attempt, checks: Sequence[Check], start: int) -> Found:
    """Look at the nodes from number `start` on; a node the pod was nominated for is taken if it will do."""
    views = attempt.nodes.listed()
    nominated = attempt.pod.status.nominated_node_name
    if nominated and _suits(attempt, checks, nominated):
        return Found([attempt.nodes.by_name[nominated]], {}, start)
    if attempt.allowed is not None:
        rejections = {view.name: filters.EXCLUDED for view in views}
        feasible = []
        for view in attempt.allowed:
            rejection = rejections[view.name] = rejection_of(attempt, checks, view)  # type: ignore[assignment]
            if rejection is None:
                del rejections[view.name]
                feasible.append(view)
        return Found(feasible, rejections, (start + len(attempt.allowed)) % len(views))
    count = len(views)
    start %= count
    feasible, rejections = _through(attempt, checks, start, _wanted(count))
    return Found(feasible, rejections, (start + len(feasible) + len(rejections)) % count)


def _suits(attempt: Attempt, checks: Sequence[Check], name: str) -> bool:
    view = attempt.nodes.by_name.get(name)
    if view is None or view.node is None:
        return False
    if attempt.allowed is not None:
        return view in attempt.allowed and rejection_of(attempt, checks, view) is None
    verdicts = attempt.verdicts
    stands = verdicts is None or verdicts[attempt.nodes.listed().index(view)] is None
    return stands and rejection_of(attempt, checks, view) is None


def _through(
    attempt: Attempt, checks: Sequence[Check], start: int, wanted: int
) -> tuple[list[NodeView], dict[str, Rejection]]:
    """The nodes one after the other, round the end of the list, until enough would do."""
    views, verdicts = attempt.nodes.listed(), attempt.verdicts
    contested = bool(attempt.nominations)
    feasible: list[NodeView] = []
    rejections: dict[str, Rejection] = {}
    order: Iterable[int] = range(len(views)) if not start else (*range(start, len(views)), *range(start))
    for index in order:
        view = views[index]
        rejection = verdicts[index] if verdicts is not None else None
        if rejection is None and contested:
            rejection = rejection_of(attempt, checks, view)
        elif rejection is None:
            for check in checks:
                rejection = check(view)
                if rejection is not None:
                    break
        if rejection is not None:
            rejections[view.name] = rejection
            continue
        feasible.append(view)
        if len(feasible) == wanted:
            break
    return feasible, rejections


def _wanted(node_count: int) -> int:
    """How many nodes that would do are enough (percentageOfNodesToScore unset)."""
    if node_count < _ALL_BELOW:
        return node_count
    percentage = max(_LEAST_PERCENTAGE, 50 - node_count // 125)
    return max(_ALL_BELOW, node_count * percentage // 100)
