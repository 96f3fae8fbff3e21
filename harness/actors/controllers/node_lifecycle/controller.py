"""Node lifecycle: a node's state as taints that keep new pods away, and its labels under their older names.

Owns the NoSchedule taints that follow from a node's conditions and from a cordon. Whether a node still speaks is judged
in health, and who is driven off it in eviction_queue. Source:
pkg/controller/nodelifecycle/node_lifecycle_controller.go (doNoScheduleTaintingPass, reconcileNodeLabels).
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.actors.controllers.node_lifecycle.eviction_queue import EvictionQueue
from harness.actors.controllers.node_lifecycle.health import NodeHealth
from harness.actors.controllers.node_lifecycle.tainting import swap
from harness.api.client import Client
from harness.api.store import DELETED, Change
from harness.control.controller import Controller, Process
from harness.objects.node import Node, Taint
from harness.objects.taints import NO_SCHEDULE, NOT_READY, UNREACHABLE, UNSCHEDULABLE

# Condition -> its status -> the key of the taint that says so.
_TAINTED_BY: dict[str, dict[str, str]] = {
    "Ready": {"False": NOT_READY, "Unknown": UNREACHABLE},
    "MemoryPressure": {"True": "node.kubernetes.io/memory-pressure"},
    "DiskPressure": {"True": "node.kubernetes.io/disk-pressure"},
    "NetworkUnavailable": {"True": "node.kubernetes.io/network-unavailable"},
    "PIDPressure": {"True": "node.kubernetes.io/pid-pressure"},
}
# Label -> the older name it also stands under.
_COPIED = {"kubernetes.io/os": "beta.kubernetes.io/os", "kubernetes.io/arch": "beta.kubernetes.io/arch"}
_OURS = frozenset({UNSCHEDULABLE, *(key for keys in _TAINTED_BY.values() for key in keys.values())})


class NodeLifecycleController(Controller[str]):
    """Keys are names of nodes."""

    name = "node-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=8)
        self._nodes = process.informers.of(Node)
        self._nodes.subscribe(self._node_changed)
        NodeHealth(process, self.name, self.recorder, EvictionQueue(process, self.name))

    def _node_changed(self, change: Change) -> None:
        node: Node = change.object
        if change.type != DELETED and (_wanted(node) != _present(node) or _missing_labels(node)):
            self.queue.add(node.metadata.name, change.sequence)

    async def reconcile(self, key: str, client: Client) -> int | None:
        node = self._nodes.get("", key)
        if node is not None:
            wanted, present = _wanted(node), _present(node)
            await swap(client, node, add=_taints(wanted, present), remove=_taints(present, wanted))
            if _missing_labels(node):
                await client.modify(node, _with_copied_labels)
        return None


def _missing_labels(node: Node) -> dict[str, str]:
    """The labels under their older names that the node does not have so."""
    labels = node.metadata.labels
    return {
        copy: labels[label] for label, copy in _COPIED.items() if label in labels and labels.get(copy) != labels[label]
    }


def _with_copied_labels(node: Node) -> Node:
    metadata = node.metadata
    return replace(node, metadata=replace(metadata, labels={**metadata.labels, **_missing_labels(node)}))


def _wanted(node: Node) -> dict[str, None]:
    """The keys that the node's state asks for, in the order of its conditions."""
    keys = (_TAINTED_BY.get(condition.type, {}).get(condition.status) for condition in node.status.conditions)
    wanted = {key: None for key in keys if key is not None}
    return {**wanted, UNSCHEDULABLE: None} if node.spec.unschedulable else wanted


def _present(node: Node) -> dict[str, None]:
    """The keys it is tainted with, of those that say what state it is in."""
    return {taint.key: None for taint in node.spec.taints if taint.effect == NO_SCHEDULE and taint.key in _OURS}


def _taints(keys: dict[str, None], but: dict[str, None]) -> list[Taint]:
    return [Taint(key=key, effect=NO_SCHEDULE) for key in keys if key not in but]
