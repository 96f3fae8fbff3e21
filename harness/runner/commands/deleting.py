"""`delete`: as kubectl does, which waits for what it deleted to be gone.

Mirrors kubectl's pkg/cmd/delete/delete.go.
"""

from __future__ import annotations

from harness.api.problems import ApiError
from harness.objects.meta import Object
from harness.runner.commands.choosing import Chosen, chosen
from harness.runner.commands.running import WEEK_MS, Run, watched
from harness.runner.verbs.delete import IMMEDIATE, PROPAGATION, told
from harness.scenario.model import Plain

_CLUSTER_SCOPED = "Warning: deleting cluster-scoped resources, not scoped to the provided namespace"


async def play(run: Run) -> None:
    kubectl, options, selection = run.kubectl, run.options, run.line.selection
    grace = _grace_seconds(options)
    ignore = options.get("ignore-not-found", bool(options.get("all") or selection.labels or selection.fields))
    if grace == 0:
        kubectl.warn(IMMEDIATE)
    found = await chosen(run, selection)
    deleted: list[tuple[Chosen, Object]] = []
    warned = run.line.namespace is None or selection.everywhere
    missed = kubectl.failed
    for one in found:
        if not warned and not one.kind.resource.namespaced:
            kubectl.warn(_CLUSTER_SCOPED)
            warned = True
        cascade = PROPAGATION[options.get("cascade", "background")]
        try:
            obj = await kubectl.delete(one.kind, one.namespace, one.name, cascade, grace)
        except ApiError as problem:
            if not (ignore and problem.reason == "NotFound"):
                kubectl.refuse(problem)
                missed = True
            continue
        deleted.append((one, obj))
        line = told(one.kind.resource, one.namespace, one.name, forced=grace == 0)
        if options.get("output") == "name":
            line = f"{one.kind.resource.group_kind}/{one.name}"
        kubectl.printed.append(line)
    if missed:
        return
    if not deleted:
        kubectl.printed.append("No resources found")
        return
    if options.get("wait", True):
        await _wait(run, deleted, options.get("timeout", 0) or WEEK_MS)


def _grace_seconds(options: Plain) -> int | None:
    """The period that is asked for; None is the object's own. Without force nothing is deleted within no time."""
    grace, force = options.get("grace-period", -1), options.get("force", False)
    if options.get("now") or (grace == 0 and not force):
        return 1
    if force and grace < 0:
        return 0
    return None if grace < 0 else grace


async def _wait(run: Run, deleted: list[tuple[Chosen, Object]], timeout_ms: int) -> None:
    """Wait for one after the other, until none of those very objects is left."""
    ends_ms = run.clock.now_ms + timeout_ms
    for one, obj in deleted:
        uid = obj.metadata.uid

        def gone(now: Object | None, uid: str = uid) -> bool:
            return now is None or now.metadata.uid != uid

        left_ms = ends_ms - run.clock.now_ms
        if not await watched(run, one.kind, one.namespace, one.name, gone, left_ms):
            name = f"{one.kind.resource.plural}/{one.name}"
            run.kubectl.fail(f"error: timed out waiting for the condition on {name}")
