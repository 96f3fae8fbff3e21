"""Durations as texts, in the notation of Go: `2s`, `1m30s`, `1.5h`, `250us`.

Owns the notation, for whoever reads or writes one. Does not know where a duration stands nor how long it may be.
"""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS_MS = {
    "h": Fraction(3_600_000),
    "m": Fraction(60_000),
    "s": Fraction(1_000),
    "ms": Fraction(1),
    "us": Fraction(1, 1_000),
    "µs": Fraction(1, 1_000),
    "ns": Fraction(1, 1_000_000),
}
_NUMBER = r"[0-9]{1,18}(?:\.[0-9]{0,18})?|\.[0-9]{1,18}"
_PART = re.compile(rf"({_NUMBER})(h|ms|m|us|µs|ns|s)", re.ASCII)
_DURATION = re.compile(rf"(?:{_PART.pattern})+", re.ASCII)


def milliseconds(text: str) -> Fraction | None:
    """The exact duration; None for a text that is none. Mirrors Go's time.ParseDuration, without its signs."""
    if text == "0":
        return Fraction(0)
    if not _DURATION.fullmatch(text):
        return None
    return sum((Fraction(number) * _UNITS_MS[unit] for number, unit in _PART.findall(text)), Fraction(0))


def go_duration(milliseconds: int) -> str:
    """A whole number of milliseconds as Go's `time.Duration` prints it: `0s`, `500ms`, `1.5s`, `1m20s`, `5m0s`."""
    if milliseconds == 0:
        return "0s"
    if milliseconds < 1000:
        return f"{milliseconds}ms"
    seconds, rest_ms = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest_ms:03d}".rstrip("0") if rest_ms else ""
    if hours:
        return f"{hours}h{minutes}m{seconds}{fraction}s"
    return f"{minutes}m{seconds}{fraction}s" if minutes else f"{seconds}{fraction}s"
