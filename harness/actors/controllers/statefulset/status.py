"""The status of a set: what is counted, when a rollout is complete, when there is anything to write.

Owns the counts and the tests of a pod's health they rest on. Source: pkg/controller/statefulset/stateful_set_control.go
(updateStatus) and stateful_set_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

import msgspec
from msgspec.structs import replace

from harness.actors.controllers.statefulset.identity import REVISION_LABEL
from harness.kernel.clock import Clock
from harness.objects.conditions import find
from harness.objects.pod import Pod
from harness.objects.statefulset import StatefulSet, StatefulSetStatus

# What of a status is worth a write when it changes.
_told = attrgetter(
    "replicas",
    "current_replicas",
    "ready_replicas",
    "updated_replicas",
    "current_revision",
    "available_replicas",
    "update_revision",
)


class Health(msgspec.Struct, frozen=True, gc=False):
    """What the algorithm asks of a pod, at one moment."""

    terminating: bool
    ready: bool
    available: bool
    revision: str


def health(pod: Pod, min_ready_seconds: int, clock: Clock) -> Health:
    """`ready` is phase Running and condition Ready; `available` that for at least `min_ready_seconds`."""
    condition = find(pod.status.conditions, "Ready")
    is_ready = condition is not None and condition.status == "True"
    available = is_ready
    if is_ready and min_ready_seconds:
        assert condition is not None
        since = condition.last_transition_time
        available = since is not None and clock.at(since) + min_ready_seconds * 1000 <= clock.now_ms
    return Health(
        terminating=pod.metadata.deletion_timestamp is not None,
        ready=is_ready and pod.status.phase == "Running",
        available=available,
        revision=pod.metadata.labels.get(REVISION_LABEL, ""),
    )


def counted(
    status: StatefulSetStatus, healths: Iterable[Health], current_revision: str, update_revision: str
) -> StatefulSetStatus:
    """The status with its counters taken anew. A terminating pod is neither current nor updated."""
    replicas = ready = available = current = updated = 0
    for one in healths:
        replicas += 1
        if one.ready:
            ready += 1
            available += one.available
        if not one.terminating:
            current += one.revision == current_revision
            updated += one.revision == update_revision
    return replace(
        status,
        replicas=replicas,
        ready_replicas=ready,
        available_replicas=available,
        current_replicas=current,
        updated_replicas=updated,
    )


def completed(stateful_set: StatefulSet, status: StatefulSetStatus) -> StatefulSetStatus:
    """The status with the update revision promoted, once every replica is updated and ready."""
    if (
        stateful_set.spec.update_strategy.type == "RollingUpdate"
        and status.updated_replicas == status.replicas
        and status.ready_replicas == status.replicas
        and status.replicas == (stateful_set.spec.replicas or 0)
    ):
        return replace(status, current_replicas=status.updated_replicas, current_revision=status.update_revision)
    return status


def is_news(stored: StatefulSetStatus, status: StatefulSetStatus) -> bool:
    """Whether the status is worth a write; a collision count alone is not."""
    return status.observed_generation > stored.observed_generation or _told(status) != _told(stored)
