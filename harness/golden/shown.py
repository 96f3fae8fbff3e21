"""An object as a golden file shows it: what somebody set, without what goes without saying.

Owns the compact forms (conditions by type, containers by name, endpoints in words) and `golden.ignore`. Which values go
without saying stands in `defaults`; stand-ins for random names are put in later, by whoever writes the text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.golden.defaults import ADDRESSES, FINALIZERS, METADATA, POD_SPEC, SPECS, TIMES, Plain, without
from harness.golden.naming import natural
from harness.objects.jobs import INDEX, INDEX_VARIABLE
from harness.objects.meta import CustomObject, Object, kind_of
from harness.objects.wire import to_wire

IGNORED = "<ignored>"

# Conditions that every running pod has; they are shown where they do not hold.
_USUAL_CONDITIONS = {
    "Pod": frozenset({"PodReadyToStartContainers", "Initialized", "ContainersReady", "PodScheduled"}),
}
_CONTAINER_STATUSES = ("initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses")


def shown(obj: Object, templates: Mapping[str, Plain]) -> Plain:
    """The object as plain data in the order it is to be read: metadata, spec, status, whatever else it has.

    `templates` are the pod templates by their owner's uid, already without defaults: what a pod has in common with its
    template is not said again.
    """
    kind = kind_of(obj)
    data = without(_timeless(to_wire(obj)), SPECS.get(kind, {}))
    special = _WHOLE.get(kind)
    if special is not None:
        return special(data)
    body: Plain = {}
    if isinstance(obj, CustomObject):
        body["apiVersion"] = obj.group_version
    if kind == "Pod":
        _forget_index(data)
    template = templates.get(_owner_uid(data), {}) if kind == "Pod" else {}
    metadata = _metadata(kind, data["metadata"], template)
    if metadata:
        body["metadata"] = metadata
    if template:
        data["spec"] = _not_in_template(data["spec"], template.get("spec") or {}, data["metadata"]["name"])
    for key, value in data.items():
        if key not in ("apiVersion", "kind", "metadata", "status") and value not in ({}, []):
            body[key] = value
    status = _status(kind, data)
    if status:
        body["status"] = status
    return body


def pod_template(obj: Object) -> Plain | None:
    """The pod template of a workload, without defaults; None where the object has none."""
    if not hasattr(obj, "spec") or not hasattr(obj.spec, "template"):
        return None
    template = to_wire(obj)["spec"].get("template") or {}
    return {"metadata": template.get("metadata") or {}, "spec": without(template.get("spec") or {}, POD_SPEC)}


_VOLATILE = TIMES | ADDRESSES


def _timeless(data: Any) -> Any:
    """The data without instants, addresses and container ids, which a real cluster makes up anew each time."""
    if isinstance(data, dict):
        return {key: _timeless(item) for key, item in data.items() if key not in _VOLATILE}
    if isinstance(data, list):
        return [_timeless(item) for item in data]
    return data


def _forget_index(pod: Plain) -> None:
    """Leave out what follows from the index of an Indexed job's pod, which its label tells."""
    metadata, spec = pod["metadata"], pod["spec"]
    index = metadata.get("labels", {}).get(INDEX)
    if index is None:
        return
    if metadata.get("annotations", {}).get(INDEX) == index:
        del metadata["annotations"][INDEX]
    if spec.get("hostname", "").endswith(f"-{index}"):
        del spec["hostname"]
    for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
        told = [variable for variable in container.get("env", ()) if variable["name"] != INDEX_VARIABLE]
        container.pop("env", None)
        if told:
            container["env"] = told


def _owner_uid(data: Plain) -> str:
    for reference in data["metadata"].get("ownerReferences", ()):
        if reference.get("controller"):
            return str(reference.get("uid", ""))
    return ""


def _metadata(kind: str, metadata: Plain, template: Plain) -> Plain:
    kept: Plain = without(metadata, METADATA)
    if kept.get("finalizers") == FINALIZERS.get(kind):
        kept.pop("finalizers", None)
    for field, said in (template.get("metadata") or {}).items():
        if isinstance(kept.get(field), dict) and isinstance(said, dict):
            kept[field] = {key: item for key, item in kept[field].items() if said.get(key) != item}
    if "deletionTimestamp" in metadata:
        kept["deletionTimestamp"] = "<set>"
    owners = [_owner(reference) for reference in metadata.get("ownerReferences", ())]
    if owners:
        kept["ownerReferences"] = owners
    return {key: item for key, item in kept.items() if item not in ({}, [])}


def _owner(reference: Plain) -> str:
    label = f"{str(reference.get('kind', '')).lower()}/{reference.get('name', '')}"
    return label if reference.get("controller") else f"{label} (not its controller)"


def _not_in_template(spec: Plain, template: Plain, name: str) -> Plain:
    """The spec of a pod as far as it is not that of its template; a volume or container is compared by its name."""
    kept: Plain = {}
    for key, value in spec.items():
        said = template.get(key)
        if key in ("volumes", "containers", "initContainers") and isinstance(said, list):
            value = [item for item in value if item not in said]
            if value:
                kept[key] = value
        elif value != said and not (key == "hostname" and value == name) and key != "subdomain":
            kept[key] = value
    return kept


def _status(kind: str, data: Plain) -> Plain:
    status: Plain = dict(data.get("status") or {})
    if status.get("observedGeneration") == data["metadata"].get("generation"):
        status.pop("observedGeneration", None)
    if isinstance(status.get("conditions"), list):
        status["conditions"] = _conditions(status["conditions"], _USUAL_CONDITIONS.get(kind, frozenset()))
    for field in _CONTAINER_STATUSES:
        if field in status:
            status[field] = {one["name"]: _container(one) for one in status[field]}
    if status.get("qosClass") == "BestEffort":
        del status["qosClass"]
    if kind == "StatefulSet":
        _said_once(status, "availableReplicas", "readyReplicas")
        _said_once(status, "updateRevision", "currentRevision")
        if "updateRevision" not in status:
            _said_once(status, "updatedReplicas", "replicas")
            _said_once(status, "currentReplicas", "replicas")
    if kind == "CronJob" and "active" in status:
        status["active"] = [reference.get("name", "") for reference in status["active"]]
    if kind == "PersistentVolumeClaim" and status.get("accessModes") == data["spec"].get("accessModes"):
        status.pop("accessModes", None)
    if kind == "Node":
        for field in ("nodeInfo", "daemonEndpoints", "addresses", "images"):
            status.pop(field, None)
        _said_once(status, "allocatable", "capacity")
    return {key: value for key, value in status.items() if value not in ({}, [])}


def _said_once(status: Plain, field: str, other: str) -> None:
    """Leave out a field that says what another one says."""
    if field in status and status[field] == status.get(other, 0):
        del status[field]


def _conditions(conditions: Sequence[Plain], usual: frozenset[str]) -> Plain:
    """Conditions by type: true or false where that is all there is to say."""
    found: Plain = {}
    for condition in conditions:
        type_, status = condition["type"], condition.get("status", "")
        details = {key: condition[key] for key in ("reason", "message") if condition.get(key)}
        if type_ in usual and status == "True":
            continue
        short = {"True": True, "False": False}.get(status, status)
        found[type_] = {"status": short, **details} if details else short
    return found


def _container(status: Plain) -> Any:
    """A container's status: its state in a word or a mapping, `ready`, restarts and why it last ended."""
    state = status.get("state") or {"waiting": {}}
    name, details = next(iter(state.items()))
    shown_state: Any = {name: details} if details else name
    if name == "running" and status.get("ready") and not status.get("restartCount") and not status.get("lastState"):
        return "ready"
    found: Plain = {"state": shown_state, "ready": status.get("ready", False)}
    if status.get("restartCount"):
        found["restartCount"] = status["restartCount"]
    if status.get("lastState"):
        found["lastState"] = status["lastState"]
    return found


def _endpoint_slice(data: Plain) -> Plain:
    """What a slice leads to, in words: `web-0 on node-1`."""
    body: Plain = {}
    service = data["metadata"].get("labels", {}).get("kubernetes.io/service-name")
    if service:
        body["of"] = f"service/{service}"
    body["endpoints"] = sorted(map(_endpoint, data.get("endpoints") or ()), key=natural)
    ports = [
        "/".join(str(port[key]) for key in ("name", "port", "protocol") if port.get(key))
        for port in data.get("ports") or ()
    ]
    if ports:
        body["ports"] = ports
    return body


def _endpoint(endpoint: Plain) -> str:
    target = endpoint.get("targetRef") or {}
    words = [target.get("name") or ",".join(endpoint.get("addresses") or ())]
    if endpoint.get("nodeName"):
        words.append(f"on {endpoint['nodeName']}")
    conditions = endpoint.get("conditions") or {}
    if conditions.get("terminating"):
        words.append("(terminating)")
    elif not conditions.get("ready", True):
        words.append("(not ready)")
    return " ".join(words)


def _controller_revision(data: Plain) -> Plain:
    """Which number a revision has and what it runs; its name is the hash of all the rest."""
    template = ((data.get("data") or {}).get("spec") or {}).get("template") or {}
    containers = (template.get("spec") or {}).get("containers") or ()
    body: Plain = {"revision": data.get("revision", 0)}
    body["images"] = {one.get("name", ""): one.get("image", "") for one in containers}
    owners = [_owner(reference) for reference in data["metadata"].get("ownerReferences", ())]
    if owners:
        body["of"] = owners[0]
    return body


_WHOLE: Mapping[str, Callable[[Plain], Plain]] = {
    "EndpointSlice": _endpoint_slice,
    "ControllerRevision": _controller_revision,
}

# golden.ignore

_SEGMENT = re.compile(r"\[([^\]]*)\]|([^.\[\]]+)")


def ignoring(body: Plain, label: str, patterns: Sequence[str]) -> Plain:
    """The body with every value that a pattern names replaced by `<ignored>`.

    A pattern is a field path (`status.conditions`, `metadata.annotations[example.com/seed]`), `*` standing for any one
    field or item and `**` for any number; before a colon may stand the object (`pod/*: spec.nodeName`).
    """
    for pattern in patterns:
        whose, colon, path = pattern.partition(":")
        if not colon or "/" not in whose or "[" in whose:
            whose, path = "*", pattern
        if not _like(whose.strip(), label):
            continue
        segments = [found[1] if found[1] is not None else found[2] for found in _SEGMENT.finditer(path.strip())]
        if segments:
            body = _ignoring(body, segments)
    return body


def _like(pattern: str, text: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text) is not None


def _ignoring(data: Any, segments: Sequence[str]) -> Any:
    if not segments:
        return IGNORED
    segment, rest = segments[0], segments[1:]
    if segment == "**":
        data = _ignoring(data, rest) if rest else IGNORED
        return _each(data, lambda _key, item: _ignoring(item, segments)) if data != IGNORED else data
    return _each(data, lambda key, item: _ignoring(item, rest) if _like(segment, key) else item)


def _each(data: Any, change: Callable[[str, Any], Any]) -> Any:
    if isinstance(data, dict):
        return {key: change(key, item) for key, item in data.items()}
    if isinstance(data, list):
        return [change(_item_name(item, number), item) for number, item in enumerate(data)]
    return data


def _item_name(item: Any, number: int) -> str:
    return str(item["name"]) if isinstance(item, dict) and "name" in item else str(number)
