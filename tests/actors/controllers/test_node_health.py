"""Nodes that fall silent: when that is said, of whom, and how fast their pods are driven off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from harness.actors.controllers.node_lifecycle import NodeLifecycleController
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.conditions import find
from harness.objects.config import Namespace
from harness.objects.event import Event
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, NodeCondition
from harness.objects.node_conditions import healthy
from harness.objects.pod import Pod, PodCondition
from harness.objects.wire import from_wire

UNREACHABLE, NOT_READY = "node.kubernetes.io/unreachable", "node.kubernetes.io/not-ready"
BOTH = [(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")]
ZONE = "topology.kubernetes.io/zone"


class World:
    """Healthy nodes that hold their leases, and the controller that watches them."""

    def __init__(
        self, *names: str, labels: Mapping[str, Mapping[str, str]] | None = None, flags: dict[str, Any] | None = None
    ) -> None:
        self.loop = Loop(Clock(parse("2026-01-01T00:00:00Z")))
        self.trace = Trace()
        self.server = Server(self.loop.clock, self.trace)
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        for name in names:
            self.join(name, (labels or {}).get(name, {}))
        NodeLifecycleController(Process.start(self.loop, self.server, Chance(), flags or {}))
        for name in names:
            self.server.leases.hold(name)

    def join(self, name: str, labels: Mapping[str, str] = {}) -> None:
        node = Node(metadata=ObjectMeta(name=name, labels=dict(labels)))
        status = replace(node.status, conditions=healthy((), self.loop.clock.stamp()))
        self.server.create(replace(node, status=status))

    def run(self, until_ms: int) -> None:
        self.loop.run_until(until_ms)

    def silence(self, *names: str) -> None:
        for name in names:
            self.server.leases.leave(name)

    def revive(self, name: str) -> None:
        stamp = self.loop.clock.stamp()
        self.server.modify(
            self.node(name),
            lambda node: replace(node, status=replace(node.status, conditions=healthy(node.status.conditions, stamp))),
            status=True,
        )
        self.server.leases.hold(name)

    def report(self, name: str, status: str) -> None:
        """A kubelet says that its node is ready, or not."""
        condition = NodeCondition(type="Ready", status=status, last_heartbeat_time=self.loop.clock.stamp())
        self.server.modify(
            self.node(name),
            lambda node: replace(node, status=replace(node.status, conditions=(condition,))),
            status=True,
        )

    def place(self, name: str, node: str, *conditions: str) -> None:
        """A pod on the node, of which these conditions are true."""
        spec = {"nodeName": node, "containers": [{"name": "c", "image": "app:v1"}]}
        pod = self.server.create(from_wire({"metadata": {"name": name, "namespace": "default"}, "spec": spec}, Pod))
        said = tuple(PodCondition(type=type_, status="True", reason="kept") for type_ in conditions)
        self.server.modify(
            pod, lambda stored: replace(stored, status=replace(stored.status, conditions=said)), status=True
        )

    def node(self, name: str) -> Node:
        found = self.server.find(Node, "", name)
        assert found is not None
        return found

    def taints(self, name: str) -> list[tuple[str, str]]:
        return [(taint.key, taint.effect) for taint in self.node(name).spec.taints]

    def said(self) -> list[str]:
        events: list[Event] = list(self.server.store.collection("events").objects.values())
        return [f"{event.involved_object.name} {event.type} {event.reason}: {event.message}" for event in events]

    def written_ms(self, name: str, key: str, effect: str) -> list[int]:
        """When the node came to have a taint."""
        return [
            record.time_ms
            for record in self.trace.records
            if isinstance(record.subject, Node)
            and record.subject.metadata.name == name
            and _has(record.subject, key, effect)
            and not _has(record.previous, key, effect)
        ]


def _has(node: Any, key: str, effect: str) -> bool:
    return node is not None and any((taint.key, taint.effect) == (key, effect) for taint in node.spec.taints)


def conditions(node: Node) -> dict[str, tuple[str, str, str]]:
    return {one.type: (one.status, one.reason, one.message) for one in node.status.conditions}


def test_a_node_that_holds_its_lease_is_left_alone() -> None:
    world = World("node-1")
    before = len(world.trace.records)
    world.run(3_600_000)
    assert len(world.trace.records) == before


@pytest.mark.parametrize(
    ("failed_ms", "unknown_ms"), [(0, 50_000), (9_999, 50_000), (10_000, 60_000), (14_000, 60_000)]
)
def test_a_node_is_unknown_fifty_seconds_after_its_last_renewal_was_seen(failed_ms: int, unknown_ms: int) -> None:
    world = World("node-1", "node-2")
    world.run(failed_ms)
    world.silence("node-2")
    world.run(unknown_ms - 1)
    assert conditions(world.node("node-2"))["Ready"][0] == "True"
    world.run(unknown_ms + 1)
    assert conditions(world.node("node-2"))["Ready"][0] == "Unknown"


def test_the_grace_period_is_a_flag() -> None:
    world = World("node-1", "node-2", flags={"node-monitor-grace-period": "20s"})
    world.silence("node-2")
    world.run(20_001)
    assert conditions(world.node("node-2"))["Ready"][0] == "Unknown"


def test_everything_a_silent_kubelet_knows_is_unknown_and_its_last_heartbeat_stays() -> None:
    world = World("node-1", "node-2")
    world.silence("node-2")
    world.run(51_000)
    node = world.node("node-2")
    unknown = ("Unknown", "NodeStatusUnknown", "Kubelet stopped posting node status.")
    assert conditions(node) == dict.fromkeys(("MemoryPressure", "DiskPressure", "PIDPressure", "Ready"), unknown)
    ready = find(node.status.conditions, "Ready")
    assert ready is not None
    assert ready.last_heartbeat_time == "2026-01-01T00:00:00Z"
    assert ready.last_transition_time == "2026-01-01T00:00:50Z"


def test_a_node_whose_kubelet_never_reported_is_unknown_after_a_minute() -> None:
    world = World("node-1")
    world.run(7_000)
    world.server.create(Node(metadata=ObjectMeta(name="made-by-hand")))
    world.run(69_000)
    assert conditions(world.node("made-by-hand")) == {}
    world.run(71_000)
    never = ("Unknown", "NodeStatusNeverUpdated", "Kubelet never posted node status.")
    assert conditions(world.node("made-by-hand"))["Ready"] == never
    assert not any("NodeNotReady" in said for said in world.said())


def test_an_unreachable_node_is_closed_at_once_and_emptied_a_tenth_of_a_second_later() -> None:
    world = World("node-1", "node-2")
    world.silence("node-2")
    world.run(60_000)
    assert world.taints("node-2") == BOTH
    assert world.written_ms("node-2", *BOTH[0]) == [50_002]
    assert world.written_ms("node-2", *BOTH[1]) == [50_101]


def test_taints_of_the_controller_say_when_they_were_added() -> None:
    world = World("node-1", "node-2")
    world.silence("node-2")
    world.run(60_000)
    assert {taint.time_added for taint in world.node("node-2").spec.taints} == {"2026-01-01T00:00:50Z"}


def test_node_that_is_not_ready_is_tainted_as_such_and_swaps_the_taint_when_it_falls_silent() -> None:
    world = World("node-1", "node-2")
    world.run(1_000)
    world.report("node-2", "False")
    world.run(6_000)
    assert world.taints("node-2") == [(NOT_READY, "NoSchedule"), (NOT_READY, "NoExecute")]
    world.silence("node-2")
    world.run(70_000)
    assert sorted(world.taints("node-2")) == sorted(BOTH)


def test_a_node_that_is_back_is_opened_at_once_and_its_pods_may_stay_from_the_next_look_on() -> None:
    world = World("node-1", "node-2")
    world.silence("node-2")
    world.run(62_000)
    world.revive("node-2")
    world.run(62_100)
    assert world.taints("node-2") == BOTH[1:]
    world.run(65_100)
    assert world.taints("node-2") == []


def test_a_node_that_speaks_again_within_the_grace_period_is_never_unknown() -> None:
    world = World("node-1", "node-2")
    world.silence("node-2")
    world.run(45_000)
    world.server.leases.hold("node-2")
    world.run(300_000)
    assert conditions(world.node("node-2"))["Ready"][0] == "True"
    assert world.said() == []


def test_pods_of_a_lost_node_are_unready_and_keep_everything_else() -> None:
    world = World("node-1", "node-2")
    world.place("lost", "node-2", "Initialized", "Ready", "ContainersReady")
    world.place("safe", "node-1", "Ready")
    world.place("new", "node-2", "Initialized")
    world.silence("node-2")
    world.run(60_000)
    pods = {pod.metadata.name: pod for pod in world.server.list(kinds.BY_TYPE[Pod])}
    said = {name: {c.type: (c.status, c.reason) for c in pod.status.conditions} for name, pod in pods.items()}
    assert said["lost"] == {
        "Initialized": ("True", "kept"),
        "Ready": ("False", "kept"),
        "ContainersReady": ("True", "kept"),
    }
    assert said["safe"] == {"Ready": ("True", "kept")}
    assert said["new"] == {"Initialized": ("True", "kept")}
    assert world.said() == [
        "node-2 Normal NodeNotReady: Node node-2 status is now: NodeNotReady",
        "lost Warning NodeNotReady: Node is not ready",
    ]


def test_of_several_lost_nodes_one_is_emptied_every_ten_seconds() -> None:
    world = World(*(f"node-{number}" for number in range(1, 6)))
    world.silence("node-4", "node-5")
    world.run(90_000)
    times = [world.written_ms(name, *BOTH[1]) for name in ("node-4", "node-5")]
    assert times == [[50_101], [60_101]]


def test_each_zone_has_its_own_rate() -> None:
    labels = {f"node-{number}": {ZONE: "ab"[number % 2]} for number in range(1, 9)}
    world = World(*labels, labels=labels)
    world.silence("node-1", "node-2")
    world.run(55_000)
    assert [world.taints(name) for name in ("node-1", "node-2")] == [BOTH, BOTH]


def test_where_every_node_is_lost_nobody_is_driven_off() -> None:
    world = World("node-1", "node-2", "node-3")
    world.silence("node-1", "node-2", "node-3")
    world.run(900_000)
    assert [world.taints(f"node-{number}") for number in (1, 2, 3)] == [BOTH[:1]] * 3


def test_when_the_last_node_is_lost_those_before_it_are_emptied_no_more() -> None:
    world = World("node-1", "node-2")
    world.silence("node-2")
    world.run(60_000)
    assert world.taints("node-2") == BOTH
    world.silence("node-1")
    world.run(120_000)
    assert [world.taints("node-1"), world.taints("node-2")] == [BOTH[:1], BOTH[:1]]


def test_when_one_node_of_a_lost_cluster_is_back_the_others_are_emptied_after_ten_seconds() -> None:
    world = World("node-1", "node-2")
    world.silence("node-1", "node-2")
    world.run(102_000)
    world.revive("node-1")
    world.run(130_000)
    assert world.taints("node-1") == []
    assert world.written_ms("node-2", *BOTH[1]) == [115_001]


def test_a_small_zone_most_of_whose_nodes_are_lost_is_left_as_it_is() -> None:
    world = World("node-1", "node-2", "node-3", "node-4")
    world.silence("node-2", "node-3", "node-4")
    world.run(900_000)
    assert [world.taints(f"node-{number}") for number in (2, 3, 4)] == [BOTH[:1]] * 3


def test_a_node_left_out_of_the_count_does_not_save_its_zone() -> None:
    labels = {"node-1": {"node.kubernetes.io/exclude-disruption": "true"}}
    world = World("node-1", "node-2", labels=labels)
    world.silence("node-2")
    world.run(300_000)
    assert world.taints("node-2") == BOTH[:1]


def test_nodes_that_come_and_go_are_said_to() -> None:
    world = World("node-1")
    world.run(12_000)
    world.join("node-9")
    world.server.leases.hold("node-9")
    world.run(16_000)
    world.server.delete(kinds.BY_TYPE[Node], "", "node-9")
    world.run(21_000)
    assert world.said() == [
        "node-9 Normal RegisteredNode: Node node-9 event: Registered Node node-9 in Controller",
        "node-9 Normal RemovingNode: Node node-9 event: Removing Node node-9 from Controller",
    ]


@pytest.mark.parametrize(
    ("type_", "status", "key"),
    [
        ("MemoryPressure", "True", "node.kubernetes.io/memory-pressure"),
        ("DiskPressure", "True", "node.kubernetes.io/disk-pressure"),
        ("PIDPressure", "True", "node.kubernetes.io/pid-pressure"),
        ("NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"),
        ("Ready", "False", NOT_READY),
        ("Ready", "Unknown", UNREACHABLE),
    ],
)
def test_trouble_that_a_node_reports_keeps_new_pods_away(type_: str, status: str, key: str) -> None:
    world = World("node-1", "node-2")
    world.run(1_000)
    condition = NodeCondition(type=type_, status=status)
    world.server.modify(
        world.node("node-2"),
        lambda node: replace(node, status=replace(node.status, conditions=(condition,))),
        status=True,
    )
    world.run(1_100)
    assert world.taints("node-2") == [(key, "NoSchedule")]
