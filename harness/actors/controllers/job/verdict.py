"""Whether a job has come to its end, and why.

Pure. A job ends in two steps: first it is said how it will end (`SuccessCriteriaMet`, `FailureTarget`), then, once no
pod is left that would have to be counted, that it has (`Complete`, `Failed`).
Mirrors pkg/controller/job/job_controller.go (syncJob) and success_policy.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from harness.actors.controllers.job import indexes
from harness.actors.controllers.job.census import Census, Parts, has_failed
from harness.actors.controllers.job.failure_policy import FAIL_JOB, judged
from harness.objects.batch import Job
from harness.objects.conditions import find
from harness.objects.jobs import COMPLETE, FAILED
from harness.objects.pod import ContainerStatus
from harness.objects.pods import PENDING, RUNNING

SUCCESS_CRITERIA_MET = "SuccessCriteriaMet"
FAILURE_TARGET = "FailureTarget"

_FINAL = {SUCCESS_CRITERIA_MET: COMPLETE, FAILURE_TARGET: FAILED}


class End(NamedTuple):
    """How a job will end, as the type, reason and message of a condition."""

    type: str
    reason: str
    message: str

    @property
    def succeeds(self) -> bool:
        return self.type == SUCCESS_CRITERIA_MET

    @property
    def final(self) -> str:
        """The type of the condition that says that it has ended so."""
        return _FINAL[self.type]


COMPLETED = End(SUCCESS_CRITERIA_MET, "CompletionsReached", "Reached expected number of succeeded pods")
_BACKOFF = End(FAILURE_TARGET, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
_DEADLINE = End(FAILURE_TARGET, "DeadlineExceeded", "Job was active longer than specified deadline")
_TOO_MANY_INDEXES = End(
    FAILURE_TARGET, "MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes"
)
_INDEXES = End(FAILURE_TARGET, "FailedIndexes", "Job has failed indexes")


def decided(census: Census, active_ms: int) -> End | None:
    """How the job ends, if that is already sure. `active_ms` is for how long it has been active."""
    job = census.job
    for type_ in _FINAL:
        said = find(job.status.conditions, type_)
        if said is not None and said.status == "True":
            return End(type_, said.reason, said.message)
    by_policy = _failed_by_policy(census)
    if by_policy is not None:
        return by_policy
    if census.failed > (job.spec.backoff_limit or 0) or _restarted_too_often(census):
        return _BACKOFF
    left_ms = deadline_left_ms(job, active_ms)
    if left_ms is not None and left_ms <= 0:
        return _DEADLINE
    return _by_indexes(job, census.parts) if census.parts is not None else None


def deadline_left_ms(job: Job, active_ms: int) -> int | None:
    """For how much longer the job may be active; None if it has no deadline, or if it does not run now."""
    seconds = job.spec.active_deadline_seconds
    return None if seconds is None or job.spec.suspend else seconds * 1000 - active_ms


def is_complete(census: Census, active: int) -> bool:
    """Whether nothing is left to be done, with so many pods still active."""
    completions = census.job.spec.completions
    enough = census.succeeded > 0 if completions is None else census.succeeded >= completions
    return enough and not active


def _failed_by_policy(census: Census) -> End | None:
    job = census.job
    if job.spec.pod_failure_policy is None:
        return None
    for pod in census.pods:
        if has_failed(job, pod):
            judgement = judged(job.spec.pod_failure_policy, pod)
            if judgement.action == FAIL_JOB:
                return End(FAILURE_TARGET, "PodFailurePolicy", judgement.text)
    return None


def _restarted_too_often(census: Census) -> bool:
    """Whether containers were restarted in their place as often as pods may fail."""
    spec = census.job.spec
    if spec.template.spec.restart_policy != "OnFailure":
        return False
    restarts = sum(
        _restarts(pod.status.init_container_statuses) + _restarts(pod.status.container_statuses)
        for pod in census.pods
        if pod.status.phase in (PENDING, RUNNING)
    )
    return restarts >= max(1, spec.backoff_limit or 0)


def _restarts(statuses: Iterable[ContainerStatus]) -> int:
    return sum(status.restart_count for status in statuses)


def _by_indexes(job: Job, parts: Parts) -> End | None:
    completions = job.spec.completions or 0
    if parts.failed is not None:
        failed = indexes.total(parts.failed)
        if job.spec.max_failed_indexes is not None and failed > job.spec.max_failed_indexes:
            return _TOO_MANY_INDEXES
        if failed and failed + indexes.total(parts.complete) >= completions:
            return _INDEXES
    policy = job.spec.success_policy
    for number, rule in enumerate(policy.rules if policy is not None and parts.complete else ()):
        if rule.succeeded_indexes is None:
            met = rule.succeeded_count is not None and indexes.total(parts.complete) >= rule.succeeded_count
        else:
            wanted = indexes.read(rule.succeeded_indexes, completions)
            done = indexes.common(wanted, parts.complete)
            enough = rule.succeeded_count is not None and done >= rule.succeeded_count
            met = bool(wanted) and (done == indexes.total(wanted) or enough)
        if met:
            return End(SUCCESS_CRITERIA_MET, "SuccessPolicy", f"Matched rules at index {number}")
    return None
