"""Pods that have no node yet but a claim to one: room is being made for them there.

Owns who is nominated for which node, as the scheduler itself knows it: a nomination holds from when it is decided, not
from when it is written. Decides nothing. Mirrors pkg/scheduler/backend/queue/nominator.go.
"""

from __future__ import annotations

from harness.actors.scheduler.crowds import Placement
from harness.actors.scheduler.demand import Demand
from harness.objects.pod import Pod
from harness.objects.pods import priority


class Nominations:
    """All pods that are nominated, by node."""

    def __init__(self) -> None:
        self._nodes: dict[str, str] = {}
        self._pods: dict[str, dict[str, Placement]] = {}

    def __bool__(self) -> bool:
        return bool(self._nodes)

    def node_of(self, uid: str) -> str:
        """The node the pod is nominated for; "" if there is none."""
        return self._nodes.get(uid, "")

    def nominate(self, pod: Pod, node: str, demand: Demand) -> None:
        """Nominate the pod for the node, and for no other; for none at all if it is ""."""
        uid = pod.metadata.uid
        if self._nodes:
            self.forget(uid)
        if node:
            self._nodes[uid] = node
            self._pods.setdefault(node, {})[uid] = Placement(pod, node, demand)

    def renew(self, before: Pod, pod: Pod, demand: Demand) -> None:
        """Take in a newer version of a pod. A nomination that is not written yet stays."""
        written = pod.status.nominated_node_name
        unwritten = not written and not before.status.nominated_node_name
        self.nominate(pod, self.node_of(pod.metadata.uid) if unwritten else written, demand)

    def forget(self, uid: str) -> None:
        node = self._nodes.pop(uid, "")
        if node:
            pods = self._pods[node]
            del pods[uid]
            if not pods:
                del self._pods[node]

    def rivals(self, node: str, pod: Pod) -> list[Placement]:
        """The other pods nominated for the node that are at least as important: their room is not this pod's."""
        nominated = self._pods.get(node)
        if nominated is None:
            return []
        return [
            each for uid, each in nominated.items() if uid != pod.metadata.uid and priority(each.pod) >= priority(pod)
        ]

    def lesser(self, node: str, pod: Pod) -> list[Pod]:
        """The pods nominated for the node that are less important than this one."""
        return [each.pod for each in self._pods.get(node, {}).values() if priority(each.pod) < priority(pod)]
