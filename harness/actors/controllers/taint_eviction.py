"""Taint eviction: a NoExecute taint drives off the pods that do not tolerate it, at once or after a while.

Owns when a pod has to go, and the three steps of sending it: the event, the condition, the deletion. Who taints a node
is not known here. Source: pkg/controller/tainteviction (taint_eviction.go, timed_workers.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from msgspec.structs import replace

from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.control.events import NORMAL
from harness.kernel.loop import Entry, sleep
from harness.objects.disruption import targeted
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, Taint
from harness.objects.node_affinity import tolerates
from harness.objects.pod import Pod, Toleration
from harness.objects.pods import node_names
from harness.objects.taints import NO_EXECUTE, of_effect

_ATTEMPTS = 5
_RETRY_MS = 10
_REASON = "DeletionByTaintManager"
_MESSAGE = "Taint manager: deleting due to NoExecute taint"

Item: TypeAlias = tuple[str, str, str]
"""A node, and the namespace and name of a pod on it; these are empty where all its pods are meant."""


class TaintEvictionController(Controller[Item]):
    """Keys are nodes whose taints changed, and pods that came to a node, changed their tolerations or are gone."""

    name = "taint-eviction-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=8)
        self._loop = process.loop
        self._pods = process.informers.of(Pod)
        self._pods_on = self._pods.index(node_names)
        self._nodes = process.informers.of(Node)
        self._tainted: dict[str, tuple[Taint, ...]] = {}
        # The eviction that each pod waits for; None from when it is under way until the pod is gone or may stay.
        self._evictions: dict[Key, Entry | None] = {}
        for node in self._nodes.objects.values():
            if of_effect(node.spec.taints, NO_EXECUTE):
                self.queue.add((node.metadata.name, "", ""))
        self._nodes.subscribe(self._node_changed)
        self._pods.subscribe(self._pod_changed)

    def _node_changed(self, change: Change) -> None:
        node: Node = change.object
        before = of_effect(change.previous.spec.taints, NO_EXECUTE) if change.previous is not None else ()
        after = of_effect(node.spec.taints, NO_EXECUTE) if change.type != DELETED else ()
        if before != after or change.type == DELETED:
            self.queue.add((node.metadata.name, "", ""), change.sequence)

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        before: Pod | None = change.previous
        if change.type != DELETED and before is not None:
            spec, known = pod.spec, before.spec
            if spec is known or (spec.tolerations == known.tolerations and spec.node_name == known.node_name):
                return
        metadata, node = pod.metadata, pod.spec.node_name
        # A node whose taints are still to be taken in has all its pods looked at then.
        if node in self._tainted or (metadata.namespace, metadata.name) in self._evictions:
            self.queue.add((node, metadata.namespace, metadata.name), change.sequence)

    async def reconcile(self, key: Item, client: Client) -> int | None:
        node, namespace, name = key
        if name:
            self._look_at_pod(node, (namespace, name), client)
        else:
            self._look_at_node(node, client)
        return None

    def _look_at_node(self, name: str, client: Client) -> None:
        node = self._nodes.get("", name)
        found = of_effect(node.spec.taints, NO_EXECUTE) if node is not None else ()
        if found:
            self._tainted[name] = found
        else:
            self._tainted.pop(name, None)
        if node is None:
            return
        for pod in list(self._pods_on.of(name)):
            self._judge(pod, found, client)

    def _look_at_pod(self, node: str, key: Key, client: Client) -> None:
        pod = self._pods.objects.get(key)
        if pod is None:
            self._cancel(key, client)
        elif pod.spec.node_name == node and node in self._tainted:
            self._judge(pod, self._tainted[node], client)

    def _judge(self, pod: Pod, taints: Sequence[Taint], client: Client) -> None:
        """Have the pod sent away when it must go. A deadline that is set stays, as long as there is one."""
        key = (pod.metadata.namespace, pod.metadata.name)
        seconds = stay_seconds(pod.spec.tolerations, taints)
        if seconds is None:
            self._cancel(key, client)
        elif not tolerates_all(pod.spec.tolerations, taints):
            self._cancel(key, client)
            self._begin(key, client)
        elif key in self._evictions:
            return
        elif seconds <= 0:
            self._begin(key, client)
        else:
            self._evictions[key] = self._loop.after(seconds * 1000, lambda: self._begin(key, client))

    def _cancel(self, key: Key, client: Client) -> None:
        """Let the pod stay, if it waits for its eviction."""
        entry = self._evictions.pop(key, None)
        if entry is not None:
            self._loop.cancel(entry)
            self._say(key, "Cancelling deletion of Pod", client)

    def _begin(self, key: Key, client: Client) -> None:
        self._evictions[key] = None
        self._loop.spawn(self._evict(key, client))

    async def _evict(self, key: Key, client: Client) -> None:
        """Send the pod of that name away."""
        self._say(key, "Marking for deletion Pod", client)
        namespace, name = key
        for _ in range(_ATTEMPTS):
            try:
                pod = await client.get(Pod, namespace, name)
                if pod is not None:
                    await self._delete(pod, client)
                    return
            except ApiError:
                # It changed under our hands; a few more attempts, and it is given up.
                pass
            await sleep(_RETRY_MS)
        if self._evictions.get(key, self) is None:
            del self._evictions[key]

    async def _delete(self, pod: Pod, client: Client) -> None:
        stamp = self._loop.clock.stamp()

        def marked(stored: Pod) -> Pod:
            conditions = targeted(stored, _REASON, _MESSAGE, stamp)
            return replace(stored, status=replace(stored.status, conditions=conditions))

        if marked(pod) != pod:
            await client.modify(pod, marked, status=True)
        await client.delete(pod)

    def _say(self, key: Key, what: str, client: Client) -> None:
        namespace, name = key
        # The pod is known here by its name alone.
        about = Pod(metadata=ObjectMeta(namespace=namespace, name=name))
        message = f"{what} {namespace}/{name}"
        self.recorder.event(about, NORMAL, "TaintManagerEviction", message, cause=client.cause)


def tolerates_all(tolerations: Iterable[Toleration], taints: Iterable[Taint]) -> bool:
    """Whether every taint is accepted by some toleration."""
    return all(_accepting(tolerations, taint) is not None for taint in taints)


def stay_seconds(tolerations: Iterable[Toleration], taints: Iterable[Taint]) -> int | None:
    """How long a pod may stay on a node with these taints; 0 or less for not at all, None for ever.

    Of each taint the first toleration that accepts it counts, and of those the shortest that says how long.
    """
    accepted = list(tolerations)
    used = [_accepting(accepted, taint) for taint in taints]
    if any(toleration is None for toleration in used):
        return 0
    limits = [each.toleration_seconds for each in used if each is not None and each.toleration_seconds is not None]
    return max(min(limits), 0) if limits else None


def _accepting(tolerations: Iterable[Toleration], taint: Taint) -> Toleration | None:
    return next((toleration for toleration in tolerations if tolerates(toleration, taint)), None)
