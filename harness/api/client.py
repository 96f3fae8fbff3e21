"""How an actor talks to the server: each request takes a moment of cluster time, and then happens at once.

Owns that moment, and who is named as the cause of a write. Every actor's pass has a client of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from harness.api import kinds
from harness.api.kinds import Kind
from harness.api.server import BACKGROUND, Server
from harness.api.store import ADDED, Change, Watcher
from harness.kernel.loop import sleep
from harness.kernel.trace import Cause
from harness.objects.config import Namespace
from harness.objects.meta import Object
from harness.objects.pod import Pod

O = TypeVar("O", bound=Object)  # noqa: E741

# Long enough that what others do meanwhile can come between two writes of one pass, as in a real cluster.
REQUEST_MS = 1
# A new pod passes more admission than anything else, and is the slowest to be written.
CREATE_POD_MS = 2


class Client:
    """The server as one pass of one actor sees it. All methods raise `ApiError` where the server refuses."""

    __slots__ = ("cause", "server")

    def __init__(self, server: Server, cause: Cause) -> None:
        self.server = server
        self.cause = cause

    async def get(self, type_: type[O], namespace: str, name: str) -> O | None:
        """The object as it is stored now, past any cache; None if there is none."""
        await sleep(REQUEST_MS)
        return self.server.find(type_, namespace, name)

    async def create(self, obj: O) -> O:
        await sleep(CREATE_POD_MS if isinstance(obj, Pod) else REQUEST_MS)
        return self.server.create(obj, self.cause)

    async def update(self, obj: O) -> O:
        await sleep(REQUEST_MS)
        return self.server.update(obj, self.cause)

    async def update_status(self, obj: O) -> O:
        await sleep(REQUEST_MS)
        return self.server.update_status(obj, self.cause)

    async def modify(self, obj: O, change: Callable[[O], O], *, status: bool = False) -> O:
        """Patch what is stored under `obj`'s name now, provided it is still that very object."""
        await sleep(REQUEST_MS)
        return self.server.modify(obj, change, self.cause, status=status)

    async def watch(self, type_: type[O], watcher: Watcher) -> Callable[[], None]:
        """Tell `watcher` of what there is, by name, and from then on of every change, until the result is called."""
        await sleep(REQUEST_MS)
        collection = self.server.store.collection(kinds.BY_TYPE[type_].key)
        for key in sorted(collection.objects):
            watcher(Change(ADDED, collection.objects[key], None, 0))
        collection.watchers.append(watcher)

        def stop() -> None:
            # A new list: the old one may just be gone through.
            collection.watchers = [each for each in collection.watchers if each is not watcher]

        return stop

    async def read(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """As `get`, for a kind that is known by its place in the table only."""
        await sleep(REQUEST_MS)
        return self.server.store.collection(kind.key).objects.get((namespace, name))

    async def list(self, kind: Kind, namespace: str) -> list[Object]:
        """What there is of a kind in a namespace, by name."""
        await sleep(REQUEST_MS)
        return self.server.list(kind, namespace)

    async def kinds_in(self, namespace: str) -> tuple[Kind, ...]:
        """The kinds of which there is anything in the namespace, by name."""
        await sleep(REQUEST_MS)
        return self.server.kinds_in(namespace)

    async def delete_collection(self, kind: Kind, namespace: str) -> None:
        """Delete all there is of a kind in a namespace, and what it owns in the background."""
        await sleep(REQUEST_MS)
        for obj in self.server.list(kind, namespace):
            self.server.delete(kind, namespace, obj.metadata.name, self.cause, propagation=BACKGROUND)

    async def finalize(self, namespace: Namespace) -> Namespace:
        """Let go of a namespace as far as its spec says."""
        await sleep(REQUEST_MS)
        return self.server.finalize(namespace, self.cause)

    async def delete(
        self,
        obj: Object,
        *,
        grace_seconds: int | None = None,
        propagation: str | None = None,
        same: bool = False,
    ) -> Object:
        """Delete what is stored under the object's name; `same` makes its uid a precondition."""
        await sleep(REQUEST_MS)
        metadata = obj.metadata
        return self.server.delete(
            self.server.kind_of(obj),
            metadata.namespace,
            metadata.name,
            self.cause,
            grace_seconds=grace_seconds,
            propagation=propagation,
            uid=metadata.uid if same else "",
        )

    async def scale(self, kind: Kind, namespace: str, name: str, replicas: int) -> Object:
        """Say how many replicas there are to be, through the scale subresource."""
        await sleep(REQUEST_MS)
        return self.server.scale(kind, namespace, name, replicas, self.cause)

    async def bind(self, pod: Pod, node: str) -> Pod:
        await sleep(REQUEST_MS)
        metadata = pod.metadata
        return self.server.bind(metadata.namespace, metadata.name, metadata.uid, node, self.cause)
