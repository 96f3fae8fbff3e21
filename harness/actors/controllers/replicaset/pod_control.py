"""Making and deleting the pods of an owner, each with what is said about it.

Owns the writes and their Events; how many, and which, is the controller's to say.
Source: pkg/controller/controller_utils.go (RealPodControl, GetPodFromTemplate, slowStartBatch).
"""

from __future__ import annotations

from collections.abc import Callable

from harness.actors.controllers.replicaset.flavours import Replicated
from harness.api.admission.namespaces import NAMESPACE_TERMINATING
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.events import NORMAL, WARNING, Recorder
from harness.kernel.loop import Activity, together
from harness.objects.meta import ObjectMeta, owned_by
from harness.objects.pod import Pod, PodTemplateSpec

_FIRST_BATCH = 1


class PodControl:
    """The hands of the controller. Methods raise the first `ApiError` they met, after all that was begun has ended."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def create(self, owner: Replicated, count: int, client: Client) -> None:
        """Create pods in batches that double; after a batch in which any was refused there is no further one."""
        await _slow_start(count, lambda: self._create_one(owner, client))

    async def delete(self, owner: Replicated, pods: list[Pod], client: Client) -> None:
        """Delete these pods, side by side."""
        await together([self._delete_one(owner, pod, client) for pod in pods])

    async def _create_one(self, owner: Replicated, client: Client) -> None:
        try:
            pod = await client.create(new_pod(owner))
        except ApiError as problem:
            if problem.has_cause(NAMESPACE_TERMINATING):
                return
            self._say(owner, WARNING, "FailedCreate", f"Error creating: {problem.message}", client)
            raise
        self._say(owner, NORMAL, "SuccessfulCreate", f"Created pod: {pod.metadata.name}", client)

    async def _delete_one(self, owner: Replicated, pod: Pod, client: Client) -> None:
        try:
            await client.delete(pod)
        except ApiError as problem:
            if problem.reason != "NotFound":
                self._say(owner, WARNING, "FailedDelete", f"Error deleting: {problem.message}", client)
                raise
            return
        self._say(owner, NORMAL, "SuccessfulDelete", f"Deleted pod: {pod.metadata.name}", client)

    def _say(self, owner: Replicated, type_: str, reason: str, message: str, client: Client) -> None:
        self._recorder.event(owner, type_, reason, message, cause=client.cause)


def new_pod(owner: Replicated) -> Pod:
    """A pod from the owner's template; its name is the server's to make up."""
    template = owner.spec.template or PodTemplateSpec()
    metadata = ObjectMeta(
        generate_name=f"{owner.metadata.name}-",
        namespace=owner.metadata.namespace,
        labels=template.metadata.labels,
        annotations=template.metadata.annotations,
        finalizers=template.metadata.finalizers,
        owner_references=(owned_by(owner),),
    )
    return Pod(metadata=metadata, spec=template.spec)


async def _slow_start(count: int, step: Callable[[], Activity]) -> None:
    done, size = 0, _FIRST_BATCH
    while done < count:
        batch = min(size, count - done)
        await together([step() for _ in range(batch)])
        done, size = done + batch, size * 2
