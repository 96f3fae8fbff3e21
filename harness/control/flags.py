"""Reading the flags of a process, given as YAML has them (`true`, `2`) or as a command line has them ("true", "2s").

Owns the notation of Go's strconv.ParseBool. Which flags there are is known to those who ask.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from harness.kernel.durations import milliseconds

Flags: TypeAlias = Mapping[str, str | int | bool]

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})


def is_on(flags: Flags, name: str, *, default: bool = False) -> bool:
    """Whether a switch is on."""
    given = flags.get(name, default)
    return given if isinstance(given, bool) else str(given) in _TRUE


def duration_ms(flags: Flags, name: str, default_ms: int) -> int:
    """A duration in milliseconds, at least one. Raises ValueError if what is given is no duration."""
    given = flags.get(name)
    if given is None:
        return default_ms
    duration = milliseconds(str(given))
    if duration is None:
        raise ValueError(f'invalid duration "{given}" for flag {name}')
    return max(1, int(duration))
