"""The server as one pass of one actor sees it: each request takes a moment, and others act between two of them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from server_world import ServerWorld, refusal

from harness.api.client import Client
from harness.api.problems import ApiError
from harness.kernel.loop import Activity, Loop
from harness.kernel.trace import Cause
from harness.objects.config import ConfigMap
from harness.objects.meta import ObjectMeta
from harness.objects.pod import Pod


def config(name: str) -> ConfigMap:
    return ConfigMap(metadata=ObjectMeta(name=name, namespace="default"))


@pytest.fixture
def loop(world: ServerWorld) -> Loop:
    return Loop(world.clock)


@pytest.fixture
def client(world: ServerWorld) -> Client:
    return Client(world.server, Cause("gardener", "default/web", 3))


def finish(loop: Loop, activity: Activity) -> None:
    """Run an activity to its end."""
    over: list[bool] = []
    loop.spawn(activity, lambda: over.append(True))
    while not over:
        loop.run_next()


def test_every_request_takes_a_millisecond_before_it_happens(loop: Loop, client: Client, world: ServerWorld) -> None:
    async def two_requests() -> None:
        made = await client.create(config("a"))
        await client.update(replace(made, data={"key": "new"}))

    before = len(world.trace.records)
    finish(loop, two_requests())
    assert [record.time_ms for record in world.records_since(before)] == [1, 2]


def test_reading_takes_a_moment_too_and_sees_what_is_stored_then(
    loop: Loop, client: Client, world: ServerWorld
) -> None:
    found: list[ConfigMap | None] = []

    async def read() -> None:
        found.append(await client.get(ConfigMap, "default", "web"))

    loop.spawn(read())
    made = world.make(ConfigMap)
    loop.run_until(1)
    assert found == [made]


def test_others_act_between_two_requests_of_one_pass(loop: Loop, client: Client, world: ServerWorld) -> None:
    problems: list[str] = []

    async def slow_pass() -> None:
        made = await client.create(config("a"))
        try:
            await client.update(replace(made, data={"key": "mine"}))
        except ApiError as problem:
            problems.append(problem.reason)

    def somebody_else() -> None:
        stored = world.server.find(ConfigMap, "default", "a")
        assert stored is not None
        world.server.update(replace(stored, data={"key": "theirs"}))

    loop.spawn(slow_pass())
    loop.at(1, somebody_else)
    loop.run_until(10)
    assert problems == ["Conflict"]


def test_every_write_names_its_cause(loop: Loop, client: Client, world: ServerWorld) -> None:
    pod = world.make(Pod)
    before = len(world.trace.records)

    async def writes() -> None:
        made = await client.create(config("a"))
        made = await client.update(replace(made, data={"key": "new"}))
        await client.modify(made, lambda stored: replace(stored, data={}))
        bound = await client.bind(pod, "node-1")
        await client.update_status(replace(bound, status=replace(bound.status, phase="Running")))
        await client.delete(made)

    finish(loop, writes())
    assert [record.cause for record in world.records_since(before)] == [client.cause] * 6


def test_who_means_this_very_object_does_not_delete_its_successor(
    loop: Loop, client: Client, world: ServerWorld
) -> None:
    old = world.make(ConfigMap)
    world.delete(old)
    new = world.make(ConfigMap)

    async def delete() -> None:
        await client.delete(old, same=True)

    assert refusal(finish, loop, delete()).reason == "Conflict"
    assert world.now(new) == new


def test_a_watch_begins_with_what_there_is_and_ends_when_it_is_stopped(
    loop: Loop, client: Client, world: ServerWorld
) -> None:
    world.server.create(config("b"))
    world.server.create(config("a"))
    seen: list[tuple[str, str]] = []

    async def watched() -> None:
        stop = await client.watch(ConfigMap, lambda change: seen.append((change.type, change.object.metadata.name)))
        made = await client.create(config("c"))
        stop()
        await client.delete(made)

    finish(loop, watched())
    assert seen == [("ADDED", "a"), ("ADDED", "b"), ("ADDED", "c")]
