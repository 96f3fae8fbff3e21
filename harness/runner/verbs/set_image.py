"""`setImage`: give containers of a workload another image."""

from __future__ import annotations

from typing import Any

from harness.api import kinds, patching
from harness.api.problems import ApiError
from harness.objects.meta import CustomObject
from harness.objects.wire import to_wire
from harness.runner.verb import Stage, Verb
from harness.scenario.model import SetImage

_EVERY_CONTAINER = "*"


async def play(action: SetImage, stage: Stage) -> None:
    kubectl, target = stage.kubectl, action.target
    kind = kinds.of_resource(target.resource)
    try:
        live = to_wire(await kubectl.get(kind, target.namespace, target.name))
    except ApiError as problem:
        kubectl.refuse(problem)
        return
    spec = pod_spec(live)
    groups = {group: spec.get(group) or [] for group in ("initContainers", "containers")}
    changes: dict[str, list[dict[str, str]]] = {}
    for name, image in action.images.items():
        hits = [
            (group, container)
            for group, containers in groups.items()
            for container in containers
            if name in (_EVERY_CONTAINER, container["name"])
        ]
        if not hits:
            kubectl.fail(f'error: unable to find container named "{name}"')
            return
        for group, container in hits:
            if container.get("image") != image:
                changes.setdefault(group, []).append({"name": container["name"], "image": image})
    if not changes:
        return
    type_: str = patching.STRATEGIC
    body = _body(live, changes)
    if kind.type is CustomObject:
        type_, body = patching.MERGE, _body(live, {group: _merged(groups[group], changes[group]) for group in changes})
    try:
        _, warned = await kubectl.ask(
            lambda: patching.patch(
                kubectl.server, kind, target.namespace, target.name, type_, body, cause=kubectl.cause
            )
        )
    except ApiError as problem:
        kubectl.refuse(problem)
        return
    kubectl.pass_on(warned)
    kubectl.say(kind.resource, target.name, "image updated")


def pod_spec(live: dict[str, Any]) -> dict[str, Any]:
    """The pod spec of a workload's template, or of the pod itself."""
    spec: dict[str, Any] = live.get("spec") or {}
    template = spec.get("template")
    return (template.get("spec") or {}) if isinstance(template, dict) else spec


def _body(live: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A patch with these containers, in the place where the object has them."""
    if "template" in (live.get("spec") or {}):
        return {"spec": {"template": {"spec": changes}}}
    return {"spec": changes}


def _merged(containers: list[dict[str, Any]], changes: list[dict[str, str]]) -> list[dict[str, Any]]:
    images = {change["name"]: change["image"] for change in changes}
    return [{**container, "image": images.get(container["name"], container.get("image"))} for container in containers]


VERB = Verb(
    SetImage,
    "Give containers another image, as `kubectl set image`; `*` names every container.",
    "- setImage: sts/web\n  images: {nginx: nginx:1.28}",
    lambda action: (
        "set image " + " ".join([str(action.target), *(f"{name}={image}" for name, image in action.images.items())])
    ),
    play,
)
