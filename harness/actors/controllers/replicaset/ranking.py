"""Which pods go first when there are too many.

Pure. Mirrors pkg/controller/controller_utils.go (ActivePodsWithRanks).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cmp_to_key

from harness.kernel.clock import Clock
from harness.objects.conditions import find
from harness.objects.pod import Pod
from harness.objects.pods import PENDING, RUNNING, most_restarts

COST = "controller.kubernetes.io/pod-deletion-cost"

_COST = re.compile(r"(?!\+)-?(0|[1-9][0-9]*)", re.ASCII)
_LARGEST_COST = 2**31
_PHASES = {PENDING: 0, RUNNING: 2}
_UNKNOWN = 1
_NANOSECONDS = 1_000_000


def in_order(pods: list[Pod], crowd: Mapping[str, int], clock: Clock) -> list[Pod]:
    """The pods, the first to be deleted first. `crowd` says how many related active pods are on each node."""
    ranked = [_Ranked(pod, crowd.get(pod.spec.node_name, 0), clock) for pod in pods]
    ranked.sort(key=_LESS)
    return [each.pod for each in ranked]


class _Ranked:
    """A pod with what is compared. Ages count in nanoseconds, and only by their order of magnitude."""

    __slots__ = ("age", "first", "pod", "ready_for", "ready_since", "restarts", "uid")

    def __init__(self, pod: Pod, crowd: int, clock: Clock) -> None:
        ready = find(pod.status.conditions, "Ready")
        is_ready = ready is not None and ready.status == "True"
        self.pod = pod
        self.uid = pod.metadata.uid
        self.first = (
            bool(pod.spec.node_name),
            _PHASES.get(pod.status.phase, _UNKNOWN),
            is_ready,
            _deletion_cost(pod),
            -crowd,
        )
        self.ready_since = ready.last_transition_time or "" if ready is not None and is_ready else ""
        self.ready_for = _magnitude(self.ready_since, clock)
        self.restarts = most_restarts(pod)
        self.age = _magnitude(pod.metadata.creation_timestamp or "", clock)


def _compare(one: _Ranked, other: _Ranked) -> int:
    if one.first != other.first:
        return -1 if one.first < other.first else 1
    if one.ready_since != other.ready_since:
        return _by_age(one.ready_for, other.ready_for, one, other)
    if one.restarts != other.restarts:
        return -1 if one.restarts > other.restarts else 1
    created, made = one.pod.metadata.creation_timestamp, other.pod.metadata.creation_timestamp
    return 0 if created == made else _by_age(one.age, other.age, one, other)


def _by_age(age: int, other_age: int, one: _Ranked, other: _Ranked) -> int:
    """The younger first; of about the same age the one whose uid is lower."""
    mine, its = (age, one.uid), (other_age, other.uid)
    return (mine > its) - (mine < its)


_LESS = cmp_to_key(_compare)


def _magnitude(since: str, clock: Clock) -> int:
    """The order of magnitude of the time since then, as a power of two of nanoseconds; -1 for none."""
    passed = (clock.now_ms - clock.at(since)) * _NANOSECONDS if since else 0
    return passed.bit_length() - 1 if passed > 0 else -1


def _deletion_cost(pod: Pod) -> int:
    """What the pod's annotation says; 0 for what is no number of 32 bits."""
    text = pod.metadata.annotations.get(COST)
    if text is None or _COST.fullmatch(text) is None:
        return 0
    cost = int(text)
    return cost if -_LARGEST_COST <= cost < _LARGEST_COST else 0
