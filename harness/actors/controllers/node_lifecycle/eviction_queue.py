"""Nodes that wait for the taint that drives their pods off, zone by zone, one node every so often.

Owns the queue and when it is looked at. How fast it may go is decided in zones, who waits in health. Source:
pkg/controller/nodelifecycle (doNoExecuteTaintingPass), scheduler/rate_limited_queue.go.
"""

from __future__ import annotations

from harness.actors.controllers.node_lifecycle.tainting import swap
from harness.actors.controllers.node_lifecycle.zones import Limiter, Zone, zone_of
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.control.polling import look_after, look_from
from harness.kernel.loop import Entry
from harness.objects.conditions import find
from harness.objects.node import Node, Taint
from harness.objects.node_conditions import READY
from harness.objects.taints import NO_EXECUTE, NOT_READY, UNREACHABLE

_PERIOD_MS = 100

NOT_READY_TAINT = Taint(key=NOT_READY, effect=NO_EXECUTE)
UNREACHABLE_TAINT = Taint(key=UNREACHABLE, effect=NO_EXECUTE)

# Status of Ready -> the taint that says so, and the one that would contradict it.
SAID_BY: dict[str, tuple[Taint, Taint]] = {
    "False": (NOT_READY_TAINT, UNREACHABLE_TAINT),
    "Unknown": (UNREACHABLE_TAINT, NOT_READY_TAINT),
}


class EvictionQueue:
    """Looks at itself every tenth of a second, as long as somebody waits and may be let through."""

    def __init__(self, process: Process, actor: str) -> None:
        self._process = process
        self._actor = actor
        self._loop = process.loop
        self._nodes = process.informers.of(Node)
        self._waiting: dict[Zone, dict[str, None]] = {}
        self._limiters: dict[Zone, Limiter] = {}
        self._entry: Entry | None = None

    def wait(self, node: Node) -> None:
        """Put the node at the end of its zone's queue."""
        name = node.metadata.name
        self.leave(name)
        self._waiting.setdefault(zone_of(node), {})[name] = None
        self._plan()

    def leave(self, name: str) -> None:
        """Take the node out of the queue."""
        for waiting in self._waiting.values():
            waiting.pop(name, None)

    def limit(self, zone: Zone, interval_ms: int | None) -> None:
        """Let a node of the zone through every so often; never, with None."""
        self._limiter(zone).set(interval_ms, self._loop.now_ms)
        self._plan()

    def _limiter(self, zone: Zone) -> Limiter:
        return self._limiters.setdefault(zone, Limiter())

    def _plan(self) -> None:
        """Have the queue looked at when the first that waits may be let through."""
        free = [self._limiter(zone).free_ms for zone, waiting in self._waiting.items() if waiting]
        due = [free_ms for free_ms in free if free_ms is not None]
        if self._entry is not None:
            self._loop.cancel(self._entry)
            self._entry = None
        if due:
            due_ms = max(look_after(self._loop.now_ms, _PERIOD_MS), look_from(min(due), _PERIOD_MS))
            self._entry = self._loop.at(due_ms, lambda: self._loop.spawn(self._look()))

    async def _look(self) -> None:
        self._entry = None
        for zone, waiting in self._waiting.items():
            while waiting and self._limiter(zone).take(self._loop.now_ms):
                name = next(iter(waiting))
                try:
                    await self._taint(name)
                except ApiError:
                    # It waits for the next token.
                    continue
                waiting.pop(name, None)
        self._plan()

    async def _taint(self, name: str) -> None:
        node = self._nodes.get("", name)
        ready = find(node.status.conditions, READY) if node is not None else None
        said = SAID_BY.get(ready.status) if ready is not None else None
        if node is not None and said is not None:
            wanted, opposite = said
            await swap(self._process.client(self._actor, name), node, add=[wanted], remove=[opposite])
