"""Durations as texts, in the notation of Go: `2s`, `1m30s`, `1.5h`, `250us`.

Owns the notation, for whoever reads one. Does not know where a duration stands nor how long it may be.
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
