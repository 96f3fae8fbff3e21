"""Cluster time: whole milliseconds since the first step, and how an instant is written.

Owns the conversion between the two. Nothing here reads the machine's clock or its time zone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def _stamp(epoch_seconds: int) -> str:
    return (_EPOCH + timedelta(seconds=epoch_seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@lru_cache(maxsize=4096)
def parse(stamp: str) -> int:
    """Milliseconds since 1970 of an RFC 3339 instant; raises ValueError for anything else."""
    instant = datetime.fromisoformat(stamp)
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs a time zone: {stamp!r}")
    return (instant - _EPOCH) // timedelta(milliseconds=1)


class Clock:
    """The one clock of a cluster. `now_ms` counts from the start of the first step."""

    __slots__ = ("now_ms", "start_ms")

    def __init__(self, start_ms: int) -> None:
        self.start_ms = start_ms
        self.now_ms = 0

    def stamp(self) -> str:
        """Now, in whole seconds: `2026-01-01T00:00:00Z`."""
        return _stamp((self.start_ms + self.now_ms) // 1000)

    def stamp_after(self, delay_ms: int) -> str:
        """The instant `delay_ms` from now, in whole seconds."""
        return _stamp((self.start_ms + self.now_ms + delay_ms) // 1000)

    def stamp_micro(self) -> str:
        """Now, in microseconds: `2026-01-01T00:00:00.000000Z`."""
        seconds, milliseconds = divmod(self.start_ms + self.now_ms, 1000)
        return f"{_stamp(seconds)[:-1]}.{milliseconds:03d}000Z"

    def at(self, stamp: str) -> int:
        """Cluster time in milliseconds of a written instant."""
        return parse(stamp) - self.start_ms
