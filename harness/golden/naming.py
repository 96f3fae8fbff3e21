"""What an object is called in a golden file: short in the log (`sts/web`), in full at the end (`statefulset/web`).

Owns the spelling, and the order in which objects are listed. An object outside the default namespace says so.
"""

from __future__ import annotations

import re

from harness.objects.meta import Object, kind_of

# The words people type; a kind that is not here is called by its whole name.
_SHORT = {
    "ConfigMap": "cm",
    "DaemonSet": "ds",
    "Deployment": "deploy",
    "HorizontalPodAutoscaler": "hpa",
    "Ingress": "ing",
    "LimitRange": "limits",
    "Namespace": "ns",
    "NetworkPolicy": "netpol",
    "PersistentVolume": "pv",
    "PersistentVolumeClaim": "pvc",
    "PodDisruptionBudget": "pdb",
    "PriorityClass": "pc",
    "ReplicaSet": "rs",
    "ResourceQuota": "quota",
    "Service": "svc",
    "ServiceAccount": "sa",
    "StatefulSet": "sts",
    "StorageClass": "sc",
    "VolumeAttachment": "va",
    "VolumeAttributesClass": "vac",
}
# What the story is about comes first; other kinds follow by name, nodes at the very end.
_ORDER = (
    "Namespace",
    "StatefulSet",
    "ControllerRevision",
    "Deployment",
    "ReplicaSet",
    "DaemonSet",
    "CronJob",
    "Job",
    "Pod",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "StorageClass",
    "VolumeAttachment",
    "Service",
    "EndpointSlice",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
    "ConfigMap",
    "Secret",
)
_LAST = len(_ORDER)
_NUMBER = re.compile("([0-9]+)")


def short(kind: str, name: str, namespace: str = "") -> str:
    """`sts/web`, `pod/web-0 in prod`."""
    return _placed(f"{_SHORT.get(kind, kind.lower())}/{name}", namespace)


def short_of(obj: Object) -> str:
    return short(kind_of(obj), obj.metadata.name, obj.metadata.namespace)


def full_of(obj: Object) -> str:
    """`statefulset/web`, `pod/web-0 in prod`."""
    return _placed(f"{kind_of(obj).lower()}/{obj.metadata.name}", obj.metadata.namespace)


def _placed(label: str, namespace: str) -> str:
    return label if namespace in ("", "default") else f"{label} in {namespace}"


def place_in_list(obj: Object, name: str) -> tuple[object, ...]:
    """The sort key of the list of objects: by kind, namespace and the name that is shown, where 10 comes after 9."""
    kind = kind_of(obj)
    rank = _ORDER.index(kind) if kind in _ORDER else _LAST + (kind == "Node")
    namespace = obj.metadata.namespace
    return (rank, kind, namespace != "default", namespace, natural(name), name)


def natural(name: str) -> tuple[tuple[int, str], ...]:
    """A sort key by which `web-10` comes after `web-9`."""
    return tuple((int(part), "") if part.isdigit() else (-1, part) for part in _NUMBER.split(name))
