"""`apply`: create what is not there, bring what is there to the manifest."""

from __future__ import annotations

from harness.api.problems import ApiError, quoted
from harness.runner.telling import told_manifests
from harness.runner.verb import Stage, Verb
from harness.scenario.model import STDIN, Apply


async def play(action: Apply, stage: Stage) -> None:
    kubectl = stage.kubectl
    for manifest in action.manifests:
        for document in manifest.documents:
            placed = kubectl.placed(document, stage.step.namespace, manifest.source)
            if placed is None:
                continue
            kind, namespace, name = placed
            try:
                word = await kubectl.apply(kind, namespace, name, document)
            except ApiError as problem:
                source = manifest.source or STDIN
                kubectl.refuse(problem, f"error when creating {quoted(source)}: " if _is_new(stage, placed) else "")
                continue
            kubectl.say(kind.resource, name, f"serverside-{_APPLIED}" if action.server_side else word)


_APPLIED = "applied"


def _is_new(stage: Stage, placed: tuple) -> bool:  # type: ignore[type-arg]
    kind, namespace, name = placed
    return (namespace, name) not in stage.cluster.server.store.collection(kind.key).objects


VERB = Verb(
    Apply,
    "Create or three-way patch the objects of a manifest, as `kubectl apply`.",
    "- apply: stateful-demo.yaml",
    lambda action: f"apply {told_manifests(action.manifests)}{' --server-side' if action.server_side else ''}",
    play,
)
