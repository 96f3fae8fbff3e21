"""Jobs that are over: when they go by themselves."""

from __future__ import annotations

import pytest
from job_world import World

from harness.actors.controllers.ttl_after_finished import TtlAfterFinishedController
from harness.objects.batch import Job


@pytest.fixture
def world() -> World:
    world = World()
    TtlAfterFinishedController(world.process)
    return world


def is_going(world: World) -> bool:
    found = world.server.find(Job, "default", "work")
    return found is None or found.metadata.deletion_timestamp is not None


def finish(world: World, code: int = 0) -> None:
    world.end(world.pods()[0], code)


@pytest.mark.parametrize("code", [0, 1])
def test_job_that_is_over_goes_when_its_time_is_up(world: World, code: int) -> None:
    world.create(ttlSecondsAfterFinished=60, backoffLimit=0)
    finish(world, code)
    world.run(55_000)
    assert not is_going(world)
    world.run(5_000)
    assert is_going(world)


def test_its_pods_go_before_it(world: World) -> None:
    world.create(ttlSecondsAfterFinished=0)
    finish(world)
    assert world.job.metadata.finalizers == ("foregroundDeletion",)


@pytest.mark.parametrize("seconds", [None, 3600])
def test_time_that_is_raised_or_taken_away_keeps_the_job(world: World, seconds: int | None) -> None:
    world.create(ttlSecondsAfterFinished=60)
    finish(world)
    world.change(ttl_seconds_after_finished=seconds)
    world.run(120_000)
    assert not is_going(world)


def test_time_given_afterwards_counts_from_the_end(world: World) -> None:
    world.create()
    finish(world)
    world.run(120_000)
    world.change(ttl_seconds_after_finished=60)
    assert is_going(world)


def test_job_that_is_not_over_is_kept(world: World) -> None:
    world.create(ttlSecondsAfterFinished=0)
    world.run(120_000)
    assert not is_going(world)
