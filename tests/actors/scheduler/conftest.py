"""A cluster of nothing but an API server and a scheduler, to watch the latter from the outside."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.actors.scheduler.scheduler import Scheduler
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.conditions import find
from harness.objects.config import Namespace
from harness.objects.csi import CSINode, CSIStorageCapacity
from harness.objects.event import Event
from harness.objects.meta import Object, ObjectMeta
from harness.objects.node import Node
from harness.objects.pod import Pod, PodCondition
from harness.objects.policy import PriorityClass
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.taints import NOT_READY
from harness.objects.wire import from_wire

PATIENCE_MS = 50
NO_PROVISIONER = "kubernetes.io/no-provisioner"
ZONE = "topology.kubernetes.io/zone"


class World:
    """Writes go straight to the server; `run` lets the scheduler act on them."""

    def __init__(self) -> None:
        clock = Clock(parse("2026-01-01T00:00:00Z"))
        self.server = Server(clock, Trace())
        self.loop = Loop(clock)
        process = Process.start(self.loop, self.server, Chance(), {})
        self.scheduler = Scheduler(process)
        for name in ("default", "kube-system"):
            self.server.create(from_wire({"metadata": {"name": name}}, Namespace))

    def run(self, duration_ms: int = PATIENCE_MS) -> None:
        self.loop.run_until(self.loop.now_ms + duration_ms)

    def create(self, type_: type[Object], name: str, **fields: Any) -> Any:
        metadata = {"name": name, **fields.pop("metadata", {})}
        return self.server.create(from_wire({"metadata": metadata, **fields}, type_))

    def node(self, name: str, *, cpu: str = "4", memory: str = "8Gi", pods: str = "110", **fields: Any) -> Node:
        labels = {"kubernetes.io/hostname": name, **fields.pop("labels", {})}
        allocatable = {"cpu": cpu, "memory": memory, "pods": pods}
        found: Node = self.create(Node, name, metadata={"labels": labels}, spec=fields)
        found = self.server.update_status(
            replace(found, status=replace(found.status, allocatable=allocatable, capacity=allocatable))
        )
        if not any(taint.key == NOT_READY for taint in found.spec.taints):
            return found
        # As the node controller does, once a new node is ready.
        return self.server.modify(
            found, lambda node: replace(node, spec=replace(node.spec, taints=node.spec.taints[:-1]))
        )

    def pod(self, name: str, *, labels: dict[str, str] | None = None, **spec: Any) -> Pod:
        container: dict[str, Any] = {"name": "main", "image": "app"}
        requests = {key: spec.pop(key) for key in ("cpu", "memory") if key in spec}
        if requests:
            container["resources"] = {"requests": requests}
        if "ports" in spec:
            container["ports"] = spec.pop("ports")
        if "claims" in spec:
            names = spec.pop("claims")
            spec["volumes"] = [{"name": each, "persistentVolumeClaim": {"claimName": each}} for each in names]
        metadata = {"namespace": "default", "labels": labels or {}, **spec.pop("metadata", {})}
        return self.create(Pod, name, metadata=metadata, spec={"containers": [container], **spec})

    def claim(self, name: str, *, storage_class: str = "", size: str = "1Gi", **fields: Any) -> PersistentVolumeClaim:
        spec = {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": size}},
            "storageClassName": storage_class,
            **fields,
        }
        return self.create(PersistentVolumeClaim, name, metadata={"namespace": "default"}, spec=spec)

    def storage_class(self, name: str, provisioner: str = NO_PROVISIONER, **fields: Any) -> StorageClass:
        return self.create(
            StorageClass, name, provisioner=provisioner, volumeBindingMode="WaitForFirstConsumer", **fields
        )

    def volume(self, name: str, *, storage_class: str = "", host: str = "", size: str = "1Gi", **fields: Any) -> None:
        """A volume that is Available at once."""
        spec: dict[str, Any] = {
            "capacity": {"storage": size},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": storage_class,
            "hostPath": {"path": "/data"},
            **fields,
        }
        if host:
            expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": [host]}
            spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}
        found: PersistentVolume = self.create(PersistentVolume, name, spec=spec)
        self.server.update_status(replace(found, status=replace(found.status, phase="Available")))

    def csi_volume(self, name: str, driver: str = "disk.example.com", **fields: Any) -> None:
        """A volume of a driver; its handle is its name unless `csi` says otherwise."""
        csi = {"driver": driver, "volumeHandle": name}
        self.volume(name, **{"csi": csi, "hostPath": None, **fields})

    def bound_claim(self, name: str, **fields: Any) -> None:
        """A claim with a volume of a driver; the volume bears the claim's name."""
        self.claim(name)
        self.csi_volume(name, **fields)
        self.bind_claim(name, name)

    def csi_node(self, node: str, **limits: int | None) -> None:
        """What the drivers of the node can hold, by the first part of their names: disk is disk.example.com."""
        drivers = [
            {"name": f"{name}.example.com", "nodeID": node, "allocatable": {"count": count}}
            for name, count in limits.items()
        ]
        self.create(CSINode, node, spec={"drivers": drivers})

    def capacity(self, name: str, *, zone: str | None, storage_class: str = "fast", **fields: Any) -> None:
        """Room for volumes of a class on the nodes of a zone; "" is every node, None no node at all."""
        topology = {"matchLabels": {ZONE: zone}} if zone else {}
        place = {} if zone is None else {"nodeTopology": topology}
        metadata = {"namespace": "kube-system"}
        self.create(CSIStorageCapacity, name, metadata=metadata, storageClassName=storage_class, **place, **fields)

    def priority_class(self, name: str, value: int, **fields: Any) -> None:
        self.server.create(PriorityClass(metadata=ObjectMeta(name=name), value=value, **fields))

    def bind_claim(self, name: str, volume: str) -> None:
        """What the volume controller does, in one go."""
        claim = self.get(PersistentVolumeClaim, name)
        metadata = claim.metadata
        annotations = {**metadata.annotations, "pv.kubernetes.io/bind-completed": "yes"}
        claim = replace(
            claim,
            metadata=replace(metadata, annotations=annotations),
            spec=replace(claim.spec, volume_name=volume),
        )
        self.server.update(claim)

    def get(self, type_: type[Any], name: str) -> Any:
        namespaced = kinds.BY_TYPE[type_].resource.namespaced
        found = self.server.find(type_, "default" if namespaced else "", name)
        assert found is not None, name
        return found

    def where(self, name: str) -> str:
        """The node of the pod; "" while it has none."""
        found: Pod = self.get(Pod, name)
        return found.spec.node_name

    def condition(self, name: str) -> PodCondition:
        found = find(self.get(Pod, name).status.conditions, "PodScheduled")
        assert found is not None
        return found

    def said(self, name: str) -> list[str]:
        """The notes of the events about the pod, oldest first."""
        events = self.server.list(kinds.BY_TYPE[Event])
        about = (event for event in events if event.involved_object.name == name)
        return [event.message for event in sorted(about, key=lambda event: event.event_time or "")]

    def attempts(self, name: str) -> int:
        """How often the scheduler said that the pod found no node."""
        events = self.server.list(kinds.BY_TYPE[Event])
        return sum(
            event.series.count if event.series is not None else 1
            for event in events
            if event.involved_object.name == name and event.reason == "FailedScheduling"
        )

    def rewrite(self, type_: type[Any], name: str, **fields: Any) -> None:
        """Change fields beside the spec."""
        self.server.update(replace(self.get(type_, name), **fields))

    def annotate(self, type_: type[Any], name: str, annotations: dict[str, str]) -> None:
        """Replace all annotations."""
        self.rewrite(type_, name, metadata=replace(self.get(type_, name).metadata, annotations=annotations))

    def label(self, type_: type[Any], name: str, labels: dict[str, str]) -> None:
        """Replace all labels."""
        self.rewrite(type_, name, metadata=replace(self.get(type_, name).metadata, labels=labels))

    def update(self, type_: type[Any], name: str, **spec: Any) -> None:
        found = self.get(type_, name)
        self.server.update(replace(found, spec=replace(found.spec, **spec)))

    def delete(self, type_: type[Any], name: str, **options: Any) -> None:
        namespace = "default" if kinds.BY_TYPE[type_].resource.namespaced else ""
        self.server.delete(kinds.BY_TYPE[type_], namespace, name, **options)

    def erase(self, type_: type[Any], name: str) -> None:
        """Delete the object although something protects it."""
        self.rewrite(type_, name, metadata=replace(self.get(type_, name).metadata, finalizers=()))
        self.delete(type_, name)


@pytest.fixture
def world() -> World:
    return World()
