"""`scale`: set the number of replicas through the scale subresource."""

from __future__ import annotations

from harness.api import kinds
from harness.api.problems import ApiError
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Scale

_NO_COUNT = "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0"


async def play(action: Scale, stage: Stage) -> None:
    kubectl, target = stage.kubectl, action.target
    if action.replicas < 0:
        kubectl.fail(_NO_COUNT)
        return
    kind = kubectl.server.custom.preferred(kinds.of_resource(target.resource))
    try:
        await kubectl.get(kind, target.namespace, target.name)
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
