"""How a container is stopped: its preStop hook, then the signal, then the kill; and what of the grace period is left.

Pure arithmetic over a container, its image's behaviour and the grace period; who is stopped when is decided elsewhere.
Source: pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer, executePreStopHook).
"""

from __future__ import annotations

from typing import NamedTuple

from harness.actors.kubelet.hooks import Hook
from harness.actors.world.behaviour import ImageBehaviour, stop

# A container always gets this long between the signal and the kill.
LEAST_GRACE_MS = 2_000


class Hooked(NamedTuple):
    """What a preStop hook comes to: how long it is waited for, whether it is over then, and the seconds left."""

    wait_ms: int
    over: bool
    left_seconds: int


def hooked(hook: Hook | None, grace_seconds: int) -> Hooked:
    """The wait for a hook. Without any grace period it is not even run."""
    if hook is None or grace_seconds <= 0:
        return Hooked(0, True, grace_seconds)
    grace_ms = grace_seconds * 1000
    over = hook.takes_ms is not None and hook.takes_ms <= grace_ms
    wait_ms = hook.takes_ms if over and hook.takes_ms is not None else grace_ms
    return Hooked(wait_ms, over, left_seconds(grace_seconds, wait_ms))


def left_seconds(grace_seconds: int, waited_ms: int) -> int:
    """What is left of the grace period; of what was waited only whole seconds count."""
    return grace_seconds - waited_ms // 1000


def signalled(behaviour: ImageBehaviour, grace_seconds: int) -> tuple[int, int]:
    """How long after the signal the container ends, and its exit code."""
    return stop(behaviour, max(grace_seconds * 1000, LEAST_GRACE_MS))
