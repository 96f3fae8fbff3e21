"""A small world where pods mount volumes, bound and attached by hand."""

from __future__ import annotations

from typing import Any

from kubelet_world import KubeletWorld

from harness.api import kinds
from harness.objects.attachment import attachment_name, unique_volume_name
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import CSINode, VolumeAttachment
from harness.objects.meta import Object
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume
from harness.objects.wire import from_wire, to_wire


def on_nodes(key: str, operator: str, *values: str) -> dict[str, Any]:
    """The affinity of a volume."""
    expression = {"key": key, "operator": operator, "values": list(values)}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}


LOCAL: dict[str, Any] = {"local": {"path": "/mnt/disks/ssd1"}, "nodeAffinity": on_nodes("retired", "DoesNotExist")}
ON_FAST: dict[str, Any] = {**LOCAL, "nodeAffinity": on_nodes("disk", "In", "fast")}
CSI: dict[str, Any] = {"csi": {"driver": "disks.example.com", "volumeHandle": "d-1"}}
UNIQUE = "kubernetes.io/csi/disks.example.com^d-1"
UNREGISTERED = "driver name disks.example.com not found in the list of registered CSI drivers"


class Volumes(KubeletWorld):
    """A world where pods mount volumes. Volumes and claims are bound as a controller leaves them."""

    def put(self, shape: type[Object], **fields: Any) -> Object:
        return self.server.create(from_wire(fields, shape))

    def bound(self, claim: str = "data", volume: str = "disk", **spec: Any) -> None:
        """A claim and its volume, which has this in its spec."""
        mode = spec.setdefault("volumeMode", "Filesystem")
        modes = spec.setdefault("accessModes", ["ReadWriteOnce"])
        storage = {"storage": "1Gi"}
        self.put(
            PersistentVolumeClaim,
            metadata={"name": claim},
            spec={"accessModes": modes, "volumeMode": mode, "volumeName": volume, "resources": {"requests": storage}},
        )
        self.change(PersistentVolumeClaim, claim, {"status": {"phase": "Bound"}}, status=True)
        reference = {"kind": "PersistentVolumeClaim", "namespace": "default", "name": claim, "uid": self.uid(claim)}
        self.put(
            PersistentVolume,
            metadata={"name": volume},
            spec={"capacity": storage, "claimRef": reference, **spec},
        )

    def uid(self, claim: str) -> str:
        found = self.server.find(PersistentVolumeClaim, "default", claim)
        assert found is not None
        return found.metadata.uid

    def change(self, shape: type[Object], name: str, merged: dict[str, Any], *, status: bool = False) -> None:
        """Put fields over those of the stored object, part by part."""
        stored = self.server.find(shape, "default" if kinds.BY_TYPE[shape].resource.namespaced else "", name)
        assert stored is not None
        wire = to_wire(stored)
        for part, fields in merged.items():
            wire[part] = {**wire.get(part, {}), **fields}
        self.server.modify(stored, lambda _: from_wire(wire, shape), status=status)

    def pod(self, name: str = "a", *, node: str = "node-1", **volumes: Any) -> Pod:
        """A pod that mounts each of these volumes; text stands for the name of a claim."""
        sources = {
            key: {"persistentVolumeClaim": {"claimName": source}} if isinstance(source, str) else source
            for key, source in volumes.items()
        }
        mounts = [{"name": key, "mountPath": f"/{key}"} for key in sources]
        return self.make(
            name,
            node=node,
            containers=[{"name": "c", "image": "app:v1", "volumeMounts": mounts}],
            volumes=[{"name": key, **source} for key, source in sources.items()],
        )

    def warned(self, name: str = "a") -> list[str]:
        return [line for line in self.said(name) if line.startswith("Failed")]

    def times(self, name: str = "a") -> list[int]:
        """How often each warning was given."""
        return [event.count for event in self.events(name) if event.reason.startswith("Failed")]

    def runs(self, name: str = "a") -> bool:
        return self.conditions(name).get("Ready") == "True"

    def in_use(self, node: str = "node-1") -> tuple[str, ...]:
        found = self.server.find(Node, "", node)
        assert found is not None
        return found.status.volumes_in_use

    def register(self, node: str = "node-1") -> None:
        drivers = [{"name": "disks.example.com", "nodeID": node}]
        self.put(CSINode, metadata={"name": node}, spec={"drivers": drivers})

    def attach(self, volume: str = "disk", node: str = "node-1") -> None:
        """What an attach/detach controller and an attacher leave behind."""
        found = self.server.find(PersistentVolume, "", volume)
        assert found is not None
        self.put(
            VolumeAttachment,
            metadata={"name": attachment_name(found, node)},
            spec={
                "attacher": "disks.example.com",
                "nodeName": node,
                "source": {"persistentVolumeName": volume},
            },
        )
        self.change(VolumeAttachment, attachment_name(found, node), {"status": {"attached": True}}, status=True)
        attached = [{"name": unique_volume_name(found), "devicePath": ""}]
        self.change(Node, node, {"status": {"volumesAttached": attached}}, status=True)


def gave_up(problem: str, volume: str = "v") -> str:
    return (
        f"FailedMount: Unable to attach or mount volumes: unmounted volumes=[{volume}], unattached volumes=[], "
        f"failed to process volumes=[{volume}]: {problem}"
    )


def block_pod(world: Volumes, name: str = "a") -> Pod:
    devices = [{"name": "v", "devicePath": "/dev/xvda"}]
    return world.make(
        name,
        containers=[{"name": "c", "image": "app:v1", "volumeDevices": devices}],
        volumes=[{"name": "v", "persistentVolumeClaim": {"claimName": "data"}}],
    )
