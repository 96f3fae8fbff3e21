"""The scheduler's queue: pods to try now, pods backing off, and pods that nothing has happened for yet.

Owns who is next and for how long a failed pod is left alone. Which events help which pod is not decided here.
Mirrors pkg/scheduler/backend/queue (scheduling_queue.go, backoff_queue.go).
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import TypeAlias

from harness.actors.scheduler.demand import Demand, demand_of
from harness.kernel.loop import Loop
from harness.objects.pod import Pod

_BACKOFF_BASE_MS = 1_000
_BACKOFF_LIMIT_MS = 10_000
_LONGEST_STAY_MS = 300_000
_FLUSH_PERIOD_MS = 30_000
_SECOND_MS = 1_000

# Where a pod is. In hand: being tried, or chosen and not yet bound.
ACTIVE = "active"
BACKING_OFF = "backing off"
AFTER_ERROR = "after an error"
UNSCHEDULABLE = "unschedulable"
GATED = "gated"
IN_HAND = "in hand"
GONE = "gone"

# (end of the back-off or 0, priority, since when, number of the entry, pod); an entry whose number is not the pod's
# own any more is void
_Entry: TypeAlias = tuple[int, int, int, int, "QueuedPod"]


class QueuedPod:
    """A pod without a node, and how it has fared so far."""

    __slots__ = (
        "demand",
        "entry",
        "errors",
        "failed_ms",
        "failures",
        "place",
        "pod",
        "queued_ms",
        "rejectors",
        "woken_by",
    )

    def __init__(self, pod: Pod, now_ms: int, woken_by: int) -> None:
        self.pod = pod
        self.demand: Demand = demand_of(pod)
        self.queued_ms = now_ms
        self.woken_by = woken_by
        self.failures = 0
        self.errors = 0
        self.failed_ms = 0
        self.rejectors: tuple[str, ...] = ()
        self.place = GONE
        self.entry = 0

    def renew(self, pod: Pod) -> None:
        """Take in a newer version of the pod."""
        if self.pod.spec is not pod.spec and self.pod.spec != pod.spec:
            self.demand = demand_of(pod)
        self.pod = pod

    def backs_off_until_ms(self) -> int:
        """A whole second; the pod may go on from the next one after it."""
        attempts = self.errors or self.failures
        if not attempts:
            return -_SECOND_MS
        delay_ms = min(_BACKOFF_BASE_MS << min(attempts - 1, 10), _BACKOFF_LIMIT_MS)
        return _whole_second(self.failed_ms + delay_ms)


def _whole_second(time_ms: int) -> int:
    return time_ms // _SECOND_MS * _SECOND_MS


class Queue:
    """All pods that need a node. `wake` is called whenever there may be one to try; `held` tells of a pod, by uid,
    whether it may not come in line for now."""

    def __init__(self, loop: Loop, wake: Callable[[], None], held: Callable[[str], bool]) -> None:
        self._loop = loop
        self._wake = wake
        self._held = held
        self._pods: dict[str, QueuedPod] = {}
        self._active: list[_Entry] = []
        self._backoff: list[_Entry] = []
        self._entries = 0
        self._parked: dict[str, QueuedPod] = {}
        self._by_plugin: dict[str, dict[str, QueuedPod]] = {}
        self._by_claim: dict[tuple[str, str], dict[str, QueuedPod]] = {}
        self._flush_planned = False

    def find(self, uid: str) -> QueuedPod | None:
        return self._pods.get(uid)

    def add(self, pod: Pod, woken_by: int) -> None:
        """A pod without a node that is new to the queue."""
        queued = self._pods[pod.metadata.uid] = QueuedPod(pod, self._loop.now_ms, woken_by)
        if pod.spec.scheduling_gates:
            queued.place = GATED
        else:
            self._push_active(queued)

    def remove(self, uid: str) -> None:
        """The pod is gone, or has a node."""
        queued = self._pods.pop(uid, None)
        if queued is not None:
            self._leave(queued)
            queued.place = GONE

    def pop(self) -> QueuedPod | None:
        """The next pod to try. When nothing else is to be done, one that still backs off is tried early."""
        self._release_rested()
        queued = self._take(self._active) or self._take(self._backoff)
        if queued is not None:
            queued.place = IN_HAND
        return queued

    def park(self, queued: QueuedPod, rejectors: tuple[str, ...]) -> None:
        """No node would do; the pod waits for something that may change the mind of one of the plugins."""
        queued.failures += 1
        queued.errors = 0
        queued.rejectors = rejectors
        now_ms = queued.queued_ms = queued.failed_ms = self._loop.now_ms
        queued.place = UNSCHEDULABLE
        uid = queued.pod.metadata.uid
        self._parked[uid] = queued
        for plugin in rejectors:
            self._by_plugin.setdefault(plugin, {})[uid] = queued
        for use in queued.demand.claims:
            self._by_claim.setdefault((queued.pod.metadata.namespace, use.claim), {})[uid] = queued
        if not self._flush_planned:
            self._plan_flush(now_ms)

    def retry(self, queued: QueuedPod) -> None:
        """Something went wrong that no plugin is to blame for; the pod comes again after its back-off."""
        queued.errors += 1
        queued.rejectors = ()
        queued.queued_ms = queued.failed_ms = self._loop.now_ms
        queued.place = AFTER_ERROR
        self._entries += 1
        number = queued.entry = self._entries

        def rested() -> None:
            if queued.entry == number and queued.place == AFTER_ERROR:
                self._push_active(queued)

        self._loop.at(queued.backs_off_until_ms() + _SECOND_MS, rested)

    def release(self, queued: QueuedPod, woken_by: int) -> None:
        """Something has happened that may help a parked or gated pod."""
        if queued.place not in (UNSCHEDULABLE, GATED) or self._held(queued.pod.metadata.uid):
            return
        self._leave(queued)
        queued.woken_by = woken_by
        if self._is_resting(queued):
            self._entries += 1
            queued.entry, queued.place = self._entries, BACKING_OFF
            heappush(self._backoff, (queued.backs_off_until_ms(), *_rank(queued), self._entries, queued))
            self._wake()
        else:
            self._push_active(queued)

    def activate(self, queued: QueuedPod) -> None:
        """Try a parked pod next, whether or not anything has happened."""
        if queued.place in (UNSCHEDULABLE, BACKING_OFF):
            self._leave(queued)
            self._push_active(queued)

    def rejected_by(self, plugin: str) -> list[QueuedPod]:
        """The parked pods for which the plugin found no node, longest parked first."""
        return list(self._by_plugin.get(plugin, {}).values())

    def using_claim(self, namespace: str, name: str) -> list[QueuedPod]:
        """The parked pods with a volume that is this claim."""
        return list(self._by_claim.get((namespace, name), {}).values())

    def _push_active(self, queued: QueuedPod) -> None:
        self._entries += 1
        queued.entry, queued.place = self._entries, ACTIVE
        heappush(self._active, (0, *_rank(queued), self._entries, queued))
        self._wake()

    def _is_resting(self, queued: QueuedPod) -> bool:
        return queued.backs_off_until_ms() >= _whole_second(self._loop.now_ms)

    def _release_rested(self) -> None:
        now_ms = _whole_second(self._loop.now_ms)
        while self._backoff and self._backoff[0][0] < now_ms:
            *_, number, queued = heappop(self._backoff)
            if queued.entry == number and queued.place == BACKING_OFF:
                self._push_active(queued)

    @staticmethod
    def _take(heap: list[_Entry]) -> QueuedPod | None:
        while heap:
            *_, number, queued = heappop(heap)
            if queued.entry == number and queued.place in (ACTIVE, BACKING_OFF):
                return queued
        return None

    def _leave(self, queued: QueuedPod) -> None:
        """Take a parked pod out of every index."""
        uid = queued.pod.metadata.uid
        if self._parked.pop(uid, None) is None:
            return
        for plugin in queued.rejectors:
            self._by_plugin[plugin].pop(uid, None)
        for use in queued.demand.claims:
            waiting = self._by_claim.get((queued.pod.metadata.namespace, use.claim))
            if waiting is not None:
                waiting.pop(uid, None)
                if not waiting:
                    del self._by_claim[(queued.pod.metadata.namespace, use.claim)]

    def _plan_flush(self, oldest_ms: int) -> None:
        due_ms = (oldest_ms + _LONGEST_STAY_MS) // _FLUSH_PERIOD_MS * _FLUSH_PERIOD_MS + _FLUSH_PERIOD_MS
        self._flush_planned = True
        self._loop.at(due_ms, self._flush)

    def _flush(self) -> None:
        """Try again what has been parked for too long, whether or not anything happened."""
        self._flush_planned = False
        limit_ms = self._loop.now_ms - _LONGEST_STAY_MS
        for queued in list(self._parked.values()):
            if queued.failed_ms < limit_ms:
                self.release(queued, 0)
        for queued in self._parked.values():
            self._plan_flush(queued.failed_ms)
            break


def _rank(queued: QueuedPod) -> tuple[int, int]:
    return (-(queued.pod.spec.priority or 0), queued.queued_ms)
