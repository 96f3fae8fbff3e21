"""`rollout`: undo or restart the rollout of a workload."""

from __future__ import annotations

from harness.api import kinds, patching
from harness.api.client import REQUEST_MS
from harness.api.problems import ApiError
from harness.kernel.loop import sleep
from harness.objects import hashes
from harness.objects.applying import LAST_APPLIED
from harness.objects.meta import controller_of
from harness.objects.statefulset import ControllerRevision, StatefulSet
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Rollout

_RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_MANAGED_BY_APPLY = (
    "Warning: resource {resource}/{name} was previously managed with 'kubectl apply'. Rolling back will not update the "
    "kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future "
    "'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead."
)


async def play(action: Rollout, stage: Stage) -> None:
    kubectl, target = stage.kubectl, action.target
    kind = kinds.of_resource(target.resource)
    try:
        found = await kubectl.get(kind, target.namespace, target.name)
        if action.action in ("pause", "resume"):
            doing = "pausing" if action.action == "pause" else "resuming"
            kubectl.fail(f'error: {kind.resource.group_resource} "{target.name}" {doing} is not supported')
        elif not isinstance(found, StatefulSet):
            kubectl.fail(f'error: no rollbacker has been implemented for "{kind.resource.kind}"')
        elif action.action == "restart":
            await _restart(found, stage)
        else:
            await _undo(found, action.to_revision, stage)
    except ApiError as problem:
        kubectl.refuse(problem)


async def _restart(stateful_set: StatefulSet, stage: Stage) -> None:
    """Change an annotation of the template, which is a new revision."""
    kubectl, metadata = stage.kubectl, stateful_set.metadata
    kind = kinds.BY_TYPE[StatefulSet]
    annotations = {_RESTARTED_AT: stage.cluster.clock.stamp()}
    body = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    await kubectl.patch(kind, metadata.namespace, metadata.name, patching.STRATEGIC, body)
    kubectl.say(kind.resource, metadata.name, "restarted")


async def _undo(stateful_set: StatefulSet, to_revision: int, stage: Stage) -> None:
    """Patch the template to that of an earlier revision: the one asked for, or the one before the newest."""
    kubectl, metadata = stage.kubectl, stateful_set.metadata
    kind = kinds.BY_TYPE[StatefulSet]
    if LAST_APPLIED in metadata.annotations:
        kubectl.warn(_MANAGED_BY_APPLY.format(resource=kind.resource.plural, name=metadata.name))
    await sleep(REQUEST_MS)
    history = _history(stateful_set, stage)
    if to_revision:
        found = next((revision for revision in history if revision.revision == to_revision), None)
        if found is None:
            kubectl.fail(f"error: unable to find specified revision {to_revision} in history")
            return
    elif len(history) < 2:
        kubectl.fail("error: no last revision to roll back to")
        return
    else:
        found = history[-2]
    current = hashes.canonical_bytes(hashes.revision_data(stateful_set.spec.template))
    if hashes.canonical_bytes(found.data) == current:
        text = f"skipped rollback (current template already matches revision {to_revision})"
        kubectl.say(kind.resource, metadata.name, text)
        return
    await kubectl.patch(kind, metadata.namespace, metadata.name, patching.STRATEGIC, found.data)
    kubectl.say(kind.resource, metadata.name, "rolled back")


def _history(stateful_set: StatefulSet, stage: Stage) -> list[ControllerRevision]:
    """The set's revisions, the newest last."""
    revisions = stage.cluster.server.list(kinds.BY_TYPE[ControllerRevision], stateful_set.metadata.namespace)
    owned = []
    for revision in revisions:
        owner = controller_of(revision)
        if owner is not None and owner.uid == stateful_set.metadata.uid:
            owned.append(revision)
    return sorted(owned, key=lambda revision: revision.revision)


def tell(action: Rollout) -> str:
    to = f" toRevision={action.to_revision}" if action.to_revision else ""
    return f"rollout {action.action} {action.target}{to}"


VERB = Verb(
    Rollout,
    "Undo or restart a rollout, as `kubectl rollout`.",
    "- rollout: undo\n  of: sts/web",
    tell,
    play,
)
