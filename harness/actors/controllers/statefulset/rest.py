"""Sets at rest: all pods are there and as they should be, so that a pass has nothing to do but count who is ready.

Owns the proof that this is so, and its end. No pass is left out; one over a set at rest takes the count as it is kept
rather than looking at every pod, so that a thousand pods starting cost a thousand times one pod and not its square.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from harness.actors.controllers.statefulset.identity import REVISION_LABEL
from harness.actors.controllers.statefulset.membership import is_deleting
from harness.actors.controllers.statefulset.passes import Pass
from harness.actors.controllers.statefulset.pod_control import PodControl
from harness.api.store import MODIFIED, Change
from harness.control.controller import Process
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.conditions import is_ready
from harness.objects.pod import Pod
from harness.objects.pods import PENDING, RUNNING
from harness.objects.statefulset import StatefulSet, StatefulSetSpec, StatefulSetStatus

_STARTED = (PENDING, RUNNING)


class Rest(msgspec.Struct):
    """What is known of one set at rest. `current` and `updated` count pods by revision; `ready` is kept up to date."""

    spec: StatefulSetSpec
    namespace: str
    revisions: tuple[str, str]
    replicas: int
    current: int
    updated: int
    ready: int


class RestingSets:
    """The sets known to be at rest, by uid."""

    def __init__(self, process: Process, pods: PodControl) -> None:
        self._pods = pods
        self._rests: dict[str, Rest] = {}
        process.informers.of(PersistentVolumeClaim).subscribe(self._claim_changed)

    def find(self, stateful_set: StatefulSet) -> Rest | None:
        """What is known of this set, provided that nobody changed what it asks for since."""
        rest = self._rests.get(stateful_set.metadata.uid)
        if rest is None or rest.spec is not stateful_set.spec or is_deleting(stateful_set):
            return None
        return rest

    def counted(self, one: Pass, rest: Rest, blank: StatefulSetStatus) -> StatefulSetStatus | None:
        """The status of a pass over a set at rest; None if the pass is at other revisions than the set was."""
        if rest.revisions != (one.current.metadata.name, one.update.metadata.name):
            return None
        return replace(
            blank,
            replicas=rest.replicas,
            ready_replicas=rest.ready,
            available_replicas=rest.ready,
            current_replicas=rest.current,
            updated_replicas=rest.updated,
        )

    def consider(self, one: Pass) -> None:
        """After a pass that did nothing: take in whether nothing was to be done."""
        spec = one.stateful_set.spec
        pods = one.members
        if len(pods) != len(one.slots) or one.condemned or spec.min_ready_seconds or not self._all_in_order(one, pods):
            return
        names = [pod.metadata.labels.get(REVISION_LABEL, "") for pod in pods]
        metadata = one.stateful_set.metadata
        self._rests[metadata.uid] = Rest(
            spec=spec,
            namespace=metadata.namespace,
            revisions=(one.current.metadata.name, one.update.metadata.name),
            replicas=len(pods),
            current=names.count(one.current.metadata.name),
            updated=names.count(one.update.metadata.name),
            ready=sum(1 for pod in pods if _runs_ready(pod)),
        )

    def pod_changed(self, uid: str, change: Change) -> None:
        """Take in a change to a pod of the set with this uid; all but a pod getting on with its life ends the rest."""
        rest = self._rests.get(uid)
        if rest is None:
            return
        previous, pod = change.previous, change.object
        if change.type != MODIFIED or not _is_alive(pod) or not _is_same_member(previous, pod):
            del self._rests[uid]
            return
        rest.ready += _runs_ready(pod) - _runs_ready(previous)

    def _claim_changed(self, change: Change) -> None:
        """A claim that comes, goes, starts to go or changes owners may be one that a set must see to."""
        if not self._rests:
            return
        previous, claim = change.previous, change.object
        if (
            change.type == MODIFIED
            and previous.metadata.deletion_timestamp == claim.metadata.deletion_timestamp
            and previous.metadata.owner_references == claim.metadata.owner_references
        ):
            return
        for uid in [uid for uid, rest in self._rests.items() if rest.namespace == claim.metadata.namespace]:
            del self._rests[uid]

    def _all_in_order(self, one: Pass, pods: list[Pod]) -> bool:
        """Whether every slot has a living pod at its revision, with its identity, its storage and its claims."""
        spec = one.stateful_set.spec
        rolling = spec.update_strategy.rolling_update
        partition = (rolling.partition or 0) if rolling is not None else 0
        first = len(pods) if spec.update_strategy.type == "OnDelete" else partition
        update = one.update.metadata.name
        return all(
            _is_alive(pod)
            and (index < first or pod.metadata.labels.get(REVISION_LABEL) == update)
            and self._pods.is_in_order(one, pod)
            and self._pods.has_all_claims(one, pod)
            and not (pod.status.phase == PENDING and self._pods.has_conflict(one, pod))
            for index, pod in enumerate(pods)
        )


def _is_alive(pod: Pod) -> bool:
    return pod.status.phase in _STARTED and pod.metadata.deletion_timestamp is None


def _is_same_member(previous: Pod, pod: Pod) -> bool:
    before, after = previous.metadata, pod.metadata
    return before.labels == after.labels and before.owner_references == after.owner_references


def _runs_ready(pod: Pod) -> bool:
    return pod.status.phase == RUNNING and is_ready(pod)
