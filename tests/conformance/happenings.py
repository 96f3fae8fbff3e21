"""What happened to each object in each step: a stream of changes told as words such as `created` or `ready`.

Owns which changes of an object are worth a word. Knows nothing of stand-ins for names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from conformance.aliases import Wire

STATUS = "status "
"""How a happening begins that only the last of in a step counts."""

CHANGES = frozenset({"ADDED", "MODIFIED", "DELETED"})

COMPARED_KINDS = frozenset(
    {
        "ConfigMap",
        "ControllerRevision",
        "CronJob",
        "DaemonSet",
        "Deployment",
        "EndpointSlice",
        "HorizontalPodAutoscaler",
        "Job",
        "Node",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Pod",
        "PodDisruptionBudget",
        "ReplicaSet",
        "ReplicationController",
        "ResourceQuota",
        "Secret",
        "Service",
        "StatefulSet",
        "StorageClass",
        "VolumeAttachment",
    }
)

_OF_THE_SERVER = ("kubernetes", "kube-root-ca.crt", "openshift-")
_QUIET_PHASES = (None, "Pending")
_ENDPOINT_STATES = ("ready", "serving", "terminating")
_COUNTS = (
    "replicas",
    "readyReplicas",
    "availableReplicas",
    "currentReplicas",
    "updatedReplicas",
    "active",
    "succeeded",
    "failed",
    "desiredNumberScheduled",
    "numberReady",
    "updatedNumberScheduled",
)


def compared(obj: Wire) -> bool:
    """Whether anything is said of the object."""
    return obj["kind"] in COMPARED_KINDS and not obj["metadata"]["name"].startswith(_OF_THE_SERVER)


def begins_step(record: Wire) -> bool:
    """Whether a counted step begins here; an `expect` only asks."""
    return record["type"] == "STEP" and "expect" not in record["step"]


def title(obj: Wire) -> str:
    """`pod/web-0`, and `pod/web-0 in shop` outside of the default namespace."""
    metadata = obj["metadata"]
    return titled(obj["kind"], metadata["name"], metadata.get("namespace", "default"))


def titled(kind: str, name: str, namespace: str) -> str:
    place = "" if namespace == "default" else f" in {namespace}"
    return f"{kind.lower()}/{name}{place}"


def endpoints(obj: Wire) -> list[str]:
    """The endpoints of a slice, each as the pod's name and the conditions that are true of it, sorted."""
    told = []
    for endpoint in obj.get("endpoints") or ():
        conditions = endpoint.get("conditions") or {}
        words = [(endpoint.get("targetRef") or {}).get("name", "?")]
        told.append(" ".join([*words, *(state for state in _ENDPOINT_STATES if conditions.get(state))]))
    return sorted(told)


def happenings(records: Iterable[Wire]) -> list[list[tuple[str, str]]]:
    """For each step, the (object, what happened) pairs in their order."""
    known: dict[str, Wire] = {}
    steps: list[list[tuple[str, str]]] = []
    for record in records:
        if begins_step(record):
            steps.append([])
        if record["type"] not in CHANGES or not compared(record["object"]):
            continue
        obj = record["object"]
        name = title(obj)
        if steps:
            steps[-1] += ((name, word) for word in _words(record["type"], obj, known.get(name)))
        if record["type"] == "DELETED" and steps:
            known.pop(name, None)
        else:
            known[name] = obj
    return steps


def _words(change: str, obj: Wire, before: Wire | None) -> Iterator[str]:
    if change == "DELETED":
        yield "deleted"
        return
    if before is None:
        yield "created"
    before = before or {"metadata": {}}
    if obj["metadata"].get("deletionTimestamp") and not before["metadata"].get("deletionTimestamp"):
        yield "terminating"
    say = _WORDS_OF_KIND.get(obj["kind"])
    if say is not None:
        yield from say(obj, before)


def _part(obj: Wire, name: str) -> dict[str, Any]:
    return obj.get(name) or {}


def _new_phase(obj: Wire, before: Wire) -> str | None:
    phase = _part(obj, "status").get("phase")
    if phase == _part(before, "status").get("phase") or phase in _QUIET_PHASES:
        return None
    return str(phase)


def _ready(obj: Wire) -> bool:
    conditions = _part(obj, "status").get("conditions") or ()
    return any(condition["type"] == "Ready" and condition["status"] == "True" for condition in conditions)


def _readiness(obj: Wire, before: Wire) -> Iterator[str]:
    if _ready(obj) != _ready(before):
        yield "ready" if _ready(obj) else "unready"


def _of_pod(obj: Wire, before: Wire) -> Iterator[str]:
    node = _part(obj, "spec").get("nodeName")
    if node and not _part(before, "spec").get("nodeName"):
        yield f"scheduled {node}"
    phase = _new_phase(obj, before)
    if phase:
        yield phase
    yield from _readiness(obj, before)


def _of_binding(obj: Wire, before: Wire) -> Iterator[str]:
    """Of a claim or a volume; the phases that are about its other half name it."""
    phase = _new_phase(obj, before)
    if not phase:
        return
    spec = _part(obj, "spec")
    claim = obj["kind"] == "PersistentVolumeClaim"
    other = spec.get("volumeName") if claim else (spec.get("claimRef") or {}).get("name")
    yield f"{phase} {other}" if other and phase in ("Bound", "Released", "Lost") else phase


def _counts(obj: Wire) -> str:
    status = _part(obj, "status")
    return " ".join(f"{field}={status[field]}" for field in _COUNTS if status.get(field))


def _of_workload(obj: Wire, before: Wire) -> Iterator[str]:
    if _counts(obj) != _counts(before):
        yield STATUS + _counts(obj)


def _of_replica_set(obj: Wire, before: Wire) -> Iterator[str]:
    yield from _of_workload(obj, before)
    wanted = _part(obj, "spec").get("replicas")
    if before["metadata"] and wanted != _part(before, "spec").get("replicas"):
        yield f"wants {wanted}"


def _of_slice(obj: Wire, before: Wire) -> Iterator[str]:
    if endpoints(obj) != endpoints(before):
        yield STATUS + (" ".join(endpoints(obj)) or "none")


def _taints(obj: Wire) -> str:
    taints = _part(obj, "spec").get("taints") or ()
    return ",".join(sorted(f"{taint['key']}:{taint['effect']}" for taint in taints))


def _of_node(obj: Wire, before: Wire) -> Iterator[str]:
    yield from _readiness(obj, before)
    if _taints(obj) != _taints(before):
        yield f"taints {_taints(obj)}"
    closed = bool(_part(obj, "spec").get("unschedulable"))
    if closed != bool(_part(before, "spec").get("unschedulable")):
        yield "unschedulable" if closed else "schedulable"


_WORDS_OF_KIND: dict[str, Callable[[Wire, Wire], Iterator[str]]] = {
    "Pod": _of_pod,
    "PersistentVolumeClaim": _of_binding,
    "PersistentVolume": _of_binding,
    "StatefulSet": _of_workload,
    "Deployment": _of_workload,
    "DaemonSet": _of_workload,
    "Job": _of_workload,
    "ReplicationController": _of_workload,
    "ReplicaSet": _of_replica_set,
    "EndpointSlice": _of_slice,
    "Node": _of_node,
}
