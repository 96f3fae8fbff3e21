"""Making and deleting daemon pods, each with what is said about it.

Owns the writes and their Events. Source: pkg/controller/daemon/daemon_controller.go (syncNodes) and
pkg/controller/controller_utils.go (RealPodControl).
"""

from __future__ import annotations

from harness.actors.controllers.daemonset.eligibility import new_pod
from harness.actors.controllers.daemonset.placement import Placement
from harness.api.admission.namespaces import NAMESPACE_TERMINATING
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.events import NORMAL, WARNING, Recorder
from harness.kernel.loop import together
from harness.objects.apps import DaemonSet
from harness.objects.pod import Pod
from harness.objects.pods import FAILED

_LARGEST_BURST = 250
_ENDED = {
    True: (WARNING, "FailedDaemonPod", "Found failed daemon pod {} on node {}, will try to kill it"),
    False: (NORMAL, "SucceededDaemonPod", "Found succeeded daemon pod {} on node {}, will try to delete it"),
}


class PodControl:
    """The hands of the controller. Raises the first `ApiError` it met, after all that was begun has ended."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    async def act(self, daemon_set: DaemonSet, todo: Placement, revision_hash: str, client: Client) -> None:
        """Create, in batches that double and stop where one is refused; then delete, side by side."""
        for node, pod in todo.ended:
            type_, reason, text = _ENDED[pod.status.phase == FAILED]
            name = f"{pod.metadata.namespace}/{pod.metadata.name}"
            self._say(daemon_set, type_, reason, text.format(name, node), client)
        failure: ApiError | None = None
        nodes, done, size = todo.create[:_LARGEST_BURST], 0, 1
        while done < len(nodes) and failure is None:
            batch = nodes[done : done + size]
            try:
                await together([self._create(daemon_set, node, revision_hash, client) for node in batch])
            except ApiError as problem:
                failure = problem
            done, size = done + len(batch), size * 2
        going = [*todo.delete, *(pod for _, pod in todo.ended)][:_LARGEST_BURST]
        await together([self._delete(daemon_set, pod, client) for pod in going])
        if failure is not None:
            raise failure

    async def _create(self, daemon_set: DaemonSet, node: str, revision_hash: str, client: Client) -> None:
        try:
            pod = await client.create(new_pod(daemon_set, node, revision_hash))
        except ApiError as problem:
            if any(cause.reason == NAMESPACE_TERMINATING for cause in problem.details.causes):
                return
            self._say(daemon_set, WARNING, "FailedCreate", f"Error creating: {problem.message}", client)
            raise
        self._say(daemon_set, NORMAL, "SuccessfulCreate", f"Created pod: {pod.metadata.name}", client)

    async def _delete(self, daemon_set: DaemonSet, pod: Pod, client: Client) -> None:
        try:
            await client.delete(pod)
        except ApiError as problem:
            if problem.reason != "NotFound":
                self._say(daemon_set, WARNING, "FailedDelete", f"Error deleting: {problem.message}", client)
                raise
            return
        self._say(daemon_set, NORMAL, "SuccessfulDelete", f"Deleted pod: {pod.metadata.name}", client)

    def _say(self, daemon_set: DaemonSet, type_: str, reason: str, message: str, client: Client) -> None:
        self._recorder.event(daemon_set, type_, reason, message, cause=client.cause)
