"""One node as its kubelet sees it: addresses for pods, images, volumes, and the recorder that speaks in its name.

Owns what pods of one node share. Knows no pod.
"""

from __future__ import annotations

import re

from harness.actors.kubelet.images import NodeImages
from harness.actors.kubelet.node_volumes import NodeVolumes
from harness.api.client import REQUEST_MS
from harness.control.events import Recorder
from harness.control.polling import look_after
from harness.objects.node import Node

_ADDRESSES = 253
_STATUS_PASS_MS = 10_000
_POD_PASS_MS = 60_000


def next_status_pass_ms(now_ms: int) -> int:
    """When kubelets next look whether the statuses of their nodes have changed."""
    return look_after(now_ms, _STATUS_PASS_MS)


def next_pod_pass_ms(now_ms: int) -> int:
    """When kubelets next look after pods to which nothing happens (syncFrequency, without its jitter)."""
    return (now_ms // _POD_PASS_MS + 1) * _POD_PASS_MS


class KubeletNode:
    """The ground of one kubelet. `number` tells nodes apart in addresses."""

    __slots__ = ("_last", "_taken", "_writer_free_ms", "host_ip", "images", "name", "number", "recorder", "volumes")

    def __init__(self, node: Node, position: int, recorder: Recorder, volumes: NodeVolumes, images: NodeImages) -> None:
        self.name = node.metadata.name
        digits = re.search(r"([0-9]+)$", self.name)
        self.number = (int(digits.group(1)) if digits else position) % 256
        stated = next((a.address for a in node.status.addresses if a.type == "InternalIP"), "")
        self.host_ip = stated or f"172.18.0.{self.number % 254 + 1}"
        self.images = images
        self.recorder = recorder
        self.volumes = volumes
        self._taken: dict[str, None] = {}
        self._last = 0
        self._writer_free_ms = 0

    def take_turn_ms(self, now_ms: int) -> int:
        """How long to wait until the one who writes the statuses of this node's pods is free for another of them.

        Source: pkg/kubelet/status/status_manager.go (Start: one loop, one pod after another).
        """
        begin_ms = max(now_ms, self._writer_free_ms)
        self._writer_free_ms = begin_ms + REQUEST_MS
        return begin_ms - now_ms

    def take_address(self) -> str:
        """An address of the node's pod network that no pod has, the one after the last that was taken."""
        address = ""
        for _ in range(_ADDRESSES):
            self._last = self._last % _ADDRESSES + 1
            address = f"10.244.{self.number}.{self._last + 1}"
            if address not in self._taken:
                break
        self._taken[address] = None
        return address

    def free_address(self, address: str) -> None:
        self._taken.pop(address, None)
