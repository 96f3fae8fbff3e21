"""Which of its times a cron job is to make up for, and when it is to be looked at again.

Pure. Instants are milliseconds since 1970, those of schedules whole seconds.
Mirrors pkg/controller/cronjob/utils.go (mostRecentScheduleTime, nextScheduleTimeDuration).
"""

from __future__ import annotations

from typing import NamedTuple

from harness.api.schedules import Instant, Schedule
from harness.kernel.clock import parse
from harness.objects.batch import CronJob

# A little late, so that the time has come for certain.
_DELTA_MS = 100
_MANY = 100


class Missed(NamedTuple):
    """The times since `earliest`: the last of them that has come, if any, and how many there may have been."""

    earliest: Instant
    latest: Instant | None
    number: int

    @property
    def are_many(self) -> bool:
        return self.number > _MANY


class NeverComes(Exception):
    """The schedule names no time; `str()` is what is said of it."""


def missed(cron_job: CronJob, schedule: Schedule, now_ms: int, *, by_deadline: bool = True) -> Missed:
    """What has come since the last time that was kept; not before its deadline, if that counts. Raises NeverComes."""
    since = cron_job.status.last_schedule_time or cron_job.metadata.creation_timestamp or ""
    earliest = parse(since) // 1000
    deadline = cron_job.spec.starting_deadline_seconds
    if by_deadline and deadline is not None:
        earliest = max(earliest, now_ms // 1000 - deadline)
    first = schedule.after(earliest)
    second = schedule.after(first) if first is not None else None
    if first is None or second is None:
        raise NeverComes("time difference between two schedules is less than 1 second")
    if now_ms < first * 1000:
        return Missed(earliest, None, 0)
    if now_ms < second * 1000:
        return Missed(earliest, first, 0)
    between = second - first
    number = (now_ms // 1000 - first) // between + 1
    latest, candidate = None, schedule.after(first + (number - 2) * between)
    while candidate is not None and candidate * 1000 <= now_ms:
        latest, candidate = candidate, schedule.after(candidate)
    return Missed(earliest, latest, number)


def again_ms(cron_job: CronJob, schedule: Schedule, now_ms: int) -> int | None:
    """In how many ms the next time has come; None if none ever comes."""
    now = now_ms // 1000
    try:
        found = missed(cron_job, schedule, now_ms, by_deadline=False)
        known = found.latest if found.latest is not None else (now if found.number else found.earliest)
    except NeverComes:
        known = now
    following = schedule.after(known)
    return following * 1000 + _DELTA_MS - now_ms if following is not None else None
