"""CronJobs: when a job is made, which of the missed times is made up for, and what becomes of older jobs."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.actors.controllers.cronjob import CronJobController
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.batch import CronJob, CronJobStatus, Job, JobCondition
from harness.objects.config import Namespace
from harness.objects.event import Event
from harness.objects.jobs import made_by_hand
from harness.objects.meta import ObjectMeta
from harness.objects.wire import from_wire

MINUTE, HOUR = 60_000, 3_600_000
START = "2026-01-01T00:00:30Z"


class World:
    """A server and the controller; a test says when a job is over."""

    def __init__(self, **spec: Any) -> None:
        self.loop = Loop(Clock(parse(START)))
        self.server = Server(self.loop.clock, Trace())
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        CronJobController(Process.start(self.loop, self.server, Chance(), {}))
        template = {"spec": {"containers": [{"name": "c", "image": "task:v1"}], "restartPolicy": "Never"}}
        job = {
            "metadata": {"labels": {"team": "data"}, "annotations": {"runbook": "r"}},
            "spec": {"template": template},
        }
        body = {"schedule": "* * * * *", "jobTemplate": job, **spec}
        self.server.create(from_wire({"metadata": {"name": "tick", "namespace": "default"}, "spec": body}, CronJob))

    def run(self, milliseconds: int) -> None:
        self.loop.run_until(self.loop.now_ms + milliseconds)

    @property
    def cron_job(self) -> CronJob:
        found = self.server.find(CronJob, "default", "tick")
        assert found is not None
        return found

    def jobs(self) -> list[Job]:
        return list(self.server.store.collection("jobs.batch").objects.values())

    def times(self) -> list[str]:
        key = "batch.kubernetes.io/cronjob-scheduled-timestamp"
        return [job.metadata.annotations.get(key, "") for job in self.jobs()]

    def change(self, **fields: Any) -> None:
        self.server.modify(self.cron_job, lambda stored: replace(stored, spec=replace(stored.spec, **fields)))
        self.run(100)

    def end(self, job: Job, type_: str = "Complete") -> None:
        now = self.loop.clock.stamp()
        first = {"Complete": "SuccessCriteriaMet", "Failed": "FailureTarget"}[type_]
        conditions = tuple(JobCondition(type=each, status="True", last_transition_time=now) for each in (first, type_))
        done = now if type_ == "Complete" else None
        status = replace(job.status, conditions=conditions, completion_time=done, start_time=now)
        self.server.modify(job, lambda stored: replace(stored, status=status), status=True)
        self.run(100)

    def said(self, reason: str) -> list[str]:
        events: list[Event] = list(self.server.store.collection("events").objects.values())
        return [event.message for event in events if event.reason == reason]


def test_job_is_made_when_its_time_has_come_and_named_after_its_minute() -> None:
    world = World()
    world.run(30_000)
    assert world.jobs() == []
    world.run(200)
    (job,) = world.jobs()
    assert job.metadata.name == f"tick-{parse('2026-01-01T00:01:00Z') // 60_000}"
    assert world.times() == ["2026-01-01T00:01:00Z"]
    assert job.metadata.labels["team"] == "data" and job.metadata.annotations["runbook"] == "r"
    assert world.cron_job.status.last_schedule_time == "2026-01-01T00:01:00Z"
    assert [each.name for each in world.cron_job.status.active] == [job.metadata.name]
    assert world.said("SuccessfulCreate") == [f"Created job {job.metadata.name}"]


@pytest.mark.parametrize(("policy", "made"), [("Allow", 3), ("Forbid", 1), ("Replace", 1)])
def test_policy_says_what_a_job_that_still_runs_means(policy: str, made: int) -> None:
    world = World(concurrencyPolicy=policy)
    world.run(3 * MINUTE)
    assert len(world.jobs()) == made and len(world.cron_job.status.active) == made
    assert bool(world.said("JobAlreadyActive")) is (policy == "Forbid")
    assert len(world.said("SuccessfulDelete")) == (2 if policy == "Replace" else 0)


def test_forbidden_job_is_made_as_soon_as_the_other_is_over() -> None:
    world = World(concurrencyPolicy="Forbid")
    world.run(3 * MINUTE)
    world.end(world.jobs()[0])
    assert world.times() == ["2026-01-01T00:01:00Z", "2026-01-01T00:03:00Z"]


def test_job_that_is_over_is_told_of_and_remembered_by_its_success() -> None:
    world = World()
    world.run(MINUTE)
    (job,) = world.jobs()
    world.end(job)
    assert world.said("SawCompletedJob") == [f"Saw completed job: {job.metadata.name}, condition: Complete"]
    assert world.cron_job.status.active == () and world.cron_job.status.last_successful_time is not None


def test_end_of_a_job_and_its_success_are_written_at_once() -> None:
    world = World(schedule="0 * * * *")
    world.run(HOUR)
    (job,) = world.jobs()
    before = world.cron_job.status
    seen: list[CronJobStatus] = []
    world.server.store.collection("cronjobs.batch").watchers.append(lambda change: seen.append(change.object.status))
    world.end(job)
    done = world.jobs()[0].status.completion_time
    assert before.active and seen == [replace(before, active=(), last_successful_time=done)]


@pytest.mark.parametrize(("type_", "kept"), [("Complete", 3), ("Failed", 1)])
def test_history_keeps_the_newest_jobs_up_to_its_limits(type_: str, kept: int) -> None:
    world = World()
    for _ in range(6):
        world.run(MINUTE)
        world.end(world.jobs()[-1], type_)
    assert world.times() == [f"2026-01-01T00:0{minute}:00Z" for minute in range(1, 7)][-kept:]


def test_suspended_cron_job_makes_up_for_the_last_time_only() -> None:
    world = World(suspend=True)
    world.run(10 * MINUTE)
    assert world.jobs() == []
    world.change(suspend=False)
    assert world.times() == ["2026-01-01T00:10:00Z"] and world.said("TooManyMissedTimes") == []


def test_more_than_a_hundred_missed_times_are_complained_of_and_the_last_is_made_up_for() -> None:
    world = World(suspend=True)
    world.run(3 * HOUR)
    world.change(suspend=False)
    assert world.times() == ["2026-01-01T03:00:00Z"]
    (text,) = world.said("TooManyMissedTimes")
    assert text.startswith("too many missed start times.")


def test_deadline_lets_go_of_times_that_are_too_long_past() -> None:
    world = World(schedule="0 * * * *", suspend=True, startingDeadlineSeconds=600)
    world.run(HOUR + 30 * MINUTE)
    world.change(suspend=False)
    assert world.jobs() == []
    world.run(HOUR)
    assert world.times() == ["2026-01-01T02:00:00Z"]


def test_job_gone_missing_is_told_of() -> None:
    world = World(schedule="0 * * * *")
    world.run(HOUR)
    (job,) = world.jobs()
    world.server.delete(kinds.BY_TYPE[Job], "default", job.metadata.name, propagation="Background")
    world.run(100)
    assert world.said("MissingJob") == [f"Active job went missing: {job.metadata.name}"]
    assert world.cron_job.status.active == () and world.jobs() == []


def test_job_made_by_hand_is_unexpected_while_it_runs() -> None:
    world = World(schedule="0 5 * * *")
    world.server.create(made_by_hand(world.cron_job, "now"))
    world.run(100)
    assert world.said("UnexpectedJob") == ["Saw a job that the controller did not create or forgot: now"]
    assert world.cron_job.status.active == ()
    (job,) = world.jobs()
    assert job.metadata.annotations["cronjob.kubernetes.io/instantiate"] == "manual"
    assert job.metadata.owner_references[0].block_owner_deletion is None


def test_name_that_is_taken_by_somebody_else_is_left_alone() -> None:
    world = World()
    taken = replace(made_by_hand(world.cron_job, f"tick-{parse('2026-01-01T00:01:00Z') // 60_000}"))
    world.server.create(replace(taken, metadata=replace(taken.metadata, owner_references=())))
    world.run(MINUTE)
    assert len(world.jobs()) == 1 and world.cron_job.status.active == ()


def test_time_zone_decides_when_and_is_written_down() -> None:
    world = World(schedule="0 9 * * *", timeZone="Asia/Kolkata")
    world.run(3 * HOUR + 30 * MINUTE)
    assert world.times() == ["2026-01-01T09:00:00+05:30"]
    assert world.cron_job.status.last_schedule_time == "2026-01-01T03:30:00Z"


def test_another_schedule_counts_from_its_change() -> None:
    world = World(schedule="0 5 * * *")
    world.change(schedule="*/2 * * * *")
    world.run(2 * MINUTE)
    assert world.times() == ["2026-01-01T00:02:00Z"]


def test_schedule_that_never_comes_is_complained_of() -> None:
    world = World(schedule="0 0 31 2 *")
    world.run(100)
    assert world.said("InvalidSchedule") == [
        "invalid schedule: 0 0 31 2 * : time difference between two schedules is less than 1 second"
    ]
