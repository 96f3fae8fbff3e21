"""A cluster of nothing but an API server and the volume controllers, for the tests of those."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from harness.actors.controllers.persistentvolume import PersistentVolumeController
from harness.actors.controllers.pv_protection import PersistentVolumeProtection
from harness.actors.controllers.pvc_protection import PersistentVolumeClaimProtection
from harness.actors.controllers.vac_protection import VolumeAttributesClassProtection
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import Namespace
from harness.objects.csi import VolumeAttributesClass
from harness.objects.event import Event
from harness.objects.meta import Object, ObjectMeta
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.wire import from_wire


def claim(name: str, size: str = "1Gi", *modes: str, **spec: Any) -> PersistentVolumeClaim:
    document = {
        "metadata": {"name": name, "namespace": "default", "annotations": spec.pop("annotations", None)},
        "spec": {
            "accessModes": list(modes or ["ReadWriteOnce"]),
            "resources": {"requests": {"storage": size}},
            **spec,
        },
    }
    return from_wire(document, PersistentVolumeClaim)


def volume(name: str, size: str = "1Gi", *modes: str, labels: Mapping[str, str] | None = None, **spec: Any) -> Any:
    source = {} if {"nfs", "local", "csi", "hostPath"} & set(spec) else {"hostPath": {"path": f"/tmp/{name}"}}
    document = {
        "metadata": {"name": name, "labels": labels, "annotations": spec.pop("annotations", None)},
        "spec": {"accessModes": list(modes or ["ReadWriteOnce"]), "capacity": {"storage": size}, **source, **spec},
    }
    return from_wire(document, PersistentVolume)


def storage_class(name: str, provisioner: str = "kubernetes.io/no-provisioner", **fields: Any) -> StorageClass:
    annotations = {"storageclass.kubernetes.io/is-default-class": "true"} if fields.pop("default", False) else None
    metadata = {"name": name, "annotations": annotations}
    return from_wire({"metadata": metadata, "provisioner": provisioner, **fields}, StorageClass)


def attributes_class(name: str) -> VolumeAttributesClass:
    document = {"metadata": {"name": name}, "driverName": "ebs.csi.aws.com", "parameters": {"iops": "4000"}}
    return from_wire(document, VolumeAttributesClass)


def pod(name: str, *claims: str, node: str = "") -> Pod:
    document = {
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "nodeName": node,
            "containers": [{"name": "c", "image": "nginx"}],
            "volumes": [{"name": each, "persistentVolumeClaim": {"claimName": each}} for each in claims],
        },
    }
    return from_wire(document, Pod)


class VolumeWorld:
    """An API server with the controllers of claims and volumes at work. Times are cluster milliseconds."""

    def __init__(self, **flags: str | int | bool) -> None:
        clock = Clock(1_767_225_600_000)
        self.loop = Loop(clock)
        self.trace = Trace()
        self.server = Server(clock, self.trace)
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        named = {key.replace("_", "-"): value for key, value in flags.items()}
        self.process = Process.start(self.loop, self.server, Chance(), named)
        PersistentVolumeController(self.process)
        PersistentVolumeClaimProtection(self.process)
        PersistentVolumeProtection(self.process)
        VolumeAttributesClassProtection(self.process)
        self.run(1)

    def run(self, duration_ms: int = 100) -> None:
        self.loop.run_until(self.loop.now_ms + duration_ms)

    def create(self, *objects: Object) -> None:
        """Create one after the other, as kubectl would: a millisecond apart."""
        for each in objects:
            self.server.create(each)
            self.run(1)

    def apply(self, *objects: Object) -> None:
        """Create, and let the controllers come to rest."""
        self.create(*objects)
        self.run()

    def delete(self, obj: Object) -> None:
        self.server.delete(kinds.of_object(obj), obj.metadata.namespace, obj.metadata.name)
        self.run()

    def edit(self, name: str, **spec: Any) -> None:
        """Change fields of the spec of a volume."""
        stored = self.volume(name)
        self.server.update(replace(stored, spec=replace(stored.spec, **spec)))
        self.run()

    def without_finalizers(self, obj: PersistentVolume) -> None:
        """Take all finalizers off an object."""
        self.server.update(replace(obj, metadata=replace(obj.metadata, finalizers=())))
        self.run()

    def claim(self, name: str) -> PersistentVolumeClaim:
        found = self.server.find(PersistentVolumeClaim, "default", name)
        assert found is not None, f"there is no claim {name}"
        return found

    def volume(self, name: str) -> PersistentVolume:
        found = self.server.find(PersistentVolume, "", name)
        assert found is not None, f"there is no volume {name}"
        return found

    def has(self, obj: Object) -> bool:
        return self.server.find(type(obj), obj.metadata.namespace, obj.metadata.name) is not None

    def events(self, name: str) -> list[tuple[str, str, str, int]]:
        """(type, reason, message, count) of the events about the object of this name, oldest first."""
        found = [each for each in self.server.list(kinds.BY_TYPE[Event]) if each.involved_object.name == name]
        found.sort(key=lambda event: int(event.metadata.uid.split("-")[-1], 16))
        return [(event.type, event.reason, event.message, event.count) for event in found]

    def reasons(self, name: str) -> list[str]:
        return [reason for _, reason, _, _ in self.events(name)]

    def writes(self, since: int = 0) -> list[str]:
        """`name phase` of every write of a claim or volume after so many records, in order."""
        return [
            f"{record.subject.metadata.name} {record.subject.status.phase}"
            for record in self.trace.records[since:]
            if isinstance(record.subject, (PersistentVolumeClaim, PersistentVolume))
        ]
