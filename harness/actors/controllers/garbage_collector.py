"""The garbage collector: what becomes of an object when its owners go, and of an owner that waits for what it owns.

Owns the graph of owners. Decides from uids alone: an owner of another uid is no owner. Emits no events.
Source: pkg/controller/garbagecollector/garbagecollector.go, graph_builder.go.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from harness.api import kinds
from harness.api.client import Client
from harness.api.kinds import Kind
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.objects import resources
from harness.objects.meta import Object, OwnerReference

_FOREGROUND = "foregroundDeletion"
_ORPHAN = "orphan"
_POLICY_OF_FINALIZER = {_ORPHAN: "Orphan", _FOREGROUND: "Foreground"}
_NEVER_COLLECTED = frozenset({"events"})


class Node(msgspec.Struct):
    """One object in the graph, as it was last seen."""

    kind: Kind
    object: Object
    owners: tuple[OwnerReference, ...]

    @property
    def waits(self) -> bool:
        """Whether the object is being deleted and waits for what it owns to go first."""
        metadata = self.object.metadata
        return metadata.deletion_timestamp is not None and _FOREGROUND in metadata.finalizers

    @property
    def lets_go(self) -> bool:
        """Whether the object is being deleted and what it owns must be let go first."""
        metadata = self.object.metadata
        return metadata.deletion_timestamp is not None and _ORPHAN in metadata.finalizers


class GarbageCollector(Controller[str]):
    """Keys are uids of objects in the graph."""

    name = "garbage-collector-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=20)
        self._nodes: dict[str, Node] = {}
        self._dependents: dict[str, dict[str, None]] = {}
        process.informers.subscribe_all(self._changed)

    def describe(self, key: str) -> str:
        node = self._nodes.get(key)
        return f"{node.kind.resource.singular}/{node.object.metadata.name}" if node is not None else key

    # The graph

    def _changed(self, change: Change) -> None:
        obj: Object = change.object
        uid, owners = obj.metadata.uid, obj.metadata.owner_references
        known = self._nodes.get(uid)
        if change.type == DELETED:
            self._forget(uid, change.sequence)
            return
        if known is None:
            kind = kinds.of_object(obj)
            if kind.key in _NEVER_COLLECTED:
                return
            known = self._nodes[uid] = Node(kind, obj, ())
            if known.waits or known.lets_go:
                self.queue.add(uid, change.sequence)
        if owners is known.owners and obj.metadata.deletion_timestamp is None:
            known.object = obj
            return
        began = (known.waits, known.lets_go)
        known.object = obj
        if owners is not known.owners and owners != known.owners:
            self._relink(uid, known.owners, owners)
            known.owners = owners
            if any(not self._is_there(reference, obj.metadata.namespace) for reference in owners):
                self.queue.add(uid, change.sequence)
        if (known.waits, known.lets_go) != began:
            self.queue.add(uid, change.sequence)

    def _relink(self, uid: str, before: tuple[OwnerReference, ...], after: tuple[OwnerReference, ...]) -> None:
        for reference in before:
            self._dependents.get(reference.uid, {}).pop(uid, None)
        for reference in after:
            self._dependents.setdefault(reference.uid, {})[uid] = None
        for reference in before:
            owner = self._nodes.get(reference.uid)
            if owner is not None and owner.waits:
                self.queue.add(reference.uid)

    def _forget(self, uid: str, sequence: int) -> None:
        gone = self._nodes.pop(uid, None)
        for dependent in self._dependents.pop(uid, {}):
            self.queue.add(dependent, sequence)
        for reference in gone.owners if gone is not None else ():
            self._dependents.get(reference.uid, {}).pop(uid, None)
            owner = self._nodes.get(reference.uid)
            if owner is not None and owner.waits:
                self.queue.add(reference.uid, sequence)

    # One object

    async def reconcile(self, key: str, client: Client) -> int | None:
        node = self._nodes.get(key)
        if node is None:
            return None
        if node.lets_go:
            await self._let_go(key, node, client)
        elif node.waits:
            await self._wait(key, node, client)
        elif node.owners and node.object.metadata.deletion_timestamp is None:
            await self._collect(key, node, client)
        return None

    async def _let_go(self, uid: str, node: Node, client: Client) -> None:
        """Orphan: take the owner's reference from everything it owns, then let the owner go."""
        for dependent in list(self._dependents.get(uid, ())):
            if dependent in self._nodes:
                await self._modify(self._nodes[dependent].object, client, lambda obj: _without_owners(obj, {uid}))
        metadata = node.object.metadata
        owner = await client.read(node.kind, metadata.namespace, metadata.name)
        if owner is not None:
            await self._modify(owner, client, lambda obj: _without_finalizer(obj, _ORPHAN))

    async def _wait(self, uid: str, node: Node, client: Client) -> None:
        """Foreground: delete what is owned; the owner goes when nothing that blocks it is left."""
        dependents = [self._nodes[found] for found in self._dependents.get(uid, ()) if found in self._nodes]
        if not any(_blocks(dependent, uid) for dependent in dependents):
            await self._modify(node.object, client, lambda obj: _without_finalizer(obj, _FOREGROUND))
            return
        for dependent in dependents:
            if dependent.object.metadata.deletion_timestamp is None:
                self.queue.add(dependent.object.metadata.uid)

    async def _collect(self, uid: str, node: Node, client: Client) -> None:
        """Delete the object if none of its owners is left, or take away the references that are void."""
        place: Key = (node.object.metadata.namespace, node.object.metadata.name)
        if any(not _may_own(reference, place[0]) for reference in node.owners):
            return
        if not any(self._is_void(reference, place[0]) for reference in node.owners):
            return
        stored = await client.read(node.kind, *place)
        if stored is None or stored.metadata.uid != uid:
            return
        if stored.metadata.deletion_timestamp is not None and not node.waits:
            return
        references = stored.metadata.owner_references
        void = {reference.uid for reference in references if self._is_void(reference, place[0])}
        if not void:
            return
        if len(void) < len(references):
            await self._modify(stored, client, lambda obj: _without_owners(obj, void))
            return
        policy = next(
            (_POLICY_OF_FINALIZER[found] for found in stored.metadata.finalizers if found in _POLICY_OF_FINALIZER),
            None,
        )
        owned = [self._nodes[found] for found in self._dependents.get(uid, ()) if found in self._nodes]
        if owned and any(reference.uid in self._nodes for reference in references):
            if any(found.waits for found in owned):
                # A circle: what waits for this object must not be waited for by it.
                await self._modify(stored, client, _unblocking)
            policy = "Foreground"
        policy = policy or "Background"
        await _unless_gone(client.delete(stored, propagation=policy, same=True))

    def _is_there(self, reference: OwnerReference, namespace: str) -> bool:
        """Whether the reference is to something that exists, under the name and where an owner can be."""
        owner = self._nodes.get(reference.uid)
        return (
            owner is not None
            and owner.object.metadata.name == reference.name
            and owner.object.metadata.namespace in ("", namespace)
        )

    def _is_void(self, reference: OwnerReference, namespace: str) -> bool:
        """Whether the owner is absent, or is going and waits for this object to go first."""
        return not self._is_there(reference, namespace) or self._nodes[reference.uid].waits

    @staticmethod
    async def _modify(obj: Object, client: Client, change: Any) -> None:
        await _unless_gone(client.modify(obj, change))


async def _unless_gone(request: Any) -> None:
    """Make a request about an object that may already be gone, which is as good."""
    try:
        await request
    except ApiError as problem:
        if problem.reason not in ("NotFound", "Conflict"):
            raise


def _may_own(reference: OwnerReference, namespace: str) -> bool:
    """Whether such an owner can be: nothing of the cluster is owned by something in a namespace."""
    resource = resources.of_kind(reference.api_version, reference.kind)
    return resource is None or bool(namespace) or not resource.namespaced


def _blocks(dependent: Node, owner_uid: str) -> bool:
    return any(reference.uid == owner_uid and reference.block_owner_deletion for reference in dependent.owners)


def _unblocking(obj: Object) -> Object:
    """The object with references that no owner waits for."""
    freed = tuple(replace(reference, block_owner_deletion=False) for reference in obj.metadata.owner_references)
    return replace(obj, metadata=replace(obj.metadata, owner_references=freed))


def _without_owners(obj: Object, uids: set[str]) -> Object:
    kept = tuple(reference for reference in obj.metadata.owner_references if reference.uid not in uids)
    return replace(obj, metadata=replace(obj.metadata, owner_references=kept))


def _without_finalizer(obj: Object, finalizer: str) -> Object:
    kept = tuple(found for found in obj.metadata.finalizers if found != finalizer)
    return replace(obj, metadata=replace(obj.metadata, finalizers=kept))
