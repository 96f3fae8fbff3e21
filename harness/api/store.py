"""Where objects are: one collection a kind, one revision counter for all, and watchers told of every change.

Owns resourceVersion and the record of each write with its cause. Knows nothing of what a kind means: what may be
written, and with which consequences, is the server's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import msgspec
from msgspec.structs import replace

from harness.kernel.clock import Clock
from harness.kernel.trace import Cause, Trace
from harness.objects.meta import Object

ADDED = "ADDED"
MODIFIED = "MODIFIED"
DELETED = "DELETED"

Key: TypeAlias = tuple[str, str]
"""(namespace, name); the namespace is empty for a kind of the cluster."""


class Change(msgspec.Struct, frozen=True, gc=False):
    """What a watch delivers: the object after (when DELETED: last seen), the one before, and the record's number."""

    type: str
    object: Any
    previous: Any
    sequence: int


Watcher: TypeAlias = Callable[[Change], None]


class Collection:
    """The objects of one kind, and who watches them."""

    __slots__ = ("objects", "watchers")

    def __init__(self) -> None:
        self.objects: dict[Key, Any] = {}
        self.watchers: list[Watcher] = []


class Store:
    """All objects, by the resource they are served under (`pods`, `statefulsets.apps`).

    `watchers` are told of changes of every kind, after those of the kind itself.
    """

    def __init__(self, clock: Clock, trace: Trace) -> None:
        self.clock = clock
        self.trace = trace
        self.revision = 0
        self.watchers: list[Watcher] = []
        self._collections: dict[str, Collection] = {}

    def collection(self, group_resource: str) -> Collection:
        """The collection of a resource, made when first asked for."""
        found = self._collections.get(group_resource)
        if found is None:
            found = self._collections[group_resource] = Collection()
        return found

    def resources(self) -> list[str]:
        """Every resource of which an object was ever asked for or stored, in order of name."""
        return sorted(self._collections)

    def everything(self) -> Iterator[Object]:
        """All objects, by resource, then namespace, then name."""
        for resource in self.resources():
            objects = self._collections[resource].objects
            for key in sorted(objects):
                yield objects[key]

    def commit(self, group_resource: str, previous: Object | None, new: Object, cause: Cause | None) -> Any:
        """Write `new` (over `previous`, which must be what is stored) at the next revision, and tell the watchers."""
        self.revision += 1
        metadata = new.metadata
        new = replace(new, metadata=replace(metadata, resource_version=str(self.revision)))
        collection = self.collection(group_resource)
        collection.objects[(metadata.namespace, metadata.name)] = new
        self._tell(collection, ADDED if previous is None else MODIFIED, new, previous, cause)
        return new

    def remove(self, group_resource: str, previous: Object, last: Object, cause: Cause | None) -> Any:
        """Take the object away. Watchers get its last state at a revision of its own."""
        self.revision += 1
        metadata = last.metadata
        last = replace(last, metadata=replace(metadata, resource_version=str(self.revision)))
        collection = self.collection(group_resource)
        del collection.objects[(metadata.namespace, metadata.name)]
        self._tell(collection, DELETED, last, previous, cause)
        return last

    def _tell(
        self, collection: Collection, type_: str, subject: Object, previous: Object | None, cause: Cause | None
    ) -> None:
        record = self.trace.note(self.clock.now_ms, type_, subject, previous, cause)
        change = Change(type_, subject, previous, record.sequence)
        for watcher in collection.watchers:
            watcher(change)
        for watcher in self.watchers:
            watcher(change)
