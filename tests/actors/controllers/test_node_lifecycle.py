"""A node's state as taints: what cordoning writes, and what it leaves alone."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from harness.actors.controllers.node_lifecycle import NodeLifecycleController
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, NodeCondition, NodeSpec, NodeStatus, Taint
from harness.objects.taints import UNSCHEDULABLE

NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
MINE = Taint(key="team", value="a", effect="NoSchedule")


class World:
    """One node, and the controller that taints it."""

    def __init__(self, **spec: Any) -> None:
        self.loop = Loop(Clock(parse("2026-01-01T00:00:00Z")))
        self.trace = Trace()
        self.server = Server(self.loop.clock, self.trace)
        process = Process.start(self.loop, self.server, Chance(), {})
        NodeLifecycleController(process)
        self.server.create(Node(metadata=ObjectMeta(name="node-1"), spec=NodeSpec(**spec)))
        self.run()

    def run(self) -> None:
        self.loop.run_until(self.loop.now_ms + 2_000)

    @property
    def node(self) -> Node:
        found = self.server.find(Node, "", "node-1")
        assert found is not None
        return found

    def change(self, **spec: Any) -> None:
        self.server.modify(self.node, lambda node: replace(node, spec=replace(node.spec, **spec)))
        self.run()

    def report(self, type_: str, status: str) -> None:
        conditions = (NodeCondition(type=type_, status=status),)
        self.server.modify(
            self.node, lambda node: replace(node, status=replace(node.status, conditions=conditions)), status=True
        )
        self.run()

    def taints(self) -> list[tuple[str, str]]:
        return [(taint.key, taint.effect) for taint in self.node.spec.taints]


def test_a_cordoned_node_gets_a_taint_that_keeps_new_pods_away() -> None:
    world = World()
    world.change(unschedulable=True)
    assert world.taints() == [(UNSCHEDULABLE, "NoSchedule")]


def test_cordoning_is_two_writes_that_of_the_person_first() -> None:
    world = World()
    before = len(world.trace.records)
    world.change(unschedulable=True)
    written = [(r.subject.spec.unschedulable, len(r.subject.spec.taints)) for r in world.trace.records[before:]]
    assert written == [(True, 0), (True, 1)]


def test_uncordoning_is_two_writes_that_of_the_person_first() -> None:
    world = World()
    world.change(unschedulable=True)
    before = len(world.trace.records)
    world.change(unschedulable=False)
    written = [(r.subject.spec.unschedulable, len(r.subject.spec.taints)) for r in world.trace.records[before:]]
    assert written == [(False, 1), (False, 0)]


def test_the_taint_of_the_controller_says_when_it_was_added() -> None:
    world = World()
    world.change(unschedulable=True)
    assert world.node.spec.taints[0].time_added == "2026-01-01T00:00:02Z"


def test_taints_of_other_keys_are_left_alone() -> None:
    world = World(taints=(MINE,))
    world.change(unschedulable=True)
    assert world.taints() == [("team", "NoSchedule"), (UNSCHEDULABLE, "NoSchedule")]
    world.change(unschedulable=False)
    assert world.taints() == [("team", "NoSchedule")]


def test_a_taint_removed_by_hand_from_a_cordoned_node_comes_back() -> None:
    world = World()
    world.change(unschedulable=True)
    world.change(taints=())
    assert world.taints() == [(UNSCHEDULABLE, "NoSchedule")]


def test_a_taint_set_by_hand_on_a_node_that_is_not_cordoned_is_taken_away() -> None:
    world = World()
    world.change(taints=(Taint(key=UNSCHEDULABLE, effect="NoSchedule"),))
    assert world.taints() == []


def test_the_same_key_with_another_effect_is_left_alone() -> None:
    world = World(taints=(Taint(key=UNSCHEDULABLE, effect="NoExecute"),))
    world.change(unschedulable=True)
    world.change(unschedulable=False)
    assert world.taints() == [(UNSCHEDULABLE, "NoExecute")]


def test_a_node_that_joins_cordoned_is_tainted() -> None:
    assert World(unschedulable=True).taints() == [(UNSCHEDULABLE, "NoSchedule")]


def test_a_person_who_taints_in_between_loses_nothing() -> None:
    world = World()
    world.server.modify(world.node, lambda node: replace(node, spec=replace(node.spec, unschedulable=True)))
    world.loop.after(0, lambda: _taint(world))
    world.run()
    assert world.taints() == [("team", "NoSchedule"), (UNSCHEDULABLE, "NoSchedule")]


def _taint(world: World) -> None:
    world.server.modify(
        world.node, lambda node: replace(node, spec=replace(node.spec, taints=(*node.spec.taints, MINE)))
    )


def test_a_new_node_is_tainted_until_the_controller_has_seen_it() -> None:
    world = World()
    node = world.server.create(Node(metadata=ObjectMeta(name="node-2")))
    assert [(taint.key, taint.effect) for taint in node.spec.taints] == [(NOT_READY, "NoSchedule")]
    world.run()
    found = world.server.find(Node, "", "node-2")
    assert found is not None
    assert found.spec.taints == ()


def test_a_new_node_that_is_not_ready_stays_tainted() -> None:
    world = World()
    status = NodeStatus(conditions=(NodeCondition(type="Ready", status="False"),))
    world.server.create(Node(metadata=ObjectMeta(name="node-2"), status=status))
    world.run()
    found = world.server.find(Node, "", "node-2")
    assert found is not None
    assert [(taint.key, taint.effect) for taint in found.spec.taints] == [(NOT_READY, "NoSchedule")]


def test_labels_of_system_and_architecture_stand_under_their_older_names_too() -> None:
    world = World()
    labels = {"kubernetes.io/os": "linux", "kubernetes.io/arch": "arm64", "beta.kubernetes.io/arch": "amd64"}
    world.server.create(Node(metadata=ObjectMeta(name="node-2", labels=labels)))
    world.run()
    found = world.server.find(Node, "", "node-2")
    assert found is not None
    assert found.metadata.labels == {
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "arm64",
        "beta.kubernetes.io/arch": "arm64",
        "beta.kubernetes.io/os": "linux",
    }
