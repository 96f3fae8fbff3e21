"""Pods that nobody else would remove: those of lost nodes, of nodes out of service, and too many that are over."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.actors.controllers.pod_garbage_collector import PodGarbageCollector, superfluous
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.config import Namespace
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, NodeCondition, NodeSpec, NodeStatus, Taint
from harness.objects.pod import Pod, PodStatus
from harness.objects.wire import from_wire

OUT_OF_SERVICE = Taint(key="node.kubernetes.io/out-of-service", value="nodeshutdown", effect="NoExecute")


class World:
    """A server without kubelets, and the collector."""

    def __init__(self) -> None:
        self.loop = Loop(Clock(parse("2026-01-01T00:00:00Z")))
        self.trace = Trace()
        self.server = Server(self.loop.clock, self.trace)
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        PodGarbageCollector(Process.start(self.loop, self.server, Chance(), {}))

    def join(self, name: str, *, ready: str = "True", taints: tuple[Taint, ...] = ()) -> None:
        status = NodeStatus(conditions=(NodeCondition(type="Ready", status=ready),))
        self.server.create(Node(metadata=ObjectMeta(name=name), spec=NodeSpec(taints=taints), status=status))

    def place(self, name: str, node: str = "", phase: str = "Running", **metadata: Any) -> None:
        spec = {"nodeName": node, "containers": [{"name": "c", "image": "app:v1"}]}
        named = {"name": name, "namespace": "default", **metadata}
        pod = self.server.create(from_wire({"metadata": named, "spec": spec}, Pod))
        self.server.modify(pod, lambda stored: replace(stored, status=replace(stored.status, phase=phase)), status=True)

    def delete(self, type_: type[Any], name: str) -> None:
        self.server.delete(kinds.BY_TYPE[type_], "default" if type_ is Pod else "", name)

    def run_to(self, time_ms: int) -> None:
        self.loop.run_until(time_ms)

    def pods(self) -> list[str]:
        return [pod.metadata.name for pod in self.server.list(kinds.BY_TYPE[Pod])]

    def last(self, name: str) -> PodStatus:
        """What was last seen of the pod."""
        seen = [r.subject for r in self.trace.records if isinstance(r.subject, Pod) and r.subject.metadata.name == name]
        return seen[-1].status


@pytest.mark.parametrize(("gone_ms", "removed_ms"), [(1_000, 60_000), (19_000, 60_000), (21_000, 80_000)])
def test_pods_of_a_deleted_node_go_forty_to_sixty_seconds_later(gone_ms: int, removed_ms: int) -> None:
    world = World()
    world.join("node-1")
    world.place("a", "node-1")
    world.run_to(gone_ms)
    world.delete(Node, "node-1")
    world.run_to(removed_ms - 1)
    assert world.pods() == ["a"]
    world.run_to(removed_ms + 10)
    assert world.pods() == []


def test_pods_of_a_deleted_node_have_failed_first_and_say_why() -> None:
    world = World()
    world.place("a", "node-1")
    world.run_to(100_000)
    status = world.last("a")
    assert status.phase == "Failed"
    assert [(c.type, c.status, c.reason, c.message) for c in status.conditions] == [
        ("DisruptionTarget", "True", "DeletionByPodGC", "PodGC: node no longer exists")
    ]


def test_pods_that_are_over_stay_as_they_were_when_their_node_is_gone() -> None:
    world = World()
    world.place("a", "node-1", "Succeeded")
    world.run_to(100_000)
    assert world.pods() == []
    assert (world.last("a").phase, world.last("a").conditions) == ("Succeeded", ())


def test_a_node_that_is_back_within_its_quarantine_keeps_its_pods() -> None:
    world = World()
    world.join("node-1")
    world.place("a", "node-1")
    world.run_to(1_000)
    world.delete(Node, "node-1")
    world.run_to(45_000)
    world.join("node-1")
    world.run_to(300_000)
    assert world.pods() == ["a"]


@pytest.mark.parametrize(
    ("ready", "taints", "stays"),
    [("Unknown", (OUT_OF_SERVICE,), False), ("True", (OUT_OF_SERVICE,), True), ("Unknown", (), True)],
)
def test_terminating_pods_go_from_a_node_that_is_not_ready_and_out_of_service(
    ready: str, taints: tuple[Taint, ...], stays: bool
) -> None:
    world = World()
    world.join("node-1", ready=ready, taints=taints)
    world.place("a", "node-1")
    world.run_to(1_000)
    world.delete(Pod, "a")
    world.run_to(300_000)
    assert world.pods() == (["a"] if stays else [])


def test_the_taint_may_come_after_the_deletion() -> None:
    world = World()
    world.join("node-1", ready="Unknown")
    world.place("a", "node-1")
    world.run_to(1_000)
    world.delete(Pod, "a")
    world.run_to(50_000)
    node = world.server.find(Node, "", "node-1")
    assert node is not None
    world.server.modify(node, lambda stored: replace(stored, spec=replace(stored.spec, taints=(OUT_OF_SERVICE,))))
    world.run_to(60_010)
    assert world.pods() == []
    assert world.last("a").phase == "Failed"
    assert world.last("a").conditions == ()


def test_pods_that_are_not_terminating_stay_on_a_node_out_of_service() -> None:
    world = World()
    world.join("node-1", ready="Unknown", taints=(OUT_OF_SERVICE,))
    world.place("a", "node-1")
    world.run_to(300_000)
    assert world.pods() == ["a"]


def test_a_terminating_pod_without_a_node_fails_and_waits_for_its_finalizer() -> None:
    world = World()
    world.place("a", phase="Pending", finalizers=["example.com/held"])
    world.run_to(1_000)
    world.delete(Pod, "a")
    world.run_to(300_000)
    assert world.pods() == ["a"]
    assert world.last("a").phase == "Failed"


def test_of_too_many_pods_that_are_over_the_evicted_go_first_and_then_the_oldest() -> None:
    def pod(name: str, second: int, phase: str = "Succeeded", reason: str = "") -> Pod:
        created = f"2026-01-01T00:00:{second:02d}Z"
        return Pod(
            metadata=ObjectMeta(name=name, creation_timestamp=created), status=PodStatus(phase=phase, reason=reason)
        )

    pods = [
        pod("newest", 9),
        pod("oldest", 1),
        pod("old-b", 2),
        pod("old-a", 2),
        pod("evicted", 8, "Failed", "Evicted"),
        pod("runs", 0, "Running"),
    ]
    assert [one.metadata.name for one in superfluous(pods, 1)] == ["evicted", "oldest", "old-a", "old-b"]
    assert superfluous(pods, 5) == []
