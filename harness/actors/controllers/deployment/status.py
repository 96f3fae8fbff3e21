"""The status of a Deployment: its counts, and what its conditions say of the rollout.

Pure. Mirrors pkg/controller/deployment/progress.go, sync.go (calculateStatus) and util/deployment_util.go.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.actors.controllers.deployment import limits, replica_sets
from harness.actors.controllers.deployment.passes import Family
from harness.kernel.clock import Clock
from harness.objects.apps import Deployment, DeploymentCondition, DeploymentStatus
from harness.objects.conditions import find

AVAILABLE = "Available"
PROGRESSING = "Progressing"
FAILURE = "ReplicaFailure"

COMPLETE = "NewReplicaSetAvailable"
TIMED_OUT = "ProgressDeadlineExceeded"
PAUSED = "DeploymentPaused"
RESUMED = "DeploymentResumed"

_NO_DEADLINE = 2**31 - 1

Conditions = tuple[DeploymentCondition, ...]


def condition(type_: str, status: str, reason: str, message: str, now: str) -> DeploymentCondition:
    return DeploymentCondition(
        type=type_, status=status, reason=reason, message=message, last_update_time=now, last_transition_time=now
    )


def with_condition(present: Conditions, new: DeploymentCondition) -> Conditions:
    """The conditions with `new` at their end; one of the same status and reason stays as it is."""
    known = find(present, new.type)
    if known is not None and known.status == new.status:
        if known.reason == new.reason:
            return present
        new = replace(new, last_transition_time=known.last_transition_time)
    return (*without(present, new.type), new)


def without(present: Conditions, type_: str) -> Conditions:
    return tuple(each for each in present if each.type != type_)


def has_deadline(deployment: Deployment) -> bool:
    return deployment.spec.progress_deadline_seconds not in (None, _NO_DEADLINE)


def calculated(deployment: Deployment, family: Family, clock: Clock) -> DeploymentStatus:
    """The counts, and whether enough is available."""
    found = family.all
    available = replica_sets.total(found, lambda status: status.available_replicas)
    enough = available >= limits.min_available(deployment)
    availability = condition(
        AVAILABLE,
        "True" if enough else "False",
        "MinimumReplicasAvailable" if enough else "MinimumReplicasUnavailable",
        f"Deployment {'has' if enough else 'does not have'} minimum availability.",
        clock.stamp(),
    )
    stored = deployment.status
    return DeploymentStatus(
        observed_generation=deployment.metadata.generation,
        replicas=replica_sets.total(found, lambda status: status.replicas),
        updated_replicas=family.new.status.replicas if family.new is not None else 0,
        ready_replicas=replica_sets.total(found, lambda status: status.ready_replicas),
        available_replicas=available,
        unavailable_replicas=max(0, replica_sets.total_size(found) - available),
        terminating_replicas=replica_sets.terminating(found),
        conditions=with_condition(stored.conditions, availability),
        collision_count=stored.collision_count,
    )


def rolled(deployment: Deployment, family: Family, clock: Clock) -> DeploymentStatus:
    """The status in a rollout: the counts, whether there is progress, and whether pods cannot be made."""
    new = calculated(deployment, family, clock)
    conditions = new.conditions if has_deadline(deployment) else without(new.conditions, PROGRESSING)
    progress = _progress(deployment, new, family, clock)
    if progress is not None:
        conditions = progress
    failure = _failure(family)
    conditions = with_condition(conditions, failure) if failure is not None else without(conditions, FAILURE)
    return replace(new, conditions=conditions)


def _progress(deployment: Deployment, new: DeploymentStatus, family: Family, clock: Clock) -> Conditions | None:
    """The conditions with what there is to say of the progress; None for nothing new."""
    present = find(deployment.status.conditions, PROGRESSING)
    was_complete = new.replicas == new.updated_replicas and present is not None and present.reason == COMPLETE
    if not has_deadline(deployment) or was_complete:
        return None
    subject = f'ReplicaSet "{family.new.metadata.name}"' if family.new is not None else _named(deployment)
    now = clock.stamp()
    if is_complete(deployment, new):
        told = condition(PROGRESSING, "True", COMPLETE, f"{subject} has successfully progressed.", now)
        return with_condition(new.conditions, told)
    if _moved(deployment.status, new):
        told = condition(PROGRESSING, "True", "ReplicaSetUpdated", f"{subject} is progressing.", now)
        if present is not None and present.status == "True":
            told = replace(told, last_transition_time=present.last_transition_time)
        return with_condition(without(new.conditions, PROGRESSING), told)
    if _is_late(deployment, clock):
        told = condition(PROGRESSING, "False", TIMED_OUT, f"{subject} has timed out progressing.", now)
        return with_condition(new.conditions, told)
    return None


def _named(deployment: Deployment) -> str:
    return f'Deployment "{deployment.metadata.name}"'


def is_complete(deployment: Deployment, status: DeploymentStatus) -> bool:
    """Whether all replicas are updated and available, and no others are left."""
    replicas = deployment.spec.replicas or 0
    return (
        status.updated_replicas == status.replicas == status.available_replicas == replicas
        and status.observed_generation >= deployment.metadata.generation
    )


def _moved(old: DeploymentStatus, new: DeploymentStatus) -> bool:
    return (
        new.updated_replicas > old.updated_replicas
        or new.replicas - new.updated_replicas < old.replicas - old.updated_replicas
        or new.ready_replicas > old.ready_replicas
        or new.available_replicas > old.available_replicas
    )


def _is_late(deployment: Deployment, clock: Clock) -> bool:
    present = find(deployment.status.conditions, PROGRESSING)
    if present is None or present.reason == COMPLETE:
        return False
    return present.reason == TIMED_OUT or late_in_ms(deployment, present, clock) < 0


def late_in_ms(deployment: Deployment, progressing: DeploymentCondition, clock: Clock) -> int:
    """How long until the deadline of the progress; negative once it has passed."""
    since = clock.at(progressing.last_update_time) if progressing.last_update_time is not None else 0
    return since + (deployment.spec.progress_deadline_seconds or 0) * 1000 - clock.now_ms


def recheck_in_ms(deployment: Deployment, new: DeploymentStatus, clock: Clock) -> int | None:
    """When a rollout that stands still has to be looked at for its deadline; None if it need not be."""
    present = find(deployment.status.conditions, PROGRESSING)
    if not has_deadline(deployment) or present is None:
        return None
    if is_complete(deployment, new) or present.reason == TIMED_OUT:
        return None
    left_ms = late_in_ms(deployment, present, clock)
    return max(left_ms, 0) + 1 if left_ms < 1000 else left_ms + 1000


def _failure(family: Family) -> DeploymentCondition | None:
    """What keeps the new replica set, or any, from making its pods."""
    for replica_set in [*([family.new] if family.new is not None else ()), *family.all]:
        failed = find(replica_set.status.conditions, FAILURE)
        if failed is not None:
            return DeploymentCondition(
                type=failed.type,
                status=failed.status,
                reason=failed.reason,
                message=failed.message,
                last_update_time=failed.last_transition_time,
                last_transition_time=failed.last_transition_time,
            )
    return None
