"""What kubelets write into their nodes' status: which images are there, and which attachable volumes are in use.

Owns when that is written: both in one write with the status of the node, every ten seconds, if anything changed. A
volume is mounted only after it was reported, and detached by others only when it is no longer. Source:
pkg/kubelet/kubelet_node_status.go (tryUpdateNodeStatus), pkg/kubelet/nodestatus/setters.go (Images, VolumesInUse).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from harness.actors.kubelet.node import KubeletNode, next_status_pass_ms
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.objects.node import Node


class StatusReports:
    """Writes on behalf of all kubelets. `find` gives the kubelet of a node that is up."""

    def __init__(self, process: Process, find: Callable[[str], KubeletNode | None]) -> None:
        self._process = process
        self._find = find
        self._planned: dict[str, None] = {}

    def plan(self, name: str) -> None:
        """Have the node's status written at the next pass over it."""
        if name in self._planned:
            return
        self._planned[name] = None
        loop = self._process.loop
        loop.at(next_status_pass_ms(loop.now_ms), lambda: loop.spawn(self._write(name)))

    async def _write(self, name: str) -> None:
        del self._planned[name]
        kubelet = self._find(name)
        node = self._process.informers.of(Node).get("", name)
        if kubelet is None or node is None:
            return
        images, in_use = kubelet.images.reported, kubelet.volumes.in_use

        def change(stored: Node) -> Node:
            return replace(stored, status=replace(stored.status, images=images, volumes_in_use=in_use))

        if (node.status.images, node.status.volumes_in_use) != (images, in_use):
            try:
                await self._process.client("kubelet", name).modify(node, change, status=True)
            except ApiError:
                # The node is gone, or its status is written again at the next pass.
                self.plan(name)
                return
        kubelet.volumes.report(in_use)
