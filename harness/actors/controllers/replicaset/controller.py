"""The controller of ReplicaSets and, in its other flavour, of ReplicationControllers.

Owns what wakes an owner, the order of a pass and its one status write.
Source: pkg/controller/replicaset/replica_set.go.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec.structs import replace

from harness.actors.controllers.replicaset import status
from harness.actors.controllers.replicaset.flavours import Flavour, Replicated, Status
from harness.actors.controllers.replicaset.membership import Membership
from harness.actors.controllers.replicaset.ranking import Ranking
from harness.actors.controllers.replicaset.status import Count
from harness.actors.controllers.replicaset.tallies import Tallies
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import Change, Key
from harness.control.controller import Controller, Process
from harness.control.ownership import owner_values
from harness.control.pod_control import PodControl
from harness.objects import selector
from harness.objects.meta import controller_of
from harness.objects.pod import Pod, PodTemplateSpec
from harness.objects.pods import pod_of

_BURST = 500
_STATUS_TRIES = 2


class ReplicaSetController(Controller[Key]):
    """Keys are (namespace, name) of owners of one flavour."""

    def __init__(self, process: Process, flavour: Flavour) -> None:
        self.name = flavour.component
        super().__init__(process, workers=5)
        self._flavour = flavour
        self._clock = process.loop.clock
        self._owners = process.informers.of(flavour.owner)
        self._siblings = self._owners.index(owner_values)
        pods = process.informers.of(Pod)
        self._tallies = Tallies(pods, flavour.owner.kind)
        self._members = Membership(process, flavour, self._tallies)
        self._pods = PodControl(self.recorder)
        self._ranking = Ranking(self._clock)
        self._owners.subscribe(self._owner_changed)
        pods.subscribe(self._pod_changed)

    # What wakes an owner

    def _owner_changed(self, change: Change) -> None:
        metadata = change.object.metadata
        self.queue.add((metadata.namespace, metadata.name), change.sequence)

    def _pod_changed(self, change: Change) -> None:
        for key in self._members.pods.woken(change):
            self.queue.add(key, change.sequence)

    # The pass

    async def reconcile(self, key: Key, client: Client) -> int | None:
        owner = self._owners.objects.get(key)
        if owner is None:
            return None
        await self._members.claim(owner, client)
        count = self._count(owner)
        failure: ApiError | None = None
        if owner.metadata.deletion_timestamp is None:
            try:
                await self._manage(owner, count, client)
            except ApiError as problem:
                failure = problem
        text = failure.message if failure is not None else ""
        await self._write(owner, status.counted(self._flavour, owner, count, text, self._clock.stamp()), client)
        if failure is not None:
            raise failure
        return self._again_ms(owner)

    async def _manage(self, owner: Replicated, count: Count, client: Client) -> None:
        """Make the pods that are missing, or delete those that are too many, up to a burst."""
        wanted = owner.spec.replicas or 0
        if count.active < wanted:
            pod = pod_of(owner, owner.spec.template or PodTemplateSpec())
            await self._pods.create(owner, [pod] * min(wanted - count.active, _BURST), client)
        elif count.active > wanted:
            surplus, uid = min(count.active - wanted, _BURST), owner.metadata.uid
            pods = self._tallies.active(uid)
            if surplus < len(pods):
                doomed = self._ranking.first(uid, self._tallies.changes(uid), self._crowd(owner), surplus)
            else:
                doomed = list(pods)
            await self._pods.delete(owner, doomed, client)

    def _crowd(self, owner: Replicated) -> Mapping[str, int]:
        """How many active pods each node has of this owner and of those that have its managing owner too."""
        reference = controller_of(owner)
        related = self._siblings.of(reference.uid) if reference is not None else (owner,)
        crowd: Counter[str] = Counter()
        for each in related:
            crowd.update(self._tallies.nodes(each.metadata.uid))
        return crowd

    def _count(self, owner: Replicated) -> Count:
        wanted = self._flavour.selector(owner)
        template = owner.spec.template
        labels = template.metadata.labels if template is not None else {}
        active = full = terminating = 0
        for group in self._tallies.of(owner.metadata.uid):
            if not selector.matches(wanted, group.labels):
                continue
            active += group.active
            terminating += group.terminating
            if labels.items() <= group.labels.items():
                full += group.active
        waits = self._waits(owner)
        ready = sum(count for _, count in waits)
        available = sum(count for wait_ms, count in waits if wait_ms <= 0)
        return Count(active, full, ready, available, terminating)

    def _waits(self, owner: Replicated) -> list[tuple[int, int]]:
        """In how many ms how many ready pods will have been ready for long enough; 0 or less if they have been."""
        wanted, period_ms = self._flavour.selector(owner), owner.spec.min_ready_seconds * 1000
        now_ms = self._clock.now_ms
        return [
            (self._clock.at(since) + period_ms - now_ms if since and period_ms else 0, count)
            for group in self._tallies.of(owner.metadata.uid)
            if selector.matches(wanted, group.labels)
            for since, count in group.ready.items()
        ]

    def _again_ms(self, owner: Replicated) -> int | None:
        """When a ready pod becomes available next."""
        if not owner.spec.min_ready_seconds:
            return None
        return min((wait_ms for wait_ms, _ in self._waits(owner) if wait_ms > 0), default=None)

    async def _write(self, owner: Replicated, new: Status, client: Client) -> None:
        """Write the status if it is news; once more, onto what is stored by then, after a refusal."""
        if not status.is_news(owner, new):
            return
        target = owner
        for attempt in range(_STATUS_TRIES):
            try:
                await client.update_status(replace(target, status=new))
            except ApiError:
                if attempt + 1 == _STATUS_TRIES:
                    raise
                fresh = await client.get(self._flavour.owner, *_key(owner))
                if fresh is None:
                    raise
                target = fresh
                continue
            return


def _key(owner: Replicated) -> Key:
    return owner.metadata.namespace, owner.metadata.name
