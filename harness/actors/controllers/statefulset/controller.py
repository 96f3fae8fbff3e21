"""The controller of StatefulSets: what wakes a set, the order of a pass, and its one status write.

Owns triggers and the frame of a pass; what happens inside stands in `algorithm`.
Source: pkg/controller/statefulset/stateful_set.go.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.actors.controllers.statefulset import status
from harness.actors.controllers.statefulset.algorithm import Algorithm, blank
from harness.actors.controllers.statefulset.history import History
from harness.actors.controllers.statefulset.membership import Membership
from harness.actors.controllers.statefulset.passes import Pass, Refused
from harness.actors.controllers.statefulset.pod_control import PodControl
from harness.actors.controllers.statefulset.rest import Rest, RestingSets
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.kernel.loop import sleep
from harness.objects import revisions
from harness.objects.conditions import is_ready
from harness.objects.meta import controller_of
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision, StatefulSet, StatefulSetStatus

_STATUS_TRIES = 5
_STATUS_RETRY_MS = 10


class StatefulSetController(Controller[Key]):
    """Keys are (namespace, name) of sets."""

    name = "statefulset-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5)
        self._sets = process.informers.of(StatefulSet)
        self._clock = process.loop.clock
        self._members = Membership(process)
        self._history = History()
        pods = PodControl(process, self.recorder)
        self._algorithm = Algorithm(pods, self._history.template, self._clock)
        self._resting = RestingSets(process, pods)
        self._sets.subscribe(self._set_changed)
        process.informers.of(Pod).subscribe(self._pod_changed)

    # What wakes a set. Claims, revisions, services and nodes never do.

    def _set_changed(self, change: Change) -> None:
        metadata = change.object.metadata
        self.queue.add((metadata.namespace, metadata.name), change.sequence)

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        previous: Pod | None = change.previous
        owner = controller_of(pod)
        before = controller_of(previous) if previous is not None else None
        for reference in (before if before != owner else None, owner):
            if reference is not None:
                self._resting.pod_changed(reference.uid, change)
        for key in self._members.pods.woken(change):
            self.queue.add(key, change.sequence)
        if change.type != DELETED and previous is not None and is_ready(pod) and not is_ready(previous):
            self._wake_when_available(pod)

    def _wake_when_available(self, pod: Pod) -> None:
        stateful_set = self._members.pods.owner_of(pod)
        if stateful_set is not None and stateful_set.spec.min_ready_seconds:
            metadata = stateful_set.metadata
            self.queue.add_after((metadata.namespace, metadata.name), stateful_set.spec.min_ready_seconds * 1000)

    # The pass

    async def reconcile(self, key: Key, client: Client) -> int | None:
        stateful_set = self._sets.objects.get(key)
        if stateful_set is None:
            return None
        history = revisions.in_order(await self._members.adopt_revisions(stateful_set, client))
        rest = self._resting.find(stateful_set)
        if (
            rest is not None
            and not self._members.has_orphans(stateful_set)
            and not self._history.is_long(stateful_set, history)
        ):
            return await self._count(stateful_set, history, rest, client)
        pods = await self._members.claim_pods(stateful_set, client)
        return await self._update(stateful_set, history, pods, client)

    async def _begin(self, stateful_set: StatefulSet, history: list[ControllerRevision], client: Client) -> Pass:
        current, update, collisions = await self._history.choose(stateful_set, history, client)
        return Pass(
            client=client,
            stateful_set=stateful_set,
            current=current,
            update=update,
            collision_count=collisions,
            slots=[],
            condemned=[],
            ordered=stateful_set.spec.pod_management_policy != "Parallel",
        )

    async def _count(
        self, stateful_set: StatefulSet, history: list[ControllerRevision], rest: Rest, client: Client
    ) -> int | None:
        """A pass over a set at rest: there is nothing to do but to count."""
        one = await self._begin(stateful_set, history, client)
        written = self._resting.counted(one, rest, blank(one))
        if written is None:
            return await self._update(
                stateful_set, history, await self._members.claim_pods(stateful_set, client), client
            )
        await self._write_status(stateful_set, written, client)
        return None

    async def _update(
        self, stateful_set: StatefulSet, history: list[ControllerRevision], pods: list[Pod], client: Client
    ) -> int | None:
        one = await self._begin(stateful_set, history, client)
        failure: Exception | None = None
        began_ms = self._clock.now_ms
        try:
            written = await self._algorithm.act(one, pods)
        except (ApiError, Refused) as problem:
            failure = problem
            written = self._algorithm.count(one, blank(one))
        if self._clock.now_ms == began_ms:
            self._resting.consider(one)
        try:
            await self._write_status(stateful_set, written, client)
        except ApiError as problem:
            failure = failure or problem
        await self._history.trim(history, one, pods)
        if failure is not None:
            raise failure
        return self._again_ms(stateful_set, pods, written)

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
