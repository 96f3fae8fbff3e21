"""`patch`: change fields of one object, or the partition of a rolling update."""

from __future__ import annotations

import json
from typing import Any

from harness.api import kinds
from harness.api.problems import ApiError
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Patch


async def play(action: Patch, stage: Stage) -> None:
    kubectl, target = stage.kubectl, action.target
    kind = kinds.of_resource(target.resource)
    namespace = target.namespace if kind.resource.namespaced else ""
    try:
        changed = await kubectl.patch(kind, namespace, target.name, action.type, body(action), action.subresource)
    except ApiError as problem:
        kubectl.refuse(problem)
        return
    kubectl.say(kind.resource, target.name, "patched" if changed else "patched (no change)")


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


VERB = Verb(
    Patch,
    "Change fields of an object, as `kubectl patch`.",
    "- patch: sts/web\n  partition: 2",
    tell,
    play,
)
