"""Lifecycle hooks of containers: how long one takes, whether it fails, and the words about it.

Pure questions about a container and the behaviour of its image; when a hook runs is the business of those who start and
stop containers. Source: pkg/kubelet/lifecycle/handlers.go, kuberuntime_container.go (executePreStopHook).
"""

from __future__ import annotations

from typing import NamedTuple

from harness.actors.world.behaviour import FAILS, HookOutcome, ImageBehaviour, hook_takes_ms
from harness.objects.pod import Container, LifecycleHandler, Pod

FAILED_POST_START = "FailedPostStartHook"
FAILED_PRE_STOP = "FailedPreStopHook"
POST_START_FAILED = "PostStartHook failed"
PRE_STOP_FAILED = "PreStopHook failed"
POST_START_ERROR = "PostStartHookError"


class Hook(NamedTuple):
    """One hook. `takes_ms` is None if it does not end by itself; `inside` if it fails with the end of its container."""

    takes_ms: int | None
    fails: bool = False
    inside: bool = False


def post_start(container: Container, behaviour: ImageBehaviour) -> Hook | None:
    handler = container.lifecycle.post_start if container.lifecycle is not None else None
    return None if handler is None else _hook(handler, behaviour.post_start)


def pre_stop(container: Container, behaviour: ImageBehaviour) -> Hook | None:
    handler = container.lifecycle.pre_stop if container.lifecycle is not None else None
    return None if handler is None else _hook(handler, behaviour.pre_stop)


def _hook(handler: LifecycleHandler, outcome: HookOutcome | int) -> Hook:
    """A hook that sleeps does so whatever the image is like."""
    if handler.sleep is not None:
        return Hook(handler.sleep.seconds * 1000)
    return Hook(hook_takes_ms(outcome), outcome == FAILS, inside=True)


def post_start_problem(pod: Pod, container: Container, pod_ip: str) -> str:
    """What the status says of a container whose postStart hook failed. What a command prints is unknown here."""
    handler = container.lifecycle.post_start if container.lifecycle is not None else None
    metadata = pod.metadata
    where = f"{metadata.name}_{metadata.namespace}({metadata.uid})"
    about = f'Container "{container.name}" in Pod "{where}" failed - error: '
    if handler is not None and handler.http_get is not None:
        asked = handler.http_get
        named = next((port.container_port for port in container.ports if port.name == asked.port), asked.port)
        host = f"{asked.host or pod_ip}:{named}"
        scheme = (asked.scheme or "HTTP").lower()
        refused = f'Get "{scheme}://{host}{asked.path}": dial tcp {host}: connect: connection refused'
        return f'HTTP lifecycle hook ({asked.path}) for {about}{refused}, message: ""'
    command = " ".join(handler.exec.command) if handler is not None and handler.exec is not None else ""
    return f"Exec lifecycle hook ([{command}]) for {about}command '{command}' exited with 1: , message: \"\""
