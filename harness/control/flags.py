"""Reading the flags of a process, given as YAML has them (`true`, `2`) or as a command line has them ("true", "2s").

Owns the notation of Go's time.ParseDuration and strconv.ParseBool. Which flags there are is known to those who ask.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

Flags: TypeAlias = Mapping[str, str | int | bool]

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_UNITS_MS = {
    "h": Fraction(3_600_000),
    "m": Fraction(60_000),
    "s": Fraction(1_000),
    "ms": Fraction(1),
    "us": Fraction(1, 1_000),
    "µs": Fraction(1, 1_000),
    "ns": Fraction(1, 1_000_000),
}
_PART = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(h|ms|m|us|µs|ns|s)", re.ASCII)


def is_on(flags: Flags, name: str, *, default: bool = False) -> bool:
    """Whether a switch is on."""
    given = flags.get(name, default)
    return given if isinstance(given, bool) else str(given) in _TRUE


def duration_ms(flags: Flags, name: str, default_ms: int) -> int:
    """A duration in milliseconds, at least one. Raises ValueError if what is given is no duration."""
    given = flags.get(name)
    if given is None:
        return default_ms
    text = str(given)
    parts = _PART.findall(text)
    if "".join(number + unit for number, unit in parts) != text or not parts:
        raise ValueError(f'invalid duration "{text}" for flag {name}')
    return max(1, int(sum(Fraction(number) * _UNITS_MS[unit] for number, unit in parts)))
