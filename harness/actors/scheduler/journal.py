"""What an attempt is told as to who asks for it: made from its parts once it is over.

Owns the telling only; decides nothing, and is not there unless somebody listens.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from harness.actors.scheduler import scores
from harness.actors.scheduler.attempt import Attempt, Rejection
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.preemption import Candidate
from harness.objects.scheduling import Fallen, NodeScore, SchedulingCycle

Listener: TypeAlias = Callable[[SchedulingCycle], None]


class Journal:
    """Tells a listener of each attempt."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    def stopped(self, time_ms: int, attempt: Attempt, rejection: Rejection, said: str) -> None:
        """All nodes fell at once."""
        names = tuple(view.name for view in attempt.nodes.listed())
        fallen = (Fallen(rejection.plugin, rejection.reasons, names),)
        self._tell(SchedulingCycle(time_ms, *_named(attempt), fallen, said=said))

    def failed(
        self,
        time_ms: int,
        attempt: Attempt,
        rejections: Mapping[str, Rejection],
        said: str,
        room: Candidate | None,
    ) -> None:
        """No node was left."""
        cycle = SchedulingCycle(time_ms, *_named(attempt), _fallen(rejections), said=said)
        if room is not None:
            victims = tuple((each.metadata.namespace, each.metadata.name) for each in room.victims)
            cycle = cycle._replace(nominated=room.node, victims=victims)
        self._tell(cycle)

    def chosen(
        self,
        time_ms: int,
        attempt: Attempt,
        rejections: Mapping[str, Rejection],
        feasible: Sequence[NodeView],
        node: str,
    ) -> None:
        """A node was found; others may have been as good."""
        earned = _scores(attempt, feasible, node) if len(feasible) > 1 else ()
        self._tell(SchedulingCycle(time_ms, *_named(attempt), _fallen(rejections), earned, node))

    def _tell(self, cycle: SchedulingCycle) -> None:
        self._listener(cycle)


def _named(attempt: Attempt) -> tuple[str, str]:
    return attempt.pod.metadata.namespace, attempt.pod.metadata.name


def _fallen(rejections: Mapping[str, Rejection]) -> tuple[Fallen, ...]:
    found: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for node, rejection in rejections.items():
        found.setdefault((rejection.plugin, rejection.reasons), []).append(node)
    return tuple(Fallen(plugin, reasons, tuple(nodes)) for (plugin, reasons), nodes in found.items())


def _scores(attempt: Attempt, views: Sequence[NodeView], node: str) -> tuple[NodeScore, ...]:
    """The best first; of equal ones the one that was taken."""
    parts = scores.weighed(attempt, views)
    earned = [
        NodeScore(view.name, tuple((name, points[index]) for name, points in parts), sum(p[index] for _, p in parts))
        for index, view in enumerate(views)
    ]
    return tuple(sorted(earned, key=lambda each: (-each.total, each.node != node)))
