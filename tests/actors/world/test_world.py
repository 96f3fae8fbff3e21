"""The ground truth answers for every image and node, and says when an answer changes."""

from __future__ import annotations

from harness.actors.world import NEVER, ImageBehaviour, World
from harness.actors.world.behaviour import KILLED, LIVENESS, READINESS, STARTUP, passes, stop
from harness.objects.recycler_pod import RECYCLER_IMAGE


def test_image_nobody_spoke_of_can_be_pulled_and_passes_every_probe() -> None:
    behaviour = World().behaviour("app:v1")
    assert behaviour.pull == ""
    assert all(passes(behaviour, kind, 0) for kind in (READINESS, LIVENESS, STARTUP))


def test_image_of_the_clusters_own_ends_by_itself_unless_something_else_is_said_of_it() -> None:
    assert World().behaviour(RECYCLER_IMAGE).exit == 0
    assert World({RECYCLER_IMAGE: ImageBehaviour()}).behaviour(RECYCLER_IMAGE).exit is None


def test_probe_fails_until_the_stated_time_after_the_start() -> None:
    behaviour = ImageBehaviour(ready=2000, live=NEVER)
    assert [passes(behaviour, READINESS, ms) for ms in (0, 1999, 2000)] == [False, False, True]
    assert not passes(behaviour, LIVENESS, 10**9)


def test_container_that_does_not_stop_in_time_is_killed() -> None:
    assert stop(ImageBehaviour(stop=NEVER), 5000) == (5000, KILLED)
    assert stop(ImageBehaviour(stop=6000), 5000) == (5000, KILLED)
    assert stop(ImageBehaviour(stop=3000, stop_exit=3), 5000) == (3000, 3)
    assert stop(ImageBehaviour(), 5000) == (0, 0)


def test_change_of_behaviour_is_told_once() -> None:
    world, told = World({"app:v1": ImageBehaviour(ready=NEVER)}), list[str]()
    world.on_image_change(told.append)
    world.behave("app:v1", ImageBehaviour())
    world.behave("app:v1", ImageBehaviour())
    assert told == ["app:v1"]


def test_node_is_up_until_it_fails_and_again_after_it_recovers() -> None:
    world, told = World(), list[tuple[str, bool]]()
    world.on_node_change(lambda node, up: told.append((node, up)))
    world.fail("node-1")
    world.fail("node-1")
    assert not world.is_up("node-1")
    assert world.is_up("node-2")
    world.recover("node-1")
    assert world.is_up("node-1")
    assert told == [("node-1", False), ("node-1", True)]
