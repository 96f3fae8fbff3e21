"""Schedules: when the next time comes, by the fields, by the days, and by clocks that are changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.api.schedules import ScheduleError, read
from harness.api.time_zones import UnknownZone, zone


def after(schedule: str, instant: str, count: int = 1) -> list[str]:
    """The next times, as instants in UTC."""
    wanted = read(schedule)
    found: list[str] = []
    seconds = int(datetime.fromisoformat(instant).timestamp())
    for _ in range(count):
        following = wanted.after(seconds)
        assert following is not None
        seconds = following
        found.append(datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    return found


# Those of robfig/cron's own tests (spec_test.go), in UTC.
@pytest.mark.parametrize(
    ("instant", "schedule", "expected"),
    [
        ("2012-07-09T14:45:00Z", "0/15 * * * *", "2012-07-09T15:00:00Z"),
        ("2012-07-09T14:59:59Z", "0/15 * * * *", "2012-07-09T15:00:00Z"),
        ("2012-07-09T15:45:00Z", "20-35/15 * * * *", "2012-07-09T16:20:00Z"),
        ("2012-07-09T23:46:00Z", "*/15 * * * *", "2012-07-10T00:00:00Z"),
        ("2012-07-09T23:45:00Z", "20-35/15 * * * *", "2012-07-10T00:20:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 9 Apr-Oct ?", "2012-08-09T00:00:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 */5 Apr,Aug,Oct Mon", "2012-08-01T00:00:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 */5 Oct Mon", "2012-10-01T00:00:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 * Feb Mon", "2013-02-04T00:00:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 * Feb Mon/2", "2013-02-01T00:00:00Z"),
        ("2012-07-09T23:35:00Z", "0 0 29 Feb ?", "2016-02-29T00:00:00Z"),
        ("2012-07-15T00:00:00Z", "* * 1,15 * Sun", "2012-07-15T00:01:00Z"),
        ("2012-06-15T00:00:00Z", "* * 1,15 * Sun", "2012-06-15T00:01:00Z"),
        ("2012-07-09T14:45:30Z", "@hourly", "2012-07-09T15:00:00Z"),
        ("2012-07-09T14:45:30Z", "@weekly", "2012-07-15T00:00:00Z"),
        ("2012-07-09T14:45:30Z", "@monthly", "2012-08-01T00:00:00Z"),
        ("2012-07-09T14:45:30Z", "@yearly", "2013-01-01T00:00:00Z"),
        ("2012-07-09T14:45:30Z", "@every 90s", "2012-07-09T14:47:00Z"),
        ("2012-07-09T14:45:30Z", "@every 1ms", "2012-07-09T14:45:31Z"),
        ("2012-07-09T14:45:00Z", "CRON_TZ=Asia/Kolkata 0 9 * * *", "2012-07-10T03:30:00Z"),
    ],
)
def test_next_time(instant: str, schedule: str, expected: str) -> None:
    assert after(schedule, instant) == [expected]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ("13 * *", ["13", "13"]),
        ("* * 5", ["02", "09"]),
        # Both demand something: either will do.
        ("13 * 5", ["02", "09"]),
        # A step of more than one demands something, too.
        ("*/31 * 5", ["02", "09"]),
        ("? * 5", ["02", "09"]),
    ],
)
def test_day_suits_both_fields_or_either(days: str, expected: list[str]) -> None:
    assert [time[8:10] for time in after(f"0 0 {days}", "2026-01-01T12:00:00Z", 2)] == expected


def test_time_that_the_clocks_leave_out_does_not_come() -> None:
    berlin = after("TZ=Europe/Berlin 30 2 * * *", "2026-03-28T00:00:00Z", 3)
    assert berlin == ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2026-03-31T00:30:00Z"]


def test_time_that_the_clocks_pass_twice_comes_twice() -> None:
    berlin = after("TZ=Europe/Berlin 30 2 * * *", "2026-10-24T12:00:00Z", 3)
    assert berlin == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-26T01:30:00Z"]


def test_midnight_that_the_clocks_leave_out_is_passed_over() -> None:
    beirut = after("TZ=Asia/Beirut 0 0 * * *", "2024-03-29T22:30:00Z", 2)
    assert beirut == ["2024-03-31T21:00:00Z", "2024-04-01T21:00:00Z"]


def test_what_never_comes_is_not_looked_for_for_ever() -> None:
    assert read("0 0 31 2 *").after(0) is None


@given(st.integers(0, 4_000_000_000), st.integers(0, 59), st.integers(0, 23))
def test_daily_time_comes_within_a_day_and_is_what_was_asked_for(now: int, minute: int, hour: int) -> None:
    following = read(f"{minute} {hour} * * *").after(now)
    assert following is not None and now < following <= now + 86_400
    found = datetime.fromtimestamp(following, UTC)
    assert (found.hour, found.minute, found.second) == (hour, minute, 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Europe/Berln", "unknown time zone Europe/Berln"),
        ("europe/berlin", "unknown time zone europe/berlin"),
        ("Europe", "unknown time zone Europe"),
        ("zone1970.tab", "unknown time zone zone1970.tab"),
        ("../etc/passwd", "time: invalid location name"),
        ("/etc/localtime", "time: invalid location name"),
    ],
)
def test_zone_that_is_none_is_told_as_go_does(name: str, text: str) -> None:
    with pytest.raises(UnknownZone) as told:
        zone(name)
    assert str(told.value) == text
    with pytest.raises(ScheduleError) as refused:
        read(f"TZ={name} * * * * *")
    assert str(refused.value) == f"provided bad location {name}: {text}"
