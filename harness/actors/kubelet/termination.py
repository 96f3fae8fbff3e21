"""How a container is stopped: how long it takes, and with which code it ends.

Pure arithmetic over a container, its image's behaviour and the grace period; who is stopped when is the pod worker's.
Source: pkg/kubelet/kuberuntime/kuberuntime_container.go (killContainer).
"""

from __future__ import annotations

from harness.actors.world.behaviour import ImageBehaviour, stop
from harness.objects.pod import Container

# A container always gets this long between the signal and the kill.
LEAST_GRACE_MS = 2_000


def stopping(container: Container, behaviour: ImageBehaviour, grace_seconds: int) -> tuple[int, int]:
    """How many milliseconds after it is told to the container ends, and its exit code. The hook before it counts."""
    grace_ms = grace_seconds * 1000
    hook_ms = min(_hook_ms(container), grace_ms)
    stop_ms, exit_code = stop(behaviour, max(grace_ms - hook_ms, LEAST_GRACE_MS))
    return hook_ms + stop_ms, exit_code


def _hook_ms(container: Container) -> int:
    """How long the preStop hook takes; only a sleep takes any time."""
    hook = container.lifecycle.pre_stop if container.lifecycle is not None else None
    return hook.sleep.seconds * 1000 if hook is not None and hook.sleep is not None else 0
