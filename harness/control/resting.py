"""The rest of a piece of work that failed: each failure in a row makes it twice as long.

Owns how long it is. What fails, and who asks again, is known by whoever works. Mirrors
pkg/util/goroutinemap/exponentialbackoff.
"""

from __future__ import annotations

import msgspec

_FIRST_MS = 500
_LONGEST_MS = 122_000


class Rest(msgspec.Struct):
    """Until when the work rests, in cluster time, and how long its last rest is, in milliseconds."""

    until_ms: int = 0
    length_ms: int = 0

    def fail(self, now_ms: int) -> int:
        """The work failed. Returns for how many milliseconds it rests."""
        self.length_ms = min(self.length_ms * 2, _LONGEST_MS) or _FIRST_MS
        self.until_ms = now_ms + self.length_ms
        return self.length_ms
