"""What kubelets write into their nodes' status about images: which are there, and how large they are.

Owns when that is written: with the status of the node, every ten seconds, if it changed. Source:
pkg/kubelet/nodestatus/setters.go (Images).
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from harness.actors.kubelet.node import KubeletNode, next_status_pass_ms
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.objects.node import Node


class ImageReports:
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
        images = kubelet.images.reported
        if node.status.images == images:
            return
        client = self._process.client("kubelet", name)
        try:
            await client.modify(
                node, lambda stored: replace(stored, status=replace(stored.status, images=images)), status=True
            )
        except ApiError:
            # The node is gone, or its status is written again at the next pass.
            self.plan(name)
