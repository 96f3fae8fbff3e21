"""What one kubelet looks up while it prepares volumes: objects through its view of the API, paths on its machine.

Owns where each answer is found. Decides nothing.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from functools import partial

from harness.actors.kubelet.configuration import CONFIG_MAP, FindConfig
from harness.actors.world import PathKind, World
from harness.control.informer import Informers
from harness.objects.attachment import attachment_name
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import ConfigMap, Secret
from harness.objects.csi import CSIDriver, CSINode, VolumeAttachment
from harness.objects.node import Node
from harness.objects.storage import PersistentVolume


class Lookups:
    """The questions of the kubelet of `node`, by its name."""

    __slots__ = ("_informers", "_world", "node")

    def __init__(self, informers: Informers, world: World, node: str) -> None:
        self.node = node
        self._informers = informers
        self._world = world

    def config_finder(self, namespace: str) -> FindConfig:
        """How config maps and secrets of the namespace are found."""
        return partial(self._config, namespace)

    def claim(self, namespace: str, name: str) -> PersistentVolumeClaim | None:
        return self._informers.of(PersistentVolumeClaim).get(namespace, name)

    def volume(self, name: str) -> PersistentVolume | None:
        return self._informers.of(PersistentVolume).get("", name)

    def driver(self, name: str) -> CSIDriver | None:
        """The CSIDriver object of this name."""
        return self._informers.of(CSIDriver).get("", name)

    def is_registered(self, driver: str) -> bool:
        """Whether the CSI driver has told this kubelet that it runs on the node."""
        node = self._informers.of(CSINode).get("", self.node)
        return node is not None and any(one.name == driver for one in node.spec.drivers)

    def attachment(self, volume: PersistentVolume) -> VolumeAttachment | None:
        """What says that the CSI volume is attached to this node."""
        return self._informers.of(VolumeAttachment).get("", attachment_name(volume, self.node))

    def is_attached(self, unique_name: str) -> bool:
        """Whether the node's status says that the volume is attached."""
        node = self._informers.of(Node).get("", self.node)
        return node is not None and any(one.name == unique_name for one in node.status.volumes_attached)

    def node_labels(self) -> Mapping[str, str]:
        node = self._informers.of(Node).get("", self.node)
        return node.metadata.labels if node is not None else {}

    def path(self, path: str) -> PathKind | None:
        """What stands at a path of the machine; None if it is whatever is wanted."""
        return self._world.path(self.node, posixpath.normpath(path))

    def place(self, path: str, kind: PathKind) -> None:
        """Make something at a path of the machine."""
        self._world.place(self.node, posixpath.normpath(path), kind)

    def _config(self, namespace: str, kind: str, name: str) -> ConfigMap | Secret | None:
        if kind == CONFIG_MAP:
            return self._informers.of(ConfigMap).get(namespace, name)
        return self._informers.of(Secret).get(namespace, name)
