"""S2: a set in order creates a pod only when all its lower ordinals are there, ready, available and not going away.

Judged by what the controller may have seen. A set that is Parallel makes no such promise.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.checks import stateful_sets as sets
from harness.checks.check import ACTION, Check, Sighting, Witness
from harness.checks.scene import ADDED, Past, actor
from harness.kernel.trace import Record
from harness.objects.pod import Pod


class OrderOfCreation(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        if record.type != ADDED or actor(record) != sets.CONTROLLER:
            return
        pod: Pod = record.subject
        stateful_set = sets.set_of(pod, self.scene.now)
        if stateful_set is None or not sets.is_ordered(stateful_set):
            return
        if sets.ordinal(pod) > sets.first_ordinal(stateful_set):
            self.came_true += 1
        obstacle = self.scene.obstacle(record, partial(self._obstacle, pod))
        if obstacle:
            yield Sighting(pod, f"is created although {obstacle}")

    def _obstacle(self, pod: Pod, past: Past) -> str:
        stateful_set = sets.set_of(pod, past)
        if stateful_set is None:
            return "its set is not there"
        for number in range(sets.first_ordinal(stateful_set), sets.ordinal(pod)):
            lower = sets.pod_at(stateful_set, number, past)
            ailment = sets.ailment(lower, stateful_set, self.scene.epoch_ms)
            if ailment:
                return f"{stateful_set.metadata.name}-{number} is {ailment}"
        return ""


CHECK = Check(
    name="pod-waits-for-lower-ordinals",
    property="S2",
    judged=ACTION,
    sentence="A set in order creates a pod only when all its lower ordinals are there, available and not going away.",
    condition="a set in order creates a pod that is not its first",
    types=(Pod,),
    watch=OrderOfCreation,
)
