"""S4: a rolling update deletes only outdated pods at or above the partition, the highest first, one at a time.

Every higher ordinal must be at the newest revision and available; in a set in order so must, but for the revision, the
lower ones. Parallel makes no difference to the higher ones. Where the set has a maxUnavailable, that many may be
unavailable instead. A pod that has finished is replaced under any strategy, and judged as part of no rollout.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.checks import stateful_sets as sets
from harness.checks.check import ACTION, Check, Sighting, Witness
from harness.checks.scene import Past, actor, begins_deletion
from harness.kernel.trace import Record
from harness.objects.pod import Pod
from harness.objects.statefulset import StatefulSet


class OrderOfUpdate(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        if not begins_deletion(record) or actor(record) != sets.CONTROLLER:
            return
        pod: Pod = record.previous
        stateful_set = sets.set_of(pod, self.scene.now)
        if stateful_set is None or sets.ordinal(pod) not in sets.ordinals(stateful_set):
            return
        if pod.status.phase in sets.FINISHED:
            return
        self.came_true += 1
        obstacle = self.scene.obstacle(record, partial(self._obstacle, pod))
        if obstacle:
            yield Sighting(pod, f"is replaced although {obstacle}")

    def _obstacle(self, pod: Pod, past: Past) -> str:
        stateful_set = sets.set_of(pod, past)
        if stateful_set is None:
            return "its set is not there"
        number = sets.ordinal(pod)
        seen = past.get(Pod, pod.metadata.namespace, pod.metadata.name)
        if number not in sets.ordinals(stateful_set) or (seen is not None and seen.status.phase in sets.FINISHED):
            return ""
        strategy = stateful_set.spec.update_strategy
        newest = sets.newest_revision(stateful_set, past)
        if strategy.type == "OnDelete":
            return "the set updates pods only when they are deleted"
        if number < sets.first_updated_ordinal(stateful_set):
            return f"it is below the partition, at {sets.first_updated_ordinal(stateful_set)}"
        if seen is not None and sets.revision_of(seen) == newest:
            return f"it is at the newest revision, {newest}"
        if strategy.rolling_update is not None and strategy.rolling_update.max_unavailable is not None:
            return self._over_budget(stateful_set, strategy.rolling_update.max_unavailable, past)
        return self._neighbour(number, stateful_set, newest, past)

    def _neighbour(self, number: int, stateful_set: StatefulSet, newest: str, past: Past) -> str:
        """What stands in the way among the set's other pods."""
        ordered, name = sets.is_ordered(stateful_set), stateful_set.metadata.name
        for other in sets.ordinals(stateful_set):
            if other == number or (other < number and not ordered):
                continue
            pod = sets.pod_at(stateful_set, other, past)
            ailment = sets.ailment(pod, stateful_set, self.scene.epoch_ms)
            if ailment:
                return f"{name}-{other} is {ailment}"
            if other > number and pod is not None and sets.revision_of(pod) != newest:
                return f"the higher {name}-{other} is not at the newest revision"
        left = sets.condemned(stateful_set, past) if ordered else []
        return f"{left[0].metadata.name} is still to be removed" if left else ""

    def _over_budget(self, stateful_set: StatefulSet, allowed: int | str, past: Past) -> str:
        wanted = sets.ordinals(stateful_set)
        most = int(allowed) if isinstance(allowed, int) else len(wanted) * int(allowed.rstrip("%")) // 100
        pods = (sets.pod_at(stateful_set, number, past) for number in wanted)
        unhealthy = sum(not sets.is_healthy(pod, stateful_set, self.scene.epoch_ms) for pod in pods)
        return f"{unhealthy} pods are unavailable already" if unhealthy >= max(1, most) else ""


CHECK = Check(
    name="rollout-replaces-one-pod-at-a-time",
    property="S4",
    judged=ACTION,
    sentence="A rolling update deletes only outdated pods at or above the partition, highest first, one at a time.",
    condition="a set deletes a pod that it asks for and that has not finished",
    types=(Pod,),
    watch=OrderOfUpdate,
)
