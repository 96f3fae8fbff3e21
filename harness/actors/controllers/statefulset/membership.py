"""Who belongs to a set: pods and revisions it controls, lets go of, or takes in.

Owns adoption and release, of which nothing is ever said in an Event. Source: pkg/controller/controller_ref_manager.go.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

from msgspec.structs import replace

from harness.actors.controllers.statefulset.identity import parent_and_ordinal
from harness.actors.controllers.statefulset.passes import Refused
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.objects import selector
from harness.objects.meta import Object, controller_of, owned_by
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision, StatefulSet


class Membership:
    """What the informers know of owners, and the writes that change them."""

    def __init__(self, process: Process) -> None:
        self._pods_of = process.informers.of(Pod).index(_owner_or_orphanage)
        self._revisions_of = process.informers.of(ControllerRevision).index(_owner_or_orphanage)

    def revisions(self, stateful_set: StatefulSet) -> list[ControllerRevision]:
        """The revisions this set controls, and those nobody controls that match its selector."""
        metadata = stateful_set.metadata
        owned = list(self._revisions_of.of(metadata.uid))
        orphans = self._revisions_of.of(("orphan", metadata.namespace))
        return [o for o in (*owned, *orphans) if selector.matches(stateful_set.spec.selector, o.metadata.labels)]

    def has_orphans(self, stateful_set: StatefulSet) -> bool:
        """Whether there is any pod in the set's namespace that nobody controls."""
        return bool(self._pods_of.of(("orphan", stateful_set.metadata.namespace)))

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

    async def adopt_revisions(self, stateful_set: StatefulSet, client: Client) -> list[ControllerRevision]:
        """The set's revisions, after taking in those that match and nobody controls."""
        found = self.revisions(stateful_set)
        orphans = [revision for revision in found if controller_of(revision) is None]
        if not orphans:
            return found
        await self._may_adopt(stateful_set, orphans[0], client)
        for revision in orphans:
            await client.modify(revision, lambda stored: _adopted(stored, stateful_set))
        return self.revisions(stateful_set)

    async def claim_pods(self, stateful_set: StatefulSet, client: Client) -> list[Pod]:
        """The set's pods, after letting go of those that no longer match and taking in orphans that do."""
        claimed: list[Pod] = []
        checked = False
        metadata = stateful_set.metadata
        deleting = is_deleting(stateful_set)
        wanted = stateful_set.spec.selector
        for pod in list(self._pods_of.of(metadata.uid)):
            if _matches(pod, wanted, metadata.name):
                claimed.append(pod)
            elif not deleting:
                await ignoring(("NotFound", "Invalid"), client.modify(pod, lambda p: _released(p, metadata.uid)))
        orphans = list(self._pods_of.of(("orphan", metadata.namespace))) if not deleting else []
        for pod in orphans:
            if not _matches(pod, wanted, metadata.name) or pod.metadata.deletion_timestamp is not None:
                continue
            if not checked:
                await self._may_adopt(stateful_set, pod, client)
                checked = True
            adopted = await ignoring(("NotFound",), client.modify(pod, lambda p: _adopted(p, stateful_set)))
            if adopted is not None:
                claimed.append(adopted)
        return claimed


def _owner_or_orphanage(obj: Object) -> tuple[Any, ...]:
    """Index values: the uid of the managing owner, or the orphans of a namespace."""
    owner = controller_of(obj)
    return (owner.uid,) if owner is not None else (("orphan", obj.metadata.namespace),)


def is_deleting(stateful_set: StatefulSet) -> bool:
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


async def ignoring(reasons: tuple[str, ...], request: Awaitable[Any]) -> Any:
    """The answer to a request, or None where it was refused for one of these reasons."""
    try:
        return await request
    except ApiError as problem:
        if problem.reason not in reasons:
            raise
        return None
