"""Which active pods of a job go when there are too many of them.

Pure. Mirrors pkg/controller/job/job_controller.go (activePodsForRemoval) and pkg/controller/controller_utils.go
(ActivePods).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.actors.controllers.job.census import is_indexed, part_of
from harness.kernel.clock import Clock
from harness.objects.batch import Job
from harness.objects.conditions import find
from harness.objects.pod import Pod
from harness.objects.pods import PENDING, RUNNING, most_restarts

_PHASES = {PENDING: 0, RUNNING: 2}
_UNKNOWN = 1


def chosen(job: Job, active: Sequence[Pod], too_many: int, clock: Clock) -> list[Pod]:
    """At least so many of the pods; of an Indexed job also all that do what another does, or no part of it."""
    going, left = _doubled(job, active, clock) if is_indexed(job) else ([], list(active))
    if len(going) < too_many:
        left.sort(key=lambda pod: _rank(pod, clock))
        going += left[: too_many - len(going)]
    return going


def _doubled(job: Job, active: Sequence[Pod], clock: Clock) -> tuple[list[Pod], list[Pod]]:
    """The pods of an Indexed job that are one too many for their index, and those that are not."""
    going: list[Pod] = []
    by_index: dict[int, list[Pod]] = {}
    for pod in active:
        index = part_of(job, pod)
        if index is None:
            going.append(pod)
        else:
            by_index.setdefault(index, []).append(pod)
    left: list[Pod] = []
    for index in sorted(by_index):
        *surplus, kept = sorted(by_index[index], key=lambda pod: _rank(pod, clock))
        going += surplus
        left.append(kept)
    return going, left


def _rank(pod: Pod, clock: Clock) -> tuple[Any, ...]:
    """The pod that has come less far goes first; of equal ones the younger."""
    ready = find(pod.status.conditions, "Ready")
    is_ready = ready is not None and ready.status == "True"
    since = ready.last_transition_time if ready is not None and is_ready else None
    containers, beside = most_restarts(pod)
    return (
        bool(pod.spec.node_name),
        _PHASES.get(pod.status.phase, _UNKNOWN),
        is_ready,
        bool(since),
        -clock.at(since) if since else 0,
        -containers,
        -beside,
        -clock.at(pod.metadata.creation_timestamp or ""),
    )
