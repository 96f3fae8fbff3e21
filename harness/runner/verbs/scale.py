"""`scale`: set the number of replicas through the scale subresource."""

from __future__ import annotations

from harness.api import kinds, patching
from harness.api.problems import ApiError
from harness.objects.meta import CustomObject
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Scale

_NO_COUNT = "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"


async def play(action: Scale, stage: Stage) -> None:
    kubectl, target = stage.kubectl, action.target
    kind = kinds.of_resource(target.resource)
    if action.replicas < 0:
        kubectl.fail(_NO_COUNT)
        return
    try:
        found = await kubectl.get(kind, target.namespace, target.name)
        if isinstance(found, CustomObject):
            body = {"spec": {"replicas": action.replicas}}
            await kubectl.patch(kind, target.namespace, target.name, patching.MERGE, body)
        else:
            await kubectl.ask(
                lambda: kubectl.server.scale(kind, target.namespace, target.name, action.replicas, kubectl.cause)
            )
    except ApiError as problem:
        kubectl.refuse(problem)
        return
    kubectl.say(kind.resource, target.name, "scaled")


VERB = Verb(
    Scale,
    "Set the number of replicas, as `kubectl scale`.",
    "- scale: sts/web\n  replicas: 5",
    lambda action: f"scale {action.target} replicas={action.replicas}",
    play,
)
