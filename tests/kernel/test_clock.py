"""Cluster time, and how an instant is written."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from harness.kernel import clock as clocks
from harness.kernel.clock import Clock, parse

NEW_YEAR = "2026-01-01T00:00:00Z"


@pytest.fixture(params=["Asia/Kathmandu", "America/Los_Angeles"])
def elsewhere(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine in another time zone, on which nothing was written yet."""
    for remembered in (clocks.parse, clocks._stamp):
        remembered.cache_clear()
    with monkeypatch.context() as patched:
        patched.setenv("TZ", request.param)
        time.tzset()
        yield
    time.tzset()


def at(now_ms: int) -> Clock:
    clock = Clock(parse(NEW_YEAR))
    clock.now_ms = now_ms
    return clock


@pytest.mark.usefixtures("elsewhere")
def test_a_stamp_is_the_same_in_every_time_zone() -> None:
    assert at(1_000).stamp() == "2026-01-01T00:00:01Z"


@pytest.mark.usefixtures("elsewhere")
def test_an_instant_is_read_alike_in_every_time_zone() -> None:
    assert parse(NEW_YEAR) == 1_767_225_600_000


def test_a_stamp_leaves_out_what_is_less_than_a_second() -> None:
    assert at(1_999).stamp() == "2026-01-01T00:00:01Z"


def test_a_stamp_in_microseconds_keeps_the_milliseconds() -> None:
    assert at(1_042).stamp_micro() == "2026-01-01T00:00:01.042000Z"


def test_a_stamp_ahead_is_rounded_down_once() -> None:
    assert at(1_999).stamp_after(30_001) == "2026-01-01T00:00:32Z"


def test_a_written_instant_is_found_again_in_cluster_time() -> None:
    clock = at(61_000)
    assert clock.at(clock.stamp()) == 61_000


def test_another_offset_names_the_same_instant() -> None:
    assert parse("2026-01-01T01:00:00+01:00") == parse(NEW_YEAR)


@pytest.mark.parametrize("text", ["soon", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00"])
def test_what_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)
