"""`apply`: create what is not there, bring what is there to the manifest."""

from __future__ import annotations

from harness.api.problems import ApiError
from harness.runner.telling import told_manifests
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Apply


async def play(action: Apply, stage: Stage) -> None:
    kubectl = stage.kubectl
    for placed in kubectl.placed(action.manifests, stage.step.namespace):
        try:
            word = await kubectl.apply(placed)
        except ApiError as problem:
            kubectl.refuse(problem)
            continue
        if word is not None:
            kubectl.say(placed.kind.resource, placed.name, word)


VERB = Verb(
    Apply,
    "Create or three-way patch the objects of a manifest, as `kubectl apply`.",
    "- apply: manifests/ledger.yaml",
    lambda action: f"apply {told_manifests(action.manifests)}",
    play,
)
