"""The controller of DaemonSets: what wakes one, the order of a pass, and its status write.

Owns triggers and the frame of a pass; which pods come and go is decided in `placement`.
Source: pkg/controller/daemon/daemon_controller.go.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.actors.controllers.daemonset import placement, status
from harness.actors.controllers.daemonset.backoff import FailedPods
from harness.actors.controllers.daemonset.eligibility import HASH_LABEL, fit, new_pod, node_of
from harness.actors.controllers.daemonset.history import History
from harness.actors.controllers.daemonset.placement import Placement, View
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process, Retry
from harness.control.events import NORMAL, WARNING
from harness.control.ownership import Ownership
from harness.control.pod_control import PodControl
from harness.objects.apps import DaemonSet
from harness.objects.conditions import is_ready
from harness.objects.meta import LabelSelector
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.pods import FAILED, has_ended
from harness.objects.statefulset import ControllerRevision

_WORKERS = 2
_LARGEST_BURST = 250
_ENDED = {
    True: (WARNING, "FailedDaemonPod", "Found failed daemon pod {} on node {}, will try to kill it"),
    False: (NORMAL, "SucceededDaemonPod", "Found succeeded daemon pod {} on node {}, will try to delete it"),
}
_SELECTS_ALL = "This daemon set is selecting all pods. A non-empty selector is required."


class DaemonSetController(Controller[Key]):
    """Keys are (namespace, name) of DaemonSets."""

    name = "daemonset-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=_WORKERS)
        self._sets = process.informers.of(DaemonSet)
        self._nodes = process.informers.of(Node)
        self._clock = process.loop.clock
        self._pods = Ownership(process, DaemonSet, Pod, lambda owner: owner.spec.selector)
        self._revisions = Ownership(process, DaemonSet, ControllerRevision, lambda owner: owner.spec.selector)
        self._history = History()
        self._hands = PodControl(self.recorder)
        self._failed = FailedPods()
        self._sets.subscribe(self._set_changed)
        self._nodes.subscribe(self._node_changed)
        process.informers.of(Pod).subscribe(self._pod_changed)

    # What wakes a DaemonSet

    def _set_changed(self, change: Change) -> None:
        metadata = change.object.metadata
        self.queue.add((metadata.namespace, metadata.name), change.sequence)

    def _node_changed(self, change: Change) -> None:
        """A node wakes those for whom it is another than before; of its going the pods tell."""
        node, previous = change.object, change.previous
        if change.type == DELETED:
            return
        if previous is not None and _as_seen(previous) == _as_seen(node):
            return
        for key, daemon_set in self._sets.objects.items():
            now = fit(daemon_set, node)
            if now != fit(daemon_set, previous) if previous is not None else now.should_run:
                self.queue.add(key, change.sequence)

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        previous: Pod | None = change.previous
        for key in self._pods.woken(change):
            self.queue.add(key, change.sequence)
        if previous is None or is_ready(previous) or not is_ready(pod):
            return
        daemon_set = self._pods.owner_of(pod)
        if daemon_set is not None and daemon_set.spec.min_ready_seconds:
            metadata = daemon_set.metadata
            # A second more, lest the whole seconds of a condition's time end too early.
            self.queue.add_after((metadata.namespace, metadata.name), (daemon_set.spec.min_ready_seconds + 1) * 1000)

    # The pass

    async def reconcile(self, key: Key, client: Client) -> int | None:
        daemon_set = self._sets.objects.get(key)
        if daemon_set is None:
            return None
        if daemon_set.spec.selector == LabelSelector():
            self.recorder.event(daemon_set, WARNING, "SelectingAll", _SELECTS_ALL, cause=client.cause)
            return None
        if daemon_set.metadata.deletion_timestamp is not None:
            return None
        found = await self._revisions.claim(daemon_set, client)
        current, old = await self._history.choose(daemon_set, found, client)
        pods = await self._pods.claim(daemon_set, client)
        view = self._view(daemon_set, current, pods)
        failure: ApiError | Retry | None = None
        try:
            again_ms = await self._act(view, client)
            await self._history.trim(daemon_set, old, pods, client)
        except (ApiError, Retry) as problem:
            failure, again_ms = problem, None
        new = status.counted(view)
        if new != daemon_set.status:
            await client.modify(daemon_set, lambda stored: replace(stored, status=new), status=True)
        if failure is not None:
            raise failure
        seconds = daemon_set.spec.min_ready_seconds
        if seconds and new.number_ready != new.number_available:
            again_ms = min(seconds * 1000, again_ms or seconds * 1000)
        return again_ms

    def _view(self, daemon_set: DaemonSet, current: ControllerRevision, pods: list[Pod]) -> View:
        """The nodes and pods as this pass sees them, to its end: caches do not follow its own writes so soon."""
        nodes = sorted(self._nodes.objects.values(), key=lambda node: node.metadata.name)
        placed: dict[str, list[Pod]] = {}
        for pod in pods:
            if has_ended(pod) and pod.metadata.deletion_timestamp is not None:
                continue
            node = node_of(pod)
            if node:
                placed.setdefault(node, []).append(pod)
        return View(
            daemon_set=daemon_set,
            hash=current.metadata.labels.get(HASH_LABEL, ""),
            fits={node.metadata.name: fit(daemon_set, node) for node in nodes},
            pods={node: placed[node] for node in sorted(placed)},
            clock=self._clock,
        )

    async def _act(self, view: View, client: Client) -> int | None:
        """Bring every node what it lacks; where nothing lacks, go on with the rolling update.

        Returns after how many ms a failed pod may be replaced.
        """
        waits: list[int] = []

        def may_replace(node: str) -> bool:
            metadata = view.daemon_set.metadata
            key = (metadata.uid, view.daemon_set.status.observed_generation, node)
            left_ms = self._failed.left_ms(key, self._clock.now_ms)
            if left_ms:
                waits.append(left_ms)
                return False
            self._failed.next(key, self._clock.now_ms)
            return True

        todo = placement.manage(view, may_replace)
        if not todo and view.daemon_set.spec.update_strategy.type == "RollingUpdate":
            todo = placement.roll(view)
        await self._carry_out(view, todo, client)
        return min(waits, default=None)

    async def _carry_out(self, view: View, todo: Placement, client: Client) -> None:
        """Create pods, then delete others, each up to a burst. Raises the first `ApiError` of the creations last."""
        for node, pod in todo.ended:
            type_, reason, text = _ENDED[pod.status.phase == FAILED]
            message = text.format(f"{pod.metadata.namespace}/{pod.metadata.name}", node)
            self.recorder.event(view.daemon_set, type_, reason, message, cause=client.cause)
        failure: ApiError | None = None
        missing = [new_pod(view.daemon_set, node, view.hash) for node in todo.create[:_LARGEST_BURST]]
        try:
            await self._hands.create(view.daemon_set, missing, client)
        except ApiError as problem:
            failure = problem
        going = [*todo.delete, *(pod for _, pod in todo.ended)][:_LARGEST_BURST]
        await self._hands.delete(view.daemon_set, going, client)
        if failure is not None:
            raise failure


def _as_seen(node: Node) -> tuple[object, ...]:
    """All of a node that says whether a daemon pod belongs there."""
    return node.metadata.labels, node.spec.taints
