"""Durations as Go prints them, which is how a kubelet's texts show them. Owns the spelling only."""

from __future__ import annotations


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
