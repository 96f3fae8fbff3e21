"""The pattern of a controller: what becomes of a pass that succeeds, asks to come again, or fails."""

from __future__ import annotations

from collections.abc import Callable

from harness.api import kinds
from harness.api.client import Client
from harness.api.server import Server
from harness.control.controller import Controller, GiveUp, Process, Retry
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.config import ConfigMap, Namespace
from harness.objects.meta import ObjectMeta


class Gardener(Controller[tuple[str, str]]):
    """A controller whose pass is given, and which notes when each began."""

    name = "gardener"

    def __init__(self, process: Process, work: Callable[[Client], int | None]) -> None:
        super().__init__(process)
        self.passes_ms: list[int] = []
        self._work = work

    async def reconcile(self, key: tuple[str, str], client: Client) -> int | None:
        self.passes_ms.append(self.process.loop.now_ms)
        return self._work(client)


def gardener(work: Callable[[Client], int | None]) -> Gardener:
    clock = Clock(0)
    server = Server(clock, Trace())
    server.create(Namespace(metadata=ObjectMeta(name="default")))
    return Gardener(
        Process.start(Loop(clock), server, Chance(), {}),
        work,
    )


def raises(problem: Exception) -> Callable[[Client], int | None]:
    def work(client: Client) -> int | None:
        raise problem

    return work


def read_what_is_missing(client: Client) -> int | None:
    client.server.get(kinds.BY_TYPE[ConfigMap], "default", "nothing")
    return None


def play(controller: Gardener, until_ms: int) -> list[int]:
    controller.queue.add(("default", "web"))
    controller.process.loop.run_until(until_ms)
    return controller.passes_ms


def test_a_pass_that_succeeds_is_made_once() -> None:
    assert play(gardener(lambda _client: None), 60_000) == [0]


def test_a_pass_that_asks_to_come_again_does_so_after_that_time() -> None:
    assert play(gardener(lambda _client: 100), 250) == [0, 100, 200]


def test_a_pass_that_the_server_refuses_comes_again_after_its_back_off() -> None:
    assert play(gardener(read_what_is_missing), 100) == [0, 5, 15, 35, 75]


def test_a_pass_that_fails_comes_again_after_its_back_off() -> None:
    assert play(gardener(raises(Retry())), 20) == [0, 5, 15]


def test_a_pass_that_gives_up_for_good_waits_to_be_woken_and_its_failures_stay_counted() -> None:
    outcomes = iter([Retry(), Retry(), GiveUp(), Retry(), GiveUp()])

    def work(client: Client) -> int | None:
        raise next(outcomes)

    controller = gardener(work)
    controller.queue.add(("default", "web"))
    loop = controller.process.loop
    loop.run_until(100)
    controller.queue.add(("default", "web"))
    loop.run_until(1_000)
    assert controller.passes_ms == [0, 5, 15, 100, 120]


def test_a_success_ends_the_back_off() -> None:
    outcomes = iter([False, False, True, False, True])

    def work(client: Client) -> int | None:
        if not next(outcomes):
            raise Retry
        return 100

    assert play(gardener(work), 125) == [0, 5, 15, 115, 120]


def test_a_write_of_a_pass_names_the_controller_its_key_and_what_woke_it() -> None:
    def work(client: Client) -> int | None:
        client.server.create(ConfigMap(metadata=ObjectMeta(name="a", namespace="default")), client.cause)
        return None

    controller = gardener(work)
    controller.queue.add(("default", "web"), 1)
    controller.process.loop.run_until(0)
    cause = controller.process.server.store.trace.records[-1].cause
    assert cause is not None
    assert (cause.actor, cause.key, cause.woken_by) == ("gardener", "default/web", 1)
