"""`patch`: change fields of one object, or the partition of a rolling update."""

from __future__ import annotations

import json
from typing import Any

from harness.api import kinds
from harness.api.field_managers import SCALE
from harness.api.problems import ApiError
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Patch, Scenario

_STRATEGIC = "application/strategic-merge-patch+json"
# Subresources of a pod that take a patch but that nobody acts on here.
_UNPLAYED = frozenset({"ephemeralcontainers", "resize"})


async def play(action: Patch, stage: Stage) -> None:
    kubectl, target = stage.kubectl, action.target
    kind = kinds.of_resource(target.resource)
    namespace = target.namespace if kind.resource.namespaced else ""
    described = kind.resource
    try:
        changed = await kubectl.patch(kind, namespace, target.name, action.type, body(action), action.subresource)
    except ApiError as problem:
        if problem.reason == "UnsupportedMediaType":
            named = f"{described.group}/{described.version}, Kind={described.kind}"
            kubectl.fail(f"error: {_STRATEGIC} is not supported by {named}: {problem.message}")
        else:
            kubectl.refuse(problem)
        return
    if action.subresource == SCALE:
        from harness.api.scale import RESOURCE

        described = RESOURCE
    kubectl.say(described, target.name, "patched" if changed else "patched (no change)")


def body(action: Patch) -> Any:
    """What is sent; a partition is short for the strategy that has it."""
    if action.partition is None:
        return action.body
    return {"spec": {"updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"partition": action.partition}}}}


def tell(action: Patch) -> str:
    if action.partition is not None:
        return f"patch {action.target} partition={action.partition}"
    type_ = "" if action.type == "strategic" else f" type={action.type}"
    subresource = f" subresource={action.subresource}" if action.subresource else ""
    return f"patch {action.target}{type_}{subresource} {json.dumps(action.body, sort_keys=True, ensure_ascii=False)}"


def unplayed(action: Patch, _scenario: Scenario) -> str | None:
    if action.target.resource.kind == "Pod" and action.subresource in _UNPLAYED:
        return f"the subresource `{action.subresource}` of a pod is not played yet"
    return None


VERB = Verb(
    Patch,
    "Change fields of an object, as `kubectl patch`.",
    "- patch: sts/web\n  partition: 2",
    tell,
    play,
    unplayed,
)
