"""Stopping all containers of a pod: hooks and regular containers side by side, then the sidecars, the last one first.

Owns the order and the timers. What an ended container means, and what follows the last one, is the pod worker's.
Source: pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainersWithSyncResult), and its termination order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from harness.actors.kubelet import hooks
from harness.actors.kubelet.containers import Record
from harness.actors.kubelet.termination import LEAST_GRACE_MS, hooked, left_seconds, signalled
from harness.actors.world import World
from harness.actors.world.behaviour import KILLED
from harness.control.events import WARNING
from harness.kernel.loop import Entry, Loop


class Ending:
    """The end of one pod.

    `take_end` is told of every container that ended, `done` once when none runs any more, `say` records an Event.
    """

    __slots__ = ("_done", "_hooks", "_loop", "_records", "_say", "_take_end", "_turns", "_world", "begun", "complete")

    def __init__(
        self,
        loop: Loop,
        world: World,
        records: Sequence[Record],
        take_end: Callable[[Record, int], None],
        done: Callable[[], None],
        say: Callable[[str, str, str, Record], None],
    ) -> None:
        self.begun = False
        self.complete = False
        self._loop = loop
        self._world = world
        self._records = records
        self._take_end = take_end
        self._done = done
        self._say = say
        self._hooks: dict[str, Entry] = {}
        # Sidecars that wait for others to end: since when, with how much grace, and until when at most.
        self._turns: dict[str, tuple[int, int, Entry]] = {}

    def begin(self, grace_seconds: int) -> None:
        """Tell the containers to end, and kill those that do not within the grace period."""
        self.begun = True
        for record in self._records:
            if record.running:
                self._begin_one(record, grace_seconds)
        self.proceed()

    def shorten(self, grace_seconds: int) -> None:
        """Have what still runs killed at the end of this grace period, counted from now."""
        latest_ms = self._loop.now_ms + max(grace_seconds * 1000, LEAST_GRACE_MS)
        for record in self._records:
            if record.running and (record.ending is None or record.ending[0] > latest_ms):
                self._end_at(record, latest_ms, KILLED)

    def proceed(self) -> None:
        """A container ended: stop what had to wait for it."""
        for record in reversed(self._records):
            turn = self._turns.get(record.name)
            if turn is not None and record.running and not self._must_wait(record):
                since_ms, grace_seconds, entry = turn
                self._loop.cancel(entry)
                self._take_turn(record, left_seconds(grace_seconds, self._loop.now_ms - since_ms))
        if not self.complete and not any(record.running for record in self._records):
            self.complete = True
            self._done()

    def drop(self) -> None:
        """Let go of all timers."""
        for entry in (*self._hooks.values(), *(entry for _, _, entry in self._turns.values())):
            self._loop.cancel(entry)
        self._hooks.clear()
        self._turns.clear()

    def _begin_one(self, record: Record, grace_seconds: int) -> None:
        """Run the container's hook, if it has one, beside those of all others."""
        assert record.run is not None
        hook = hooks.pre_stop(record.container, self._world.behaviour(record.run.image))
        if hook is not None and hook.fails and grace_seconds > 0:
            self._say(WARNING, hooks.FAILED_PRE_STOP, hooks.PRE_STOP_FAILED, record)
        result = hooked(hook, grace_seconds)
        record.in_hook = hook is not None and hook.inside and result.wait_ms > 0
        if result.wait_ms:
            over = partial(self._hook_over, record, result.over, result.left_seconds)
            self._hooks[record.name] = self._loop.after(result.wait_ms, over)
        else:
            self._hook_over(record, True, result.left_seconds)

    def _hook_over(self, record: Record, over: bool, grace_seconds: int) -> None:
        """The hook ended, or was not waited for any longer: signal the container, or have a sidecar wait its turn."""
        self._hooks.pop(record.name, None)
        if over:
            record.in_hook = False
        if not record.running:
            return
        if grace_seconds > 0 and self._must_wait(record):
            entry = self._loop.after(grace_seconds * 1000, partial(self._take_turn, record, 0))
            self._turns[record.name] = (self._loop.now_ms, grace_seconds, entry)
        else:
            self._signal(record, grace_seconds)

    def _must_wait(self, record: Record) -> bool:
        """Whether others have to end before this container: for a sidecar, those that started after it."""
        if not record.sidecar:
            return False
        later = self._records[self._records.index(record) + 1 :]
        return any(other.running and not other.init for other in later)

    def _take_turn(self, record: Record, grace_seconds: int) -> None:
        self._turns.pop(record.name, None)
        self._signal(record, grace_seconds)

    def _signal(self, record: Record, grace_seconds: int) -> None:
        """Tell one container to end; if it would end by itself before that, it does."""
        if not record.running:
            return
        assert record.run is not None
        stop_ms, exit_code = signalled(self._world.behaviour(record.run.image), grace_seconds)
        due_ms = self._loop.now_ms + stop_ms
        if not stop_ms:
            self._ended(record, exit_code)
        elif record.ending is None or record.ending[0] > due_ms:
            self._end_at(record, due_ms, exit_code)

    def _end_at(self, record: Record, time_ms: int, exit_code: int) -> None:
        if record.ending is not None:
            self._loop.cancel(record.ending)
        record.ending = self._loop.at(time_ms, partial(self._ended, record, exit_code))

    def _ended(self, record: Record, exit_code: int) -> None:
        self._take_end(record, exit_code)
        self.proceed()
