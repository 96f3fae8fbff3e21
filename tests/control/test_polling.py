"""Looks that come at full periods only, and only when somebody asked for one."""

from __future__ import annotations

import pytest

from harness.control.polling import Poll, look_after, look_from
from harness.kernel.clock import Clock
from harness.kernel.loop import Loop


def polled(loop: Loop) -> tuple[Poll, list[int]]:
    """A poll every ten seconds, and when it looked."""
    looked: list[int] = []

    async def look() -> None:
        looked.append(loop.now_ms)

    return Poll(loop, 10_000, look), looked


@pytest.mark.parametrize(
    ("time_ms", "first_from", "first_after"), [(0, 0, 10_000), (1, 10_000, 10_000), (10_000, 10_000, 20_000)]
)
def test_looks_come_at_full_periods(time_ms: int, first_from: int, first_after: int) -> None:
    assert look_from(time_ms, 10_000) == first_from
    assert look_after(time_ms, 10_000) == first_after


def test_nobody_looks_where_nothing_is_new() -> None:
    loop = Loop(Clock(0))
    _, looked = polled(loop)
    loop.run_until(60_000)
    assert looked == []


def test_all_that_is_new_within_a_period_is_found_at_one_look() -> None:
    loop = Loop(Clock(0))
    poll, looked = polled(loop)
    for time_ms in (3_000, 7_000, 10_000):
        loop.run_until(time_ms)
        poll.wake()
    loop.run_until(60_000)
    assert looked == [10_000, 20_000]


def test_the_earlier_of_two_planned_looks_is_made_and_the_later_is_not() -> None:
    loop = Loop(Clock(0))
    poll, looked = polled(loop)
    for due_ms in (40_000, 20_000, 30_000):
        poll.plan(due_ms)
    loop.run_until(60_000)
    assert looked == [20_000]
