"""How long ago something was, as kubectl writes it: `119s`, `5m3s`, `47h`, `400d`.

Mirrors apimachinery's pkg/util/duration/duration.go.
"""

from __future__ import annotations

from harness.kernel.clock import parse

UNKNOWN = "<unknown>"


def human(duration_ms: int) -> str:
    """A duration in as few figures as say something."""
    seconds = int(duration_ms / 1000)
    if seconds < -1:
        return "<invalid>"
    if seconds < 0:
        return "0s"
    if seconds < 120:
        return f"{seconds}s"
    minutes, hours = seconds // 60, seconds // 3600
    if minutes < 10:
        return _both(minutes, "m", seconds % 60, "s")
    if minutes < 180:
        return f"{minutes}m"
    if hours < 8:
        return _both(hours, "h", minutes % 60, "m")
    if hours < 48:
        return f"{hours}h"
    if hours < 192:
        return _both(hours // 24, "d", hours % 24, "h")
    if hours < 24 * 365 * 2:
        return f"{hours // 24}d"
    if hours < 24 * 365 * 8:
        return _both(hours // 24 // 365, "y", hours // 24 % 365, "d")
    return f"{hours // 24 // 365}y"


def _both(more: int, unit: str, less: int, smaller: str) -> str:
    return f"{more}{unit}{less}{smaller}" if less else f"{more}{unit}"


def since(stamp: str | None, epoch_ms: int) -> str:
    """How long before `epoch_ms` (milliseconds since 1970) an instant was."""
    return UNKNOWN if not stamp else human(epoch_ms - parse(stamp))
