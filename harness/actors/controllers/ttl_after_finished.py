"""Jobs that are over and said for how long they want to be kept: they go, and their pods with them.

Owns when such a job goes. No Event tells of it. Source: pkg/controller/ttlafterfinished.
"""

from __future__ import annotations

from harness.api.client import Client
from harness.api.server import FOREGROUND
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.kernel.clock import Clock
from harness.objects.batch import Job
from harness.objects.jobs import end_of


class TtlAfterFinishedController(Controller[Key]):
    """Keys are (namespace, name) of Jobs."""

    name = "ttl-after-finished-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process)
        self._clock = process.loop.clock
        self._jobs = process.informers.of(Job)
        self._jobs.subscribe(self._job_changed)

    def _job_changed(self, change: Change) -> None:
        if change.type != DELETED and _left_ms(change.object, self._clock) is not None:
            metadata = change.object.metadata
            self.queue.add((metadata.namespace, metadata.name), change.sequence)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        job = self._jobs.objects.get(key)
        left_ms = _left_ms(job, self._clock)
        if job is None or left_ms is None or left_ms > 0:
            return left_ms
        # The cache may not know that somebody wants to keep it after all.
        fresh = await client.get(Job, *key)
        left_ms = _left_ms(fresh, self._clock)
        if fresh is None or left_ms is None or left_ms > 0:
            return left_ms
        await client.delete(fresh, propagation=FOREGROUND, same=True)
        return None


def _left_ms(job: Job | None, clock: Clock) -> int | None:
    """For how much longer the job is kept; None if it is not over, does not say, or goes already."""
    if job is None or job.metadata.deletion_timestamp is not None or job.spec.ttl_seconds_after_finished is None:
        return None
    end = end_of(job)
    if end is None or end.last_transition_time is None:
        return None
    return clock.at(end.last_transition_time) + job.spec.ttl_seconds_after_finished * 1000 - clock.now_ms
