"""The algorithm of a set: its replicas in order, then pods outside its ordinals, then the rolling update.

Owns which pod is next and what is waited for. Source: pkg/controller/statefulset/stateful_set_control.go.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from msgspec.structs import replace

from harness.actors.controllers.statefulset import retention, status
from harness.actors.controllers.statefulset.identity import NO_ORDINAL, new_pod, ordinal_of, start_ordinal
from harness.actors.controllers.statefulset.membership import is_deleting
from harness.actors.controllers.statefulset.passes import Pass, StopPass
from harness.actors.controllers.statefulset.pod_control import PodControl
from harness.actors.controllers.statefulset.status import Health
from harness.errors import TooLarge
from harness.kernel.clock import Clock
from harness.kernel.loop import together
from harness.objects.pod import Pod, PodTemplateSpec
from harness.objects.pods import PENDING, RUNNING, has_ended
from harness.objects.statefulset import ControllerRevision, StatefulSetStatus

_LARGEST_BATCH = 500
_MOST_REPLICAS = 100_000


class Algorithm:
    """Takes one pass as far as it goes. Raises `ApiError` and `Refused` where a step fails."""

    def __init__(
        self, pods: PodControl, templates: Callable[[ControllerRevision], PodTemplateSpec], clock: Clock
    ) -> None:
        self._pods = pods
        self._templates = templates
        self._clock = clock

    async def act(self, one: Pass, pods: list[Pod]) -> StatefulSetStatus:
        """The algorithm proper: replicas, then condemned pods, then the rolling update. Returns the status to write."""
        self._partition(one, pods)
        stateful_set = one.stateful_set
        status_now = self.count(one, blank(one), members=pods if is_deleting(stateful_set) else None)
        if is_deleting(stateful_set):
            return status_now
        first_unavailable = self._first_unavailable(one) if one.condemned else None
        try:
            await self._replicas(one)
            for pod in one.condemned:
                if not self._pods.claims_are_owned(one, pod):
                    await self._pods.own_claims(one, pod)
            await self._each(
                one, 0, len(one.condemned), lambda index: self._condemned(one, one.condemned[index], first_unavailable)
            )
        except StopPass:
            return status_now
        if stateful_set.spec.update_strategy.type == "OnDelete":
            return status_now
        return await self._roll(one, status_now)

    def _partition(self, one: Pass, pods: list[Pod]) -> None:
        """Sort the pods into slots and condemned. Raises TooLarge."""
        stateful_set = one.stateful_set
        start, replicas = start_ordinal(stateful_set), stateful_set.spec.replicas or 0
        found: dict[int, Pod] = {}
        for pod in pods:
            ordinal = ordinal_of(pod)
            if start <= ordinal < start + replicas:
                found[ordinal] = pod
            elif ordinal != NO_ORDINAL:
                one.condemned.append(pod)
        if replicas > _MOST_REPLICAS:
            name = f"{stateful_set.metadata.namespace}/{stateful_set.metadata.name}"
            raise TooLarge(
                f"StatefulSet {name} asks for {replicas} replicas; at most {_MOST_REPLICAS} can be rehearsed"
            )
        one.slots = [found.get(ordinal) for ordinal in range(start, start + replicas)]
        one.condemned.sort(key=ordinal_of, reverse=True)

    def _new_pod(self, one: Pass, ordinal: int) -> Pod:
        """The pod for an empty slot: below the partition from the current revision, else from the update one."""
        stateful_set = one.stateful_set
        strategy = stateful_set.spec.update_strategy
        start = start_ordinal(stateful_set)
        if strategy.type == "OnDelete":
            old = False
        elif strategy.rolling_update is not None:
            old = ordinal < start + (strategy.rolling_update.partition or 0)
        else:
            old = ordinal < start + stateful_set.status.current_replicas
        revision = one.current if old else one.update
        return new_pod(stateful_set, self._templates(revision), revision.metadata.name, ordinal)

    def _health(self, one: Pass, pod: Pod) -> Health:
        found = one.healths.get(pod.metadata.name)
        if found is None:
            found = status.health(pod, one.stateful_set.spec.min_ready_seconds, self._clock)
            one.healths[pod.metadata.name] = found
        return found

    def _first_unavailable(self, one: Pass) -> Pod | None:
        """The lowest slot that is not available, else the lowest such condemned pod; None also for an empty slot."""
        for pod in (*one.slots, *reversed(one.condemned)):
            if pod is None:
                return None
            health = self._health(one, pod)
            if not health.available or health.terminating:
                return pod
        return None

    def _settled(self, one: Pass) -> int:
        """How many slots from the lowest up have nothing to be done, so that a pass in order need not stop there."""
        for index, pod in enumerate(one.slots):
            if pod is None or pod.status.phase != "Running":
                return index
            health = self._health(one, pod)
            if health.terminating or not health.available or not self._pods.is_in_order(one, pod):
                return index
        return len(one.slots)

    async def _replicas(self, one: Pass) -> None:
        """Take a step for each slot with which there is anything to be done."""
        if one.ordered:
            await self._each(one, self._settled(one), len(one.slots), lambda index: self._replica(one, index))
            return
        await self._each(one, 0, len(one.slots), lambda index: self._replica(one, index), self._is_at_rest)

    def _is_at_rest(self, one: Pass, index: int) -> bool:
        """Whether a slot of a set without order has a pod that runs and wants no repair."""
        pod = one.slots[index]
        return pod is not None and pod.status.phase == RUNNING and self._pods.is_in_order(one, pod)

    async def _each(
        self,
        one: Pass,
        first: int,
        count: int,
        step: Callable[[int], Coroutine[int, None, None]],
        rests: Callable[[Pass, int], bool] = lambda _one, _index: False,
    ) -> None:
        """Take a step for each of `count`: in order one after the other from `first`, else in batches that double.

        In a batch those that rest are left out; their steps would take no time.
        """
        if one.ordered:
            for index in range(first, count):
                await step(index)
            return
        done, size = 0, 1
        while done < count:
            last = min(done + min(size, _LARGEST_BATCH), count)
            await together([step(index) for index in range(done, last) if not rests(one, index)])
            done, size = last, size * 2

    async def _replica(self, one: Pass, index: int) -> None:
        """One slot: delete what has finished, create what is missing, wait for what is not healthy, repair the rest."""
        pod = one.slots[index]
        if pod is None:
            await self._fill(one, index)
            self._stop_if_ordered(one)
            return
        health = self._health(one, pod)
        if has_ended(pod):
            if not health.terminating:
                await self._pods.delete(one, pod)
            self._stop_if_ordered(one)
            return
        if pod.status.phase == PENDING:
            await self._pods.create_claims(one, pod)
            await self._pods.own_claims(one, pod, say=True)
        if one.ordered and (health.terminating or not health.ready or not health.available):
            raise StopPass
        await self._pods.repair(one, pod)

    async def _fill(self, one: Pass, index: int) -> None:
        """Create the pod of an empty slot, unless a claim of it still belongs to its predecessor and is to go."""
        pod = self._new_pod(one, start_ordinal(one.stateful_set) + index)
        collects = retention.policy_of(one.stateful_set)[0] == retention.DELETE
        if collects and any(retention.is_stale(claim, pod) for claim in self._pods.claims_of(one, pod)):
            return
        await self._pods.create(one, pod)

    @staticmethod
    def _stop_if_ordered(one: Pass) -> None:
        if one.ordered:
            raise StopPass

    async def _condemned(self, one: Pass, pod: Pod, first_unavailable: Pod | None) -> None:
        """One pod outside the ordinals: delete it, in order only when everything before it is healthy."""
        health = self._health(one, pod)
        if health.terminating:
            self._stop_if_ordered(one)
            return
        if one.ordered and pod is not first_unavailable and not (health.ready and health.available):
            raise StopPass
        await self._pods.delete(one, pod)
        self._stop_if_ordered(one)

    async def _roll(self, one: Pass, status_now: StatefulSetStatus) -> StatefulSetStatus:
        """The rolling update: from the highest ordinal down to the partition, at most one pod a pass."""
        rolling = one.stateful_set.spec.update_strategy.rolling_update
        partition = (rolling.partition or 0) if rolling is not None else 0
        for pod in reversed(one.slots[partition:]):
            if pod is None:
                break
            health = self._health(one, pod)
            if health.revision != one.update.metadata.name and not health.terminating:
                await self._pods.delete(one, pod)
                return replace(status_now, current_replicas=status_now.current_replicas - 1)
            if health.terminating or not health.available:
                break
        return status_now

    def count(self, one: Pass, blank: StatefulSetStatus, members: list[Pod] | None = None) -> StatefulSetStatus:
        pods = one.members if members is None else members
        return status.counted(
            blank,
            (self._health(one, pod) for pod in pods),
            one.current.metadata.name,
            one.update.metadata.name,
        )


def blank(one: Pass) -> StatefulSetStatus:
    """The status of this pass before anything is counted. Conditions are not kept."""
    return StatefulSetStatus(
        observed_generation=one.stateful_set.metadata.generation,
        current_revision=one.current.metadata.name,
        update_revision=one.update.metadata.name,
        collision_count=one.collision_count,
    )
