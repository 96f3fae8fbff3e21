"""What a test asserts, as questions of an `expect`.

Owns which question asks the same. A named object with some fields is a partial object; one without a name can be asked
about where counting or an Event says as much. Knows neither tool.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from harness.importing.written import without
from harness.objects import resources
from harness.objects.resources import Resource
from harness.scenario.model import (
    Absent,
    Count,
    EventSeen,
    Location,
    Never,
    PartialObject,
    Plain,
    Question,
    Target,
)

_STATES = {
    "Available": "available",
    "Bound": "bound",
    "Failed": "failed",
    "Lost": "lost",
    "Pending": "pending",
    "Released": "released",
    "Running": "running",
    "Succeeded": "succeeded",
}
_OF_EVENTS = ("apiVersion", "kind", "metadata", "involvedObject", "reason", "message", "source", "type")
_PHASED = frozenset({"Pod", "PersistentVolume", "PersistentVolumeClaim"})


class Ask(NamedTuple):
    """That there is an object with at least these fields; `absent`: that there is none."""

    document: Plain
    namespace: str
    at: Location
    absent: bool = False


def question(ask: Ask, custom: Mapping[str, Resource]) -> Question | str:
    """The question that asks it; a text that says why there is none."""
    api_version, kind = ask.document.get("apiVersion"), ask.document.get("kind")
    if not isinstance(api_version, str) or not isinstance(kind, str):
        return "what is asserted has no apiVersion and kind"
    resource = _resource(api_version, kind, custom)
    if resource is None:
        return f"no manifest of the test brings the kind {kind} ({api_version}), and nobody here makes one"
    metadata = ask.document.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    name = metadata.get("name")
    if not isinstance(name, str) or not name:
        return _of_nameless(ask, resource, metadata)
    target = Target(resource=resource, name=name, namespace=ask.namespace if resource.namespaced else "")
    if not ask.absent:
        return PartialObject(target=target, fields=ask.document)
    if not without(ask.document, "apiVersion", "kind", "metadata") and not without(metadata, "name", "namespace"):
        return Absent(target=target)
    return Never(question=PartialObject(target=target, fields=ask.document))


def _resource(api_version: str, kind: str, custom: Mapping[str, Resource]) -> Resource | None:
    group = api_version.rpartition("/")[0]
    return resources.of_kind(api_version, kind) or custom.get(f"{kind}.{group}".lower())


def _of_nameless(ask: Ask, resource: Resource, metadata: Plain) -> Question | str:
    if resource.kind == "Event":
        return _event(ask)
    labels = metadata.get("labels") or {}
    rest = without(ask.document, "apiVersion", "kind", "metadata")
    phase = rest.get("status", {}).get("phase") if isinstance(rest.get("status"), dict) else None
    where = ""
    if rest == {"status": {"phase": phase}} and resource.kind in _PHASED and phase in _STATES:
        where, rest = _STATES[phase], {}
    plain = isinstance(labels, dict) and all(isinstance(value, str) for value in labels.values())
    if rest or without(metadata, "labels", "namespace") or not plain:
        return f"the {resource.kind} has no name, and no question asks for any {resource.kind} with these fields"
    return Count(
        resource=resource,
        namespace=ask.namespace if resource.namespaced else "",
        selector=",".join(f"{key}={value}" for key, value in labels.items()),
        where=where,
        exactly=0 if ask.absent else None,
        at_least=None if ask.absent else 1,
    )


def _event(ask: Ask) -> Question | str:
    involved = ask.document.get("involvedObject")
    involved = involved if isinstance(involved, dict) else {}
    kind, name = involved.get("kind"), involved.get("name")
    found = resources.find(kind) if isinstance(kind, str) else None
    target = None
    if found is not None and isinstance(name, str):
        target = Target(resource=found, name=name, namespace=ask.namespace if found.namespaced else "")
    reason, message = ask.document.get("reason"), ask.document.get("message")
    if without(ask.document, *_OF_EVENTS) or (target is None and reason is None and message is None):
        return "an Event can be asked about by its object, its reason and its message"
    event = EventSeen(object=target, reason=reason, message=message, ever=True)
    return Never(question=event) if ask.absent else event
