"""Making room for a pod: the nominations that are void, then the victims, each marked, deleted and told of.

Owns what is written, in which order, and for how long the pod that wants the room is held back meanwhile. Who has to
go is not decided here. Mirrors framework/preemption/executor.go (prepareCandidateAsync).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from harness.actors.scheduler.nominations import Nominations
from harness.actors.scheduler.preemption import Candidate
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.control.events import NORMAL, SeriesRecorder
from harness.kernel.loop import together
from harness.objects.disruption import PREEMPTION_BY_SCHEDULER, targeted
from harness.objects.pod import Pod

_NOT_FOUND = 404


class Evictor:
    """Removes pods for others, each time in an activity of its own. `give_up` gets the pod whose room was not made."""

    def __init__(
        self,
        process: Process,
        nominations: Nominations,
        recorder: SeriesRecorder,
        give_up: Callable[[Pod], None],
    ) -> None:
        self._pods = process.informers.of(Pod)
        self._clock = process.server.clock
        self._nominations = nominations
        self._recorder = recorder
        self._give_up = give_up
        # The pods for which room is being made; with the last victim once its turn has come.
        self._running: dict[str, Pod | None] = {}

    def begin(self, pod: Pod, candidate: Candidate) -> tuple[Pod, ...]:
        """Hold the pod back until its victims are on their way; gives those that are not yet."""
        victims = tuple(victim for victim in candidate.victims if victim.metadata.deletion_timestamp is None)
        if victims:
            self._running[pod.metadata.uid] = None
        return victims

    def is_busy(self, uid: str) -> bool:
        """Whether the pod has to wait since the last of its victims has not been deleted yet."""
        if uid not in self._running:
            return False
        last = self._running[uid]
        if last is None:
            return True
        known = self._pods.get(last.metadata.namespace, last.metadata.name)
        return known is not None and known.metadata.deletion_timestamp is None

    async def make_room(self, pod: Pod, node: str, victims: tuple[Pod, ...], client: Client) -> None:
        """Remove the victims, all but the last of them side by side."""
        uid = pod.metadata.uid
        failed = False
        for lesser in self._nominations.lesser(node, pod):
            failed = not await self._cancel(lesser, client) or failed
        *first, last = victims
        try:
            if first:
                await together(self._remove(victim, pod, node, client) for victim in first)
            self._running[uid] = last
            await self._remove(last, pod, node, client)
        except ApiError:
            failed = True
        del self._running[uid]
        if failed:
            self._give_up(pod)

    async def _cancel(self, pod: Pod, client: Client) -> bool:
        """Take back a nomination that has been written; False if that is refused."""
        known = self._pods.get(pod.metadata.namespace, pod.metadata.name)
        if known is None or not known.status.nominated_node_name:
            return True
        try:
            await client.modify(
                pod, lambda stored: replace(stored, status=replace(stored.status, nominated_node_name="")), status=True
            )
        except ApiError:
            return False
        return True

    async def _remove(self, victim: Pod, pod: Pod, node: str, client: Client) -> None:
        """Remove one victim. Raises `ApiError`, but not for one that is gone by itself."""
        try:
            await client.modify(victim, partial(self._marked, pod.spec.scheduler_name), status=True)
            await client.delete(victim)
        except ApiError as problem:
            if problem.code == _NOT_FOUND:
                return
            raise
        note = f"Preempted by pod {pod.metadata.uid} on node {node}"
        self._recorder.event(victim, NORMAL, "Preempted", "Preempting", note, related=pod, cause=client.cause)

    def _marked(self, scheduler: str, stored: Pod) -> Pod:
        message = f"{scheduler}: preempting to accommodate a higher priority pod"
        conditions = targeted(stored, PREEMPTION_BY_SCHEDULER, message, self._clock.stamp())
        if conditions is stored.status.conditions:
            return stored
        return replace(stored, status=replace(stored.status, conditions=conditions))
