"""What one pass sees of a job and its pods: who is active, and how many have succeeded and failed by now.

Pure. A pod counts once: while it is tracked it is looked at, afterwards the status of its job remembers it.
Mirrors pkg/controller/job/job_controller.go (syncJob, getNewFinishedPods) and indexed_job_utils.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from harness.actors.controllers.job import indexes
from harness.actors.controllers.job.backoff import Failures, finished_ms
from harness.actors.controllers.job.failure_policy import FAIL_INDEX, judged
from harness.actors.controllers.job.indexes import Indexes
from harness.kernel.clock import Clock
from harness.objects.batch import Job, UncountedTerminatedPods
from harness.objects.conditions import is_ready
from harness.objects.jobs import completion_index, is_tracked, whole
from harness.objects.pod import Pod
from harness.objects.pods import FAILED, SUCCEEDED, is_active, is_terminating

FAILURE_COUNT = "batch.kubernetes.io/job-index-failure-count"
IGNORED_FAILURES = "batch.kubernetes.io/job-index-ignored-failure-count"
NOTHING_UNCOUNTED = UncountedTerminatedPods()

_LARGEST = 2**31 - 1


class Parts(msgspec.Struct, frozen=True):
    """The indexes of an Indexed job.

    `known` are those that its status says are complete, `complete` these and what is new; `failed` is None for a job
    without limits per index. `held` has the failed pod of each index that waits for another: it stays tracked until
    then, since it tells how often the index failed.
    """

    known: Indexes
    complete: Indexes
    failed: Indexes | None
    held: Mapping[int, Pod]


class Census(msgspec.Struct, frozen=True):
    """The job, its pods and their counts. `failed` leaves out what the failure policy ignores."""

    job: Job
    pods: Sequence[Pod]
    active: Sequence[Pod]
    ready: int
    terminating: int
    succeeded: int
    failed: int
    failures: Failures
    parts: Parts | None


def is_indexed(job: Job) -> bool:
    return job.spec.completion_mode == "Indexed"


def waits_for_the_end(job: Job) -> bool:
    """Whether a pod on its way out is replaced only once it has ended, and counts as failed only then."""
    return job.spec.pod_replacement_policy == "Failed" or job.spec.pod_failure_policy is not None


def has_failed(job: Job, pod: Pod) -> bool:
    if pod.status.phase == FAILED:
        return True
    deleted = pod.metadata.deletion_timestamp is not None
    return deleted and pod.status.phase != SUCCEEDED and not waits_for_the_end(job)


def part_of(job: Job, pod: Pod) -> int | None:
    """The pod's index, if the job has such a part."""
    index = completion_index(pod)
    return index if index is not None and index < (job.spec.completions or 0) else None


def taken(job: Job, pods: Sequence[Pod], failures: Failures, clock: Clock) -> Census:
    """The census of these pods; `failures` are those of which the status tells."""
    status = job.status
    uncounted = status.uncounted_terminated_pods or NOTHING_UNCOUNTED
    succeeded = _new(job, pods, frozenset(uncounted.succeeded), lambda pod: pod.status.phase == SUCCEEDED)
    failed = _new(job, pods, frozenset(uncounted.failed), lambda pod: has_failed(job, pod))
    policy = job.spec.pod_failure_policy
    active = [pod for pod in pods if is_active(pod)]
    parts = _parts(job, pods, active, clock) if is_indexed(job) else None
    complete = status.succeeded + len(succeeded) + len(uncounted.succeeded)
    return Census(
        job=job,
        pods=pods,
        active=active,
        ready=sum(map(is_ready, active)),
        terminating=sum(map(is_terminating, pods)),
        succeeded=indexes.total(parts.complete) if parts is not None else complete,
        failed=status.failed + sum(judged(policy, pod).counts for pod in failed) + len(uncounted.failed),
        failures=failures.then(succeeded, failed, clock),
        parts=parts,
    )


def _new(job: Job, pods: Iterable[Pod], known: frozenset[str], fits: Callable[[Pod], bool]) -> list[Pod]:
    """The pods that fit and that the status does not know of."""
    return [
        pod
        for pod in pods
        if is_tracked(pod)
        and pod.metadata.uid not in known
        and fits(pod)
        and (not is_indexed(job) or part_of(job, pod) is not None)
    ]


def _parts(job: Job, pods: Sequence[Pod], active: Sequence[Pod], clock: Clock) -> Parts:
    completions = job.spec.completions or 0
    tracked = [(index, pod) for pod in pods if is_tracked(pod) and (index := part_of(job, pod)) is not None]
    known = indexes.read(job.status.completed_indexes, completions)
    ended = indexes.of({index for index, pod in tracked if pod.status.phase == SUCCEEDED})
    complete = indexes.united(known, ended)
    if job.spec.backoff_limit_per_index is None:
        return Parts(known, complete, None, {})
    broken = indexes.of({index for index, pod in tracked if _breaks_index(job, pod)})
    failed = indexes.united(indexes.read(job.status.failed_indexes or "", completions), broken)
    return Parts(known, complete, failed, _held(job, tracked, active, indexes.united(complete, failed), clock))


def _breaks_index(job: Job, pod: Pod) -> bool:
    """Whether the failure of this pod is the end of its index."""
    if not has_failed(job, pod):
        return False
    judgement = judged(job.spec.pod_failure_policy, pod)
    limit = job.spec.backoff_limit_per_index or 0
    return judgement.action == FAIL_INDEX or (judgement.counts and _noted(pod, FAILURE_COUNT) >= limit)


def _held(
    job: Job, tracked: Iterable[tuple[int, Pod]], active: Iterable[Pod], over: Indexes, clock: Clock
) -> dict[int, Pod]:
    """The last failed pod of each index that is neither over nor active again."""
    busy = {completion_index(pod) for pod in active}
    held: dict[int, Pod] = {}
    for index, pod in tracked:
        if index in busy or indexes.has(over, index) or not has_failed(job, pod):
            continue
        last = held.get(index)
        later = last is None or (
            failures_of(last) <= failures_of(pod) and finished_ms(last, clock) <= finished_ms(pod, clock)
        )
        if later:
            held[index] = pod
    return held


def failures_of(pod: Pod) -> int:
    """How often the pod's index had failed before it, ignored failures included."""
    return _noted(pod, FAILURE_COUNT) + _noted(pod, IGNORED_FAILURES)


def counts_for_successor(job: Job, failed: Pod | None) -> dict[str, str]:
    """The annotations by which the next pod of an index knows how often it failed before."""
    counted = _noted(failed, FAILURE_COUNT) if failed is not None else 0
    ignored = _noted(failed, IGNORED_FAILURES) if failed is not None else 0
    if failed is not None:
        counts = judged(job.spec.pod_failure_policy, failed).counts
        counted, ignored = (counted + 1, ignored) if counts else (counted, ignored + 1)
    return {FAILURE_COUNT: str(counted), **({IGNORED_FAILURES: str(ignored)} if ignored else {})}


def _noted(pod: Pod, annotation: str) -> int:
    """A count that an annotation of the pod has; 0 for what is none."""
    number = whole(pod.metadata.annotations.get(annotation, "")) or 0
    return number if 0 <= number <= _LARGEST else 0
