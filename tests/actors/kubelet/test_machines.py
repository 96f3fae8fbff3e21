"""Machines that stop and start: what their kubelets say then, and what becomes of their pods."""

from __future__ import annotations

from kubelet_world import KubeletWorld, summary
from msgspec.structs import replace

from harness.api import kinds
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, NodeSpec
from harness.objects.node_conditions import healthy

STARTED = [
    "Starting: Starting kubelet.",
    "NodeHasSufficientMemory: Node node-1 status is now: NodeHasSufficientMemory",
    "NodeHasNoDiskPressure: Node node-1 status is now: NodeHasNoDiskPressure",
    "NodeHasSufficientPID: Node node-1 status is now: NodeHasSufficientPID",
]


def well(world: KubeletWorld, status: str = "") -> None:
    """The node is healthy, or has only conditions with this status."""
    stamp = world.loop.clock.stamp()
    node = world.server.find(Node, "", "node-1")
    assert node is not None
    conditions = healthy((), stamp)
    if status:
        conditions = tuple(replace(condition, status=status) for condition in conditions)
    world.server.modify(
        node, lambda stored: replace(stored, status=replace(stored.status, conditions=conditions)), status=True
    )


def statuses(world: KubeletWorld, name: str = "node-1") -> dict[str, str]:
    node = world.server.find(Node, "", name)
    assert node is not None
    return {condition.type: condition.status for condition in node.status.conditions}


def test_a_kubelet_holds_its_lease_for_as_long_as_its_machine_runs() -> None:
    world = KubeletWorld(nodes=2)
    world.world.fail("node-1")
    assert [world.server.leases.is_held(name) for name in ("node-1", "node-2")] == [False, True]
    world.world.recover("node-1")
    world.wait(10)
    assert world.server.leases.is_held("node-1")


def test_a_kubelet_that_starts_says_so_and_what_was_thought_otherwise() -> None:
    world = KubeletWorld()
    well(world, "Unknown")
    world.world.fail("node-1")
    world.wait(1_000)
    world.world.recover("node-1")
    world.wait(10)
    assert world.said("node-1") == [*STARTED, "NodeReady: Node node-1 status is now: NodeReady"]
    assert {event.involved_object.uid for event in world.events("node-1")} == {"node-1"}
    assert statuses(world) == {
        "MemoryPressure": "False",
        "DiskPressure": "False",
        "PIDPressure": "False",
        "Ready": "True",
    }


def test_a_kubelet_that_was_not_missed_does_not_say_that_its_node_is_ready() -> None:
    world = KubeletWorld()
    well(world)
    world.world.fail("node-1")
    world.world.recover("node-1")
    world.wait(10)
    assert world.said("node-1") == STARTED


def test_a_kubelet_that_starts_on_a_cordoned_node_says_that_too() -> None:
    world = KubeletWorld()
    well(world)
    node = world.server.find(Node, "", "node-1")
    assert node is not None
    world.world.fail("node-1")
    world.server.modify(node, lambda stored: replace(stored, spec=replace(stored.spec, unschedulable=True)))
    world.wait(60_000)
    world.world.recover("node-1")
    world.wait(10)
    assert world.said("node-1")[-1] == "NodeNotSchedulable: Node node-1 status is now: NodeNotSchedulable"


def test_containers_of_a_machine_that_started_anew_run_once_more() -> None:
    world = KubeletWorld()
    world.make("a")
    world.wait(5_000)
    world.world.fail("node-1")
    world.wait(20_000)
    world.world.recover("node-1")
    world.wait(5_000)
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*#1"


def test_a_pod_deleted_meanwhile_fails_and_goes_when_its_kubelet_is_back() -> None:
    world = KubeletWorld()
    world.make("a")
    world.wait(5_000)
    world.world.fail("node-1")
    world.delete("a")
    world.wait(600_000)
    assert world.get("a").status.phase == "Running"
    world.world.recover("node-1")
    world.wait(1100)
    assert world.find("a") is None
    assert summary(world.written("a")[-1][1]).startswith("Failed ready=False")
    assert summary(world.written("a")[-1][1]).endswith("c=ContainerStatusUnknown(137)")


def test_a_kubelet_that_starts_makes_its_node_if_there_is_none() -> None:
    world = KubeletWorld()
    world.world.fail("node-1")
    world.server.delete(kinds.BY_TYPE[Node], "", "node-1")
    world.wait(60_000)
    assert world.server.find(Node, "", "node-1") is None
    world.world.recover("node-1")
    world.wait(10)
    assert statuses(world)["Ready"] == "True"
    assert world.said("node-1") == STARTED


def test_a_kubelet_that_runs_does_not_make_its_node_again() -> None:
    world = KubeletWorld()
    world.server.delete(kinds.BY_TYPE[Node], "", "node-1")
    world.wait(600_000)
    assert world.server.find(Node, "", "node-1") is None


def test_a_node_made_by_hand_for_a_kubelet_that_runs_is_reported_at_its_next_pass() -> None:
    world = KubeletWorld()
    world.wait(3_000)
    world.server.delete(kinds.BY_TYPE[Node], "", "node-1")
    world.server.create(Node(metadata=ObjectMeta(name="node-1"), spec=NodeSpec()))
    world.wait(6_000)
    assert statuses(world) == {}
    world.wait(2_000)
    assert statuses(world)["Ready"] == "True"


def test_nothing_runs_on_a_node_that_has_no_machine() -> None:
    world = KubeletWorld()
    world.server.create(Node(metadata=ObjectMeta(name="drawn-up")))
    world.make("a", node="drawn-up")
    world.wait(60_000)
    assert world.get("a").status.phase == "Pending"
    assert statuses(world, "drawn-up") == {}


def test_a_container_can_end_by_itself_whatever_its_image_says() -> None:
    world = KubeletWorld()
    world.make("a")
    world.wait(5_000)
    assert world.world.end_container(world.get("a").metadata.uid, "c", 3)
    world.wait(5_000)
    status = world.get("a").status
    assert summary(status) == "Running ready=True ip=yes c=running*#1"
    terminated = status.container_statuses[0].last_state.terminated
    assert terminated is not None
    assert terminated.exit_code == 3


def test_a_container_that_does_not_run_cannot_end() -> None:
    world = KubeletWorld()
    pod = world.make("a")
    assert not world.world.end_container(pod.metadata.uid, "c", 3)
    assert not world.world.end_container("nobody", "c", 3)
