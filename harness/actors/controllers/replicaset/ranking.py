"""Which pods go first when there are too many.

Owns the order, and that a pod is looked at anew only when it has changed. Mirrors
pkg/controller/controller_utils.go (ActivePodsWithRanks).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import merge
from itertools import islice
from typing import NamedTuple, TypeAlias

from harness.kernel.clock import Clock
from harness.objects.conditions import find
from harness.objects.deletion_cost import deletion_cost
from harness.objects.pod import Pod
from harness.objects.pods import PENDING, RUNNING, most_restarts

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


class _Known(NamedTuple):
    """The pods of an owner by uid, and by their state and their node."""

    standings: dict[str, _Standing]
    groups: dict[tuple[_State, str], dict[str, _Standing]]

    def update(self, changes: Mapping[str, Pod | None]) -> None:
        for uid, pod in changes.items():
            before = self.standings.pop(uid, None)
            if before is not None:
                group = self.groups[before.state, before.node]
                del group[uid]
                if not group:
                    del self.groups[before.state, before.node]
            if pod is not None:
                now = self.standings[uid] = _standing(pod)
                self.groups.setdefault((now.state, now.node), {})[uid] = now


class Ranking:
    """The order of the pods of each owner."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, _Known] = {}

    def first(
        self, owner_uid: str, changes: Mapping[str, Pod | None], crowd: Mapping[str, int], count: int
    ) -> list[Pod]:
        """The `count` pods of an owner to delete first.

        `changes` are by uid the pods that are new or have changed since the last call, None for one that is not to be
        ranked any more. `crowd` is how many related active pods are on each node.
        """
        known = self._known.setdefault(owner_uid, _Known({}, {}))
        known.update(changes)
        ranks: dict[tuple[_State, int], list[dict[str, _Standing]]] = {}
        for (state, node), group in known.groups.items():
            ranks.setdefault((state, -crowd.get(node, 0)), []).append(group)
        ordered = (
            one.pod
            for rank in sorted(ranks)
            for one in self._of_one_rank([one for group in ranks[rank] for one in group.values()])
        )
        return list(islice(ordered, count))

    def _of_one_rank(self, rank: list[_Standing]) -> Iterator[_Standing]:
        """Those that are told apart by times and restarts only.

        Pods that are ready since the same instant are compared by restarts and age, others by how long they are ready.
        Times count by their order of magnitude; where that is the same the lower uid goes first.
        """
        alike: dict[str, list[_Standing]] = {}
        for one in rank:
            alike.setdefault(one.ready_since, []).append(one)
        ages = {created: self._magnitude(created) for created in dict.fromkeys(one.created for one in rank)}
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
        state=(bool(pod.spec.node_name), phase, is_ready, deletion_cost(pod.metadata.annotations) or 0),
        node=pod.spec.node_name,
        ready_since=ready.last_transition_time or "" if ready is not None and is_ready else "",
        restarts=(-containers, -beside),
        created=pod.metadata.creation_timestamp or "",
    )
