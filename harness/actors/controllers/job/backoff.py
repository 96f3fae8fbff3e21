"""How long a job waits before it makes another pod in the place of one that failed.

Owns what is remembered of failures in a row: ten seconds after the first, twice as long after each further one, ten
minutes at most, and a success starts anew. Mirrors pkg/controller/job/backoff_utils.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from harness.kernel.clock import Clock
from harness.objects.conditions import find
from harness.objects.pod import ContainerStatus, Pod
from harness.objects.pods import sidecar_names

_FIRST_MS = 10_000
_LONGEST_MS = 600_000


class Failures(NamedTuple):
    """How many pods failed since one succeeded, and when the last of them did, in cluster time."""

    number: int = 0
    last_ms: int = 0

    def left_ms(self, now_ms: int) -> int:
        """For how much longer no pod is made."""
        if not self.number:
            return 0
        rest_ms = min(_FIRST_MS << min(self.number - 1, 16), _LONGEST_MS)
        return max(0, self.last_ms + rest_ms - now_ms)

    def then(self, succeeded: Sequence[Pod], failed: Sequence[Pod], clock: Clock) -> Failures:
        """These failures and what is new: pods that succeeded, and pods that failed."""
        times = [finished_ms(pod, clock) for pod in failed]
        if not succeeded:
            return Failures(self.number + len(times), max(times)) if times else self
        success_ms = max(finished_ms(pod, clock) for pod in succeeded)
        later = [time_ms for time_ms in times if time_ms > success_ms]
        return Failures(len(later), max(later, default=0))


def finished_ms(pod: Pod, clock: Clock) -> int:
    """When the pod ended, in cluster time, as far as it says so."""
    metadata = pod.metadata
    ended = _containers_ended_ms(pod, clock)
    if ended is not None:
        return ended
    ready = find(pod.status.conditions, "Ready")
    if ready is not None and ready.status == "False" and ready.last_transition_time:
        return clock.at(ready.last_transition_time)
    if metadata.deletion_timestamp is not None:
        return clock.at(metadata.deletion_timestamp) - (metadata.deletion_grace_period_seconds or 0) * 1000
    return clock.at(metadata.creation_timestamp or "")


def _containers_ended_ms(pod: Pod, clock: Clock) -> int | None:
    """When the last container or sidecar ended; a sidecar ends after all others. None if it is not known."""
    last = _last_ms(None, pod.status.container_statuses, clock)
    sidecars = sidecar_names(pod)
    beside = (status for status in pod.status.init_container_statuses if status.name in sidecars)
    return _last_ms(last, beside, clock) if sidecars else last


def _last_ms(last: int | None, statuses: Iterable[ContainerStatus], clock: Clock) -> int | None:
    """The last end of these containers, if it is later; None if one of them has not ended."""
    for status in statuses:
        end = status.state.terminated
        if end is None or not end.finished_at:
            return None
        at = clock.at(end.finished_at)
        last = at if last is None or last < at else last
    return last
