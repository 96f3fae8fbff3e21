"""What the parts of one provisioner's program share: its name, its storage, and that all stop and start at once.

Owns the loop around a part's work that ends when the program stops. A stopped program forgets everything; one that
starts again looks at all there is, as after a restart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NoReturn, TypeVar

from harness.actors.provisioner.manner import MANNERS
from harness.actors.world.provisioners import ProvisionerBehaviour, Provisioners
from harness.api.client import Client
from harness.control.controller import Controller, GiveUp, Process, Retry
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
        self.manner = MANNERS[behaviour.style]
        self._provisioners = provisioners
        # Counts the starts and stops: a pass that began in an earlier life is over.
        self._life = 0
        provisioners.on_change(self.name, self._changed)
        self._restarted: list[Callable[[], None]] = []

    @property
    def component(self) -> str:
        """What it says of itself in Events: its name, its pod, and a mark that tells runs of the pod apart."""
        return f"{self.name}_{_slug(self.name)}-0_00000000-0000-4000-8000-{self._life:012x}"

    @property
    def runs(self) -> bool:
        return self._provisioners.runs(self.name)

    def on_start(self, handler: Callable[[], None]) -> None:
        """Have `handler` called whenever the program starts again."""
        self._restarted.append(handler)

    async def pause(self, time_ms: int) -> None:
        """Let so much time pass. Raises Stopped when the program stopped meanwhile."""
        life = self._life
        await sleep(time_ms)
        if life != self._life:
            raise Stopped

    async def ask_storage(self, time_ms: int) -> str:
        """Have the storage do something that takes it so long. Returns what it complains of, if it does.

        Raises Stopped when the program stopped before the answer came.
        """
        await self.pause(time_ms)
        return self._provisioners.problem(self.name)

    def _changed(self, runs: bool) -> None:
        self._life += 1
        if runs:
            for handler in self._restarted:
                handler()


class Part(Controller[K]):
    """One queue of a program. A subclass says what there is to look at after a start, and works on one key.

    `says_as` is the name it goes by in Events; "" is the program's own.
    """

    def __init__(self, program: Program, workers: int, backoff: Backoff, says_as: str = "") -> None:
        self.name = says_as or program.component
        super().__init__(program.process, workers=workers, backoff=backoff)
        self.program = program
        self._says_as = says_as
        program.on_start(self._start_again)

    def everything(self) -> Iterable[K]:
        """The keys of all there is, in order."""
        raise NotImplementedError

    async def work(self, key: K, client: Client) -> None:
        """What `reconcile` does while the program runs."""
        raise NotImplementedError

    def forget_all(self) -> None:
        """Lose what the part keeps in mind from one pass to the next, as a program that ends does."""

    async def reconcile(self, key: K, client: Client) -> int | None:
        if self.program.runs:
            try:
                await self.work(key, client)
            except Stopped:
                return None
        return None

    def fail(self, key: K) -> NoReturn:
        """End the pass as one that failed. It is made again after a back-off, but not more often than is usual."""
        retries = self.program.manner.retries
        if retries is None or self.queue.failures(key) < retries:
            raise Retry
        raise GiveUp

    def look_again_every(self, period_ms: int) -> None:
        """Look at all there is now and again, whatever happens or not."""

        def look() -> None:
            self._look_at_all()
            self.process.loop.after(period_ms, look)

        self.process.loop.after(period_ms, look)

    def _start_again(self) -> None:
        self.name = self._says_as or self.program.component
        self.recorder = self.process.recorders.recorder(self.name)
        self.queue.clear()
        self.forget_all()
        self._look_at_all()

    def _look_at_all(self) -> None:
        for key in self.everything():
            self.queue.add(key)


def _slug(name: str) -> str:
    """The name as that of a pod."""
    return name.lower().replace("/", "-").replace(".", "-").replace("_", "-")
