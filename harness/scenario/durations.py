"""Durations of the language (`30s`, `1m30s`, `500ms`, `2h`) and milliseconds.

Owns how fine a duration may be and how one is written back. The notation itself is the kernel's.
"""

from __future__ import annotations

from harness.kernel.durations import milliseconds

_UNITS_MS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}


def parse_duration(text: str) -> int | None:
    """Milliseconds; None if the text is no duration or finer than a millisecond."""
    total = milliseconds(text)
    return int(total) if total is not None and total.denominator == 1 else None


def format_duration(duration_ms: int) -> str:
    """The shortest way to write it in whole units: 90000 is `1m30s`."""
    rest, parts = duration_ms, []
    for unit, size in _UNITS_MS.items():
        amount, rest = divmod(rest, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"
