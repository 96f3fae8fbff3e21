"""What kubelets say of their nodes: that they are well, and that they may or may not be scheduled to.

Owns what a kubelet writes and tells when it starts, and at a later pass over its node's status. Source:
pkg/kubelet/kubelet_node_status.go (registerWithAPIServer, setNodeStatus, recordNodeSchedulableEvent).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from harness.actors.kubelet.node import KubeletNode, next_status_pass_ms
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change
from harness.control.controller import Process
from harness.control.events import NORMAL
from harness.objects.conditions import find
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node
from harness.objects.node_conditions import HEALTHY, READY, healthy, is_ready


class NodeReports:
    """Watches nodes on behalf of their kubelets. `find` gives the kubelet of a node that is up."""

    def __init__(self, process: Process, find: Callable[[str], KubeletNode | None]) -> None:
        self._process = process
        self._loop = process.loop
        self._find = find
        self._nodes = process.informers.of(Node)
        self._reported = {node.metadata.name: node.spec.unschedulable for node in self._nodes.objects.values()}
        self._nodes.subscribe(self._changed)

    async def register(self, kubelet: KubeletNode, machine: Node) -> None:
        """Say that the kubelet has started and its node is well; `machine` is the Node it makes if there is none."""
        name = kubelet.name
        client = self._process.client("kubelet", name)
        self._say(kubelet, machine, "Starting", "Starting kubelet.")
        # What it would register knows nothing of any condition yet, so that each but Ready is news.
        for condition in HEALTHY:
            if condition.type != READY:
                self._tell(kubelet, machine, condition.event)
        try:
            node = await client.get(Node, "", name)
            if node is None:
                await client.create(self._fresh(machine))
            else:
                # A kubelet that starts takes its node for one that may be scheduled to.
                self._reported[name] = False
                await self._report_health(client, kubelet, node)
        except ApiError:
            # Somebody made or deleted the Node in the meantime: the next pass finds it as it is.
            self._plan(name)

    def _fresh(self, machine: Node) -> Node:
        """The Node as a kubelet registers it anew."""
        metadata = ObjectMeta(name=machine.metadata.name, labels=machine.metadata.labels)
        conditions = healthy((), self._loop.clock.stamp())
        return Node(metadata=metadata, spec=machine.spec, status=replace(machine.status, conditions=conditions))

    async def _report_health(self, client: Client, kubelet: KubeletNode, node: Node) -> None:
        """Tell what was said otherwise before, and write that the node is well."""
        for condition in HEALTHY:
            old = find(node.status.conditions, condition.type)
            status = old.status if old is not None else condition.status if condition.type == READY else ""
            if status != condition.status:
                self._tell(kubelet, node, condition.event)
        self._report_scheduling(kubelet, node)
        stamp = self._loop.clock.stamp()
        await client.modify(
            node,
            lambda stored: replace(
                stored, status=replace(stored.status, conditions=healthy(stored.status.conditions, stamp))
            ),
            status=True,
        )

    def _changed(self, change: Change) -> None:
        node: Node = change.object
        name = node.metadata.name
        if change.type == DELETED:
            self._reported.pop(name, None)
        elif name not in self._reported:
            self._reported[name] = node.spec.unschedulable
            self._plan(name)
        elif node.spec.unschedulable != change.previous.spec.unschedulable:
            self._plan(name)

    def _plan(self, name: str) -> None:
        self._loop.at(next_status_pass_ms(self._loop.now_ms), lambda: self._loop.spawn(self._pass(name)))

    async def _pass(self, name: str) -> None:
        """Say what changed since the last pass, if the node and its kubelet are still there."""
        node, kubelet = self._nodes.get("", name), self._find(name)
        if node is None or kubelet is None:
            return
        if is_ready(node):
            self._report_scheduling(kubelet, node)
        else:
            try:
                await self._report_health(self._process.client("kubelet", name), kubelet, node)
            except ApiError:
                # It was deleted in the meantime.
                return

    def _report_scheduling(self, kubelet: KubeletNode, node: Node) -> None:
        """Say whether the node may be scheduled to, if that is another than was said before."""
        if self._reported.get(kubelet.name) != node.spec.unschedulable:
            self._reported[kubelet.name] = node.spec.unschedulable
            self._tell(kubelet, node, "NodeNotSchedulable" if node.spec.unschedulable else "NodeSchedulable")

    def _tell(self, kubelet: KubeletNode, node: Node, reason: str) -> None:
        self._say(kubelet, node, reason, f"Node {kubelet.name} status is now: {reason}")

    def _say(self, kubelet: KubeletNode, node: Node, reason: str, message: str) -> None:
        # A kubelet knows its node by name, and gives that for the uid.
        about = replace(node, metadata=replace(node.metadata, uid=kubelet.name))
        kubelet.recorder.event(about, NORMAL, reason, message)
