"""One pass over a set: who belongs to it, which revision it is at, and the next step towards what it asks for.

Owns the order of the algorithm and every write of the controller. What a pod of the set is, what its claims' owners
are, what is counted and which revision a template has are decided by its neighbours.
Source: pkg/controller/statefulset/stateful_set.go, stateful_set_control.go, stateful_pod_control.go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import msgspec
from msgspec.structs import replace

from harness.actors.controllers.statefulset import retention, revisions, status
from harness.actors.controllers.statefulset.identity import (
    NO_ORDINAL,
    REVISION_LABEL,
    claim_name,
    identity_matches,
    new_claim,
    new_pod,
    ordinal_of,
    parent_and_ordinal,
    repaired,
    start_ordinal,
    storage_matches,
)
from harness.actors.controllers.statefulset.status import Health
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process, Retry
from harness.control.events import NORMAL, WARNING
from harness.kernel.loop import sleep, together
from harness.objects import selector
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.conditions import is_ready
from harness.objects.meta import Object, OwnerReference, controller_of, owned_by
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision, StatefulSet, StatefulSetStatus

_STATUS_TRIES = 5
_STATUS_RETRY_MS = 10
_UPDATE_TRIES = 4
_UPDATE_RETRY_MS = 10
_LARGEST_BATCH = 500
_FINISHED = ("Failed", "Succeeded")


class Refused(Retry):
    """A step of the algorithm failed with a text of its own."""


class StopPass(Exception):
    """The pass ends here, as one in order does at the first pod that is not as it should be. Not a failure."""


class Pass(msgspec.Struct):
    """What one pass knows and works on. `slots` are the pods of the wanted ordinals, made in memory where missing."""

    client: Client
    stateful_set: StatefulSet
    current: ControllerRevision
    update: ControllerRevision
    collision_count: int
    slots: list[Pod]
    condemned: list[Pod]
    ordered: bool
    created: int = 0

    @property
    def members(self) -> list[Pod]:
        return [*self.slots, *self.condemned]


class StatefulSetController(Controller[Key]):
    """Keys are (namespace, name) of sets."""

    name = "statefulset-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5)
        informers = process.informers
        self._sets = informers.of(StatefulSet)
        self._pods = informers.of(Pod)
        self._claims = informers.of(PersistentVolumeClaim)
        self._revisions = informers.of(ControllerRevision)
        self._pods_of = self._pods.index(_owner_or_orphanage)
        self._revisions_of = self._revisions.index(_owner_or_orphanage)
        self._memory = revisions.Memory()
        self._clock = process.loop.clock
        self._sets.subscribe(self._set_changed)
        self._pods.subscribe(self._pod_changed)

    # What wakes a set. Claims, revisions, services and nodes never do.

    def _set_changed(self, change: Change) -> None:
        metadata = change.object.metadata
        self.queue.add((metadata.namespace, metadata.name), change.sequence)

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        previous: Pod | None = change.previous
        owner = controller_of(pod)
        before = controller_of(previous) if previous is not None else None
        if before is not None and before != owner:
            self._wake_owner(pod.metadata.namespace, before, change)
        if owner is not None:
            key = self._wake_owner(pod.metadata.namespace, owner, change)
            if key is not None and change.type != DELETED and previous is not None:
                self._wake_when_available(key, previous, pod)
        elif change.type != DELETED:
            if previous is not None and before is None and previous.metadata.labels == pod.metadata.labels:
                return
            for key, stateful_set in self._sets.objects.items():
                if key[0] == pod.metadata.namespace and selector.matches(
                    stateful_set.spec.selector, pod.metadata.labels
                ):
                    self.queue.add(key, change.sequence)

    def _wake_owner(self, namespace: str, owner: OwnerReference, change: Change) -> Key | None:
        if owner.kind != StatefulSet.kind:
            return None
        stateful_set = self._sets.get(namespace, owner.name)
        if stateful_set is None or stateful_set.metadata.uid != owner.uid:
            return None
        key = (namespace, owner.name)
        self.queue.add(key, change.sequence)
        return key

    def _wake_when_available(self, key: Key, previous: Pod, pod: Pod) -> None:
        stateful_set = self._sets.objects[key]
        seconds = stateful_set.spec.min_ready_seconds
        if seconds and is_ready(pod) and not is_ready(previous):
            self.queue.add_after(key, seconds * 1000)

    # The pass

    async def reconcile(self, key: Key, client: Client) -> int | None:
        stateful_set = self._sets.objects.get(key)
        if stateful_set is None:
            return None
        await self._adopt_revisions(stateful_set, client)
        pods = await self._claim_pods(stateful_set, client)
        return await self._update(stateful_set, pods, client)

    async def _update(self, stateful_set: StatefulSet, pods: list[Pod], client: Client) -> int | None:
        history = revisions.in_order(self._owned(self._revisions_of, stateful_set, ControllerRevision))
        current, update, collisions = await self._choose_revisions(stateful_set, history, client)
        one = Pass(
            client=client,
            stateful_set=stateful_set,
            current=current,
            update=update,
            collision_count=collisions,
            slots=[],
            condemned=[],
            ordered=stateful_set.spec.pod_management_policy != "Parallel",
        )
        failure: Exception | None = None
        try:
            written = await self._act(one, pods)
        except (ApiError, Refused) as problem:
            failure = problem
            written = self._count(one, self._blank(one))
        await self._write_status(stateful_set, written, client)
        await self._trim(stateful_set, history, one, pods, client)
        if failure is not None:
            raise failure
        return self._again_ms(stateful_set, pods, written)

    async def _act(self, one: Pass, pods: list[Pod]) -> StatefulSetStatus:
        """The algorithm proper: replicas, then condemned pods, then the rolling update. Returns the status to write."""
        self._partition(one, pods)
        stateful_set = one.stateful_set
        status_now = self._count(one, self._blank(one), members=pods if _is_deleting(stateful_set) else None)
        if _is_deleting(stateful_set):
            return status_now
        first_unavailable = self._first_unavailable(one)
        try:
            await self._each(one, len(one.slots), lambda index: self._replica(one, index))
            for pod in one.condemned:
                await self._own_claims(one, pod)
            await self._each(
                one, len(one.condemned), lambda index: self._condemned(one, one.condemned[index], first_unavailable)
            )
        except StopPass:
            return status_now
        status_now = self._count(one, status_now)
        if stateful_set.spec.update_strategy.type == "OnDelete":
            return status_now
        return await self._roll(one, status_now)

    def _partition(self, one: Pass, pods: list[Pod]) -> None:
        """Sort the pods into slots and condemned, and make up in memory what is missing."""
        stateful_set = one.stateful_set
        start, replicas = start_ordinal(stateful_set), stateful_set.spec.replicas or 0
        found: dict[int, Pod] = {}
        for pod in pods:
            ordinal = ordinal_of(pod)
            if start <= ordinal < start + replicas:
                found[ordinal] = pod
            elif ordinal != NO_ORDINAL:
                one.condemned.append(pod)
        one.slots = [found.get(ordinal) or self._new_pod(one, ordinal) for ordinal in range(start, start + replicas)]
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
        return new_pod(stateful_set, self._memory.template(revision), revision.metadata.name, ordinal)

    def _health(self, one: Pass, pod: Pod) -> Health:
        return status.health(pod, one.stateful_set.spec.min_ready_seconds, self._clock)

    def _first_unavailable(self, one: Pass) -> Pod | None:
        """The lowest slot that is not available, else the lowest such condemned pod."""
        for pod in (*one.slots, *reversed(one.condemned)):
            health = self._health(one, pod)
            if not health.available or health.terminating:
                return pod
        return None

    async def _each(self, one: Pass, count: int, step: Callable[[int], Coroutine[int, None, None]]) -> None:
        """Take a step for each of `count`: one after the other in order, or in batches that double, all at once."""
        if one.ordered:
            for index in range(count):
                await step(index)
            return
        done, size = 0, 1
        while done < count:
            last = min(done + min(size, _LARGEST_BATCH), count)
            await together([step(index) for index in range(done, last)])
            done, size = last, size * 2

    async def _replica(self, one: Pass, index: int) -> None:
        """One slot: delete what has finished, create what is missing, wait for what is not healthy, repair the rest."""
        pod = one.slots[index]
        health = self._health(one, pod)
        if pod.status.phase in _FINISHED:
            if not health.terminating:
                await self._delete_pod(one, pod)
            self._stop_if_ordered(one)
            return
        if not health.created:
            if any(retention.is_stale(claim, pod) for claim in self._claims_of(one, pod)) and (
                retention.policy_of(one.stateful_set)[0] == retention.DELETE
            ):
                self._stop_if_ordered(one)
                return
            await self._create_pod(one, pod)
            self._stop_if_ordered(one)
            return
        if pod.status.phase == "Pending":
            await self._create_claims(one, pod)
            await self._own_claims(one, pod, say=True)
        if one.ordered and (health.terminating or not health.ready or not health.available):
            raise StopPass
        await self._repair(one, pod)

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
        await self._delete_pod(one, pod)
        self._stop_if_ordered(one)

    async def _roll(self, one: Pass, status_now: StatefulSetStatus) -> StatefulSetStatus:
        """The rolling update: from the highest ordinal down to the partition, at most one pod a pass."""
        rolling = one.stateful_set.spec.update_strategy.rolling_update
        partition = (rolling.partition or 0) if rolling is not None else 0
        for pod in reversed(one.slots[partition:]):
            health = self._health(one, pod)
            if health.revision != one.update.metadata.name and not health.terminating:
                await self._delete_pod(one, pod)
                return replace(status_now, current_replicas=status_now.current_replicas - 1)
            if health.terminating or not health.available:
                return status_now
        return status_now

    # Pods and their claims

    async def _create_pod(self, one: Pass, pod: Pod) -> None:
        stateful_set = one.stateful_set
        text = f"Create Pod {pod.metadata.name} in StatefulSet {stateful_set.metadata.name}"
        try:
            await self._create_claims(one, pod)
        except Refused as problem:
            self._say(one, WARNING, "FailedCreate", f"{text} failed error: {problem}")
            raise
        try:
            await one.client.create(pod)
        except ApiError as problem:
            if problem.reason != "AlreadyExists":
                self._say(one, WARNING, "FailedCreate", f"{text} failed error: {problem.message}")
            raise
        await self._own_claims(one, pod, say=True)
        self._say(one, NORMAL, "SuccessfulCreate", f"{text} successful")

    async def _delete_pod(self, one: Pass, pod: Pod) -> None:
        text = f"Delete Pod {pod.metadata.name} in StatefulSet {one.stateful_set.metadata.name}"
        try:
            await one.client.delete(pod)
        except ApiError as problem:
            if problem.reason != "NotFound":
                self._say(one, WARNING, "FailedDelete", f"{text} failed error: {problem.message}")
                raise
        self._say(one, NORMAL, "SuccessfulDelete", f"{text} successful")

    async def _create_claims(self, one: Pass, pod: Pod) -> None:
        """Create the pod's claims that do not exist. All are tried; `Refused` names every one that failed."""
        stateful_set = one.stateful_set
        failures: list[str] = []
        for template in stateful_set.spec.volume_claim_templates:
            claim = new_claim(template, stateful_set, ordinal_of(pod))
            name = claim.metadata.name
            stored = self._claims.get(claim.metadata.namespace, name)
            if stored is not None:
                if stored.metadata.deletion_timestamp is not None:
                    failures.append(f"pvc {name} is being deleted")
                continue
            about = f"in StatefulSet {stateful_set.metadata.name}"
            try:
                await one.client.create(claim)
            except ApiError as problem:
                failures.append(f"failed to create PVC {name}: {problem.message}")
                if problem.reason != "AlreadyExists":
                    text = f"Create Claim {name} for Pod {pod.metadata.name} {about} failed error: {problem.message}"
                    self._say(one, WARNING, "FailedCreate", text)
            else:
                self._say(
                    one, NORMAL, "SuccessfulCreate", f"Create Claim {name} Pod {pod.metadata.name} {about} success"
                )
        if failures:
            raise Refused(failures[0] if len(failures) == 1 else f"[{', '.join(failures)}]")

    def _claims_of(self, one: Pass, pod: Pod) -> list[PersistentVolumeClaim]:
        """The pod's claims that exist, in the order of their templates."""
        found = (
            self._claims.get(pod.metadata.namespace, claim_name(template, one.stateful_set, ordinal_of(pod)))
            for template in one.stateful_set.spec.volume_claim_templates
        )
        return [claim for claim in found if claim is not None]

    def _claims_are_owned(self, one: Pass, pod: Pod) -> bool:
        return all(retention.owner_matches(one.stateful_set, pod, claim) for claim in self._claims_of(one, pod))

    async def _own_claims(self, one: Pass, pod: Pod, *, say: bool = False) -> None:
        """Bring the owners of the pod's claims to the retention policy. `say` records a failure as the pod's."""
        stateful_set = one.stateful_set
        for claim in self._claims_of(one, pod):
            name = claim.metadata.name
            if retention.has_unexpected_controller(stateful_set, pod, claim):
                text = (
                    f"PersistentVolumeClaim {name} has a conflicting OwnerReference that acts as a manging controller, "
                    "the retention policy is ignored for this claim"
                )
                self._say(one, WARNING, "ConflictingController", text)
            if retention.owner_matches(stateful_set, pod, claim):
                continue
            try:
                await one.client.update(retention.with_owners(stateful_set, pod, claim))
            except ApiError as problem:
                text = f"could not update claim {name} for delete policy ownerRefs: {problem.message}"
                if say:
                    about = f"Update Pod {pod.metadata.name} in StatefulSet {stateful_set.metadata.name}"
                    self._say(one, WARNING, "FailedUpdate", f"{about} failed error: {text}")
                raise Refused(text) from problem

    async def _repair(self, one: Pass, pod: Pod) -> None:
        """Put right the identity and storage of a healthy pod, and the owners of its claims."""
        stateful_set = one.stateful_set
        if self._is_in_order(one, pod):
            return
        text = f"Update Pod {pod.metadata.name} in StatefulSet {stateful_set.metadata.name}"
        for attempt in range(_UPDATE_TRIES):
            try:
                if not storage_matches(stateful_set, pod):
                    await self._create_claims(one, pod)
                await self._own_claims(one, pod, say=True)
                await one.client.update(repaired(stateful_set, pod))
            except ApiError as problem:
                latest = self._pods.get(pod.metadata.namespace, pod.metadata.name)
                if problem.reason == "Conflict" and latest is not None and attempt + 1 < _UPDATE_TRIES:
                    await sleep(_UPDATE_RETRY_MS * 5**attempt)
                    pod = latest
                    continue
                self._say(one, WARNING, "FailedUpdate", f"{text} failed error: {problem.message}")
                raise
            break
        self._say(one, NORMAL, "SuccessfulUpdate", f"{text} successful")

    def _is_in_order(self, one: Pass, pod: Pod) -> bool:
        stateful_set = one.stateful_set
        return (
            identity_matches(stateful_set, pod)
            and storage_matches(stateful_set, pod)
            and self._claims_are_owned(one, pod)
        )

    def _say(self, one: Pass, type_: str, reason: str, message: str) -> None:
        self.recorder.event(one.stateful_set, type_, reason, message, cause=one.client.cause)

    # Who belongs to the set

    def _owned(self, index: Any, stateful_set: StatefulSet, _type: type[Any]) -> list[Any]:
        """What this set controls, and what nobody controls but matches its selector."""
        metadata = stateful_set.metadata
        owned = list(index.of(metadata.uid))
        orphans = index.of(("orphan", metadata.namespace))
        return owned + [o for o in orphans if selector.matches(stateful_set.spec.selector, o.metadata.labels)]

    async def _may_adopt(self, stateful_set: StatefulSet, what: Object, client: Client) -> None:
        """Make sure, past any cache, that the set is still the same and not going away."""
        metadata = stateful_set.metadata
        fresh = await client.get(StatefulSet, metadata.namespace, metadata.name)
        about = f"can't adopt {what.kind} {metadata.namespace}/{what.metadata.name} ({what.metadata.uid})"
        if fresh is None or fresh.metadata.uid != metadata.uid:
            raise Refused(f"{about}: original StatefulSet {metadata.namespace}/{metadata.name} is gone")
        if fresh.metadata.deletion_timestamp is not None:
            since = fresh.metadata.deletion_timestamp
            raise Refused(f"{about}: {metadata.namespace}/{metadata.name} has just been deleted at {since}")

    async def _adopt_revisions(self, stateful_set: StatefulSet, client: Client) -> None:
        orphans = [
            revision
            for revision in self._owned(self._revisions_of, stateful_set, ControllerRevision)
            if controller_of(revision) is None
        ]
        if orphans:
            await self._may_adopt(stateful_set, orphans[0], client)
        for revision in orphans:
            await client.modify(revision, lambda stored: _adopted(stored, stateful_set))

    async def _claim_pods(self, stateful_set: StatefulSet, client: Client) -> list[Pod]:
        """The set's pods, after letting go of those that no longer match and taking in orphans that do."""
        claimed: list[Pod] = []
        checked = False
        metadata = stateful_set.metadata
        deleting = _is_deleting(stateful_set)
        wanted = stateful_set.spec.selector
        for pod in list(self._pods_of.of(metadata.uid)):
            if _matches(pod, wanted, metadata.name):
                claimed.append(pod)
            elif not deleting:
                await _ignoring(("NotFound", "Invalid"), client.modify(pod, lambda p: _released(p, metadata.uid)))
        orphans = list(self._pods_of.of(("orphan", metadata.namespace))) if not deleting else []
        for pod in orphans:
            if not _matches(pod, wanted, metadata.name) or pod.metadata.deletion_timestamp is not None:
                continue
            if not checked:
                await self._may_adopt(stateful_set, pod, client)
                checked = True
            adopted = await _ignoring(("NotFound",), client.modify(pod, lambda p: _adopted(p, stateful_set)))
            if adopted is not None:
                claimed.append(adopted)
        return claimed

    # Revisions

    async def _choose_revisions(
        self, stateful_set: StatefulSet, history: list[ControllerRevision], client: Client
    ) -> tuple[ControllerRevision, ControllerRevision, int]:
        """(current, update, collision count). Creates or renumbers a revision where the template asks for it."""
        collisions = stateful_set.status.collision_count or 0
        candidate = self._memory.candidate(stateful_set)
        equal = [revision for revision in history if self._memory.content(revision) == candidate.content]
        if equal and equal[-1] is history[-1]:
            update = history[-1]
        elif equal:
            number = revisions.next_number(history)
            update = await client.modify(equal[-1], lambda revision: revisions.renumbered(revision, number))
        else:
            update, collisions = await self._create_revision(stateful_set, candidate, history, collisions, client)
        named = stateful_set.status.current_revision
        current = next((revision for revision in history if revision.metadata.name == named), None)
        if current is None or current.metadata.name == update.metadata.name:
            current = update
        return current, update, collisions

    async def _create_revision(
        self,
        stateful_set: StatefulSet,
        candidate: revisions.Candidate,
        history: list[ControllerRevision],
        collisions: int,
        client: Client,
    ) -> tuple[ControllerRevision, int]:
        number, label_hash = revisions.next_number(history), ""
        while True:
            new = revisions.new_revision(stateful_set, candidate, number, collisions, label_hash)
            label_hash = new.metadata.labels[revisions.HASH_LABEL]
            try:
                return await client.create(new), collisions
            except ApiError as problem:
                if problem.reason != "AlreadyExists":
                    raise
            taken = await client.get(ControllerRevision, new.metadata.namespace, new.metadata.name)
            if taken is not None and self._memory.content(taken) == candidate.content:
                return taken, collisions
            collisions += 1

    async def _trim(
        self,
        stateful_set: StatefulSet,
        history: list[ControllerRevision],
        one: Pass,
        pods: list[Pod],
        client: Client,
    ) -> None:
        """Delete revisions beyond the history limit that are neither current, nor update, nor carried by a pod."""
        limit = stateful_set.spec.revision_history_limit
        if limit is None or len(history) <= limit:
            return
        live = {one.current.metadata.name, one.update.metadata.name}
        live.update(pod.metadata.labels.get(REVISION_LABEL, "") for pod in pods)
        for revision in revisions.superfluous(history, live, limit):
            await _ignoring(("NotFound",), client.delete(revision))

    # The status

    def _blank(self, one: Pass) -> StatefulSetStatus:
        """The status of this pass before anything is counted. Conditions are not kept."""
        return StatefulSetStatus(
            observed_generation=one.stateful_set.metadata.generation,
            current_revision=one.current.metadata.name,
            update_revision=one.update.metadata.name,
            collision_count=one.collision_count,
        )

    def _count(self, one: Pass, blank: StatefulSetStatus, members: list[Pod] | None = None) -> StatefulSetStatus:
        pods = one.members if members is None else members
        return status.counted(
            blank,
            (self._health(one, pod) for pod in pods),
            one.current.metadata.name,
            one.update.metadata.name,
        )

    async def _write_status(self, stateful_set: StatefulSet, new: StatefulSetStatus, client: Client) -> None:
        """Write the status if it is news, onto whatever version of the set there is by then."""
        new = status.completed(stateful_set, new)
        if not status.is_news(stateful_set.status, new):
            return
        target = stateful_set
        for attempt in range(_STATUS_TRIES):
            try:
                await client.update_status(replace(target, status=new))
            except ApiError as problem:
                latest = self._sets.get(target.metadata.namespace, target.metadata.name)
                if problem.reason != "Conflict" or attempt + 1 == _STATUS_TRIES or latest is None:
                    raise
                await sleep(_STATUS_RETRY_MS)
                target = latest
                continue
            return

    def _again_ms(self, stateful_set: StatefulSet, pods: list[Pod], written: StatefulSetStatus) -> int | None:
        """When the set must be looked at again because a ready pod becomes available."""
        seconds = stateful_set.spec.min_ready_seconds
        if not seconds or written.ready_replicas == written.available_replicas:
            return None
        now_ms = self._clock.now_ms
        due = (
            self._clock.at(condition.last_transition_time) + seconds * 1000
            for pod in pods
            for condition in pod.status.conditions
            if condition.type == "Ready" and condition.status == "True" and condition.last_transition_time
        )
        later = [instant for instant in due if instant > now_ms]
        return min(later) - now_ms if later else seconds * 1000


def _owner_or_orphanage(obj: Object) -> tuple[Any, ...]:
    """Index values: the uid of the managing owner, or the orphans of a namespace."""
    owner = controller_of(obj)
    return (owner.uid,) if owner is not None else (("orphan", obj.metadata.namespace),)


def _is_deleting(stateful_set: StatefulSet) -> bool:
    return stateful_set.metadata.deletion_timestamp is not None


def _matches(pod: Pod, wanted: Any, set_name: str) -> bool:
    return selector.matches(wanted, pod.metadata.labels) and parent_and_ordinal(pod.metadata.name)[0] == set_name


def _adopted(obj: Any, stateful_set: StatefulSet) -> Any:
    """The object with the set as its managing owner."""
    references = (*obj.metadata.owner_references, owned_by(stateful_set))
    return replace(obj, metadata=replace(obj.metadata, owner_references=references))


def _released(pod: Pod, uid: str) -> Pod:
    """The pod without the set among its owners."""
    references = tuple(reference for reference in pod.metadata.owner_references if reference.uid != uid)
    return replace(pod, metadata=replace(pod.metadata, owner_references=references))


async def _ignoring(reasons: tuple[str, ...], request: Awaitable[Any]) -> Any:
    """The answer to a request, or None where it was refused for one of these reasons."""
    try:
        return await request
    except ApiError as problem:
        if problem.reason not in reasons:
            raise
        return None
