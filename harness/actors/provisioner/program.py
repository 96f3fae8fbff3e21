"""What the parts of one provisioner's program share: its name, its storage, and that all stop and start at once.

Owns the loop around a part's work that ends when the program stops. A stopped program forgets everything; one that
starts again looks at all there is, as after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from harness.actors.world.provisioners import ProvisionerBehaviour, Provisioners
from harness.api.client import Client
from harness.control.controller import Controller, Process
from harness.control.workqueue import Backoff
from harness.kernel.loop import sleep

K = TypeVar("K")


class Stopped(Exception):
    """Raised within a pass whose program has stopped meanwhile: nothing more comes of it."""


class Program:
    """One provisioner's program, on its process."""

    def __init__(self, process: Process, provisioners: Provisioners, behaviour: ProvisionerBehaviour) -> None:
        self.process = process
        self.name = behaviour.name
        self.behaviour = behaviour
        # What it says of itself in Events: its name, its pod, and a mark that tells runs of the pod apart.
        self.component = f"{self.name}_{_slug(self.name)}-0_00000000-0000-4000-8000-000000000000"
        self._provisioners = provisioners
        # Counts the starts: a pass that began in an earlier life is over.
        self._life = 0
        provisioners.on_change(self.name, self._changed)
        self._restarted: list[Callable[[], None]] = []

    @property
    def runs(self) -> bool:
        return self._provisioners.runs(self.name)

    def on_start(self, handler: Callable[[], None]) -> None:
        """Have `handler` called whenever the program starts again."""
        self._restarted.append(handler)

    async def ask_storage(self, time_ms: int) -> str:
        """Have the storage do something that takes it so long. Returns what it complains of, if it does.

        Raises Stopped when the program stopped before the answer came.
        """
        life = self._life
        await sleep(time_ms)
        if life != self._life or not self.runs:
            raise Stopped
        return self._provisioners.problem(self.name)

    def _changed(self, runs: bool) -> None:
        self._life += 1
        if runs:
            for handler in self._restarted:
                handler()


class Part(Controller[K]):
    """One queue of a program. A subclass says what there is to look at after a start, and works on one key."""

    def __init__(self, program: Program, backoff: Backoff) -> None:
        self.name = program.component
        super().__init__(program.process, workers=100, backoff=backoff)
        self.program = program
        program.on_start(self._look_at_all)

    def everything(self) -> Iterable[K]:
        """The keys of all there is, in order."""
        raise NotImplementedError

    async def work(self, key: K, client: Client) -> None:
        """What `reconcile` does while the program runs."""
        raise NotImplementedError

    async def reconcile(self, key: K, client: Client) -> int | None:
        if self.program.runs:
            try:
                await self.work(key, client)
            except Stopped:
                return None
        return None

    def _look_at_all(self) -> None:
        for key in self.everything():
            self.queue.forget(key)
            self.queue.add(key)


def _slug(name: str) -> str:
    """The name as that of a pod."""
    return name.lower().replace("/", "-").replace(".", "-").replace("_", "-")
