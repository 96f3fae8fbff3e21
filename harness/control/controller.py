"""A controller: informers wake keys, a pass reconciles one, a failure comes again after a back-off.

Owns the loop around `reconcile`; what reconciling means is each controller's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

import msgspec

from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.server import Server
from harness.control.events import Recorders
from harness.control.informer import Informers
from harness.control.workqueue import USUAL_BACKOFF, Backoff, WorkQueue
from harness.kernel.chance import Chance
from harness.kernel.loop import Loop
from harness.kernel.trace import Cause

K = TypeVar("K")


class Process(msgspec.Struct, frozen=True):
    """One running program of the cluster: what its actors share. Each has a view and event correlation of its own."""

    loop: Loop
    server: Server
    chance: Chance
    informers: Informers
    recorders: Recorders
    flags: dict[str, str | int | bool]

    @classmethod
    def start(cls, loop: Loop, server: Server, chance: Chance, flags: Mapping[str, str | int | bool]) -> Process:
        """A program that has seen nothing yet and said nothing."""
        return cls(loop, server, chance, Informers(server.store), Recorders(server), dict(flags))

    def client(self, actor: str, key: str, woken_by: int = 0) -> Client:
        """A client whose writes name `actor`, working on `key`, as their cause."""
        return Client(self.server, Cause(actor, key, woken_by))


class Retry(Exception):
    """A pass that failed for a reason of its own: the key comes again after its back-off."""


class GiveUp(Exception):
    """A pass that failed and is not made again by itself. The failures of its key stay counted."""


class Controller(Generic[K]):
    """A keyed queue and the passes it makes. A subclass subscribes to informers and implements `reconcile`."""

    name = ""

    def __init__(self, process: Process, workers: int = 5, backoff: Backoff = USUAL_BACKOFF) -> None:
        self.process = process
        self.queue: WorkQueue[K] = WorkQueue(process.loop, self._pass, workers, backoff)
        self.recorder = process.recorders.recorder(self.name)

    async def reconcile(self, key: K, client: Client) -> int | None:
        """Bring the world one step nearer to what `key` asks for; a number asks to come again after so many ms.

        An `ApiError` or a `Retry` that is not caught is a failed pass: the key comes again after its back-off. After a
        `GiveUp` it waits for somebody to wake it.
        """
        raise NotImplementedError

    def describe(self, key: K) -> str:
        """The key as causes name it."""
        return "/".join(key) if isinstance(key, tuple) else str(key)

    async def _pass(self, key: K, woken_by: int) -> None:
        client = self.process.client(self.name, self.describe(key), woken_by)
        try:
            again_ms = await self.reconcile(key, client)
        except (ApiError, Retry):
            self.queue.retry(key)
            return
        except GiveUp:
            return
        self.queue.forget(key)
        if again_ms is not None:
            self.queue.add_after(key, again_ms)
