"""What a process knows of the store: a cache of each kind, kept by its watch, with indexes and subscribers.

Owns the view. All controllers of one process share it, as they do in a real one. It never reads the store directly, so
that a view may lag behind.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable
from typing import Any, Generic, TypeAlias, TypeVar

from harness.api import kinds
from harness.api.store import DELETED, Change, Key, Store
from harness.objects.meta import Object

O = TypeVar("O", bound=Object)  # noqa: E741

Handler: TypeAlias = Callable[[Change], None]
_NOTHING: dict[Key, Any] = {}


class Index(Generic[O]):
    """Objects by a value computed from each: pods by node, pods by owner."""

    __slots__ = ("_found", "_known", "_values")

    def __init__(self, values: Callable[[O], Collection[Hashable]]) -> None:
        self._values = values
        self._found: dict[Hashable, dict[Key, O]] = {}
        # The values of each object that has any.
        self._known: dict[Key, Collection[Hashable]] = {}

    def of(self, value: Hashable) -> Collection[O]:
        """The objects with this value, in the order they came to have it."""
        return self._found.get(value, _NOTHING).values()

    def move(self, key: Key, new: O | None) -> None:
        """Take in that the object of `key` is now `new`, or gone."""
        before = self._known.get(key, ())
        after = self._values(new) if new is not None else ()
        if new is not None and before == after:
            for value in after:
                self._found[value][key] = new
            return
        for value in before:
            if value not in after:
                found = self._found[value]
                del found[key]
                if not found:
                    del self._found[value]
        for value in after:
            self._found.setdefault(value, {})[key] = new  # type: ignore[assignment]
        if after:
            self._known[key] = after
        else:
            self._known.pop(key, None)


class Informer(Generic[O]):
    """The cache of one kind."""

    __slots__ = ("_handlers", "_indexes", "objects")

    def __init__(self) -> None:
        self.objects: dict[Key, O] = {}
        self._indexes: dict[Callable[[O], Collection[Hashable]], Index[O]] = {}
        self._handlers: list[Handler] = []

    def get(self, namespace: str, name: str) -> O | None:
        return self.objects.get((namespace, name))

    def index(self, values: Callable[[O], Collection[Hashable]]) -> Index[O]:
        """The index over this cache by that function, which must be pure; all who ask by it share one."""
        index = self._indexes.get(values)
        if index is None:
            index = self._indexes[values] = Index(values)
            for key, found in self.objects.items():
                index.move(key, found)
        return index

    def subscribe(self, handler: Handler) -> None:
        """Call `handler` with every change, after the cache and its indexes have taken it in."""
        self._handlers.append(handler)

    def receive(self, change: Change) -> None:
        """Take in one change from the watch."""
        new = change.object
        metadata = new.metadata
        key = (metadata.namespace, metadata.name)
        if change.type == DELETED:
            self.objects.pop(key, None)
            for index in self._indexes.values():
                index.move(key, None)
        else:
            self.objects[key] = new
            for index in self._indexes.values():
                index.move(key, new)
        for handler in self._handlers:
            handler(change)


class Informers:
    """The caches of one process, each started when first asked for."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._informers: dict[str, Informer[Any]] = {}

    def of(self, type_: type[O]) -> Informer[O]:
        return self.of_resource(kinds.BY_TYPE[type_].key)

    def subscribe_all(self, handler: Handler) -> None:
        """Call `handler` with every change of every kind, known or not, starting with what there is."""
        for found in self._store.everything():
            handler(Change("ADDED", found, None, 0))
        self._store.watchers.append(handler)

    def of_resource(self, group_resource: str) -> Informer[Any]:
        """The cache of the kind served under this resource name."""
        found = self._informers.get(group_resource)
        if found is None:
            found = self._informers[group_resource] = Informer()
            collection = self._store.collection(group_resource)
            for key in sorted(collection.objects):
                found.receive(Change("ADDED", collection.objects[key], None, 0))
            collection.watchers.append(found.receive)
        return found
