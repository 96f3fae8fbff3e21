"""Valid objects to break, and the problems of a broken one as texts."""

from __future__ import annotations

import msgspec

from harness.api.defaulting import default
from harness.api.validation import validate_create, validate_update
from harness.objects import wire
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.pod import Pod
from harness.objects.service import Service
from harness.objects.statefulset import StatefulSet
from harness.objects.storage import PersistentVolume, StorageClass


def built(cls, document):
    """The object of a manifest, with its defaults."""
    return default(wire.from_wire(document, cls))


def merged(document, changes):
    """A copy of the document with the changes of a merge patch."""
    result = dict(document)
    for key, value in changes.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = merged(result[key], value)
        else:
            result[key] = value
    return result


def refused(obj):
    return [str(problem) for problem in validate_create(obj)]


def refused_change(new, old):
    return [str(problem) for problem in validate_update(new, old)]


def metadata(name, namespaced=True):
    return {"name": name, **({"namespace": "default"} if namespaced else {})}


POD = {"metadata": metadata("app"), "spec": {"containers": [{"name": "c", "image": "app:v1"}]}}
SET = {
    "metadata": metadata("web"),
    "spec": {
        "serviceName": "web",
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "c", "image": "app:v1"}]},
        },
    },
}
CLAIM = {
    "metadata": metadata("data"),
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}
VOLUME = {
    "metadata": metadata("v", namespaced=False),
    "spec": {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteOnce"],
        "local": {"path": "/mnt/disks/v"},
        "nodeAffinity": {
            "required": {
                "nodeSelectorTerms": [
                    {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-1"]}]}
                ]
            }
        },
    },
}
CLASS = {"metadata": metadata("fast", namespaced=False), "provisioner": "kubernetes.io/host-path"}
SERVICE = {"metadata": metadata("web"), "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}}


def pod(changes=None):
    return built(Pod, merged(POD, changes or {}))


def pod_with(container):
    """A pod whose only container has these fields besides its name and image."""
    return pod({"spec": {"containers": [{"name": "c", "image": "app:v1", **container}]}})


def stateful_set(changes=None):
    return built(StatefulSet, merged(SET, changes or {}))


def claim(changes=None, status=None):
    document = merged(CLAIM, changes or {})
    found = built(PersistentVolumeClaim, document)
    return found if status is None else msgspec.structs.replace(found, status=status)


def volume(changes=None):
    return built(PersistentVolume, merged(VOLUME, changes or {}))


def storage_class(changes=None):
    return built(StorageClass, merged(CLASS, changes or {}))


def service(changes=None):
    return built(Service, merged(SERVICE, changes or {}))
