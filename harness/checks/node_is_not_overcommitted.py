"""K1: what the scheduler puts on a node fits there.

Judged when a pod is bound. A node that has pods which somebody else put there is not judged: to those the scheduler had
no say. Pods that have ended take no room.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.check import ACTION, Check, Sighting, Witness
from harness.checks.room import shortage, takes_room
from harness.checks.scene import ADDED, DELETED, Scene, actor
from harness.kernel.trace import Record
from harness.objects.node import Node
from harness.objects.pod import Pod

_SCHEDULER = "default-scheduler"


class Fullness(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # The pods on each node by uid, as they are now; and those of them that the scheduler did not put there.
        self._pods: dict[str, dict[str, Pod]] = {}
        self._forced: dict[str, set[str]] = {}

    def see(self, record: Record) -> Iterator[Sighting]:
        pod: Pod = record.subject
        node, uid = pod.spec.node_name, pod.metadata.uid
        if not node:
            return
        here = self._pods.setdefault(node, {})
        if record.type == DELETED or not takes_room(pod):
            here.pop(uid, None)
            return
        arrives = uid not in here
        here[uid] = pod
        if not arrives:
            return
        if record.type == ADDED or actor(record) != _SCHEDULER:
            self._forced.setdefault(node, set()).add(uid)
            return
        found = self.scene.now.get(Node, "", node)
        if found is None or not self._forced.get(node, set()).isdisjoint(here):
            return
        self.came_true += 1
        lacking = shortage(found, here.values())
        if lacking:
            yield Sighting(pod, f"is put on {node}, which has not enough {lacking} for all its pods")


CHECK = Check(
    name="node-is-not-overcommitted",
    property="K1",
    judged=ACTION,
    sentence="What the scheduler puts on a node fits there beside all that the node has.",
    condition="the scheduler puts a pod on a node whose pods are all of its choice",
    types=(Pod,),
    watch=Fullness,
)
