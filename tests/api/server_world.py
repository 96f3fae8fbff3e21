"""A server with nothing around it, and short ways to make and look at objects. Nobody acts but the test."""

from __future__ import annotations

from typing import Any, TypeVar

import pytest

from harness.api import kinds
from harness.api.problems import ApiError
from harness.api.server import Server
from harness.kernel.clock import Clock, parse
from harness.kernel.trace import Record, Trace
from harness.objects.config import Namespace
from harness.objects.meta import Object, ObjectMeta
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.wire import from_wire, to_wire

O = TypeVar("O", bound=Object)  # noqa: E741

POD: dict[str, Any] = {"containers": [{"name": "c", "image": "app:v1"}]}
SET: dict[str, Any] = {
    "serviceName": "web",
    "selector": {"matchLabels": {"app": "web"}},
    "template": {"metadata": {"labels": {"app": "web"}}, "spec": POD},
}
KEEPER: dict[str, Any] = {key: SET[key] for key in ("selector", "template")}
JOB: dict[str, Any] = {"template": {"spec": {**POD, "restartPolicy": "Never"}}}
CLAIM: dict[str, Any] = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
VOLUME: dict[str, Any] = {
    "accessModes": ["ReadWriteOnce"],
    "capacity": {"storage": "1Gi"},
    "hostPath": {"path": "/srv"},
}
# What a new object of each kind needs beyond its name to be let in.
NEEDED: dict[str, dict[str, Any]] = {
    "CronJob": {"spec": {"schedule": "@daily", "jobTemplate": {"spec": JOB}}},
    "DaemonSet": {"spec": KEEPER},
    "Deployment": {"spec": KEEPER},
    "EndpointSlice": {"addressType": "IPv4"},
    "Job": {"spec": JOB},
    "PersistentVolume": {"spec": VOLUME},
    "PersistentVolumeClaim": {"spec": CLAIM},
    "Pod": {"spec": POD},
    "PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}},
    "PriorityClass": {"value": 10},
    "ReplicaSet": {"spec": KEEPER},
    "ReplicationController": {"spec": {"template": SET["template"]}},
    "Service": {"spec": {"ports": [{"port": 80}]}},
    "StatefulSet": {"spec": SET},
    "StorageClass": {"provisioner": "example.com/nfs"},
}


class ServerWorld:
    """One server that has the namespace `default`."""

    def __init__(self) -> None:
        self.clock = Clock(parse("2026-01-01T00:00:00Z"))
        self.trace = Trace()
        self.server = Server(self.clock, self.trace)
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))

    def make(self, type_: type[O], name: str = "web", *, metadata: dict[str, Any] | None = None, **fields: Any) -> O:
        """Create an object with these fields on top of what its kind cannot do without."""
        document = {"metadata": {"name": name, **(metadata or {})}, **NEEDED.get(type_.kind, {}), **fields}
        return self.server.create(from_wire(document, type_))

    def running_pod(self, name: str = "web", *, grace_seconds: int = 30, finalizers: tuple[str, ...] = ()) -> Pod:
        """A pod on a node."""
        pod = self.make(
            Pod,
            name,
            metadata={"finalizers": list(finalizers)},
            spec={**POD, "terminationGracePeriodSeconds": grace_seconds},
        )
        return self.server.bind("default", name, pod.metadata.uid, "node-1")

    def node(self, name: str, **labels: str) -> Node:
        return self.make(Node, name, metadata={"labels": labels})

    def now(self, obj: O) -> O | None:
        """What is stored under the object's name."""
        return self.server.find(type(obj), obj.metadata.namespace, obj.metadata.name)

    def changed(self, obj: O, **fields: Any) -> O:
        """The object with fields set as a manifest would say them."""
        return from_wire({**to_wire(obj), **fields}, type(obj))

    def delete(self, obj: Object, **options: Any) -> Object:
        metadata = obj.metadata
        return self.server.delete(kinds.of_object(obj), metadata.namespace, metadata.name, **options)

    def pass_seconds(self, seconds: int) -> None:
        self.clock.now_ms += seconds * 1_000

    def records_since(self, count: int) -> list[Record]:
        return self.trace.records[count:]

    def seen_while_deleting(self, obj: Object, **options: Any) -> list[Record]:
        """What a watcher is told while the object is deleted."""
        before = len(self.trace.records)
        self.delete(obj, **options)
        return self.records_since(before)


def refusal(action: Any, *arguments: Any, **options: Any) -> ApiError:
    """The error the server answers with."""
    with pytest.raises(ApiError) as caught:
        action(*arguments, **options)
    return caught.value
