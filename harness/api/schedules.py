"""Schedules of cron jobs: how they are written, and when the next time comes.

Pure. Owns the syntax (five fields, descriptors, `@every`, a zone in front) and the search, also where clocks are
changed: a time that they leave out does not come, and one that they pass twice comes twice.
Mirrors ParseStandard and SpecSchedule.Next of robfig/cron v3, in the words of that library.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from harness.api.time_zones import UnknownZone, zone
from harness.kernel.durations import milliseconds

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# (lowest, highest, names) of minute, hour, day of month, month and day of week
_FIELDS: tuple[tuple[int, int, dict[str, int]], ...] = (
    (0, 59, {}),
    (0, 23, {}),
    (1, 31, {}),
    (1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    (0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY = "@every "
_ZONES = ("TZ=", "CRON_TZ=")
_ANY = ("*", "?")
# What never comes is looked for no longer than this.
_YEARS = 5
_NOON = 12

Instant: TypeAlias = int
"""Whole seconds since 1970."""


class ScheduleError(ValueError):
    """A schedule that cannot be read; `str()` is what the library says."""


class Every(NamedTuple):
    """A schedule that counts from whenever it is asked."""

    seconds: int

    def after(self, instant: Instant) -> Instant | None:
        """The first time after this instant."""
        return instant + self.seconds


class Field(NamedTuple):
    """The values of a field; `is_open` says that it was written as `*`, and so demands nothing."""

    values: frozenset[int]
    is_open: bool


class Crontab(NamedTuple):
    """A schedule of minutes, hours, days of the month, months and days of the week, by the clocks of a zone."""

    minutes: Field
    hours: Field
    days: Field
    months: Field
    weekdays: Field
    zone: tzinfo

    def after(self, instant: Instant) -> Instant | None:
        """The first time after this instant; None if none comes within five years."""
        return _Search(self, instant).found()

    def matches_day(self, local: datetime) -> bool:
        """A day must suit both fields if one of them demands nothing, else either."""
        day = local.day in self.days.values
        weekday = local.isoweekday() % 7 in self.weekdays.values
        if self.days.is_open or self.weekdays.is_open:
            return day and weekday
        return day or weekday


Schedule: TypeAlias = Crontab | Every


class _Search:
    """The way from an instant to the next that a crontab names, field by field from the longest to the shortest."""

    def __init__(self, wanted: Crontab, instant: Instant) -> None:
        self._wanted = wanted
        self._go(instant + 1)
        # Once one field has been moved, all shorter ones are at their beginning.
        self._moved = False

    def _go(self, instant: Instant) -> None:
        self._instant = instant
        self._local = datetime.fromtimestamp(instant, self._wanted.zone)

    def found(self) -> Instant | None:
        last_year = self._local.year + _YEARS
        while self._local.year <= last_year:
            if self._month() and self._day() and self._hour() and self._minute():
                return self._instant
        return None

    # Each moves on to the next value that is wanted; False where a longer field moved too, and is to be looked at anew.

    def _month(self) -> bool:
        while (local := self._local).month not in self._wanted.months.values:
            local = self._begun(local.replace(day=1, hour=0, minute=0, second=0))
            year, month = divmod(local.year * 12 + local.month, 12)
            self._set(local.replace(year=year, month=month + 1))
            if month == 0:
                return False
        return True

    def _day(self) -> bool:
        while not self._wanted.matches_day(local := self._local):
            local = self._begun(local.replace(hour=0, minute=0, second=0))
            self._set(local.replace(tzinfo=None) + timedelta(days=1))
            hour = self._local.hour
            if hour:
                # There is no midnight where the clocks go forward at that hour.
                self._go(self._instant + (24 - hour if hour > _NOON else -hour) * 3600)
            if self._local.day == 1:
                return False
        return True

    def _hour(self) -> bool:
        while (local := self._local).hour not in self._wanted.hours.values:
            self._begun(local.replace(minute=0, second=0))
            self._go(self._instant + 3600)
            if self._local.hour == 0:
                return False
        return True

    def _minute(self) -> bool:
        while True:
            local = self._local
            if local.minute in self._wanted.minutes.values and local.second == 0:
                return True
            self._moved = True
            self._go(self._instant + 60 - local.second)
            if self._local.minute == 0 or local.minute in self._wanted.minutes.values:
                return False

    def _begun(self, begin: datetime) -> datetime:
        """Go back to the beginning of what is about to be moved on, unless that is where the search stands already."""
        if not self._moved:
            self._moved = True
            self._set(begin)
        return self._local

    def _set(self, local: datetime) -> None:
        """Go to a local time, which may be one that the clocks leave out or pass twice. Mirrors Go's time.Date."""
        guess = int(local.replace(tzinfo=UTC).timestamp())
        self._go(guess - self._offset(guess - self._offset(guess)))

    def _offset(self, instant: Instant) -> int:
        offset = datetime.fromtimestamp(instant, self._wanted.zone).utcoffset()
        return int(offset.total_seconds()) if offset is not None else 0


@lru_cache(maxsize=256)
def read(schedule: str) -> Schedule:
    """A schedule as it is written. Raises ScheduleError."""
    where: tzinfo = UTC
    if schedule.startswith(_ZONES):
        named, space, rest = schedule.partition(" ")
        if not space:
            # The library does not survive this; what it dies of is told as the problem (pkg/util/parsers).
            raise ScheduleError("invalid schedule format: runtime error: slice bounds out of range [:-1]")
        name = named.partition("=")[2]
        try:
            where = zone(name)
        except UnknownZone as unknown:
            raise ScheduleError(f"provided bad location {name}: {unknown}") from None
        schedule = rest.strip()
    if schedule.startswith(_EVERY):
        return _every(schedule)
    if schedule.startswith("@"):
        if schedule not in _DESCRIPTORS:
            raise ScheduleError(f"unrecognized descriptor: {schedule}")
        schedule = _DESCRIPTORS[schedule]
    fields = schedule.split()
    if len(fields) != len(_FIELDS):
        raise ScheduleError(f"expected exactly 5 fields, found {len(fields)}: [{' '.join(fields)}]")
    minutes, hours, days, months, weekdays = (
        _field(field, *limits) for field, limits in zip(fields, _FIELDS, strict=True)
    )
    return Crontab(minutes, hours, days, months, weekdays, where)


def _every(text: str) -> Every:
    duration = text.removeprefix(_EVERY)
    # Go knows both letters that look like a mu.
    found = milliseconds(duration.removeprefix("-").removeprefix("+").replace("\u03bc", "\u00b5"))
    if found is None:
        raise ScheduleError(f'failed to parse duration {text}: time: invalid duration "{duration}"')
    return Every(max(1, 0 if duration.startswith("-") else int(found) // 1000))


def _field(text: str, low: int, high: int, names: dict[str, int]) -> Field:
    parts = [_range(part, low, high, names) for part in text.split(",") if part]
    return Field(frozenset(value for values, _ in parts for value in values), any(is_open for _, is_open in parts))


def _range(part: str, low: int, high: int, names: dict[str, int]) -> tuple[Iterable[int], bool]:
    """One part of a list: `*`, `3`, `1-5`, and each of them with a step."""
    span, *steps = part.split("/")
    first, *rest = span.split("-")
    if first in _ANY:
        start, end = low, high
    else:
        start = end = _number(first, names)
        if len(rest) == 1:
            end = _number(rest[0], names)
        elif rest:
            raise ScheduleError(f"too many hyphens: {part}")
    if len(steps) > 1:
        raise ScheduleError(f"too many slashes: {part}")
    step = _number(steps[0], {}) if steps else 1
    if steps and not rest and first not in _ANY:
        end = high
    if start < low:
        raise ScheduleError(f"beginning of range ({start}) below minimum ({low}): {part}")
    if end > high:
        raise ScheduleError(f"end of range ({end}) above maximum ({high}): {part}")
    if start > end:
        raise ScheduleError(f"beginning of range ({start}) beyond end of range ({end}): {part}")
    if step == 0:
        raise ScheduleError(f"step of range should be a positive number: {part}")
    return range(start, end + 1, step), first in _ANY and step == 1


def _number(text: str, names: dict[str, int]) -> int:
    if text.lower() in names:
        return names[text.lower()]
    if not re.fullmatch(r"[-+]?[0-9]+", text, re.ASCII):
        raise ScheduleError(f'failed to parse int from {text}: strconv.Atoi: parsing "{text}": invalid syntax')
    number = int(text)
    if number < 0:
        raise ScheduleError(f"negative number ({number}) not allowed: {text}")
    return number
