"""The queue of a controller: coalescing, one pass a key at a time, back-off and delays."""

from __future__ import annotations

from functools import partial

import pytest

from harness.control.workqueue import WorkQueue
from harness.kernel.clock import Clock
from harness.kernel.loop import Loop, sleep

PASS_MS = 10


class Work:
    """A queue whose passes take 10 ms, and the moment each began."""

    def __init__(self, workers: int = 1) -> None:
        self.loop = Loop(Clock(0))
        self.queue: WorkQueue[str] = WorkQueue(self.loop, self._pass, workers)
        self.begun: list[tuple[int, str]] = []
        self.woken_by: list[int] = []
        self.running: list[str] = []
        self.most_at_once = 0
        self.twice_at_once = False

    async def _pass(self, key: str, woken_by: int) -> None:
        self.begun.append((self.loop.now_ms, key))
        self.woken_by.append(woken_by)
        self.twice_at_once |= key in self.running
        self.running.append(key)
        self.most_at_once = max(self.most_at_once, len(self.running))
        await sleep(PASS_MS)
        self.running.remove(key)


def test_a_key_added_thrice_before_its_turn_is_worked_on_once() -> None:
    work = Work()
    for _ in range(3):
        work.queue.add("web")
    work.loop.run_until(100)
    assert work.begun == [(0, "web")]


def test_a_key_added_while_it_is_worked_on_is_worked_on_once_more_after() -> None:
    work = Work(workers=5)
    work.queue.add("web")
    for moment_ms in (2, 5):
        work.loop.at(moment_ms, lambda: work.queue.add("web"))
    work.loop.run_until(100)
    assert work.begun == [(0, "web"), (PASS_MS, "web")]


def test_a_key_is_never_worked_on_twice_at_a_time() -> None:
    work = Work(workers=5)
    for moment_ms in range(50):
        work.loop.at(moment_ms, lambda: work.queue.add("web"))
    work.loop.run_until(500)
    assert not work.twice_at_once


def test_no_more_keys_are_worked_on_at_once_than_there_are_workers() -> None:
    work = Work(workers=2)
    for key in "abcde":
        work.queue.add(key)
    work.loop.run_until(100)
    assert (work.most_at_once, len(work.begun)) == (2, 5)


def test_keys_take_their_turn_in_the_order_they_were_added() -> None:
    work = Work()
    for key in "bac":
        work.queue.add(key)
    work.loop.run_until(100)
    assert [key for _, key in work.begun] == ["b", "a", "c"]


def test_the_first_of_several_wake_ups_is_the_one_remembered() -> None:
    work = Work()
    work.queue.add("web", 7)
    work.queue.add("web", 9)
    work.loop.run_until(100)
    assert work.woken_by == [7]


def test_a_key_that_was_woken_while_it_ran_knows_by_what() -> None:
    work = Work()
    work.queue.add("web", 7)
    for sequence in (8, 9):
        work.loop.at(sequence, partial(work.queue.add, "web", sequence))
    work.loop.run_until(100)
    assert work.woken_by == [7, 8]


def delays_of_failures(work: Work, count: int) -> list[int]:
    """How long a key waits after each failure in a row."""
    delays = []
    for _ in range(count):
        failed_ms, passes = work.loop.now_ms, len(work.begun)
        work.queue.retry("web")
        while len(work.begun) == passes:
            work.loop.run_next()
        delays.append(work.loop.now_ms - failed_ms)
        work.loop.run_until(work.loop.now_ms + PASS_MS)
    return delays


def test_the_back_off_begins_at_5_ms_and_doubles() -> None:
    assert delays_of_failures(Work(), 6) == [5, 10, 20, 40, 80, 160]


def test_the_back_off_ends_at_a_thousand_seconds() -> None:
    assert delays_of_failures(Work(), 40)[17:] == [655_360, *[1_000_000] * 22]


def test_a_forgotten_key_fails_for_the_first_time_again() -> None:
    work = Work()
    delays_of_failures(work, 5)
    work.queue.forget("web")
    assert delays_of_failures(work, 2) == [5, 10]


def test_each_key_has_a_back_off_of_its_own() -> None:
    work = Work(workers=2)
    delays_of_failures(work, 5)
    failed_ms = work.loop.now_ms
    work.queue.retry("db")
    work.loop.run_until(failed_ms + 1_000)
    assert work.begun[-1] == (failed_ms + 5, "db")


@pytest.mark.parametrize(("first_ms", "second_ms"), [(20, 50), (50, 20)])
def test_of_two_delays_the_earlier_one_holds(first_ms: int, second_ms: int) -> None:
    work = Work()
    work.queue.add_after("web", first_ms)
    work.queue.add_after("web", second_ms)
    work.loop.run_until(1_000)
    assert work.begun == [(20, "web")]


def test_after_a_delay_has_passed_the_key_can_be_delayed_again() -> None:
    work = Work()
    work.queue.add_after("web", 20)
    work.loop.run_until(100)
    work.queue.add_after("web", 50)
    work.loop.run_until(1_000)
    assert work.begun == [(20, "web"), (150, "web")]


def test_a_delay_of_nothing_is_an_ordinary_wake_up() -> None:
    work = Work()
    work.queue.add_after("web", 0)
    work.loop.run_until(0)
    assert work.begun == [(0, "web")]


def test_a_delayed_key_can_be_woken_before_and_still_comes_when_it_is_due() -> None:
    work = Work()
    work.queue.add_after("web", 50)
    work.queue.add("web")
    work.loop.run_until(1_000)
    assert work.begun == [(0, "web"), (50, "web")]


def test_a_cleared_queue_has_forgotten_what_waits_what_rests_and_every_failure() -> None:
    work = Work()
    work.queue.add("waits")
    work.queue.add_after("rests", 50)
    work.queue.retry("failed")
    work.queue.clear()
    work.loop.run_until(1_000)
    assert work.begun == []
    assert work.queue.failures("failed") == 0

    work.queue.add("waits")
    work.loop.run_until(1_001)
    assert work.begun == [(1_000, "waits")]


def test_a_key_that_is_worked_on_comes_to_its_end_in_a_cleared_queue_and_can_be_woken_again() -> None:
    work = Work()
    work.queue.add("web")
    work.loop.run_until(0)
    work.queue.add("web")
    work.queue.clear()
    work.loop.run_until(1_000)
    assert work.begun == [(0, "web")]
