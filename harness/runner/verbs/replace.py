"""`replace`: put whole objects in the place of those that are there; by force, delete them and create them anew."""

from __future__ import annotations

from harness.api.problems import ApiError
from harness.api.server import BACKGROUND
from harness.kernel.loop import sleep
from harness.objects.applying import LAST_APPLIED, annotated
from harness.runner.kubectl import Placed
from harness.runner.telling import told_manifests
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Replace

_POLL_MS = 1_000
# How long kubectl looks for an object to be gone before it gives up (replace.go).
_TIMEOUT_MS = 300_000


async def play(action: Replace, stage: Stage) -> None:
    kubectl = stage.kubectl
    kubectl.check_any(action.manifests, "replace")
    every = [_refreshed(placed) for placed in kubectl.placed(action.manifests, stage.step.namespace)]
    if action.force and not await _cleared(every, stage):
        return
    for placed in every:
        try:
            done = await (kubectl.create(placed) if action.force else kubectl.replace(placed))
        except ApiError as problem:
            kubectl.refuse(problem)
            continue
        kubectl.say(placed.kind.resource, done.metadata.name, "replaced")


def _refreshed(placed: Placed) -> Placed:
    """A manifest that brings a last-applied annotation gets it anew; kubectl adds none to any other."""
    annotations = (placed.document.get("metadata") or {}).get("annotations") or {}
    return placed._replace(document=annotated(placed.document)) if LAST_APPLIED in annotations else placed


async def _cleared(every: list[Placed], stage: Stage) -> bool:
    """Delete what is there and wait until all of it is gone; whether it is."""
    kubectl = stage.kubectl
    for placed in every:
        kind, namespace = placed.kind, placed.namespace
        try:
            await kubectl.delete(kind, namespace, placed.name, BACKGROUND, None)
        except ApiError as problem:
            if problem.reason == "NotFound":
                continue
            kubectl.refuse(problem)
            return False
        where = f" from {namespace} namespace" if namespace else ""
        kubectl.printed.append(f'{kind.resource.group_kind} "{placed.name}" deleted{where}')
    deadline_ms = stage.cluster.clock.now_ms + _TIMEOUT_MS
    for placed in every:
        while await kubectl.exists(placed):
            if stage.cluster.clock.now_ms >= deadline_ms:
                kubectl.fail("error: timed out waiting for the condition")
                return False
            await sleep(_POLL_MS)
    return True


def tell(action: Replace) -> str:
    return f"replace {told_manifests(action.manifests)}{' force' if action.force else ''}"


VERB = Verb(
    Replace,
    "Replace whole objects that exist, as `kubectl replace`; with `force`, delete and create them.",
    "- replace: manifests/ledger.yaml",
    tell,
    play,
)
