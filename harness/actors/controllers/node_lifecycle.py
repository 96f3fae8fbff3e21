"""Node lifecycle: a node's state as taints that keep new pods away.

Owns the NoSchedule taint of a cordoned node. Nodes that fall silent, and eviction from them, are not modelled here.
Source: pkg/controller/nodelifecycle/node_lifecycle_controller.go (doNoScheduleTaintingPass).
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.api.client import Client
from harness.api.store import DELETED, Change
from harness.control.controller import Controller, Process
from harness.objects.node import Node, Taint

UNSCHEDULABLE = "node.kubernetes.io/unschedulable"


class NodeLifecycleController(Controller[str]):
    """Keys are names of nodes."""

    name = "node-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=8)
        self._nodes = process.informers.of(Node)
        self._clock = process.loop.clock
        self._nodes.subscribe(self._node_changed)

    def _node_changed(self, change: Change) -> None:
        node: Node = change.object
        if change.type != DELETED and node.spec.unschedulable != _is_tainted(node):
            self.queue.add(node.metadata.name, change.sequence)

    async def reconcile(self, key: str, client: Client) -> int | None:
        node = self._nodes.get("", key)
        if node is None or node.spec.unschedulable == _is_tainted(node):
            return None
        added: tuple[Taint, ...] = ()
        if node.spec.unschedulable:
            added = (Taint(key=UNSCHEDULABLE, effect="NoSchedule", time_added=self._clock.stamp()),)

        def tainted(stored: Node) -> Node:
            kept = tuple(taint for taint in stored.spec.taints if not _is_ours(taint))
            return replace(stored, spec=replace(stored.spec, taints=kept + added))

        await client.modify(node, tainted)
        return None


def _is_tainted(node: Node) -> bool:
    return any(_is_ours(taint) for taint in node.spec.taints)


def _is_ours(taint: Taint) -> bool:
    return taint.key == UNSCHEDULABLE and taint.effect == "NoSchedule"
