"""The rest after a failure."""

from __future__ import annotations

from harness.control.resting import Rest


def test_each_failure_makes_the_rest_twice_as_long_up_to_two_minutes_and_two_seconds() -> None:
    rest = Rest()
    lengths = [rest.fail(0) for _ in range(10)]
    assert lengths == [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 122_000, 122_000]


def test_a_rest_begins_with_the_failure() -> None:
    rest = Rest()
    assert rest.until_ms == 0
    rest.fail(10_000)
    assert rest.until_ms == 10_500
