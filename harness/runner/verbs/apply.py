"""`apply`: create what is not there, bring what is there to the manifest."""

from __future__ import annotations

from harness.api.field_managers import KUBECTL
from harness.api.problems import ApiError
from harness.runner.telling import told_manifests
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Apply


async def play(action: Apply, stage: Stage) -> None:
    kubectl = stage.kubectl
    kubectl.check_any(action.manifests, "apply")
    if action.server_side:
        await _server_side(action, stage)
        return
    if action.field_manager:
        kubectl.call_itself(action.field_manager)
    for placed in kubectl.placed(action.manifests, stage.step.namespace):
        try:
            word = await kubectl.apply(placed)
        except ApiError as problem:
            kubectl.refuse(problem)
            continue
        if word is not None:
            kubectl.say(placed.kind.resource, placed.name, word)


async def _server_side(action: Apply, stage: Stage) -> None:
    kubectl = stage.kubectl
    for placed in kubectl.placed(action.manifests, stage.step.namespace):
        try:
            await kubectl.apply_server_side(placed, action.field_manager or KUBECTL, action.force_conflicts)
        except ApiError as problem:
            kubectl.refuse(problem)


def tell(action: Apply) -> str:
    words = ["apply", told_manifests(action.manifests)]
    words += ["serverSide"] * action.server_side + ["forceConflicts"] * action.force_conflicts
    if action.field_manager:
        words.append(f"fieldManager={action.field_manager}")
    return " ".join(words)


VERB = Verb(
    Apply,
    "Create or three-way patch the objects of a manifest, as `kubectl apply`; or have the server merge them by owners.",
    "- apply: manifests/ledger.yaml",
    tell,
    play,
)
