"""`create`: send new objects; one that exists already is refused."""

from __future__ import annotations

from harness.api.problems import ApiError
from harness.runner.telling import told_manifests
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Create


async def play(action: Create, stage: Stage) -> None:
    kubectl = stage.kubectl
    for manifest in action.manifests:
        for document in manifest.documents:
            placed = kubectl.placed(document, stage.step.namespace, manifest.source)
            if placed is None:
                continue
            kind, namespace, _ = placed
            try:
                created = await kubectl.create(kind, namespace, document, manifest.source)
            except ApiError as problem:
                kubectl.refuse(problem)
                continue
            kubectl.say(kind.resource, created.metadata.name, "created")


VERB = Verb(
    Create,
    "Create the objects of a manifest; fails for those that exist.",
    "- create: {apiVersion: v1, kind: Namespace, metadata: {name: team}}",
    lambda action: f"create {told_manifests(action.manifests)}",
    play,
)
