"""Stopping all containers of a pod: the regular ones side by side, then the sidecars, the last one first.

Owns the order and the timers. What an ended container means, and what follows the last one, is the pod worker's.
Source: pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainersWithSyncResult, terminationOrdering).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from harness.actors.kubelet.containers import Record
from harness.actors.kubelet.termination import LEAST_GRACE_MS, stopping
from harness.actors.world import World
from harness.actors.world.behaviour import KILLED
from harness.kernel.loop import Loop


class Ending:
    """The end of one pod. `take_end` is told of every container that ended, `done` once when none runs any more."""

    __slots__ = ("_done", "_grace_seconds", "_loop", "_records", "_take_end", "_told", "_world", "begun", "complete")

    def __init__(
        self,
        loop: Loop,
        world: World,
        records: Sequence[Record],
        take_end: Callable[[Record, int], None],
        done: Callable[[], None],
    ) -> None:
        self.begun = False
        self.complete = False
        self._loop = loop
        self._world = world
        self._records = records
        self._take_end = take_end
        self._done = done
        self._grace_seconds = 0
        self._told: dict[str, None] = {}

    def begin(self, grace_seconds: int) -> None:
        """Tell the containers to end, and kill those that do not within the grace period."""
        self.begun = True
        self._grace_seconds = grace_seconds
        for record in self._records:
            if record.running and not record.sidecar:
                self._stop(record)
        self.proceed()

    def shorten(self, grace_seconds: int) -> None:
        """Have what still runs killed at the end of this grace period, counted from now."""
        self._grace_seconds = grace_seconds
        latest_ms = self._loop.now_ms + max(grace_seconds * 1000, LEAST_GRACE_MS)
        for record in self._records:
            if record.running and (record.ending is None or record.ending[0] > latest_ms):
                self._end_at(record, latest_ms, KILLED)

    def proceed(self) -> None:
        """A container ended: stop what had to wait for it."""
        if any(record.running and not record.sidecar for record in self._records):
            return
        for record in reversed(self._records):
            if record.running and record.name not in self._told:
                self._stop(record)
            if record.running:
                return
        if not self.complete:
            self.complete = True
            self._done()

    def _stop(self, record: Record) -> None:
        """Tell one container to end; if it would end by itself before that, it does."""
        self._told[record.name] = None
        assert record.run is not None
        stop_ms, exit_code = stopping(record.container, self._world.behaviour(record.run.image), self._grace_seconds)
        due_ms = self._loop.now_ms + stop_ms
        if not stop_ms:
            self._take_end(record, exit_code)
        elif record.ending is None or record.ending[0] > due_ms:
            self._end_at(record, due_ms, exit_code)

    def _end_at(self, record: Record, time_ms: int, exit_code: int) -> None:
        if record.ending is not None:
            self._loop.cancel(record.ending)
        record.ending = self._loop.at(time_ms, partial(self._ended, record, exit_code))

    def _ended(self, record: Record, exit_code: int) -> None:
        self._take_end(record, exit_code)
        self.proceed()
