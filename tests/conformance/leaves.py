"""An object at the end of a scenario as its leaves: a path and a value for everything that is no accident.

Owns what of an object is left out of a comparison. Knows nothing of streams or stand-ins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.aliases import Wire
from conformance.happenings import endpoints

_VOLATILE = frozenset(
    {
        "batch.kubernetes.io/controller-uid",
        "clusterIP",
        "clusterIPs",
        "collisionCount",
        "completionTime",
        "containerID",
        "controller-uid",
        "creationTimestamp",
        "deletionTimestamp",
        "finishedAt",
        "generateName",
        "generation",
        "healthCheckNodePort",
        "hostIP",
        "hostIPs",
        "imageID",
        "kubectl.kubernetes.io/last-applied-configuration",
        "kubectl.kubernetes.io/restartedAt",
        "lastHeartbeatTime",
        "lastPhaseTransitionTime",
        "lastProbeTime",
        "lastScheduleTime",
        "lastSuccessfulTime",
        "lastTransitionTime",
        "lastUpdateTime",
        "managedFields",
        "nodePort",
        "observedGeneration",
        "podIP",
        "podIPs",
        "qosClass",
        "resourceVersion",
        "selfLink",
        "startTime",
        "startedAt",
        "uid",
    }
)

# What a kubelet adds to a container's status beyond its story.
_OF_THE_KUBELET = frozenset(
    {"allocatedResources", "allocatedResourcesStatus", "resources", "stopSignal", "user", "volumeMounts"}
)

_IDENTIFYING = ("type", "name", "key", "ip")
_TOKEN_VOLUME = "kube-api-access"
_EMPTY: tuple[Any, ...] = (None, "", [], {})


def leaves_of(obj: Wire) -> Iterator[tuple[str, Any]]:
    """Path and value of each leaf, as in `spec.containers[c].image`."""
    yield from _leaves(_tidied(obj), "")


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key in sorted(value):
            if key not in _VOLATILE:
                yield from _leaves(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, item in zip(_places(value), value, strict=True):
            yield from _leaves(item, f"{path}[{place}]")
    elif value not in _EMPTY:
        yield path, value


def _places(items: list[Any]) -> list[Any]:
    """Each item's own name where it has one that no other item shares, else its index."""
    names = [_identity(item) for item in items]
    return [name if name and names.count(name) == 1 else index for index, name in enumerate(names)]


def _identity(item: Any) -> Any:
    if not isinstance(item, dict):
        return None
    return next((item[key] for key in _IDENTIFYING if item.get(key)), None)


def _tidied(obj: Wire) -> Wire:
    """The object without what every cluster adds for purposes of its own."""
    if obj["kind"] == "EndpointSlice":
        points = dict.fromkeys(endpoints(obj), True)
        return {"endpoints": points, "addressType": obj.get("addressType"), "ports": obj.get("ports")}
    if obj["kind"] == "ControllerRevision":
        return {"revision": obj.get("revision")}
    kept = {key: value for key, value in obj.items() if key != "apiVersion"}
    return {**kept, "spec": _spec(obj.get("spec") or {}), "status": _status(obj.get("status") or {})}


def _spec(spec: Wire) -> Wire:
    tidied = dict(spec)
    if isinstance(spec.get("volumes"), list):
        tidied["volumes"] = _without_token(spec["volumes"])
    for group in ("containers", "initContainers"):
        if isinstance(spec.get(group), list):
            tidied[group] = [
                {**container, "volumeMounts": _without_token(container.get("volumeMounts") or [])}
                for container in spec[group]
            ]
    return tidied


def _without_token(named: list[Wire]) -> list[Wire]:
    return [item for item in named if not str(item.get("name", "")).startswith(_TOKEN_VOLUME)]


def _status(status: Wire) -> Wire:
    tidied = dict(status)
    for group in ("containerStatuses", "initContainerStatuses"):
        if isinstance(status.get(group), list):
            tidied[group] = [
                {key: value for key, value in container.items() if key not in _OF_THE_KUBELET}
                for container in status[group]
            ]
    return tidied
