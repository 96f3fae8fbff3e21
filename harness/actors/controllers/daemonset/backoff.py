"""How long a node's failed pod stays before it is replaced: a second, then twice as long each time.

Source: client-go util/flowcontrol (Backoff), with the limits of pkg/controller/daemon.
"""

from __future__ import annotations

import msgspec

_FIRST_MS = 1_000
_LONGEST_MS = 15 * 60_000


class _Wait(msgspec.Struct):
    length_ms: int
    since_ms: int


class FailedPods:
    """The waits of each key. One that has rested for twice the longest wait begins anew."""

    def __init__(self) -> None:
        self._waits: dict[tuple[str, int, str], _Wait] = {}

    def left_ms(self, key: tuple[str, int, str], now_ms: int) -> int:
        """For how long the key must be looked at later; 0 if its time has come."""
        wait = self._waits.get(key)
        if wait is None or now_ms - wait.since_ms >= wait.length_ms:
            return 0
        return wait.length_ms

    def next(self, key: tuple[str, int, str], now_ms: int) -> None:
        """Let the next wait of the key begin now."""
        wait = self._waits.get(key)
        if wait is None or now_ms - wait.since_ms > 2 * _LONGEST_MS:
            self._waits[key] = _Wait(_FIRST_MS, now_ms)
        else:
            self._waits[key] = _Wait(min(wait.length_ms * 2, _LONGEST_MS), now_ms)
