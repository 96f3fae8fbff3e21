"""A cluster of an API server, the volume controllers and some provisioners, for the tests of the provisioners."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from harness.actors.controllers.persistentvolume import PersistentVolumeController
from harness.actors.controllers.pv_protection import PersistentVolumeProtection
from harness.actors.controllers.pvc_protection import PersistentVolumeClaimProtection
from harness.actors.provisioner import driver_object, node_object, start
from harness.actors.world import ProvisionerBehaviour, World
from harness.actors.world.provisioners import CSI, LOCAL_PATH, NFS
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import Namespace
from harness.objects.csi import CSIDriver, CSINode, VolumeAttachment
from harness.objects.event import Event
from harness.objects.meta import Object, ObjectMeta
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.wire import from_wire

ZONE = "topology.kubernetes.io/zone"
SELECTED = "volume.kubernetes.io/selected-node"
HELD_UNTIL_REMOVED = "external-provisioner.volume.kubernetes.io/finalizer"
NO_ANSWER = "rpc error: code = DeadlineExceeded desc = context deadline exceeded"
FULL = "rpc error: code = ResourceExhausted desc = the zone is full"

nfs = ProvisionerBehaviour(name="example.com/nfs", style=NFS, server="filer", path="/exports")
local_path = ProvisionerBehaviour(name="rancher.io/local-path", style=LOCAL_PATH, path="/opt/local-path-provisioner")
csi = ProvisionerBehaviour(name="ebs.csi.aws.com", style=CSI)


def claim(name: str = "data", size: str = "1Gi", mode: str = "ReadWriteOnce", **spec: Any) -> PersistentVolumeClaim:
    """A claim of the class `fast`; `annotations` and `labels` are those of its metadata."""
    metadata = {"name": name, "namespace": "default"}
    metadata.update({key: spec.pop(key) for key in ("annotations", "labels") if key in spec})
    document = {
        "metadata": metadata,
        "spec": {
            "storageClassName": "fast",
            "accessModes": [mode],
            "resources": {"requests": {"storage": size}},
            **spec,
        },
    }
    return from_wire(document, PersistentVolumeClaim)


def storage_class(provisioner: str, name: str = "fast", **fields: Any) -> StorageClass:
    metadata = {"name": name, "annotations": fields.pop("annotations", {})}
    return from_wire({"metadata": metadata, "provisioner": provisioner, **fields}, StorageClass)


def late_class(provisioner: str, **fields: Any) -> StorageClass:
    return storage_class(provisioner, volumeBindingMode="WaitForFirstConsumer", **fields)


def pod(name: str, *claims: str) -> Pod:
    document = {
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "containers": [{"name": "c", "image": "nginx"}],
            "volumes": [{"name": each, "persistentVolumeClaim": {"claimName": each}} for each in claims],
        },
    }
    return from_wire(document, Pod)


def node(name: str, **labels: str) -> Node:
    return from_wire({"metadata": {"name": name, "labels": {"kubernetes.io/hostname": name, **labels}}}, Node)


class ProvisionerWorld:
    """An API server, the controllers of claims and volumes, and these provisioners. Times are cluster milliseconds."""

    def __init__(self, *behaviours: ProvisionerBehaviour, nodes: tuple[Node, ...] = ()) -> None:
        clock = Clock(1_767_225_600_000)
        self.loop = Loop(clock)
        self.trace = Trace()
        self.server = Server(clock, self.trace)
        self.world = World(provisioners=behaviours)
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        drivers = [behaviour for behaviour in behaviours if behaviour.style == CSI]
        for driver in drivers:
            self.server.create(driver_object(driver))
        for each in nodes:
            self.server.create(node_object(self.server.create(each), drivers))
        manager = self._process()
        PersistentVolumeController(manager)
        PersistentVolumeClaimProtection(manager)
        PersistentVolumeProtection(manager)
        for behaviour in behaviours:
            start(self._process(), self.world, behaviour)
        self.run(1)

    def _process(self) -> Process:
        return Process.start(self.loop, self.server, Chance(), {})

    def run(self, duration_ms: int = 2_000) -> None:
        self.loop.run_until(self.loop.now_ms + duration_ms)

    def create(self, *objects: Object) -> None:
        """Create one after the other, a millisecond apart."""
        for each in objects:
            self.server.create(each)
            self.run(1)

    def apply(self, *objects: Object) -> None:
        """Create, and give the provisioners the time that one volume takes."""
        self.create(*objects)
        self.run()

    def delete(self, obj: Object) -> None:
        self.server.delete(kinds.of_object(obj), obj.metadata.namespace, obj.metadata.name)
        self.run()

    def grow(self, size: str, name: str = "data") -> None:
        """Have a claim ask for another size."""
        stored = self.claim(name)
        resources = replace(stored.spec.resources, requests={"storage": size})
        self.server.update(replace(stored, spec=replace(stored.spec, resources=resources)))

    def edit(self, volume: PersistentVolume, **spec: Any) -> None:
        self.server.modify(volume, lambda stored: replace(stored, spec=replace(stored.spec, **spec)))
        self.run()

    def annotate(self, volume: PersistentVolume, annotations: dict[str, str]) -> None:
        """Give a volume these annotations and no others."""
        self.server.modify(
            volume, lambda stored: replace(stored, metadata=replace(stored.metadata, annotations=annotations))
        )
        self.run()

    def claim(self, name: str = "data") -> PersistentVolumeClaim:
        found = self.server.find(PersistentVolumeClaim, "default", name)
        assert found is not None, f"there is no claim {name}"
        return found

    def volumes(self) -> list[PersistentVolume]:
        return list(self.server.list(kinds.BY_TYPE[PersistentVolume]))

    def volume(self) -> PersistentVolume:
        """The only volume there is."""
        (found,) = self.volumes()
        return found

    def attachment(self, name: str = "a") -> VolumeAttachment:
        found = self.server.find(VolumeAttachment, "", name)
        assert found is not None, f"there is no attachment {name}"
        return found

    def driver(self, name: str) -> CSIDriver | None:
        return self.server.find(CSIDriver, "", name)

    def driver_node(self, name: str) -> CSINode | None:
        return self.server.find(CSINode, "", name)

    def attach(self, node_name: str, name: str = "a") -> None:
        """Ask for the only volume to be attached to a node."""
        document = {
            "metadata": {"name": name},
            "spec": {
                "attacher": csi.name,
                "nodeName": node_name,
                "source": {"persistentVolumeName": self.volume().metadata.name},
            },
        }
        self.apply(from_wire(document, VolumeAttachment))

    def events(self, name: str = "data", source: str = "") -> list[tuple[str, str, int]]:
        """(reason, message, count) of what provisioners said of the object of this name, oldest first."""
        found = [
            each
            for each in self.server.list(kinds.BY_TYPE[Event])
            if each.involved_object.name == name
            and each.source.component.startswith(source)
            and each.source.component != "persistentvolume-controller"
        ]
        found.sort(key=lambda event: int(event.metadata.uid.split("-")[-1], 16))
        return [(event.reason, event.message, event.count) for event in found]

    def attempts(self, name: str = "data") -> int:
        """How often a volume for the claim was begun to be made."""
        return sum(count for reason, _, count in self.events(name) if reason == "Provisioning")

    def failures(self, name: str = "data") -> list[str]:
        return [message for reason, message, _ in self.events(name) if reason == "ProvisioningFailed"]
