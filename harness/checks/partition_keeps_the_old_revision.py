"""S5: a pod made below the partition is made at the current revision, and one made from it upwards at the newest.

What the current revision is, the witness works out for itself: the one first seen in the set's status, until every pod
is ready at a newer one. It takes the controller's word only where that revision no longer exists, and where the set
was never asked to hold anything back: under OnDelete everything is made new, and a rolling update without parameters
counts the pods that its status calls current.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks import stateful_sets as sets
from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import ADDED, DELETED, Past, Scene, actor
from harness.kernel.trace import Record
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision, StatefulSet


class Partition(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # By uid of a set, the revision that its pods below the partition are to have.
        self._current: dict[str, str] = {}

    def see(self, record: Record) -> Iterator[Sighting]:
        if isinstance(record.subject, StatefulSet):
            self._follow(record, record.subject)
        elif record.type == ADDED and actor(record) == sets.CONTROLLER:
            yield from self._judge(record, record.subject)

    def _follow(self, record: Record, stateful_set: StatefulSet) -> None:
        """Take over the current revision that the status tells, if the set has come so far."""
        uid, told = stateful_set.metadata.uid, stateful_set.status.current_revision
        if record.type == DELETED or not told or self._current.get(uid) == told:
            return
        known = self._current.get(uid)
        if known is None or any(
            sets.promotion_is_due(stateful_set, told, past) or _is_gone(stateful_set, known, past)
            for past in (self.scene.now, *self.scene.seen(record))
        ):
            self._current[uid] = told

    def _judge(self, record: Record, pod: Pod) -> Iterator[Sighting]:
        has = sets.revision_of(pod)
        wanted = ""
        stateful_set = sets.set_of(pod, self.scene.now)
        if stateful_set is None:
            return
        if sets.ordinal(pod) < sets.first_updated_ordinal(stateful_set):
            self.came_true += 1
        for past in self.scene.seen(record):
            wanted = self._wanted(pod, past)
            if has == wanted or not wanted:
                return
        yield Sighting(pod, f"is made at revision {has}, but its ordinal is to be at {wanted}")

    def _wanted(self, pod: Pod, past: Past) -> str:
        """The revision for the pod; "" where it cannot be told."""
        stateful_set = sets.set_of(pod, past)
        if stateful_set is None:
            return ""
        newest = sets.newest_revision(stateful_set, past)
        strategy = stateful_set.spec.update_strategy
        current = self._current.get(stateful_set.metadata.uid, "")
        if not current or _is_gone(stateful_set, current, past):
            current = newest
        if strategy.type == "OnDelete":
            return newest
        below = sets.first_updated_ordinal(stateful_set)
        if strategy.rolling_update is None:
            below = sets.first_ordinal(stateful_set) + stateful_set.status.current_replicas
        return current if sets.ordinal(pod) < below else newest


def _is_gone(stateful_set: StatefulSet, revision: str, past: Past) -> bool:
    return past.get(ControllerRevision, stateful_set.metadata.namespace, revision) is None


CHECK = Check(
    name="partition-keeps-the-old-revision",
    property="S5",
    judged=EVERY_STEP,
    sentence="A pod made below the partition has the current revision, one made from it upwards the newest.",
    condition="a pod is made below the partition",
    types=(Pod, StatefulSet),
    watch=Partition,
)
