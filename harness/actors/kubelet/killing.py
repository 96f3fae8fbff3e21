"""Stopping one container within its pod: because a probe or a hook failed, or because it is defined otherwise now.

Owns the texts and the waits. What comes after is the pod worker's. Source: pkg/kubelet/kuberuntime/
kuberuntime_container.go (killContainer), kuberuntime_manager.go (computePodActions).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from harness.actors.kubelet import hooks, probes
from harness.actors.kubelet.containers import Record
from harness.actors.kubelet.restarts import restarts
from harness.actors.kubelet.starting import Say
from harness.actors.kubelet.termination import hooked, signalled
from harness.actors.world import World
from harness.actors.world.behaviour import KILLED, LIVENESS, STARTUP, ProbeKind
from harness.control.events import NORMAL, WARNING
from harness.objects.pod import Pod

# Why a container is stopped, in the words of the event.
FAILED_PROBES: dict[ProbeKind, str] = {LIVENESS: "failed liveness probe", STARTUP: "failed startup probe"}
_KILLED_BY = {reason: kind for kind, reason in FAILED_PROBES.items()}


class Killer:
    """Stops single containers of one pod. `wait` lets time pass, `take_end` is told that the container ended."""

    __slots__ = ("_say", "_take_end", "_wait", "_world")

    def __init__(
        self,
        world: World,
        say: Say,
        wait: Callable[[int], Awaitable[None]],
        take_end: Callable[[Record, int], None],
    ) -> None:
        self._world = world
        self._say = say
        self._wait = wait
        self._take_end = take_end

    async def kill(self, pod: Pod, record: Record) -> None:
        """Stop the container because of `record.kill`, if it still runs."""
        reason, record.kill = record.kill, ""
        if not record.running:
            return
        title = "Init container" if record.sidecar else "Container"
        again = restarts(pod.spec, record.container, KILLED)
        suffix = ", will be restarted" if again and not record.sidecar else ""
        kind = _KILLED_BY.get(reason)
        probe = probes.probe_of(record.container, kind) if kind is not None else None
        own = probe.termination_grace_period_seconds if probe is not None else None
        message = f"{title} {record.name} {reason}{suffix}"
        await self.stop(record, message, own if own is not None else grace_seconds(pod))

    async def stop(self, record: Record, message: str, grace: int) -> None:
        """Say that the container is stopped, run its hook, and have it end within the grace period."""
        self._say(NORMAL, "Killing", message, record)
        assert record.run is not None
        hook = hooks.pre_stop(record.container, self._world.behaviour(record.run.image))
        if hook is not None and hook.fails and grace > 0:
            self._say(WARNING, hooks.FAILED_PRE_STOP, hooks.PRE_STOP_FAILED, record)
        result = hooked(hook, grace)
        if result.wait_ms:
            record.in_hook = hook is not None and hook.inside
            await self._wait(result.wait_ms)
            record.in_hook = record.in_hook and not result.over
        if not record.running:
            return
        stop_ms, exit_code = signalled(self._world.behaviour(record.run.image), result.left_seconds)
        if stop_ms:
            await self._wait(stop_ms)
        if record.running:
            self._take_end(record, exit_code)


def grace_seconds(pod: Pod) -> int:
    """How long a container of the pod gets to end, where nothing else is said."""
    seconds = pod.spec.termination_grace_period_seconds
    return 30 if seconds is None else seconds
