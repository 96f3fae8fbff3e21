"""`rollout`: what the verbs do for one workload, for all that a line picks; and the status and history of a rollout.

Mirrors kubectl's pkg/cmd/rollout and pkg/polymorphichelpers (rollout_status.go, history.go).
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from typing import Any, NamedTuple

from harness.objects import rollouts
from harness.objects.apps import DaemonSet, Deployment
from harness.objects.meta import Object
from harness.objects.statefulset import StatefulSet
from harness.runner.commands.choosing import Chosen, chosen
from harness.runner.commands.running import WEEK_MS, Run, watched
from harness.runner.tables import laid_out
from harness.runner.verbs import rollout
from harness.scenario.model import Rollout

_CHANGE_CAUSE = "kubernetes.io/change-cause"
_ROLLING = "RollingUpdate"


def action(name: str) -> Callable[[Run], Coroutine[Any, Any, None]]:
    """The command that does this to every workload it is about."""

    async def play(run: Run) -> None:
        to_revision = run.options.get("to-revision", 0)
        for one in await chosen(run, run.line.selection):
            await rollout.play(Rollout(action=name, target=one.target, to_revision=to_revision), run.stage)  # type: ignore[arg-type]

    return play


# Status


class _Status(NamedTuple):
    """What is printed of a rollout, and whether it is over."""

    text: str
    over: bool = False


class _Failed(Exception):
    """A rollout that cannot be followed any further."""


async def status(run: Run) -> None:
    kubectl = run.kubectl
    found = await chosen(run, run.line.selection, look=True)
    for one in found:
        viewer = _VIEWERS.get(type(one.obj)) if one.obj is not None else None
        if viewer is None:
            kubectl.fail(f"error: no status viewer has been implemented for {_group_kind(one)}")
            continue
        try:
            if not await _followed(run, one, viewer):
                kubectl.fail("error: timed out waiting for the condition")
        except _Failed as problem:
            kubectl.fail(f"error: {problem}")
    if not found and not kubectl.failed:
        kubectl.warn(f"No resources found in {run.line.selection.namespace} namespace.")


async def _followed(run: Run, one: Chosen, viewer: Callable[[Any, int], _Status]) -> bool:
    """Print how a rollout stands, now and at each change; whether it was over in time."""
    options = run.options
    follow, revision = options.get("watch", True), options.get("revision", 0)

    def seen(obj: Object | None) -> bool:
        if obj is None:
            raise _Failed("object has been deleted")
        said = viewer(obj, revision)
        run.kubectl.printed.append(said.text)
        return said.over or not follow

    return await watched(run, one.kind, one.namespace, one.name, seen, options.get("timeout", 0) or WEEK_MS)


def _group_kind(one: Chosen) -> str:
    resource = one.kind.resource
    return f"{resource.kind}.{resource.group}" if resource.group else resource.kind


def _of_deployment(deployment: Deployment, revision: int) -> _Status:
    name, spec, status = deployment.metadata.name, deployment.spec, deployment.status
    found = rollouts.number(deployment.metadata.annotations.get(rollouts.REVISION)) or 0
    if revision and revision != found:
        raise _Failed(f"desired revision ({revision}) is different from the running revision ({found})")
    if deployment.metadata.generation > status.observed_generation:
        return _Status("Waiting for deployment spec update to be observed...")
    if any(each.type == "Progressing" and each.reason == "ProgressDeadlineExceeded" for each in status.conditions):
        raise _Failed(f'deployment "{name}" exceeded its progress deadline')
    waiting = f'Waiting for deployment "{name}" rollout to finish:'
    if spec.replicas is not None and status.updated_replicas < spec.replicas:
        return _Status(f"{waiting} {status.updated_replicas} out of {spec.replicas} new replicas have been updated...")
    if status.replicas > status.updated_replicas:
        return _Status(f"{waiting} {status.replicas - status.updated_replicas} old replicas are pending termination...")
    if status.available_replicas < status.updated_replicas:
        available, updated = status.available_replicas, status.updated_replicas
        return _Status(f"{waiting} {available} of {updated} updated replicas are available...")
    return _Status(f'deployment "{name}" successfully rolled out', over=True)


def _of_daemon_set(daemon_set: DaemonSet, _revision: int) -> _Status:
    name, status = daemon_set.metadata.name, daemon_set.status
    if daemon_set.spec.update_strategy.type != _ROLLING:
        raise _Failed("rollout status is only available for RollingUpdate strategy type")
    if daemon_set.metadata.generation > status.observed_generation:
        return _Status("Waiting for daemon set spec update to be observed...")
    waiting, desired = f'Waiting for daemon set "{name}" rollout to finish:', status.desired_number_scheduled
    if status.updated_number_scheduled < desired:
        return _Status(f"{waiting} {status.updated_number_scheduled} out of {desired} new pods have been updated...")
    if status.number_available < desired:
        return _Status(f"{waiting} {status.number_available} of {desired} updated pods are available...")
    return _Status(f'daemon set "{name}" successfully rolled out', over=True)


def _of_stateful_set(stateful_set: StatefulSet, _revision: int) -> _Status:
    spec, status = stateful_set.spec, stateful_set.status
    strategy, replicas = spec.update_strategy, spec.replicas
    if strategy.type != _ROLLING:
        raise _Failed("rollout status is only available for RollingUpdate strategy type")
    observed = status.observed_generation or 0
    if not observed or stateful_set.metadata.generation > observed:
        return _Status("Waiting for statefulset spec update to be observed...")
    if replicas is not None and status.ready_replicas < replicas:
        return _Status(f"Waiting for {replicas - status.ready_replicas} pods to be ready...")
    rolling = strategy.rolling_update
    if rolling is not None:
        if replicas is not None and rolling.partition is not None:
            wanted = replicas - rolling.partition
            if status.updated_replicas < wanted:
                return _Status(
                    f"Waiting for partitioned roll out to finish: {status.updated_replicas} out of {wanted} "
                    "new pods have been updated..."
                )
        text = f"partitioned roll out complete: {status.updated_replicas} new pods have been updated..."
        return _Status(text, over=True)
    if status.update_revision != status.current_revision:
        return _Status(
            f"waiting for statefulset rolling update to complete {status.updated_replicas} pods at revision "
            f"{status.update_revision}..."
        )
    count, revision = status.current_replicas, status.current_revision
    text = f"statefulset rolling update complete {count} pods at revision {revision}..."
    return _Status(text, over=True)


_VIEWERS: dict[type[Object], Callable[[Any, int], _Status]] = {
    DaemonSet: _of_daemon_set,
    Deployment: _of_deployment,
    StatefulSet: _of_stateful_set,
}


# History


async def history(run: Run) -> None:
    kubectl = run.kubectl
    for one in await chosen(run, run.line.selection, look=True):
        obj = one.obj
        if not isinstance(obj, Deployment | StatefulSet | DaemonSet):
            kubectl.fail(f'error: no history viewer has been implemented for "{_group_kind(one)}"')
            continue
        revisions = await kubectl.ask(lambda obj=obj: rollout.revisions(obj, run.stage))  # type: ignore[misc]
        if kubectl.printed:
            kubectl.printed.append("")
        kubectl.say(one.kind.resource, one.name, "")
        kubectl.printed += _table(revisions)


def _table(revisions: Iterable[tuple[int, Object]]) -> list[str]:
    rows = []
    for number, obj in revisions:
        cause = obj.metadata.annotations.get(_CHANGE_CAUSE)
        rows.append([str(number), cause or "<none>"])
    if not rows:
        return ["No rollout history found."]
    return laid_out([["REVISION", "CHANGE-CAUSE"], *rows], narrowest=0, gap=2)
