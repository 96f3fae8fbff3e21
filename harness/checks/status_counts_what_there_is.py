"""S11: once settled, a set's counters are those of its pods; and a revision becomes current only when all pods have it.

Counts are judged when nothing moves, promotion when it is written, by what the controller may have seen. A revision is
promoted once all pods are ready with it: that they have been so for minReadySeconds is not asked for, as upstream does
not ask for it. Where the current revision no longer exists, the update revision takes its place.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks import stateful_sets as sets
from harness.checks.check import SETTLED, Check, Sighting, Witness
from harness.checks.scene import ADDED, DELETED, Past, actor
from harness.kernel.trace import Record
from harness.objects.statefulset import ControllerRevision, StatefulSet


class Counting(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        if record.type in (ADDED, DELETED) or actor(record) != sets.CONTROLLER:
            return
        stateful_set: StatefulSet = record.subject
        before: str = record.previous.status.current_revision
        after = stateful_set.status.current_revision
        if before == after or not before:
            return
        self.came_true += 1
        if not any(_may_promote(stateful_set, before, after, past) for past in self.scene.seen(record)):
            yield Sighting(stateful_set, f"calls {after} current although not all its pods are ready at it")

    def settled(self) -> Iterator[Sighting]:
        for stateful_set in self.scene.now.every(StatefulSet):
            if stateful_set.metadata.deletion_timestamp is None and stateful_set.status.observed_generation:
                self.came_true += 1
                told = _told(stateful_set)
                for name, counted in self._counted(stateful_set).items():
                    if told[name] != counted:
                        yield Sighting(stateful_set, f"tells {name}: {told[name]}, but there are {counted}")

    def _counted(self, stateful_set: StatefulSet) -> dict[str, int]:
        status = stateful_set.status
        pods = sets.members(stateful_set, self.scene.now)
        revisions = [sets.revision_of(pod) for pod in pods if not sets.is_terminating(pod)]
        return {
            "observedGeneration": stateful_set.metadata.generation,
            "replicas": len(pods),
            "readyReplicas": sum(sets.is_ready(pod) for pod in pods),
            "availableReplicas": sum(sets.is_available(pod, stateful_set, self.scene.epoch_ms) for pod in pods),
            "currentReplicas": revisions.count(status.current_revision),
            "updatedReplicas": revisions.count(status.update_revision),
        }


def _told(stateful_set: StatefulSet) -> dict[str, int]:
    status = stateful_set.status
    return {
        "observedGeneration": status.observed_generation,
        "replicas": status.replicas,
        "readyReplicas": status.ready_replicas,
        "availableReplicas": status.available_replicas,
        "currentReplicas": status.current_replicas,
        "updatedReplicas": status.updated_replicas,
    }


def _may_promote(stateful_set: StatefulSet, before: str, after: str, past: Past) -> bool:
    seen = past.get(StatefulSet, stateful_set.metadata.namespace, stateful_set.metadata.name)
    if seen is None or past.get(ControllerRevision, stateful_set.metadata.namespace, before) is None:
        return True
    return sets.promotion_is_due(seen, after, past)


CHECK = Check(
    name="status-counts-what-there-is",
    property="S11",
    judged=SETTLED,
    sentence="Once settled, a set's counters are those of its pods; a revision is current only when all pods have it.",
    condition="a set is there when things are settled, or another revision becomes current",
    types=(StatefulSet,),
    watch=Counting,
)
