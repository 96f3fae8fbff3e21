"""What a CSI driver tells the cluster of itself: its CSIDriver object, and its entry in the CSINode of every node.

Owns those objects. A driver's part on the nodes is always up: what fails is its controller. Mirrors pkg/volume/csi/
nodeinfomanager, and what drivers' installers apply.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from harness.actors.provisioner.program import Program
from harness.actors.world.provisioners import ProvisionerBehaviour
from harness.api.client import Client
from harness.api.store import ADDED, Change
from harness.control.controller import Controller
from harness.objects.csi import CSIDriver, CSIDriverSpec, CSINode, CSINodeDriver, CSINodeSpec, VolumeNodeResources
from harness.objects.meta import ObjectMeta, OwnerReference
from harness.objects.node import Node


def driver_object(behaviour: ProvisionerBehaviour) -> CSIDriver:
    """The object that an installer of the driver makes."""
    return CSIDriver(
        metadata=ObjectMeta(name=behaviour.name),
        spec=CSIDriverSpec(attach_required=behaviour.attach),
    )


def node_object(node: Node, behaviours: Iterable[ProvisionerBehaviour]) -> CSINode:
    """The object of a node on which these drivers are registered."""
    metadata = node.metadata
    owner = OwnerReference(api_version="v1", kind="Node", name=metadata.name, uid=metadata.uid)
    made = CSINode(metadata=ObjectMeta(name=metadata.name, owner_references=(owner,)))
    for behaviour in behaviours:
        made = _registered(made, behaviour)
    return made


def _registered(known: CSINode, behaviour: ProvisionerBehaviour) -> CSINode:
    """The object with the driver among those of its node; itself if it is there already."""
    name = behaviour.name
    if any(driver.name == name for driver in known.spec.drivers):
        return known
    resources = VolumeNodeResources(count=behaviour.limit) if behaviour.limit is not None else None
    entry = CSINodeDriver(
        name=name, node_id=known.metadata.name, topology_keys=behaviour.topology, allocatable=resources
    )
    return replace(known, spec=CSINodeSpec(drivers=(*known.spec.drivers, entry)))


class NodePart(Controller[str]):
    """Registers the driver on nodes that join. Keys are names of nodes."""

    def __init__(self, program: Program) -> None:
        self.name = program.component
        super().__init__(program.process, workers=1)
        self._behaviour = program.behaviour
        self._nodes = program.process.informers.of(Node)
        self._nodes.subscribe(self._node_changed)

    def _node_changed(self, change: Change) -> None:
        if change.type == ADDED:
            self.queue.add(change.object.metadata.name, change.sequence)

    async def reconcile(self, key: str, client: Client) -> int | None:
        node = self._nodes.get("", key)
        if node is None:
            return None
        known = await client.get(CSINode, "", key)
        if known is None:
            await client.create(node_object(node, [self._behaviour]))
        elif (now := _registered(known, self._behaviour)) is not known:
            await client.update(now)
        return None
