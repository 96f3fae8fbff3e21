"""Slow work beside the queues: provisioning, deleting and recycling, one run at a time for each object.

Owns that no operation runs twice at once, and that one that failed rests before it may run again. Whoever wants it run
asks again on each sync; asking too early is not an error. Mirrors pkg/util/goroutinemap with exponential back-off.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from harness.api.problems import ApiError
from harness.control.resting import Rest
from harness.kernel.loop import Activity, Loop


class OperationFailed(Exception):
    """Raised by an operation that has told all there is to tell, and is to rest."""


class _State(msgspec.Struct):
    running: bool = True
    rest: Rest = msgspec.field(default_factory=Rest)


class Operations:
    """The operations of one controller, by name."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._states: dict[str, _State] = {}

    def start(self, name: str, operation: Callable[[], Activity]) -> None:
        """Begin the operation now, unless it is running or resting. An `ApiError` in it counts as its failure."""
        if self.begin(name):
            self._loop.spawn(self._run(name, operation()))

    def begin(self, name: str) -> bool:
        """Whether the operation may run now; if so it counts as running until `end` is called."""
        state = self._states.get(name)
        if state is None:
            state = self._states[name] = _State()
        elif state.running or self._loop.now_ms < state.rest.until_ms:
            return False
        state.running = True
        return True

    def end(self, name: str) -> None:
        """The operation is over, and did not fail."""
        del self._states[name]

    async def _run(self, name: str, activity: Activity) -> None:
        try:
            await activity
        except (ApiError, OperationFailed):
            state = self._states[name]
            state.running = False
            state.rest.fail(self._loop.now_ms)
        else:
            self.end(name)
