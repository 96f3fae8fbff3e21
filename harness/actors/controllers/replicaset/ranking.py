"""Which pods go first when there are too many.

Owns the order, and that what is compared of a pod is worked out once as long as the pod stays as it is. Mirrors
pkg/controller/controller_utils.go (ActivePodsWithRanks).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from heapq import merge
from itertools import islice
from typing import NamedTuple, TypeAlias

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

_State: TypeAlias = tuple[bool, int, bool, int]
"""Whether there is a node, how far along the phase is, whether the pod is ready, what its deletion costs."""


class _Standing(NamedTuple):
    """What is compared of a pod. `ready_since` is empty for one that is not ready; `restarts` are negative."""

    pod: Pod
    uid: str
    state: _State
    node: str
    ready_since: str
    restarts: tuple[int, int]
    created: str


class Ranking:
    """The order of the pods of each owner."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, dict[str, _Standing]] = {}

    def first(self, owner_uid: str, pods: Collection[Pod], crowd: Mapping[str, int], count: int) -> list[Pod]:
        """The `count` pods of an owner to delete first. `crowd` is how many related active pods are on each node."""
        known = self._known.get(owner_uid, {})
        standings: dict[str, _Standing] = {}
        groups: dict[tuple[_State, int], list[_Standing]] = {}
        for pod in pods:
            uid = pod.metadata.uid
            one = known.get(uid)
            if one is None or one.pod is not pod:
                one = _standing(pod)
            standings[uid] = one
            group = one.state, -crowd.get(one.node, 0)
            if group in groups:
                groups[group].append(one)
            else:
                groups[group] = [one]
        self._known[owner_uid] = standings
        ordered = (one.pod for group in sorted(groups) for one in self._of_one_group(groups[group]))
        return list(islice(ordered, count))

    def _of_one_group(self, group: list[_Standing]) -> Iterator[_Standing]:
        """Those that are told apart by times and restarts only.

        Pods that are ready since the same instant are compared by restarts and age, others by how long they are ready.
        Times count by their order of magnitude; where that is the same the lower uid goes first.
        """
        alike: dict[str, list[_Standing]] = {}
        for one in group:
            alike.setdefault(one.ready_since, []).append(one)
        ages = {created: self._magnitude(created) for created in dict.fromkeys(one.created for one in group)}
        ready_for = {since: self._magnitude(since) for since in alike}
        for ones in alike.values():
            ones.sort(key=lambda one: (one.restarts, ages[one.created], one.uid))
        return merge(*alike.values(), key=lambda one: (ready_for[one.ready_since], one.uid))

    def _magnitude(self, since: str) -> int:
        """The order of magnitude of the time since then, as a power of two of nanoseconds; -1 for none."""
        passed = (self._clock.now_ms - self._clock.at(since)) * _NANOSECONDS if since else 0
        return passed.bit_length() - 1 if passed > 0 else -1


def _standing(pod: Pod) -> _Standing:
    ready = find(pod.status.conditions, "Ready")
    is_ready = ready is not None and ready.status == "True"
    phase = _PHASES.get(pod.status.phase, _UNKNOWN)
    containers, beside = most_restarts(pod)
    return _Standing(
        pod=pod,
        uid=pod.metadata.uid,
        state=(bool(pod.spec.node_name), phase, is_ready, _deletion_cost(pod)),
        node=pod.spec.node_name,
        ready_since=ready.last_transition_time or "" if ready is not None and is_ready else "",
        restarts=(-containers, -beside),
        created=pod.metadata.creation_timestamp or "",
    )


def _deletion_cost(pod: Pod) -> int:
    """What the pod's annotation says; 0 for what is no number of 32 bits."""
    text = pod.metadata.annotations.get(COST)
    if text is None or _COST.fullmatch(text) is None:
        return 0
    cost = int(text)
    return cost if -_LARGEST_COST <= cost < _LARGEST_COST else 0
