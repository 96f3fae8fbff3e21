"""Sets of completion indexes: how they are read, written and put together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.actors.controllers.job import indexes

NUMBERS = st.frozensets(st.integers(0, 40))


def members(runs: indexes.Indexes) -> set[int]:
    return {number for first, last in runs for number in range(first, last + 1)}


@pytest.mark.parametrize(
    ("numbers", "text"), [((), ""), ((1,), "1"), ((3, 4), "3,4"), ((3, 4, 5), "3-5"), ((7, 1, 5, 3, 4), "1,3-5,7")]
)
def test_runs_of_three_and_more_are_shortened(numbers: tuple[int, ...], text: str) -> None:
    assert indexes.written(indexes.of(numbers)) == text


@pytest.mark.parametrize(
    ("text", "completions", "runs"),
    [
        ("", 9, ()),
        ("1,3-5,7", 9, ((1, 1), (3, 5), (7, 7))),
        ("3,4", 9, ((3, 4),)),
        ("1,3-5", 4, ((1, 1), (3, 3))),
        ("8", 4, ()),
        ("x,2", 4, ((2, 2),)),
    ],
)
def test_what_a_status_says_is_read_up_to_the_last_index(text: str, completions: int, runs: indexes.Indexes) -> None:
    assert indexes.read(text, completions) == runs


@given(NUMBERS, NUMBERS)
def test_arithmetic_is_that_of_sets(one: frozenset[int], other: frozenset[int]) -> None:
    first, second = indexes.of(one), indexes.of(other)
    assert members(indexes.united(first, second)) == one | other
    assert indexes.united(first, second) == indexes.of(one | other)
    assert indexes.common(first, second) == len(one & other)
    assert indexes.total(first) == len(one)
    assert indexes.read(indexes.written(first), 41) == first


@given(NUMBERS, st.integers(0, 10), st.integers(0, 50))
def test_lowest_free_indexes_come_first(taken: frozenset[int], count: int, completions: int) -> None:
    free = [number for number in range(completions) if number not in taken]
    assert indexes.lowest_free(indexes.of(taken), count, completions) == free[:count]
