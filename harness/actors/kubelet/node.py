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

POD_PASS_MS = 60_000
"""A pod is looked after at least this often, whether anything happens to it or not (syncFrequency, without jitter)."""
_ADDRESSES = 253
# A kubelet looks at its containers once a second. Those of different nodes do so at different times, here as far apart
# as the golden section puts any number of them.
_LOOK_MS = 1_000
_FIRST_LOOK_MS = 146
_LOOK_STEP_MS = 382
_STATUS_PASS_MS = 10_000


def next_status_pass_ms(now_ms: int) -> int:
    """When kubelets next look whether the statuses of their nodes have changed."""
    return look_after(now_ms, _STATUS_PASS_MS)


def next_pod_pass_ms(now_ms: int) -> int:
    """When kubelets next look after pods to which nothing happens (syncFrequency, without its jitter)."""
    return (now_ms // POD_PASS_MS + 1) * POD_PASS_MS


class KubeletNode:
    """The ground of one kubelet. `number` tells nodes apart in addresses."""

    __slots__ = (
        "_last",
        "_look_phase_ms",
        "_taken",
        "_writer_free_ms",
        "host_ip",
        "images",
        "name",
        "number",
        "recorder",
        "volumes",
    )

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
        self._look_phase_ms = _FIRST_LOOK_MS + (self.number - 1) * _LOOK_STEP_MS

    def look_after(self, time_ms: int) -> int:
        """When the node's containers are looked at for the first time after that time.

        Source: pkg/kubelet/pleg/generic.go (Relist), pkg/kubelet/kubelet.go (plegRelistPeriod, syncLoop's ticker).
        """
        return look_after(time_ms - self._look_phase_ms, _LOOK_MS) + self._look_phase_ms

    def take_turn_ms(self, now_ms: int) -> int:
        """How long to wait until the one who writes the statuses of this node's pods is free for another of them.

        Each is read before it is written. Source: pkg/kubelet/status/status_manager.go (Start: one loop, one pod after
        another; syncPod).
        """
        write_ms = max(now_ms, self._writer_free_ms) + REQUEST_MS
        self._writer_free_ms = write_ms + REQUEST_MS
        return write_ms - now_ms

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
