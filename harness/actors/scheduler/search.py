"""Going through the nodes for one pod: which of them would do, and why the others would not.

Owns how far the search goes and where it begins. Mirrors schedule_one.go (findNodesThatPassFilters).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from harness.actors.scheduler import filters
from harness.actors.scheduler.attempt import Attempt, Check, Rejection
from harness.actors.scheduler.nodes import NodeView

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
    nominated = attempt.nodes.by_name.get(attempt.pod.status.nominated_node_name)
    if nominated is not None and nominated.node is not None and filters.rejection_by(checks, nominated) is None:
        return Found([nominated], {}, start)
    count = len(views)
    wanted = _wanted(count)
    start %= count
    feasible: list[NodeView] = []
    rejections: dict[str, Rejection] = {}
    for view in (*views[start:], *views[:start]) if start else views:
        rejection = filters.rejection_by(checks, view)
        if rejection is not None:
            rejections[view.name] = rejection
            continue
        feasible.append(view)
        if len(feasible) == wanted:
            break
    return Found(feasible, rejections, (start + len(feasible) + len(rejections)) % count)


def _wanted(node_count: int) -> int:
    """How many nodes that would do are enough (percentageOfNodesToScore unset)."""
    if node_count < _ALL_BELOW:
        return node_count
    percentage = max(_LEAST_PERCENTAGE, 50 - node_count // 125)
    return max(_ALL_BELOW, node_count * percentage // 100)
