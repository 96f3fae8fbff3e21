"""Durations as people write them (`30s`, `1m30s`, `500ms`, `2h`) and milliseconds.

The notation is Go's time.ParseDuration (pkg.go.dev/time#ParseDuration) down to milliseconds; no negative ones.
"""

from __future__ import annotations

import re
from decimal import Decimal

_UNITS_MS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
_DURATION = re.compile(r"(?:[0-9]{1,12}(?:\.[0-9]{1,12})?(?:ms|h|m|s))+", re.ASCII)
_PART = re.compile(r"([0-9.]+)(ms|h|m|s)", re.ASCII)


def parse_duration(text: str) -> int | None:
    """Milliseconds; None if the text is no duration or finer than a millisecond."""
    if text == "0":
        return 0
    if not _DURATION.fullmatch(text):
        return None
    total = sum((Decimal(number) * _UNITS_MS[unit] for number, unit in _PART.findall(text)), Decimal(0))
    return int(total) if total == int(total) else None


def format_duration(duration_ms: int) -> str:
    """The shortest way to write it in whole units: 90000 is `1m30s`."""
    rest, parts = duration_ms, []
    for unit, size in _UNITS_MS.items():
        amount, rest = divmod(rest, size)
        if amount:
            parts.append(f"{amount}{unit}")
    return "".join(parts) or "0s"
