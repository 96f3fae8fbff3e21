"""The pod garbage collector: pods that nobody else would ever remove.

Owns which pods those are, and their end by force. It looks every 20 seconds; a look that would find nothing new is left
out. Source: pkg/controller/podgc/gc_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from harness.api.problems import ApiError
from harness.api.store import DELETED, Change
from harness.control.controller import Process
from harness.control.polling import Poll, look_from
from harness.kernel.loop import together
from harness.objects.disruption import targeted
from harness.objects.node import Node
from harness.objects.node_conditions import is_ready
from harness.objects.pod import Pod
from harness.objects.pods import FAILED, has_ended
from harness.objects.taints import is_out_of_service

_PERIOD_MS = 20_000
_QUARANTINE_MS = 40_000
_TERMINATED_LIMIT = 12_500
_EVICTED = "Evicted"
_ORPHANED = "PodGC: node no longer exists"


class PodGarbageCollector:
    """Looks at all pods and nodes."""

    name = "pod-garbage-collector-controller"

    def __init__(self, process: Process) -> None:
        self._process = process
        self._loop = process.loop
        self._pods = process.informers.of(Pod)
        self._nodes = process.informers.of(Node)
        # Node that pods name and that is not there -> when that may be believed.
        self._quarantined: dict[str, int] = {}
        self._terminated = sum(has_ended(pod) for pod in self._pods.objects.values())
        self._poll = Poll(process.loop, _PERIOD_MS, self._look)
        self._pods.subscribe(self._pod_changed)
        self._nodes.subscribe(self._node_changed)
        self._poll.plan(0)

    # When to look

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        before: Pod | None = change.previous
        if before is not None and has_ended(before):
            self._terminated -= 1
        if change.type == DELETED:
            return
        if has_ended(pod):
            self._terminated += 1
        node = pod.spec.node_name
        lost = node != "" and self._nodes.get("", node) is None
        if lost or pod.metadata.deletion_timestamp is not None or self._terminated > _TERMINATED_LIMIT:
            self._poll.wake()

    def _node_changed(self, change: Change) -> None:
        if change.type == DELETED or is_out_of_service(change.object):
            self._poll.wake()

    async def _look(self) -> None:
        pods = sorted(self._pods.objects.values(), key=lambda pod: (pod.metadata.namespace, pod.metadata.name))
        await together([self._remove(pod) for pod in superfluous(pods)])
        await together([self._remove(pod) for pod in _oldest_first(filter(self._is_stranded, pods))])
        lost = self._lost_nodes(pods)
        for pod in pods:
            if pod.spec.node_name in lost:
                await self._remove(pod, orphaned=True)
        for pod in pods:
            if not pod.spec.node_name and pod.metadata.deletion_timestamp is not None:
                await self._remove(pod)
        if self._quarantined:
            self._poll.plan(look_from(min(self._quarantined.values()), _PERIOD_MS))

    # What to remove

    def _is_stranded(self, pod: Pod) -> bool:
        """Whether the pod is to go from a node that will not see to it."""
        if pod.metadata.deletion_timestamp is None:
            return False
        node = self._nodes.get("", pod.spec.node_name)
        return node is not None and not is_ready(node) and is_out_of_service(node)

    def _lost_nodes(self, pods: Iterable[Pod]) -> dict[str, None]:
        """The nodes that pods name and that have been gone for long enough."""
        now_ms = self._loop.now_ms
        for pod in pods:
            name = pod.spec.node_name
            if name and self._nodes.get("", name) is None:
                self._quarantined.setdefault(name, now_ms + _QUARANTINE_MS)
        due = [name for name, due_ms in self._quarantined.items() if due_ms <= now_ms]
        for name in due:
            del self._quarantined[name]
        return {name: None for name in due if self._nodes.get("", name) is None}

    async def _remove(self, pod: Pod, *, orphaned: bool = False) -> None:
        """Say of the pod that it has failed, unless it is over, and delete it without any grace."""
        metadata = pod.metadata
        client = self._process.client(self.name, f"{metadata.namespace}/{metadata.name}")
        stamp = self._loop.clock.stamp()

        def failed(stored: Pod) -> Pod:
            conditions = stored.status.conditions
            if orphaned:
                conditions = targeted(stored, "DeletionByPodGC", _ORPHANED, stamp)
            return replace(stored, status=replace(stored.status, phase=FAILED, conditions=conditions))

        try:
            if not has_ended(pod):
                await client.modify(pod, failed, status=True)
            await client.delete(pod, grace_seconds=0)
        except ApiError:
            # It is gone already, or the next look finds it.
            self._poll.wake()


def superfluous(pods: Iterable[Pod], limit: int = _TERMINATED_LIMIT) -> list[Pod]:
    """The pods that are over and more than `limit`: those that were evicted go first, then the oldest."""
    over = [pod for pod in pods if has_ended(pod)]
    surplus = len(over) - limit
    return _oldest_first(over)[:surplus] if surplus > 0 else []


def _oldest_first(pods: Iterable[Pod]) -> list[Pod]:
    return sorted(
        pods,
        key=lambda pod: (pod.status.reason != _EVICTED, pod.metadata.creation_timestamp or "", pod.metadata.name),
    )
