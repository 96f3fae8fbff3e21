"""What kubelets say of their nodes: that one may or may not be scheduled to, at the next pass over its status.

Owns those two Events and when they come. Source: pkg/kubelet/kubelet_node_status.go (recordNodeSchedulableEvent).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from harness.actors.kubelet.node import KubeletNode, next_status_pass_ms
from harness.api.store import DELETED, Change
from harness.control.controller import Process
from harness.control.events import NORMAL
from harness.objects.node import Node


class NodeReports:
    """Watches nodes on behalf of their kubelets. `find` gives the kubelet of a node that is up."""

    def __init__(self, process: Process, find: Callable[[str], KubeletNode | None]) -> None:
        self._loop = process.loop
        self._find = find
        self._nodes = process.informers.of(Node)
        self._reported = {node.metadata.name: node.spec.unschedulable for node in self._nodes.objects.values()}
        self._nodes.subscribe(self._changed)

    def _changed(self, change: Change) -> None:
        node: Node = change.object
        name = node.metadata.name
        if change.type == DELETED:
            self._reported.pop(name, None)
        elif name not in self._reported:
            self._reported[name] = node.spec.unschedulable
        elif node.spec.unschedulable != change.previous.spec.unschedulable:
            self._loop.at(next_status_pass_ms(self._loop.now_ms), lambda: self._report(name))

    def _report(self, name: str) -> None:
        """Say what changed since the last pass, if the node and its kubelet are still there."""
        node, kubelet = self._nodes.get("", name), self._find(name)
        if node is None or kubelet is None or self._reported.get(name) == node.spec.unschedulable:
            return
        self._reported[name] = node.spec.unschedulable
        reason = "NodeNotSchedulable" if node.spec.unschedulable else "NodeSchedulable"
        # A kubelet knows its node by name, and gives that for the uid.
        about = replace(node, metadata=replace(node.metadata, uid=name))
        kubelet.recorder.event(about, NORMAL, reason, f"Node {name} status is now: {reason}")
