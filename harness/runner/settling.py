"""When a step is over: nothing has changed for long enough, or its time is up.

Owns what counts as a change, and the wait. Source: docs/scenarios.md, "After each step".
"""

from __future__ import annotations

from collections.abc import Callable

from harness.api.store import ADDED, Change
from harness.cluster import Cluster
from harness.errors import InternalError
from harness.objects.event import Event
from harness.outcome import LIMIT, SETTLED

# More entries than this at one instant is a loop that takes no time at all.
_ENTRIES_AT_ONE_INSTANT = 2_000_000


class Quiet:
    """Watches the store, and runs the cluster until it has been quiet."""

    def __init__(self, cluster: Cluster, quiet_ms: int) -> None:
        self._cluster = cluster
        self._quiet_ms = quiet_ms
        self._changed_ms = 0
        self._said: set[tuple[str, str, str, str]] = set()
        cluster.server.store.watchers.append(self._changed)

    def _changed(self, change: Change) -> None:
        if isinstance(change.object, Event):
            # An event that says again what was said before is no change, and neither is a count going up.
            event = change.object
            about = event.involved_object
            said = (about.uid, event.type, event.reason, event.message)
            if change.type != ADDED or said in self._said:
                return
            self._said.add(said)
        self._changed_ms = self._cluster.clock.now_ms

    def settle(self, limit_ms: int) -> str:
        """Let time pass until nothing has changed for the quiet time, or until cluster time `limit_ms`."""
        loop = self._cluster.loop
        self._changed_ms = self._cluster.clock.now_ms

        def busy() -> bool:
            next_ms = loop.next_time_ms()
            return next_ms is not None and next_ms <= min(self._changed_ms + self._quiet_ms, limit_ms)

        self.run_while(busy)
        over_ms = self._changed_ms + self._quiet_ms
        loop.run_until(min(over_ms, limit_ms))
        return SETTLED if over_ms <= limit_ms else LIMIT

    def run_until(self, time_ms: int) -> None:
        """Let time pass up to and including cluster time `time_ms`."""
        loop = self._cluster.loop

        def due() -> bool:
            next_ms = loop.next_time_ms()
            return next_ms is not None and next_ms <= time_ms

        self.run_while(due)
        loop.run_until(time_ms)

    def run_while(self, condition: Callable[[], bool]) -> None:
        """Run entries while the condition holds. Raises InternalError for an instant that never ends."""
        loop, clock = self._cluster.loop, self._cluster.clock
        instant_ms, entries = clock.now_ms, loop.entries_run
        while condition():
            loop.run_next()
            if clock.now_ms != instant_ms:
                instant_ms, entries = clock.now_ms, loop.entries_run
            elif loop.entries_run - entries > _ENTRIES_AT_ONE_INSTANT:
                raise InternalError(f"cluster time stands still at {instant_ms} ms: the same instant never ends")
