"""The one heap: everything that will happen is an entry, and entries happen in one total order.

Owns the order `(time, priority, sequence)` and nothing else: what an entry does is its own business. An activity that
takes cluster time is a coroutine that awaits `sleep`; there is no other way to wait.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator, Iterable
from heapq import heappop, heappush
from types import coroutine
from typing import Any, TypeAlias

from harness.kernel.clock import Clock

# What may share an instant, in the order it happens there.
USUAL = 0
LATER = 1

Action: TypeAlias = Callable[[], None]
Activity: TypeAlias = Coroutine[int, None, Any]
# (time in ms, priority, sequence, action); the action becomes None when the entry is cancelled
Entry: TypeAlias = list[Any]


@coroutine
def sleep(delay_ms: int) -> Generator[int, None, None]:
    """Let `delay_ms` of cluster time pass before the awaiting activity goes on."""
    yield delay_ms


async def together(activities: Iterable[Activity]) -> None:
    """Run activities side by side until all have ended; those due at the same instant go in the order given.

    Raises what the first that failed raised, once all have ended.
    """
    pending: list[tuple[int, int, Activity]] = []
    failure: Exception | None = None
    elapsed_ms = 0
    due = [(0, order, activity) for order, activity in enumerate(activities)]
    while due or pending:
        for _, order, activity in due:
            try:
                heappush(pending, (elapsed_ms + activity.send(None), order, activity))
            except StopIteration:
                continue
            except Exception as problem:
                failure = failure or problem
        due = []
        if pending:
            next_ms = pending[0][0]
            await sleep(next_ms - elapsed_ms)
            elapsed_ms = next_ms
            while pending and pending[0][0] == next_ms:
                due.append(heappop(pending))
    if failure is not None:
        raise failure


class Loop:
    """A heap of entries and the clock they move.

    An entry's action runs to its end before the next begins; what it schedules for the same instant comes after
    everything already scheduled for that instant at the same priority.
    """

    __slots__ = ("_entries", "_sequence", "clock", "entries_run")

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.entries_run = 0
        self._entries: list[Entry] = []
        self._sequence = 0

    @property
    def now_ms(self) -> int:
        return self.clock.now_ms

    def at(self, time_ms: int, action: Action, priority: int = USUAL) -> Entry:
        """Schedule `action` for cluster time `time_ms`, or for now if that is past. The entry may be cancelled."""
        self._sequence = sequence = self._sequence + 1
        now_ms = self.clock.now_ms
        entry = [time_ms if time_ms > now_ms else now_ms, priority, sequence, action]
        heappush(self._entries, entry)
        return entry

    def after(self, delay_ms: int, action: Action, priority: int = USUAL) -> Entry:
        """Schedule `action` for `delay_ms` from now."""
        return self.at(self.clock.now_ms + delay_ms, action, priority)

    @staticmethod
    def cancel(entry: Entry) -> None:
        """Make an entry that has not run yet do nothing. An entry that has run is left alone."""
        entry[3] = None

    def spawn(self, activity: Activity, done: Callable[[], None] | None = None) -> None:
        """Start an activity now: it runs up to its first `sleep` before this returns. `done` follows its end."""
        try:
            delay_ms = activity.send(None)
        except StopIteration:
            if done is not None:
                done()
            return
        self.after(delay_ms, lambda: self.spawn(activity, done))

    def next_time_ms(self) -> int | None:
        """When the next entry happens; None when nothing is left."""
        entries = self._entries
        while entries and entries[0][3] is None:
            heappop(entries)
        return entries[0][0] if entries else None

    def run_next(self) -> None:
        """Move the clock to the next entry and run it. There must be one."""
        entry = heappop(self._entries)
        action = entry[3]
        if action is not None:
            entry[3] = None
            self.clock.now_ms = entry[0]
            self.entries_run += 1
            action()

    def run_until(self, time_ms: int) -> None:
        """Run every entry up to and including `time_ms`, and leave the clock there."""
        while (next_ms := self.next_time_ms()) is not None and next_ms <= time_ms:
            self.run_next()
        if time_ms > self.clock.now_ms:
            self.clock.now_ms = time_ms
