"""The controller of CronJobs: what wakes one, the order of a pass, and its writes.

Owns which jobs come and go, and what is said about it; which time has come is decided in `times`.
Source: pkg/controller/cronjob/cronjob_controllerv2.go.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from email.utils import format_datetime

import msgspec
from msgspec.structs import replace

from harness.actors.controllers.cronjob import times
from harness.actors.controllers.cronjob.times import NeverComes
from harness.api import kinds
from harness.api.admission.namespaces import NAMESPACE_TERMINATING
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.schedules import Instant, Schedule, read
from harness.api.server import BACKGROUND
from harness.api.store import MODIFIED, Change, Key
from harness.api.time_zones import zone
from harness.control.controller import Controller, Process, Retry
from harness.control.events import NORMAL, WARNING, Recorder, reference
from harness.control.informer import Index
from harness.control.ownership import owner_values
from harness.kernel.clock import parse
from harness.objects.batch import CronJob, CronJobStatus, Job
from harness.objects.jobs import COMPLETE, FAILED, end_of
from harness.objects.meta import ObjectMeta, ObjectReference, OwnerReference, controller_of, owned_by

_SCHEDULED = "batch.kubernetes.io/cronjob-scheduled-timestamp"
_TOO_MANY = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew"
_RUNS_STILL = "Not starting job because prior execution is running and concurrency policy is Forbid"


class CronJobController(Controller[Key]):
    """Keys are (namespace, name) of CronJobs."""

    name = "cronjob-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process)
        self._clock = process.loop.clock
        self._cron_jobs = process.informers.of(CronJob)
        jobs = process.informers.of(Job)
        self._jobs: Index[Job] = jobs.index(owner_values)
        self._cron_jobs.subscribe(self._cron_job_changed)
        jobs.subscribe(self._job_changed)
        for key in self._cron_jobs.objects:
            self.queue.add(key)

    @property
    def _now_ms(self) -> int:
        """Milliseconds since 1970."""
        return self._clock.start_ms + self._clock.now_ms

    # What wakes a CronJob

    def _cron_job_changed(self, change: Change) -> None:
        cron_job, previous = change.object, change.previous
        if change.type == MODIFIED and _timing(cron_job) != _timing(previous):
            again_ms = times.again_ms(cron_job, _schedule(cron_job), self._now_ms)
            self.queue.add_after(_key(cron_job), again_ms or 0, change.sequence)
            return
        self.queue.add(_key(cron_job), change.sequence)

    def _job_changed(self, change: Change) -> None:
        namespace, owner = change.object.metadata.namespace, controller_of(change.object)
        before = controller_of(change.previous) if change.previous is not None else None
        for each in (before if before != owner else None, owner):
            if each is not None and self._is_owner(namespace, each):
                self.queue.add((namespace, each.name), change.sequence)

    def _is_owner(self, namespace: str, owner: OwnerReference) -> bool:
        found = self._cron_jobs.get(namespace, owner.name) if owner.kind == CronJob.kind else None
        return found is not None and found.metadata.uid == owner.uid

    # The pass

    async def reconcile(self, key: Key, client: Client) -> int | None:
        cron_job = self._cron_jobs.objects.get(key)
        if cron_job is None:
            return None
        jobs = list(self._jobs.of(cron_job.metadata.uid))
        work = Work(cron_job, cron_job.status, self.recorder, client)
        await _forget_history(work, jobs)
        failure: ApiError | Retry | None = None
        again_ms: int | None = None
        try:
            await _look_at(work, jobs)
            again_ms = await self._start(work)
        except (ApiError, Retry) as problem:
            failure = problem
        if work.status != cron_job.status:
            await client.update_status(replace(cron_job, status=work.status))
        if failure is not None:
            raise failure
        return again_ms

    async def _start(self, work: Work) -> int | None:
        """Make the job whose time has come. Returns in how many ms the next comes, None to be woken by others only."""
        cron_job, now_ms = work.cron_job, self._now_ms
        if cron_job.metadata.deletion_timestamp is not None or cron_job.spec.suspend:
            return None
        schedule = _schedule(cron_job)
        try:
            found = times.missed(work.current, schedule, now_ms)
        except NeverComes as error:
            work.say(WARNING, "InvalidSchedule", f"invalid schedule: {cron_job.spec.schedule} : {error}")
            return None
        if found.latest is not None:
            if found.are_many:
                work.say(WARNING, "TooManyMissedTimes", _TOO_MANY)
            if _may_start(work, found.latest, now_ms) and not await _make(work, found.latest):
                return None
        return times.again_ms(work.current, schedule, now_ms)


class Work(msgspec.Struct):
    """What one pass does to one cron job; the status is written once, at its end."""

    cron_job: CronJob
    status: CronJobStatus
    recorder: Recorder
    client: Client

    @property
    def current(self) -> CronJob:
        """The cron job with what this pass has done so far."""
        return replace(self.cron_job, status=self.status)

    def say(self, type_: str, reason: str, message: str) -> None:
        self.recorder.event(self.cron_job, type_, reason, message, cause=self.client.cause)

    def is_active(self, job: Job) -> bool:
        return any(each.uid == job.metadata.uid for each in self.status.active)

    def no_longer_active(self, uid: str) -> None:
        self.status = replace(self.status, active=tuple(each for each in self.status.active if each.uid != uid))

    async def delete(self, job: Job) -> bool:
        """Delete the job with its pods; whether it was not refused."""
        try:
            await self.client.delete(job, propagation=BACKGROUND)
        except ApiError as problem:
            self.say(WARNING, "FailedDelete", f"Deleted job: {problem.message}")
            return False
        self.no_longer_active(job.metadata.uid)
        self.say(NORMAL, "SuccessfulDelete", f"Deleted job {job.metadata.name}")
        return True


# The jobs that there are


async def _forget_history(work: Work, jobs: Collection[Job]) -> None:
    """Delete the oldest of the jobs that are over, those that succeeded and those that failed each by their limit."""
    spec = work.cron_job.spec
    for type_, limit in ((COMPLETE, spec.successful_jobs_history_limit), (FAILED, spec.failed_jobs_history_limit)):
        if limit is None:
            continue
        over = [job for job in jobs if (end := end_of(job)) is not None and end.type == type_]
        over.sort(key=lambda job: (job.status.start_time is None, job.status.start_time or "", job.metadata.name))
        for job in over[: max(0, len(over) - limit)]:
            await work.delete(job)


async def _look_at(work: Work, jobs: Collection[Job]) -> None:
    """Take in which jobs are over, which are not known and which are gone. Raises ApiError."""
    for job in jobs:
        end = end_of(job)
        if end is None:
            if not work.is_active(job):
                await _look_again(work, job)
            continue
        if work.is_active(job):
            work.no_longer_active(job.metadata.uid)
            work.say(NORMAL, "SawCompletedJob", f"Saw completed job: {job.metadata.name}, condition: {end.type}")
        if end.type == COMPLETE:
            done, known = job.status.completion_time, work.status.last_successful_time
            if done is not None and (known is None or parse(done) > parse(known)):
                work.status = replace(work.status, last_successful_time=done)
    known_uids = {job.metadata.uid for job in jobs}
    for each in work.status.active:
        if each.uid in known_uids or await work.client.get(Job, each.namespace, each.name) is not None:
            continue
        work.say(NORMAL, "MissingJob", f"Active job went missing: {each.name}")
        work.no_longer_active(each.uid)


async def _look_again(work: Work, job: Job) -> None:
    """Complain of a job that is not known, unless the cache has only not heard of it yet. Raises ApiError and Retry."""
    metadata = work.cron_job.metadata
    fresh = await work.client.get(CronJob, metadata.namespace, metadata.name)
    if fresh is None:
        raise Retry(f"{metadata.name} is gone")
    if all(each.uid != job.metadata.uid for each in fresh.status.active):
        text = f"Saw a job that the controller did not create or forgot: {job.metadata.name}"
        work.say(WARNING, "UnexpectedJob", text)


# The job whose time has come


def _may_start(work: Work, time: Instant, now_ms: int) -> bool:
    """Whether the job of this time is to be made: not too late, not made already, and no other is in its way."""
    spec, status = work.cron_job.spec, work.status
    if spec.starting_deadline_seconds is not None and (time + spec.starting_deadline_seconds) * 1000 < now_ms:
        when = format_datetime(datetime.fromtimestamp(time, UTC))
        work.say(WARNING, "MissSchedule", f"Missed scheduled time to start a job: {when}")
        return False
    name = _job_name(work.cron_job, time)
    last = status.last_schedule_time
    if any(each.name == name for each in status.active) or (last is not None and parse(last) == time * 1000):
        return False
    if spec.concurrency_policy == "Forbid" and status.active:
        work.say(NORMAL, "JobAlreadyActive", _RUNS_STILL)
        return False
    return True


async def _make(work: Work, time: Instant) -> bool:
    """Make the job of this time, in the place of others if so wished. False where somebody else has made it.

    Raises ApiError and Retry.
    """
    cron_job, client = work.cron_job, work.client
    if cron_job.spec.concurrency_policy == "Replace":
        for each in work.status.active:
            await _replace(work, each)
    wanted = _new_job(cron_job, time)
    try:
        job = await client.create(wanted)
        work.say(NORMAL, "SuccessfulCreate", f"Created job {job.metadata.name}")
    except ApiError as problem:
        if problem.reason != "AlreadyExists":
            if not problem.has_cause(NAMESPACE_TERMINATING):
                work.say(WARNING, "FailedCreate", f"Error creating job: {problem.message}")
            raise
        found = await client.get(Job, wanted.metadata.namespace, wanted.metadata.name)
        if found is None:
            raise
        owner = controller_of(found)
        if owner is None or owner.uid != cron_job.metadata.uid or work.is_active(found):
            return False
        job = found
    stamp = datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    work.status = replace(work.status, active=(*work.status.active, reference(job)), last_schedule_time=stamp)
    return True


async def _replace(work: Work, active: ObjectReference) -> None:
    job = await work.client.get(Job, active.namespace, active.name)
    if job is None:
        gone = ApiError.not_found(kinds.BY_TYPE[Job].resource, active.name)
        work.say(WARNING, "FailedGet", f"Get job: {gone.message}")
        raise gone
    if not await work.delete(job):
        raise Retry(f"could not replace job {active.namespace}/{active.name}")


def _new_job(cron_job: CronJob, time: Instant) -> Job:
    template = cron_job.spec.job_template
    local = datetime.fromtimestamp(time, zone(cron_job.spec.time_zone or ""))
    stamp = local.isoformat().replace("+00:00", "Z")
    metadata = ObjectMeta(
        name=_job_name(cron_job, time),
        namespace=cron_job.metadata.namespace,
        labels=template.metadata.labels,
        annotations={**template.metadata.annotations, _SCHEDULED: stamp},
        owner_references=(owned_by(cron_job),),
    )
    return Job(metadata=metadata, spec=template.spec)


def _job_name(cron_job: CronJob, time: Instant) -> str:
    return f"{cron_job.metadata.name}-{time // 60}"


def _schedule(cron_job: CronJob) -> Schedule:
    """The schedule by the clocks of its time zone; the server has let in neither of them unread."""
    spec = cron_job.spec
    return read(f"TZ={spec.time_zone} {spec.schedule}" if spec.time_zone is not None else spec.schedule)


def _timing(cron_job: CronJob) -> tuple[str, str | None]:
    return cron_job.spec.schedule, cron_job.spec.time_zone


def _key(cron_job: CronJob) -> Key:
    return cron_job.metadata.namespace, cron_job.metadata.name
