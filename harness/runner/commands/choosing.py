"""The objects that a line is about, looked up as kubectl's resource builder does.

Owns what is asked of the server for that, and the words for what is not there. Mirrors
staging/src/k8s.io/cli-runtime/pkg/resource (builder.go, selector.go, visitor.go).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from harness.api import kinds
from harness.api.kinds import Kind
from harness.api.problems import ApiError, quoted
from harness.objects import selector
from harness.objects.meta import Object
from harness.objects.resources import Resource
from harness.objects.wire import to_wire
from harness.runner.commands.running import Run
from harness.scenario.model import Selection, Target

_META = ("metadata.name", "metadata.namespace")
# What else can be selected by, and how a field that cannot is refused, by the resource.
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "events": (
        *(f"involvedObject.{name}" for name in ("kind", "namespace", "name", "uid", "apiVersion", "resourceVersion")),
        "involvedObject.fieldPath",
        "reason",
        "reportingComponent",
        "source",
        "type",
    ),
    "jobs.batch": ("status.successful",),
    "namespaces": ("status.phase",),
    "nodes": ("spec.unschedulable",),
    "pods": (
        *(
            f"spec.{name}"
            for name in ("hostNetwork", "nodeName", "restartPolicy", "schedulerName", "serviceAccountName")
        ),
        *(f"status.{name}" for name in ("nominatedNodeName", "phase", "podIP", "podIPs")),
    ),
    "replicasets.apps": ("status.replicas",),
    "replicationcontrollers": ("status.replicas",),
    "secrets": ("type",),
}


class Chosen(NamedTuple):
    """One object that was picked; `obj` is what it was then, if it was looked at."""

    kind: Kind
    namespace: str
    name: str
    obj: Object | None = None

    @property
    def target(self) -> Target:
        """As the verbs of the language name it."""
        return Target(resource=self.kind.resource, name=self.name, namespace=self.namespace)


async def chosen(run: Run, selection: Selection, *, look: bool = False, ignore_missing: bool = False) -> list[Chosen]:
    """What the selection picks, in kubectl's order; what is not there is said.

    Named objects are only looked at if `look` says so.
    """
    kubectl = run.kubectl
    if selection.unknown:
        word = selection.unknown.partition(".")[0]
        kubectl.fail(f"error: the server doesn't have a resource type {quoted(word)}")
        return []
    named = [
        Chosen(kind, target.namespace if kind.resource.namespaced else "", target.name)
        for target in selection.targets
        for kind in (kinds.of_resource(target.resource),)
    ]
    named += [
        Chosen(placed.kind, placed.namespace, placed.name)
        for placed in kubectl.placed(selection.manifests, run.line.namespace)
    ]
    if look:
        named = [found for one in named if (found := await _looked_at(run, one, ignore_missing)) is not None]
    for resource in selection.resources:
        named += await listed(run, resource, selection)
    return named


async def _looked_at(run: Run, one: Chosen, ignore_missing: bool) -> Chosen | None:
    try:
        return one._replace(obj=await run.kubectl.get(one.kind, one.namespace, one.name))
    except ApiError as problem:
        if not (ignore_missing and problem.reason == "NotFound"):
            run.kubectl.refuse(problem)
        return None


async def listed(run: Run, resource: Resource, selection: Selection) -> list[Chosen]:
    """Every object of a kind that the selectors pick, by namespace and name."""
    kubectl, kind = run.kubectl, kinds.of_resource(resource)
    namespace = None if selection.everywhere or not resource.namespaced else selection.namespace
    labels = selector.parse(selection.labels)
    try:
        wanted = _fields(resource, selection)
    except ApiError as problem:
        await kubectl.ask(lambda: None)
        kubectl.refuse(problem)
        return []
    objects: list[Object] = await kubectl.ask(lambda: kubectl.server.list(kind, namespace))
    return [
        Chosen(kind, obj.metadata.namespace, obj.metadata.name, obj)
        for obj in objects
        if labels.matches(obj.metadata.labels) and all(holds(obj) for holds in wanted)
    ]


def _fields(resource: Resource, selection: Selection) -> list[Callable[[Object], bool]]:
    """A test for each field that is asked for. Raises `ApiError` for one that the server cannot select by."""
    own = _FIELDS.get(resource.group_resource)
    tests = []
    for term in filter(None, selection.fields.split(",")):
        operator = "!=" if "!=" in term else "==" if "==" in term else "="
        path, _, value = term.partition(operator)
        if path not in (*_META, *(own or ())):
            known = ", ".join(quoted(name) for name in _META)
            wrong = f"field label not supported: {path}"
            if own is None:
                wrong = f"{quoted(path)} is not a known field selector: only {known}"
            version = f"{resource.group}/{resource.version}"
            raise ApiError.bad_request(
                f"Unable to find {quoted(f'{version}, Resource={resource.plural}')} that match label selector "
                f"{quoted(selection.labels)}, field selector {quoted(selection.fields)}: {wrong}"
            )
        tests.append(_test(path, value, wanted=operator != "!="))
    return tests


def _test(path: str, value: str, *, wanted: bool) -> Callable[[Object], bool]:
    def holds(obj: Object) -> bool:
        found: Any = to_wire(obj)
        if path == "source":
            found = (found.get("source") or {}).get("component") or found.get("reportingComponent", "")
        elif path == "status.successful":
            found = (found.get("status") or {}).get("succeeded", 0)
        else:
            for key in path.split("."):
                found = found.get(key) if isinstance(found, dict) else None
        return (_text(found, path) == value) is wanted

    return holds


def _text(found: Any, path: str) -> str:
    if found is None:
        return {"spec.unschedulable": "false", "spec.hostNetwork": "false", "status.replicas": "0"}.get(path, "")
    return str(found).lower() if isinstance(found, bool) else str(found)
