"""The queue of a controller: a key waits once however often it is added, and is never worked on twice at a time.

Owns coalescing, back-off and the limit on workers. Source: client-go util/workqueue.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from harness.kernel.loop import Activity, Entry, Loop

K = TypeVar("K")


class Backoff(NamedTuple):
    """How long a key rests after failures: `first_ms`, doubled by each further one in a row, `longest_ms` at most."""

    first_ms: int = 5
    longest_ms: int = 1_000_000


USUAL_BACKOFF = Backoff()
"""That of every controller of Kubernetes itself."""


class WorkQueue(Generic[K]):
    """Hands keys to `work`, at most `workers` at a time; a key added while it is worked on is worked on again after."""

    __slots__ = (
        "_backoff",
        "_dirty",
        "_failures",
        "_later",
        "_loop",
        "_running",
        "_waiting",
        "_wake",
        "_work",
        "_workers",
    )

    def __init__(
        self,
        loop: Loop,
        work: Callable[[K, int], Activity],
        workers: int = 1,
        backoff: Backoff = USUAL_BACKOFF,
    ) -> None:
        self._loop = loop
        self._backoff = backoff
        self._work = work
        self._workers = workers
        # Taking the first of a plain dict walks over all that were taken before.
        self._waiting: OrderedDict[K, int] = OrderedDict()
        self._running: set[K] = set()
        self._dirty: dict[K, int] = {}
        self._failures: dict[K, int] = {}
        self._later: dict[K, Entry] = {}
        self._wake: Entry | None = None

    def add(self, key: K, woken_by: int = 0) -> None:
        """Have `key` worked on. `woken_by` is the record that asks for it; the first of several is remembered."""
        if key in self._running:
            self._dirty.setdefault(key, woken_by)
        elif key not in self._waiting:
            self._waiting[key] = woken_by
            if self._wake is None and len(self._running) < self._workers:
                self._wake = self._loop.after(0, self._start)

    def add_after(self, key: K, delay_ms: int, woken_by: int = 0) -> None:
        """Have `key` worked on `delay_ms` from now, or earlier if it is already due earlier (a delaying queue).

        `woken_by` is the record that asks for it; that of the earliest wish is remembered.
        """
        if delay_ms <= 0:
            self.add(key, woken_by)
            return
        due_ms = self._loop.now_ms + delay_ms
        planned = self._later.get(key)
        if planned is not None:
            if planned[3] is not None and planned[0] <= due_ms:
                return
            self._loop.cancel(planned)

        def due() -> None:
            del self._later[key]
            self.add(key, woken_by)

        self._later[key] = self._loop.at(due_ms, due)

    def retry(self, key: K) -> None:
        """Have `key` worked on after its back-off."""
        failures = self._failures.get(key, 0)
        self._failures[key] = failures + 1
        self.add_after(key, min(self._backoff.first_ms << min(failures, 30), self._backoff.longest_ms))

    def failures(self, key: K) -> int:
        """How often `key` has failed in a row."""
        return self._failures.get(key, 0)

    def forget(self, key: K) -> None:
        """Let the next failure of `key` count as its first."""
        self._failures.pop(key, None)

    def clear(self) -> None:
        """Forget every key that waits or rests, and all failures. What is being worked on comes to its end."""
        for entry in self._later.values():
            self._loop.cancel(entry)
        for kept in (self._later, self._waiting, self._dirty, self._failures):
            kept.clear()

    def _start(self) -> None:
        self._wake = None
        while self._waiting and len(self._running) < self._workers:
            key, woken_by = self._waiting.popitem(last=False)
            self._running.add(key)
            self._loop.spawn(self._work(key, woken_by), self._finisher(key))

    def _finisher(self, key: K) -> Callable[[], Any]:
        def finish() -> None:
            self._running.discard(key)
            if key in self._dirty:
                self.add(key, self._dirty.pop(key))
            if self._waiting and self._wake is None:
                self._wake = self._loop.after(0, self._start)

        return finish
