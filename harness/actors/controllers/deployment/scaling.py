"""Sizing and making a Deployment's replica sets: one write each, and the Event that tells of it.

Owns the writes. Which size is right is decided elsewhere. Source: pkg/controller/deployment/sync.go.
"""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from harness.actors.controllers.deployment import marks, replica_sets, status
from harness.actors.controllers.deployment.passes import Family, Pass
from harness.api.admission.namespaces import NAMESPACE_TERMINATING
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.control.events import NORMAL, WARNING, Recorder
from harness.objects.apps import ReplicaSet
from harness.objects.conditions import find
from harness.objects.meta import controller_of
from harness.objects.rollouts import REVISION, newest_revision, same_template


class Scaler:
    """The hands of the controller, as far as replica sets go. Raises `ApiError`."""

    def __init__(self, process: Process, recorder: Recorder) -> None:
        self._known = process.informers.of(ReplicaSet)
        self._clock = process.loop.clock
        self._recorder = recorder

    async def scale(self, one: Pass, replica_set: ReplicaSet, size: int) -> tuple[bool, ReplicaSet]:
        """Bring a replica set to `size` and its annotations up to date. Returns whether its size changed."""
        present = replica_sets.size(replica_set)
        marked = {**replica_set.metadata.annotations, **marks.sizes(one.deployment)}
        if size == present and marked == replica_set.metadata.annotations:
            return False, replica_set
        written = await one.client.update(
            replace(
                replica_set,
                metadata=replace(replica_set.metadata, annotations=marked),
                spec=replace(replica_set.spec, replicas=size),
            )
        )
        if size != present:
            way = "up" if size > present else "down"
            self._say(one, NORMAL, f"Scaled {way} replica set {replica_set.metadata.name} from {present} to {size}")
        return size != present, written

    async def resize(self, one: Pass, replica_set: ReplicaSet, size: int) -> tuple[bool, ReplicaSet]:
        """As `scale`, but a replica set that has its size already is left alone."""
        if replica_sets.size(replica_set) == size:
            return False, replica_set
        return await self.scale(one, replica_set, size)

    async def families(self, one: Pass, *, create: bool) -> Family:
        """The Deployment's replica sets with the new one at its revision; `create` makes it if there is none."""
        found = replica_sets.family(one.deployment, one.replica_sets)
        revision = newest_revision(found.old) + 1
        if found.new is not None:
            return Family(await self._kept(one, found.new, revision), found.old)
        if not create:
            return found
        return Family(await self._created(one, found, revision), found.old)

    async def _kept(self, one: Pass, new: ReplicaSet, revision: int) -> ReplicaSet:
        marked = marks.of_new(one.deployment, new.metadata.annotations, revision)
        seconds = one.deployment.spec.min_ready_seconds
        if marked != new.metadata.annotations or seconds != new.spec.min_ready_seconds:
            return await one.client.update(
                replace(
                    new,
                    metadata=replace(new.metadata, annotations=marked),
                    spec=replace(new.spec, min_ready_seconds=seconds),
                )
            )
        news = self._take_revision(one, new.metadata.annotations.get(REVISION, ""))
        progressing = find(one.deployment.status.conditions, status.PROGRESSING)
        if status.has_deadline(one.deployment) and progressing is None:
            self._tell(one, "FoundNewReplicaSet", f'Found new replica set "{new.metadata.name}"')
            news = True
        if news:
            await one.write_status()
        return new

    async def _created(self, one: Pass, found: Family, revision: int) -> ReplicaSet:
        deployment = one.deployment
        size = replica_sets.new_size(deployment, found.old, 0)
        marked = {**marks.of_new(deployment, {}, revision), **marks.sizes(deployment)}
        wanted = replica_sets.new_replica_set(deployment, replica_sets.hash_of(deployment), size, marked)
        name = wanted.metadata.name
        try:
            created = await one.client.create(wanted)
        except ApiError as problem:
            created = await self._taken(one, wanted, problem)
            if self._take_revision(one, str(revision)):
                await one.write_status()
            return created
        if size > 0:
            self._say(one, NORMAL, f"Scaled up replica set {name} from 0 to {size}")
        news = self._take_revision(one, str(revision))
        if status.has_deadline(deployment):
            self._tell(one, "NewReplicaSetCreated", f'Created new replica set "{name}"')
            news = True
        if news:
            await one.write_status()
        return created

    async def _taken(self, one: Pass, wanted: ReplicaSet, problem: ApiError) -> ReplicaSet:
        """The replica set that is there in place of the refused one. Raises the refusal if it is not the very same."""
        metadata = wanted.metadata
        if problem.reason == "AlreadyExists":
            there = self._known.get(metadata.namespace, metadata.name)
            owner = controller_of(there) if there is not None else None
            if (
                there is not None
                and owner is not None
                and owner.uid == one.deployment.metadata.uid
                and same_template(one.deployment.spec.template, there.spec.template)
            ):
                return there
            one.set_status(collision_count=(one.deployment.status.collision_count or 0) + 1)
            await one.write_status()
        elif not problem.has_cause(NAMESPACE_TERMINATING):
            text = f'Failed to create new replica set "{metadata.name}": {problem.message}'
            if status.has_deadline(one.deployment):
                self._tell(one, "ReplicaSetCreateError", text, holds="False")
                with suppress(ApiError):
                    await one.write_status()
            self._recorder.event(one.deployment, WARNING, "ReplicaSetCreateError", text, cause=one.client.cause)
        raise problem

    @staticmethod
    def _take_revision(one: Pass, revision: str) -> bool:
        """Give the Deployment the revision of its new replica set; whether that is news."""
        if one.deployment.metadata.annotations.get(REVISION) == revision:
            return False
        one.annotate(REVISION, revision)
        return True

    def _tell(self, one: Pass, reason: str, message: str, holds: str = "True") -> None:
        """Say in the pass's copy how the rollout goes."""
        told = status.condition(status.PROGRESSING, holds, reason, message, self._clock.stamp())
        one.set_status(conditions=status.with_condition(one.deployment.status.conditions, told))

    def _say(self, one: Pass, type_: str, message: str) -> None:
        self._recorder.event(one.deployment, type_, "ScalingReplicaSet", message, cause=one.client.cause)
