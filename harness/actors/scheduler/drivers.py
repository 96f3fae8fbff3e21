"""What CSI drivers report: how many volumes a node can hold, what is attached there, and where there is room for more.

Owns the reading of CSINode, CSIDriver, CSIStorageCapacity and VolumeAttachment. Decides about no pod.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.control.informer import Informers
from harness.objects import quantity
from harness.objects.csi import CSIDriver, CSINode, CSIStorageCapacity, VolumeAttachment
from harness.objects.csi_migration import CsiVolume, counted_volume
from harness.objects.meta import LabelSelector
from harness.objects.storage import PersistentVolume

MIGRATED_PLUGINS = "storage.alpha.kubernetes.io/migrated-plugins"


class Drivers:
    """Answers from the objects as the API has them at the moment."""

    def __init__(self, informers: Informers) -> None:
        self._nodes = informers.of(CSINode)
        self._drivers = informers.of(CSIDriver)
        self._volumes = informers.of(PersistentVolume)
        self._capacities = informers.of(CSIStorageCapacity).index(lambda capacity: (capacity.storage_class_name,))
        self._attachments = informers.of(VolumeAttachment).index(lambda attachment: (attachment.spec.node_name,))

    @property
    def limit_nodes(self) -> bool:
        """Whether there may be a node with a limit at all."""
        return bool(self._nodes.objects)

    def limits(self, node: str) -> dict[str, int]:
        """How many volumes of a driver the node can hold, for each driver that says so."""
        found = self._nodes.get("", node)
        return limits_of(found) if found is not None else {}

    def attached(self, node: str) -> Iterator[CsiVolume]:
        """The volumes attached to the node, or about to be, or not yet detached."""
        for attachment in self._attachments.of(node):
            name = attachment.spec.source.persistent_volume_name
            volume = self._volumes.get("", name) if name is not None else None
            known = counted_volume(volume) if volume is not None else None
            if known is not None:
                yield CsiVolume(attachment.spec.attacher, known.handle)

    def attachments(self, node: str) -> int:
        """How many attachments there are to the node, of whatever volumes."""
        return len(self._attachments.of(node))

    def counts_room(self, provisioner: str) -> bool:
        """Whether the provisioner is a driver that reports how much room there is, and wants that respected."""
        found = self._drivers.get("", provisioner)
        return found is not None and found.spec.storage_capacity is True

    def room(self, class_name: str, size_bytes: int) -> tuple[LabelSelector, ...]:
        """The nodes, as selectors of their labels, for which the class has room for a volume of this size."""
        return tuple(
            capacity.node_topology
            for capacity in self._capacities.of(class_name)
            if capacity.node_topology is not None and room_bytes(capacity) >= size_bytes
        )


def limits_of(node: CSINode) -> dict[str, int]:
    """Driver -> number of volumes the node can hold of it, where one is given."""
    return {
        driver.name: driver.allocatable.count
        for driver in node.spec.drivers
        if driver.allocatable is not None and driver.allocatable.count is not None
    }


def room_bytes(capacity: CSIStorageCapacity) -> int:
    """How large a volume may be, in bytes; -1 if nothing is known. The size of the largest counts before the sum."""
    limit = capacity.maximum_volume_size if capacity.maximum_volume_size is not None else capacity.capacity
    return quantity.value(limit) if limit is not None else -1
