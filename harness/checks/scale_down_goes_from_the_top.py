"""S3: a set in order gives up its highest ordinal first, one at a time, and only when all that it keeps are healthy.

Judged by what the controller may have seen. A pod given up may itself be unhealthy only if no lower one of those given
up is: the lowest unhealthy pod is the one that may be removed. A set that is Parallel makes no such promise, and what a
person deletes is a person's affair.
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


class OrderOfRemoval(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        if not begins_deletion(record) or actor(record) != sets.CONTROLLER:
            return
        pod: Pod = record.previous
        stateful_set = sets.set_of(pod, self.scene.now)
        if stateful_set is None or not sets.is_ordered(stateful_set):
            return
        if sets.ordinal(pod) in sets.ordinals(stateful_set):
            return
        self.came_true += 1
        obstacle = self.scene.obstacle(record, partial(self._obstacle, pod))
        if obstacle:
            yield Sighting(pod, f"is scaled down although {obstacle}")

    def _obstacle(self, pod: Pod, past: Past) -> str:
        stateful_set = sets.set_of(pod, past)
        if stateful_set is None:
            return "its set is not there"
        number, epoch_ms = sets.ordinal(pod), self.scene.epoch_ms
        if number in sets.ordinals(stateful_set):
            return ""
        for kept in sets.ordinals(stateful_set):
            ailment = sets.ailment(sets.pod_at(stateful_set, kept, past), stateful_set, epoch_ms)
            if ailment:
                return f"{stateful_set.metadata.name}-{kept} is {ailment}"
        return _among_condemned(pod, stateful_set, past, epoch_ms)


def _among_condemned(pod: Pod, stateful_set: StatefulSet, past: Past, epoch_ms: int) -> str:
    number = sets.ordinal(pod)
    seen = past.get(Pod, pod.metadata.namespace, pod.metadata.name)
    is_healthy = sets.is_healthy(seen, stateful_set, epoch_ms)
    for other in sets.condemned(stateful_set, past):
        name = other.metadata.name
        if sets.ordinal(other) > number:
            return f"{name} is there still"
        if sets.ordinal(other) < number and not is_healthy and not sets.is_healthy(other, stateful_set, epoch_ms):
            return f"it is unhealthy, and so is the lower {name}"
    return ""


CHECK = Check(
    name="scale-down-goes-from-the-top",
    property="S3",
    judged=ACTION,
    sentence="A set in order gives up its highest ordinal first, one at a time, when all that it keeps are healthy.",
    condition="a set in order deletes a pod that it no longer asks for",
    types=(Pod,),
    watch=OrderOfRemoval,
)
