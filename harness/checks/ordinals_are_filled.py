"""S9: once nothing moves any more, a set has gone as far as it can: no step that nothing stands in the way of is left.

The witness walks the steps in the order in which a set takes them, and stops where one waits: at an unhealthy pod for a
set in order, at an unavailable higher one for a rollout. It says nothing of a set that told of a failure (its next try
may be far off), whose claims are going away, or in whose place something foreign stands; and nothing of a missing pod
where claims are collected on scale-down, because the pod may have to wait for that.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks import stateful_sets as sets
from harness.checks.check import SETTLED, Check, Sighting, Witness
from harness.checks.scene import Scene
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.event import Event
from harness.objects.pod import Pod
from harness.objects.statefulset import StatefulSet


class Progress(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # The uids of sets that told of a failure.
        self._failed: dict[str, None] = {}

    def see(self, record: Record) -> Iterator[Sighting]:
        event: Event = record.subject
        if event.type == "Warning" and event.involved_object.kind == StatefulSet.kind:
            self._failed[event.involved_object.uid] = None
        yield from ()

    def settled(self) -> Iterator[Sighting]:
        for stateful_set in self.scene.now.every(StatefulSet):
            metadata = stateful_set.metadata
            if metadata.deletion_timestamp is None and metadata.uid not in self._failed and self._is_free(stateful_set):
                self.came_true += 1
                yield from self._left_to_do(stateful_set)

    def _is_free(self, stateful_set: StatefulSet) -> bool:
        """Whether nothing that the set does not tell of can hold it up."""
        now, namespace = self.scene.now, stateful_set.metadata.namespace
        for number in sets.ordinals(stateful_set):
            name = f"{stateful_set.metadata.name}-{number}"
            if now.get(Pod, namespace, name) is not None and sets.pod_at(stateful_set, number, now) is None:
                return False
            for claim_name in sets.claim_names(stateful_set, number).values():
                claim = now.get(PersistentVolumeClaim, namespace, claim_name)
                if claim is not None and claim.metadata.deletion_timestamp is not None:
                    return False
        return True

    def _left_to_do(self, stateful_set: StatefulSet) -> Iterator[Sighting]:
        now, epoch_ms = self.scene.now, self.scene.epoch_ms
        ordered = sets.is_ordered(stateful_set)
        for number in sets.ordinals(stateful_set):
            pod = sets.pod_at(stateful_set, number, now)
            if pod is None:
                if not _collects_claims(stateful_set):
                    yield Sighting(stateful_set, f"lacks its pod {stateful_set.metadata.name}-{number}")
            elif pod.status.phase in sets.FINISHED and not sets.is_terminating(pod):
                yield Sighting(pod, f"has finished ({pod.status.phase}) and is not replaced")
            if ordered and not sets.is_healthy(pod, stateful_set, epoch_ms):
                return
        staying = [pod for pod in sets.condemned(stateful_set, now) if not sets.is_terminating(pod)]
        unhealthy = [pod for pod in staying if not sets.is_healthy(pod, stateful_set, epoch_ms)]
        if staying and len(staying) == len(sets.condemned(stateful_set, now)) and (not ordered or len(unhealthy) < 2):
            yield Sighting(staying[-1], "is beyond the ordinals of its set and is not removed")
        if not ordered or not sets.condemned(stateful_set, now):
            yield from self._outdated(stateful_set)

    def _outdated(self, stateful_set: StatefulSet) -> Iterator[Sighting]:
        """The highest pod that the rollout should have replaced."""
        now = self.scene.now
        if stateful_set.spec.update_strategy.type != "RollingUpdate":
            return
        newest = sets.newest_revision(stateful_set, now)
        for number in reversed(range(sets.first_updated_ordinal(stateful_set), sets.ordinals(stateful_set).stop)):
            pod = sets.pod_at(stateful_set, number, now)
            if pod is not None and sets.revision_of(pod) != newest and not sets.is_terminating(pod):
                yield Sighting(pod, f"is not brought to the newest revision, {newest}")
                return
            if not sets.is_healthy(pod, stateful_set, self.scene.epoch_ms):
                return


def _collects_claims(stateful_set: StatefulSet) -> bool:
    """Whether a missing pod may be waiting, unannounced, for its predecessor's claim to be collected."""
    policy = stateful_set.spec.persistent_volume_claim_retention_policy
    return policy is not None and policy.when_scaled == "Delete"


CHECK = Check(
    name="ordinals-are-filled",
    property="S9",
    judged=SETTLED,
    sentence="Once settled, no step of a set is left to do that nothing stands in the way of.",
    condition="a set that told of no failure is there when things are settled",
    types=(Event,),
    watch=Progress,
)
