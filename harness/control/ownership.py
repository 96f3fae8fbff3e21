"""Owners of one kind and the objects of another that they manage: who wakes whom, and who belongs to whom.

Owns adoption and release, of which nothing is ever said in an Event. What an owner does with what it manages is each
controller's own. Source: pkg/controller/controller_ref_manager.go, and the handlers that every controller of dependents
has alike (addPod, updatePod, deletePod).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Any, Generic, TypeVar

from msgspec.structs import replace

from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Process, Retry
from harness.objects import selector
from harness.objects.meta import LabelSelector, Object, OwnerReference, controller_of, owned_by

W = TypeVar("W", bound=Object)
O = TypeVar("O", bound=Object)  # noqa: E741


class Ownership(Generic[W, O]):
    """What the informers know of owners and dependents, and the writes that change whose these are.

    `wanted` is the selector of an owner, `finalizer` what holds a dependent for as long as it is its owner's.
    """

    def __init__(
        self,
        process: Process,
        owner: type[W],
        dependent: type[O],
        wanted: Callable[[W], LabelSelector | None],
        finalizer: str = "",
    ) -> None:
        self._type = owner
        self._owners = process.informers.of(owner)
        self._found = process.informers.of(dependent).index(owner_values)
        self._wanted = wanted
        self._finalizer = finalizer

    def managed(self, uid: str) -> Collection[O]:
        """What the owner of this uid manages."""
        return self._found.of(uid)

    def orphans(self, namespace: str) -> Collection[O]:
        """What nobody manages."""
        return self._found.of(("orphan", namespace))

    def selects(self, owner: W, obj: Object) -> bool:
        return selector.matches(self._wanted(owner), obj.metadata.labels)

    # Who is woken

    def owner_of(self, obj: Object) -> W | None:
        """The managing owner, if it is of this kind and still the same."""
        reference = controller_of(obj)
        return self._referred(obj.metadata.namespace, reference) if reference is not None else None

    def woken(self, change: Change) -> list[Key]:
        """The owners that the change of a dependent concerns: it was theirs, is theirs, or might become theirs."""
        if not self._owners.objects:
            return []
        obj, previous = change.object, change.previous
        namespace, reference = obj.metadata.namespace, controller_of(obj)
        before = controller_of(previous) if previous is not None else None
        found = []
        for each in (before if before != reference else None, reference):
            owner = self._referred(namespace, each) if each is not None else None
            if owner is not None:
                found.append((namespace, owner.metadata.name))
        if reference is not None or change.type == DELETED or obj.metadata.deletion_timestamp is not None:
            return found
        if previous is not None and before is None and previous.metadata.labels == obj.metadata.labels:
            return found
        return found + [
            key for key, owner in self._owners.objects.items() if key[0] == namespace and self.selects(owner, obj)
        ]

    def _referred(self, namespace: str, reference: OwnerReference) -> W | None:
        if reference.kind != self._type.kind:
            return None
        owner = self._owners.get(namespace, reference.name)
        return owner if owner is not None and owner.metadata.uid == reference.uid else None

    # Who belongs to whom

    async def claim(self, owner: W, client: Client, fits: Callable[[O], bool] = lambda _: True) -> list[O]:
        """What the owner manages, after letting go of what it does not select and taking in what it does.

        `fits` is asked beside the selector. An owner on its way out changes nothing. Raises as `adopt`.
        """
        metadata = owner.metadata
        going = metadata.deletion_timestamp is not None
        claimed: list[O] = []
        for obj in list(self.managed(metadata.uid)):
            if self.selects(owner, obj) and fits(obj):
                claimed.append(obj)
            elif not going:
                await self.release(owner, obj, client)
        if going:
            return claimed
        free = (obj for obj in self.orphans(metadata.namespace) if obj.metadata.deletion_timestamp is None)
        return claimed + await self.adopt(owner, [o for o in free if self.selects(owner, o) and fits(o)], client)

    async def release(self, owner: W, obj: O, client: Client) -> None:
        """Let go of the object, if it is still there. Raises ApiError."""
        uid = owner.metadata.uid
        await ignoring(("NotFound", "Invalid"), client.modify(obj, lambda stored: self._released(stored, uid)))

    async def adopt(self, owner: W, orphans: Iterable[O], client: Client) -> list[O]:
        """Take in the objects, those that are gone left out. Raises ApiError, and Retry for an owner that may not."""
        adopted = []
        checked = False
        for obj in orphans:
            if not checked:
                await self._make_sure(owner, obj, client)
                checked = True
            taken = await ignoring(("NotFound",), client.modify(obj, lambda stored: self._adopted(stored, owner)))
            if taken is not None:
                adopted.append(taken)
        return adopted

    async def _make_sure(self, owner: W, obj: O, client: Client) -> None:
        """Past any cache, that the owner is still the same and not going away. Raises Retry."""
        metadata, what = owner.metadata, obj.metadata
        fresh = await client.get(self._type, metadata.namespace, metadata.name)
        about = f"can't adopt {obj.kind} {what.namespace}/{what.name} ({what.uid})"
        if fresh is None or fresh.metadata.uid != metadata.uid:
            raise Retry(f"{about}: original {owner.kind} {metadata.namespace}/{metadata.name} is gone")
        if fresh.metadata.deletion_timestamp is not None:
            since = fresh.metadata.deletion_timestamp
            raise Retry(f"{about}: {metadata.namespace}/{metadata.name} has just been deleted at {since}")

    def _adopted(self, obj: O, owner: W) -> O:
        """The object with `owner` as its managing owner."""
        metadata = obj.metadata
        finalizers = metadata.finalizers
        if self._finalizer and self._finalizer not in finalizers:
            finalizers = (*finalizers, self._finalizer)
        references = (*metadata.owner_references, owned_by(owner))
        return replace(obj, metadata=replace(metadata, owner_references=references, finalizers=finalizers))

    def _released(self, obj: O, uid: str) -> O:
        """The object without the owner of this uid."""
        metadata = obj.metadata
        references = tuple(reference for reference in metadata.owner_references if reference.uid != uid)
        finalizers = tuple(name for name in metadata.finalizers if name != self._finalizer)
        return replace(obj, metadata=replace(metadata, owner_references=references, finalizers=finalizers))


def owner_values(obj: Object) -> tuple[Any, ...]:
    """Index values: the uid of the managing owner, or the orphans of a namespace."""
    owner = controller_of(obj)
    return (owner.uid,) if owner is not None else (("orphan", obj.metadata.namespace),)


async def ignoring(reasons: tuple[str, ...], request: Awaitable[Any]) -> Any:
    """The answer to a request, or None where it was refused for one of these reasons."""
    try:
        return await request
    except ApiError as problem:
        if problem.reason not in reasons:
            raise
        return None
