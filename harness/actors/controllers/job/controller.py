"""The controller of Jobs: what wakes one, the order of a pass, and its writes.

Owns triggers, the frame of a pass and what is said; what a pass sees is the census, what it concludes the verdict.
Source: pkg/controller/job/job_controller.go.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from harness.actors.controllers.job import new_pods, surplus, tracking, verdict
from harness.actors.controllers.job.backoff import Failures
from harness.actors.controllers.job.census import NOTHING_UNCOUNTED, Census, taken, waits_for_the_end
from harness.actors.controllers.job.orphans import OrphanedPods, is_foreign, let_go
from harness.actors.controllers.job.verdict import End
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, MODIFIED, Change, Key
from harness.control.controller import Controller, Process
from harness.control.events import NORMAL, WARNING
from harness.control.ownership import Ownership, ignoring
from harness.control.pod_control import PodControl
from harness.control.workqueue import Backoff
from harness.kernel.loop import together
from harness.objects.batch import Job, JobStatus
from harness.objects.conditions import find, is_ready
from harness.objects.jobs import TRACKING, end_of, is_tracked
from harness.objects.pod import Pod

# What pods and the job's own status tell is gathered for so long.
_BATCH_MS = 1000
# A job's first pod comes after the command that made the job has ended, as recorded.
_SPEC_MS = 2
_BURST = 500
_BACKOFF = Backoff(first_ms=1000, longest_ms=60_000)
_SUSPENDED = End("Suspended", "JobSuspended", "Job suspended")
_RESUMED = End("Suspended", "JobResumed", "Job resumed")


class Moves(msgspec.Struct):
    """The counts of a pass as they come to be by what it does; `failure` is the first request that was refused."""

    active: int
    ready: int
    terminating: int
    failure: ApiError | None = None


class JobController(Controller[Key]):
    """Keys are (namespace, name) of Jobs."""

    name = "job-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, backoff=_BACKOFF)
        self._clock = process.loop.clock
        self._jobs = process.informers.of(Job)
        self._pods = Ownership(process, Job, Pod, lambda job: job.spec.selector, TRACKING)
        self._hands = PodControl(self.recorder)
        # The failures of each job as its status tells them.
        self._failures: dict[Key, Failures] = {}
        OrphanedPods(process, self._pods, _BACKOFF)
        self._jobs.subscribe(self._job_changed)
        process.informers.of(Pod).subscribe(self._pod_changed)
        for key in self._jobs.objects:
            self.queue.add_after(key, _SPEC_MS)

    # What wakes a Job

    def _job_changed(self, change: Change) -> None:
        job, previous = change.object, change.previous
        if change.type == DELETED:
            # Another job may have the name by the time that this is looked at.
            self._failures.pop(_key(job), None)
        told = change.type == MODIFIED and job.metadata.generation == previous.metadata.generation
        self.queue.add_after(_key(job), _BATCH_MS if told else _SPEC_MS, change.sequence)

    def _pod_changed(self, change: Change) -> None:
        for key in self._pods.woken(change):
            self.queue.add_after(key, _BATCH_MS, change.sequence)

    # The pass

    async def reconcile(self, key: Key, client: Client) -> int | None:
        job = self._jobs.objects.get(key)
        if job is not None and is_foreign(job):
            return None
        if job is None or end_of(job) is not None:
            self._failures.pop(key, None)
            return None
        pods = await self._pods.claim(job, client)
        census = taken(job, pods, self._failures.get(key, Failures()), self._clock)
        active_ms = self._clock.now_ms - self._clock.at(job.status.start_time) if job.status.start_time else 0
        moves = Moves(len(census.active), census.ready, census.terminating)
        status, end = self._begun(job), verdict.decided(census, active_ms)
        if end is not None:
            await self._stop(census, moves, client)
            end = None if moves.active else end
        else:
            left_ms = verdict.deadline_left_ms(job, active_ms)
            if left_ms is not None:
                self.queue.add_after(key, left_ms)
            runs = job.metadata.deletion_timestamp is None
            if runs:
                await self._manage(census, moves, client)
            if verdict.is_complete(census, moves.active):
                end = verdict.COMPLETED
            elif runs:
                status = self._suspended_or_not(job, status, client)
        status = replace(status, active=moves.active, ready=moves.ready, terminating=moves.terminating)
        await self._track(census, status, end, moves.terminating, client)
        if moves.failure is not None:
            raise moves.failure
        return None

    def _begun(self, job: Job) -> JobStatus:
        status = job.status
        if status.uncounted_terminated_pods is None:
            status = replace(status, uncounted_terminated_pods=NOTHING_UNCOUNTED)
        if status.start_time is None and not job.spec.suspend:
            status = replace(status, start_time=self._clock.stamp())
        return status

    def _suspended_or_not(self, job: Job, status: JobStatus, client: Client) -> JobStatus:
        """The status that says whether the job is suspended, if it was ever; its time begins anew when it goes on."""
        wish = _SUSPENDED if job.spec.suspend else _RESUMED
        holds = "True" if job.spec.suspend else "False"
        start = None if job.spec.suspend else status.start_time
        known = find(status.conditions, wish.type)
        if (known is None and not job.spec.suspend) or (known is not None and known.status == holds):
            return replace(status, start_time=start)
        now = self._clock.stamp()
        new = tracking.condition(wish.type, wish, now, status=holds)
        conditions = tuple(new if each is known else each for each in status.conditions)
        reason = wish.reason.removeprefix("Job")
        self.recorder.event(job, NORMAL, reason, wish.message, cause=client.cause)
        return replace(
            status,
            conditions=conditions if known is not None else (*conditions, new),
            start_time=None if job.spec.suspend else now,
        )

    # Making and deleting pods

    async def _manage(self, census: Census, moves: Moves, client: Client) -> None:
        """Bring the number of active pods nearer to what is wanted: by deletions, or else by creations."""
        job, active = census.job, len(census.active)
        if job.spec.suspend:
            await self._remove(job, surplus.chosen(job, census.active, active, self._clock), moves, client)
            return
        wanted = _wanted(census)
        too_many = surplus.chosen(job, census.active, max(0, active - wanted), self._clock)
        if too_many:
            await self._remove(job, too_many[:_BURST], moves, client)
            return
        lacking = wanted - active - (census.terminating if waits_for_the_end(job) else 0)
        if lacking <= 0:
            return
        pods, left_ms = new_pods.missing(census, min(lacking, _BURST), self._clock)
        if left_ms:
            # Said of all pods, ready ones too: a status that says so is refused, and comes again when the wait is over.
            moves.active = 0
            self.queue.add_after(_key(job), max(left_ms, _BATCH_MS))
            return
        made, moves.failure = await self._hands.create_some(job, pods, client)
        moves.active += made

    async def _remove(self, job: Job, pods: Sequence[Pod], moves: Moves, client: Client) -> None:
        """Delete pods that are not wanted any more: they are let go of first, and so never count as failed."""
        await together([self._delete(job, pod, moves, client, hold=False) for pod in pods])

    async def _stop(self, census: Census, moves: Moves, client: Client) -> None:
        """Delete all active pods of a job that ends; they are held until they are counted."""
        job = census.job
        await together([self._delete(job, pod, moves, client, hold=True) for pod in census.active])

    async def _delete(self, job: Job, pod: Pod, moves: Moves, client: Client, *, hold: bool) -> None:
        try:
            if not hold and is_tracked(pod):
                await ignoring(("NotFound",), let_go(pod, client))
            await self._hands.delete(job, [pod], client)
        except ApiError as problem:
            moves.failure = moves.failure or problem
            return
        moves.active -= 1
        moves.terminating += 1
        moves.ready -= is_ready(pod)

    # Counting pods, and the end

    async def _track(self, census: Census, status: JobStatus, end: End | None, going: int, client: Client) -> None:
        """Write the status, let go of what it has noted, count that, and say so if the job is over."""
        job, decided = census.job, self._clock.stamp()
        plan = tracking.planned(census, status, end, decided)
        if plan.status != job.status:
            job = await client.update_status(replace(job, status=plan.status))
            self._failures[_key(job)] = census.failures
        gone: set[str] = set()
        failure: ApiError | None = None
        try:
            await together([self._let_go(pod, gone, client) for pod in plan.let_go])
        except ApiError as problem:
            failure = problem
        new = tracking.counted(plan.status, tracking.tracked_uids(census.pods) - gone)
        over = end if failure is None and plan.is_whole and tracking.can_end(new, going) else None
        if over is not None:
            new = tracking.ended(new, over, decided, self._clock.stamp())
        if new != plan.status:
            job = await client.update_status(replace(job, status=new))
        if failure is not None:
            raise failure
        if over is not None:
            self._tell_the_end(job, over, client)

    async def _let_go(self, pod: Pod, gone: set[str], client: Client) -> None:
        await ignoring(("NotFound",), let_go(pod, client))
        gone.add(pod.metadata.uid)

    def _tell_the_end(self, job: Job, end: End, client: Client) -> None:
        if not end.succeeds:
            self.recorder.event(job, WARNING, end.reason, end.message, cause=client.cause)
            return
        if job.spec.completions is not None and job.status.succeeded > job.spec.completions:
            text = "Too many succeeded pods running after completion count reached"
            self.recorder.event(job, WARNING, "TooManySucceededPods", text, cause=client.cause)
        self.recorder.event(job, NORMAL, "Completed", "Job completed", cause=client.cause)


def _key(job: Job) -> Key:
    return job.metadata.namespace, job.metadata.name


def _wanted(census: Census) -> int:
    """How many pods are to be active."""
    spec = census.job.spec
    parallelism = spec.parallelism or 0
    if spec.completions is None:
        return len(census.active) if census.succeeded else parallelism
    return max(0, min(parallelism, spec.completions - census.succeeded))
