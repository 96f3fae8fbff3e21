"""`rollout`: undo, restart, pause or resume the rollout of a workload."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from harness.api import kinds, patching
from harness.api.client import REQUEST_MS
from harness.api.kinds import Kind
from harness.api.problems import ApiError
from harness.kernel.loop import sleep
from harness.objects import hashes, rollouts, selector
from harness.objects.applying import LAST_APPLIED
from harness.objects.apps import DaemonSet, Deployment, ReplicaSet
from harness.objects.meta import Object, controller_of
from harness.objects.statefulset import ControllerRevision, StatefulSet
from harness.objects.wire import to_wire
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Rollout

_RESTARTED_AT = "kubectl.kubernetes.io/restartedAt"
_MANAGED_BY_APPLY = (
    "Warning: resource {resource}/{name} was previously managed with 'kubectl apply'. Rolling back will not update the "
    "kubectl.kubernetes.io/last-applied-configuration annotation, which may cause unexpected behavior on future "
    "'kubectl apply' operations. Consider using 'kubectl apply' with your previous configuration file instead."
)

_PAUSED = "error: you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again"


# What can be restarted by an annotation of its template, and what is undone from a history of its own.
_RESTARTED = frozenset({"DaemonSet", "Deployment", "StatefulSet"})


async def play(action: Rollout, stage: Stage) -> None:
    kubectl, target = stage.kubectl, action.target
    kind = kinds.of_resource(target.resource)
    try:
        found = await kubectl.get(kind, target.namespace, target.name)
        await _ACTIONS[action.action](found, kind, action, stage)
    except ApiError as problem:
        kubectl.refuse(problem)


async def _pause_or_resume(found: Object, kind: Kind, action: Rollout, stage: Stage) -> None:
    """Only a Deployment can be paused."""
    kubectl, resource, name = stage.kubectl, kind.resource, found.metadata.name
    pauses = action.action == "pause"
    if resource.kind != "Deployment":
        doing = "pausing" if pauses else "resuming"
        kubectl.fail(f'error: {resource.group_resource} "{name}" {doing} is not supported')
        return
    if bool(to_wire(found)["spec"].get("paused")) == pauses:
        state = "is already paused" if pauses else "is not paused"
        kubectl.fail(f'error: {resource.group_resource} "{name}" {state}')
        return
    body = {"spec": {"paused": True if pauses else None}}
    await kubectl.patch(kind, found.metadata.namespace, name, patching.MERGE, body)
    kubectl.say(resource, name, "paused" if pauses else "resumed")


async def _restart(found: Object, kind: Kind, _action: Rollout, stage: Stage) -> None:
    """Change an annotation of the template, which is a new revision."""
    kubectl, metadata = stage.kubectl, found.metadata
    if kind.resource.kind not in _RESTARTED:
        kubectl.fail(f'error: {kind.resource.group_resource} "{metadata.name}" restarting is not supported')
        return
    if isinstance(found, Deployment) and found.spec.paused:
        why = "can't restart paused deployment (run rollout resume first)"
        kubectl.fail(f'error: {kind.resource.group_resource} "{metadata.name}" {why}')
        return
    annotations = {_RESTARTED_AT: stage.cluster.clock.stamp()}
    body = {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    await kubectl.patch(kind, metadata.namespace, metadata.name, patching.MERGE, body)
    kubectl.say(kind.resource, metadata.name, "restarted")


async def _undo_rollout(found: Object, kind: Kind, action: Rollout, stage: Stage) -> None:
    """Go back to an earlier template, where the workload has kept any."""
    kubectl, metadata = stage.kubectl, found.metadata
    if kind.resource.kind in _RESTARTED and LAST_APPLIED in metadata.annotations:
        kubectl.warn(_MANAGED_BY_APPLY.format(resource=kind.resource.plural, name=metadata.name))
    if isinstance(found, (StatefulSet, DaemonSet)):
        await _undo(found, action.to_revision, stage)
    elif isinstance(found, Deployment):
        await _undo_deployment(found, action.to_revision, stage)
    elif kind.resource.kind in _RESTARTED:
        kubectl.fail(f'error: no rollout history found for {kind.resource.singular} "{metadata.name}"')
    else:
        kubectl.fail(f'error: no rollbacker has been implemented for "{kind.resource.kind}"')


async def _undo(workload: StatefulSet | DaemonSet, to_revision: int, stage: Stage) -> None:
    """Patch the template to that of an earlier revision: the one asked for, or the one before the newest."""
    kubectl, metadata = stage.kubectl, workload.metadata
    kind = kinds.BY_TYPE[type(workload)]
    await sleep(REQUEST_MS)
    history = _history(workload, stage)
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
    current = hashes.canonical_bytes(hashes.revision_data(workload.spec.template))
    if hashes.canonical_bytes(found.data) == current:
        text = f"skipped rollback (current template already matches revision {to_revision})"
        kubectl.say(kind.resource, metadata.name, text)
        return
    await kubectl.patch(kind, metadata.namespace, metadata.name, patching.STRATEGIC, found.data)
    kubectl.say(kind.resource, metadata.name, "rolled back")


async def _undo_deployment(deployment: Deployment, to_revision: int, stage: Stage) -> None:
    """Put the template and annotations of an earlier replica set in the place of the present ones.

    Mirrors kubectl's pkg/polymorphichelpers/rollback.go.
    """
    kubectl, metadata = stage.kubectl, deployment.metadata
    kind = kinds.BY_TYPE[Deployment]
    await sleep(REQUEST_MS)
    history = sorted(_replica_sets(deployment, stage), key=rollouts.revision)
    if to_revision:
        found = next((each for each in history if rollouts.revision(each) == to_revision), None)
        if found is None:
            kubectl.fail(f"error: unable to find specified revision {to_revision} in history")
            return
    elif len(history) < 2:
        kubectl.fail(f'error: no rollout history found for deployment "{metadata.name}"')
        return
    else:
        found = history[-2]
    if deployment.spec.paused:
        kubectl.fail(_PAUSED)
        return
    if rollouts.same_template(found.spec.template, deployment.spec.template):
        text = f"skipped rollback (current template already matches revision {to_revision})"
        kubectl.say(kind.resource, metadata.name, text)
        return
    own = {key: value for key, value in metadata.annotations.items() if key in rollouts.OWN_ANNOTATIONS}
    given = {key: value for key, value in found.metadata.annotations.items() if key not in rollouts.OWN_ANNOTATIONS}
    body = [
        {"op": "replace", "path": "/spec/template", "value": to_wire(rollouts.without_hash(found.spec.template))},
        {"op": "replace", "path": "/metadata/annotations", "value": {**own, **given}},
    ]
    await kubectl.patch(kind, metadata.namespace, metadata.name, patching.JSON, body)
    kubectl.say(kind.resource, metadata.name, "rolled back")


def _replica_sets(deployment: Deployment, stage: Stage) -> list[ReplicaSet]:
    """The replica sets that the Deployment manages and selects."""
    found = []
    for each in stage.cluster.server.list(kinds.BY_TYPE[ReplicaSet], deployment.metadata.namespace):
        owner = controller_of(each)
        if (
            isinstance(each, ReplicaSet)
            and owner is not None
            and owner.uid == deployment.metadata.uid
            and selector.matches(deployment.spec.selector, each.metadata.labels)
        ):
            found.append(each)
    return found


def _history(workload: StatefulSet | DaemonSet, stage: Stage) -> list[ControllerRevision]:
    """The workload's revisions, the newest last."""
    revisions = stage.cluster.server.list(kinds.BY_TYPE[ControllerRevision], workload.metadata.namespace)
    owned = []
    for revision in revisions:
        owner = controller_of(revision)
        if owner is not None and owner.uid == workload.metadata.uid:
            owned.append(revision)
    return sorted(owned, key=lambda revision: revision.revision)


def revisions(workload: Deployment | StatefulSet | DaemonSet, stage: Stage) -> list[tuple[int, Object]]:
    """The revisions that are kept of a workload, each with the object that keeps it, the newest last."""
    if isinstance(workload, Deployment):
        kept = _replica_sets(workload, stage)
        return sorted(((rollouts.revision(each), each) for each in kept), key=lambda pair: pair[0])
    return [(each.revision, each) for each in _history(workload, stage)]


_ACTIONS: dict[str, Callable[[Object, Kind, Rollout, Stage], Awaitable[None]]] = {
    "undo": _undo_rollout,
    "restart": _restart,
    "pause": _pause_or_resume,
    "resume": _pause_or_resume,
}


def tell(action: Rollout) -> str:
    to = f" toRevision={action.to_revision}" if action.to_revision else ""
    return f"rollout {action.action} {action.target}{to}"


VERB = Verb(
    Rollout,
    "Undo, restart, pause or resume a rollout, as `kubectl rollout`.",
    "- rollout: undo\n  of: sts/web",
    tell,
    play,
)
