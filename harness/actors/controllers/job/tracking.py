"""How the status of a job counts its pods: each is noted, let go of and then counted.

Pure. A pod that has ended is first written into the status as not counted yet, then loses its finalizer, then counts,
so that none is counted twice or forgotten, whatever fails in between.
Mirrors pkg/controller/job/job_controller.go (trackJobStatusAndRemoveFinalizers).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from harness.actors.controllers.job import indexes
from harness.actors.controllers.job.census import NOTHING_UNCOUNTED, Census, Parts, has_failed, is_indexed, part_of
from harness.actors.controllers.job.failure_policy import judged
from harness.actors.controllers.job.verdict import End
from harness.objects.batch import JobCondition, JobStatus, UncountedTerminatedPods
from harness.objects.conditions import find
from harness.objects.jobs import completion_index, is_tracked
from harness.objects.pod import Pod
from harness.objects.pods import SUCCEEDED

_MOST_UNCOUNTED = 500


class Plan(NamedTuple):
    """The status to write first, the pods to let go of then, and whether these are all there are."""

    status: JobStatus
    let_go: Sequence[Pod]
    is_whole: bool


def planned(census: Census, status: JobStatus, end: End | None, now: str) -> Plan:
    """What comes next of a status that has the counts of this pass. `end` is how the job will end, if that is sure."""
    job, parts = census.job, census.parts
    status = counted(status, tracked_uids(census.pods))
    known = status.uncounted_terminated_pods or NOTHING_UNCOUNTED
    before = job.status.uncounted_terminated_pods or NOTHING_UNCOUNTED
    succeeded, failed = list(known.succeeded), list(known.failed)
    complete = 0
    let_go: list[Pod] = []
    is_whole = True
    for pod in _in_order(census):
        if not is_tracked(pod) or not _may_go(census, pod, end):
            continue
        let_go.append(pod)
        uid, index = pod.metadata.uid, part_of(job, pod)
        is_known = uid in before.failed
        if pod.status.phase == SUCCEEDED and not is_known:
            if parts is not None:
                complete += index is not None and not indexes.has(parts.known, index)
            elif uid not in before.succeeded:
                succeeded.append(uid)
        elif has_failed(job, pod) or (end is not None and not end.succeeds):
            counts = judged(job.spec.pod_failure_policy, pod).counts
            if counts and not is_known and (parts is None or index is not None):
                failed.append(uid)
        if complete + len(succeeded) + len(failed) >= _MOST_UNCOUNTED:
            is_whole = False
            break
    status = replace(
        status, uncounted_terminated_pods=UncountedTerminatedPods(succeeded=tuple(succeeded), failed=tuple(failed))
    )
    if parts is not None:
        status = _with_indexes(status, parts)
    return Plan(_announced(status, end, now), let_go, is_whole)


def tracked_uids(pods: Sequence[Pod]) -> frozenset[str]:
    return frozenset(pod.metadata.uid for pod in pods if is_tracked(pod))


def counted(status: JobStatus, tracked: Collection[str]) -> JobStatus:
    """The status in which the uncounted pods that nothing holds any more are counted."""
    known = status.uncounted_terminated_pods or NOTHING_UNCOUNTED
    left = UncountedTerminatedPods(
        succeeded=tuple(uid for uid in known.succeeded if uid in tracked),
        failed=tuple(uid for uid in known.failed if uid in tracked),
    )
    if left == known:
        return status
    return replace(
        status,
        succeeded=status.succeeded + len(known.succeeded) - len(left.succeeded),
        failed=status.failed + len(known.failed) - len(left.failed),
        uncounted_terminated_pods=left,
    )


def can_end(status: JobStatus, terminating: int) -> bool:
    """Whether no pod is left that the job would have to wait for."""
    return not terminating and status.uncounted_terminated_pods in (None, NOTHING_UNCOUNTED)


def ended(status: JobStatus, end: End, decided: str, now: str) -> JobStatus:
    """The status of a job that is over; `decided` is when that became sure."""
    new = condition(end.final, end, now)
    return replace(
        status,
        conditions=(*(each for each in status.conditions if each.type != end.final), new),
        completion_time=decided if end.succeeds else status.completion_time,
    )


def condition(type_: str, why: End, now: str, *, status: str = "True") -> JobCondition:
    """A condition that came to be so now, for that reason."""
    return JobCondition(
        type=type_,
        status=status,
        last_probe_time=now,
        last_transition_time=now,
        reason=why.reason,
        message=why.message,
    )


def _in_order(census: Census) -> Sequence[Pod]:
    """The pods; those of an Indexed job by their index, the ones that have none first."""
    if not is_indexed(census.job):
        return census.pods
    numbers = {pod.metadata.uid: completion_index(pod) for pod in census.pods}
    return sorted(census.pods, key=lambda pod: -1 if (index := numbers[pod.metadata.uid]) is None else index)


def _may_go(census: Census, pod: Pod, end: End | None) -> bool:
    """Whether nothing more has to be known of the pod than what the status will say."""
    job, parts = census.job, census.parts
    if job.metadata.deletion_timestamp is not None or end is not None or pod.status.phase == SUCCEEDED:
        return True
    if not has_failed(job, pod):
        return False
    index = completion_index(pod)
    held = parts.held.get(index) if parts is not None and index is not None else None
    return held is None or held.metadata.uid != pod.metadata.uid


def _with_indexes(status: JobStatus, parts: Parts) -> JobStatus:
    """An index is enough to know that it is complete: no uid has to be kept for it."""
    return replace(
        status,
        succeeded=indexes.total(parts.complete),
        completed_indexes=indexes.written(parts.complete),
        failed_indexes=indexes.written(parts.failed) if parts.failed is not None else None,
    )


def _announced(status: JobStatus, end: End | None, now: str) -> JobStatus:
    """The status that says how the job will end."""
    if end is None or find(status.conditions, end.type) is not None:
        return status
    return replace(status, conditions=(*status.conditions, condition(end.type, end, now)))
