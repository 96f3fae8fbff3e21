"""The heap of entries: in what order things happen, and how activities wait."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.kernel.clock import Clock
from harness.kernel.loop import LATER, USUAL, Loop, sleep, together


@pytest.fixture
def loop() -> Loop:
    return Loop(Clock(0))


@pytest.fixture
def said() -> list[str]:
    return []


def says(said: list[str], word: str) -> Callable[[], None]:
    return lambda: said.append(word)


async def naps(said: list[str], name: str, *naps_ms: int) -> None:
    """An activity that says its name after each of its naps."""
    for nap_ms in naps_ms:
        await sleep(nap_ms)
        said.append(name)


def test_entries_happen_in_order_of_time_however_they_were_scheduled(loop: Loop, said: list[str]) -> None:
    for time_ms in (30, 10, 20):
        loop.at(time_ms, says(said, str(time_ms)))
    loop.run_until(30)
    assert said == ["10", "20", "30"]


def test_at_one_instant_the_usual_comes_before_the_later(loop: Loop, said: list[str]) -> None:
    loop.at(5, says(said, "later"), LATER)
    loop.at(5, says(said, "usual"), USUAL)
    loop.run_until(5)
    assert said == ["usual", "later"]


def test_at_one_instant_and_priority_what_was_scheduled_first_comes_first(loop: Loop, said: list[str]) -> None:
    for word in ("b", "a", "c"):
        loop.at(5, says(said, word))
    loop.run_until(5)
    assert said == ["b", "a", "c"]


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([USUAL, LATER]))))
def test_entries_have_one_total_order_of_time_priority_and_sequence(entries: list[tuple[int, int]]) -> None:
    loop = Loop(Clock(0))
    ran: list[tuple[int, int, int]] = []
    for sequence, (time_ms, priority) in enumerate(entries):
        loop.at(time_ms, partial(ran.append, (time_ms, priority, sequence)), priority)
    loop.run_until(5)
    assert ran == sorted((time_ms, priority, sequence) for sequence, (time_ms, priority) in enumerate(entries))


def test_what_an_entry_schedules_for_now_comes_after_what_was_already_due(loop: Loop, said: list[str]) -> None:
    def schedule() -> None:
        loop.after(0, says(said, "scheduled meanwhile"))

    loop.at(5, schedule)
    loop.at(5, says(said, "already due"))
    loop.run_until(5)
    assert said == ["already due", "scheduled meanwhile"]


def test_an_entry_for_the_past_happens_now(loop: Loop) -> None:
    happened_ms: list[int] = []
    loop.run_until(100)
    loop.at(40, lambda: happened_ms.append(loop.now_ms))
    loop.run_until(200)
    assert happened_ms == [100]


def test_a_cancelled_entry_does_nothing(loop: Loop, said: list[str]) -> None:
    Loop.cancel(loop.at(5, says(said, "cancelled")))
    loop.run_until(10)
    assert said == []


def test_a_cancelled_entry_is_not_the_next_one(loop: Loop) -> None:
    Loop.cancel(loop.at(5, lambda: None))
    loop.at(7, lambda: None)
    assert loop.next_time_ms() == 7


def test_cancelling_what_has_run_is_no_mistake(loop: Loop, said: list[str]) -> None:
    entry = loop.at(5, says(said, "ran"))
    loop.run_until(5)
    Loop.cancel(entry)
    assert said == ["ran"]


def test_run_until_takes_in_what_is_due_at_that_very_moment(loop: Loop, said: list[str]) -> None:
    loop.at(5, says(said, "due"))
    loop.at(6, says(said, "not yet"))
    loop.run_until(5)
    assert said == ["due"]


def test_run_until_leaves_the_clock_there_though_nothing_happens(loop: Loop) -> None:
    loop.run_until(500)
    assert loop.now_ms == 500


def test_run_until_a_moment_of_the_past_leaves_the_clock_alone(loop: Loop) -> None:
    loop.run_until(500)
    loop.run_until(100)
    assert loop.now_ms == 500


def test_a_loop_with_nothing_left_has_no_next_time(loop: Loop) -> None:
    assert loop.next_time_ms() is None


def test_an_activity_runs_up_to_its_first_sleep_at_once(loop: Loop, said: list[str]) -> None:
    async def activity() -> None:
        said.append("before")
        await sleep(1)
        said.append("after")

    loop.spawn(activity())
    assert said == ["before"]


def test_sleep_lets_exactly_its_time_pass(loop: Loop) -> None:
    woken_ms: list[int] = []

    async def activity() -> None:
        for nap_ms in (3, 4):
            await sleep(nap_ms)
            woken_ms.append(loop.now_ms)

    loop.spawn(activity())
    loop.run_until(100)
    assert woken_ms == [3, 7]


def test_done_follows_the_end_of_an_activity(loop: Loop, said: list[str]) -> None:
    loop.spawn(naps(said, "activity", 2), says(said, "done"))
    loop.run_until(10)
    assert said == ["activity", "done"]


def test_done_follows_at_once_where_an_activity_never_sleeps(loop: Loop, said: list[str]) -> None:
    loop.spawn(naps(said, "activity"), says(said, "done"))
    assert said == ["done"]


def test_two_activities_take_turns_by_time(loop: Loop, said: list[str]) -> None:
    loop.spawn(naps(said, "slow", 4, 4))
    loop.spawn(naps(said, "quick", 3, 3))
    loop.run_until(100)
    assert said == ["quick", "slow", "quick", "slow"]


def test_together_lasts_as_long_as_the_longest(loop: Loop) -> None:
    ended_ms: list[int] = []

    async def all_of_them() -> None:
        await together([naps([], "a", 5), naps([], "b", 20, 10), naps([], "c")])
        ended_ms.append(loop.now_ms)

    loop.spawn(all_of_them())
    loop.run_until(100)
    assert ended_ms == [30]


def test_together_goes_in_the_order_given_where_two_are_due_at_once(loop: Loop, said: list[str]) -> None:
    loop.spawn(together([naps(said, "first", 5), naps(said, "second", 2, 3), naps(said, "third", 5)]))
    loop.run_until(100)
    assert said == ["second", "first", "second", "third"]


def test_together_of_nothing_takes_no_time(loop: Loop, said: list[str]) -> None:
    loop.spawn(together([]), says(said, "done"))
    assert said == ["done"]


def test_together_raises_the_first_failure_once_all_have_ended(loop: Loop, said: list[str]) -> None:
    async def fails_after(delay_ms: int, problem: Exception) -> None:
        await sleep(delay_ms)
        raise problem

    async def all_of_them() -> None:
        try:
            await together(
                [fails_after(2, ValueError("second")), naps(said, "went on", 9), fails_after(1, KeyError("first"))]
            )
        except KeyError as problem:
            said.append(f"raised {problem} at {loop.now_ms}")

    loop.spawn(all_of_them())
    loop.run_until(100)
    assert said == ["went on", "raised 'first' at 9"]
