"""Making and deleting pods for an owner, each with what is said about it.

Owns the writes, their batches and their Events; how many, and which, is the controller's to say.
Source: pkg/controller/controller_utils.go (RealPodControl) and replica_set.go (slowStartBatch).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.api.admission.namespaces import NAMESPACE_TERMINATING
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.events import NORMAL, WARNING, Recorder
from harness.kernel.loop import sleep, together
from harness.objects.meta import Object
from harness.objects.pod import Pod

_FIRST_BATCH = 1
# The first pod of several is bound before the second is stored, as recorded.
_BETWEEN_BATCHES_MS = 1


class PodControl:
    """The hands of a controller. Methods raise the first `ApiError` they met, after all that was begun has ended."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def create(self, owner: Object, pods: Sequence[Pod], client: Client) -> None:
        """Create pods in batches that double; after a batch in which any was refused there is no further one."""
        _, refusal = await self.create_some(owner, pods, client)
        if refusal is not None:
            raise refusal

    async def create_some(self, owner: Object, pods: Sequence[Pod], client: Client) -> tuple[int, ApiError | None]:
        """As `create`, for whoever goes on after a refusal: how many were not refused, and the first refusal."""
        done, made, size = 0, 0, _FIRST_BATCH
        refusals: list[ApiError] = []
        while done < len(pods) and not refusals:
            if done:
                await sleep(_BETWEEN_BATCHES_MS)
            batch = pods[done : done + size]
            await together([self._create(owner, pod, refusals, client) for pod in batch])
            done, size = done + len(batch), size * 2
            made = done - len(refusals)
        return made, refusals[0] if refusals else None

    async def delete(self, owner: Object, pods: Iterable[Pod], client: Client) -> None:
        """Delete these pods, side by side."""
        await together([self._delete(owner, pod, client) for pod in pods])

    async def _create(self, owner: Object, wanted: Pod, refusals: list[ApiError], client: Client) -> None:
        try:
            pod = await client.create(wanted)
        except ApiError as problem:
            if problem.has_cause(NAMESPACE_TERMINATING):
                return
            self._say(owner, WARNING, "FailedCreate", f"Error creating: {problem.message}", client)
            refusals.append(problem)
            return
        self._say(owner, NORMAL, "SuccessfulCreate", f"Created pod: {pod.metadata.name}", client)

    async def _delete(self, owner: Object, pod: Pod, client: Client) -> None:
        try:
            await client.delete(pod)
        except ApiError as problem:
            if problem.reason != "NotFound":
                self._say(owner, WARNING, "FailedDelete", f"Error deleting: {problem.message}", client)
                raise
            return
        self._say(owner, NORMAL, "SuccessfulDelete", f"Deleted pod: {pod.metadata.name}", client)

    def _say(self, owner: Object, type_: str, reason: str, message: str, client: Client) -> None:
        self._recorder.event(owner, type_, reason, message, cause=client.cause)
