"""Looks at the clock: what Kubernetes looks at every so often is looked at here only where something may be found.

Owns when such a look comes: at a full period of cluster time, as if it were made at each. What is looked at, and what
may be new, is known by whoever looks. Mirrors apimachinery's util/wait (UntilWithContext).
"""

from __future__ import annotations

from collections.abc import Callable

from harness.kernel.loop import Activity, Entry, Loop


def look_from(time_ms: int, period_ms: int) -> int:
    """When the first look at this time or later comes, in cluster time."""
    return -(-time_ms // period_ms) * period_ms


def look_after(time_ms: int, period_ms: int) -> int:
    """When the first look after this time comes, in cluster time."""
    return (time_ms // period_ms + 1) * period_ms


class Poll:
    """Makes `look` when it is next due, once however often it is asked for."""

    __slots__ = ("_entry", "_look", "_loop", "_period_ms")

    def __init__(self, loop: Loop, period_ms: int, look: Callable[[], Activity]) -> None:
        self._loop = loop
        self._period_ms = period_ms
        self._look = look
        self._entry: Entry | None = None

    def wake(self) -> None:
        """Something is new: it is found at the next look."""
        self.plan(look_after(self._loop.now_ms, self._period_ms))

    def plan(self, due_ms: int) -> None:
        """Have a look made at this time, unless one is made before."""
        entry = self._entry
        if entry is not None:
            if entry[0] <= due_ms:
                return
            self._loop.cancel(entry)
        self._entry = self._loop.at(due_ms, self._begin)

    def _begin(self) -> None:
        self._entry = None
        self._loop.spawn(self._look())
