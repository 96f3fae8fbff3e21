"""`create`: send new objects; one that exists already is refused."""

from __future__ import annotations

from harness.api.problems import ApiError
from harness.runner.telling import told_manifests
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Create


async def play(action: Create, stage: Stage) -> None:
    kubectl = stage.kubectl
    kubectl.check_any(action.manifests, "create")
    for placed in kubectl.placed(action.manifests, stage.step.namespace):
        try:
            created = await kubectl.create(placed)
        except ApiError as problem:
            kubectl.refuse(problem)
            continue
        kubectl.say(placed.kind.resource, created.metadata.name, "created")


VERB = Verb(
    Create,
    "Create the objects of a manifest; fails for those that exist.",
    "- create: {apiVersion: v1, kind: Namespace, metadata: {name: team}}",
    lambda action: f"create {told_manifests(action.manifests)}",
    play,
)
