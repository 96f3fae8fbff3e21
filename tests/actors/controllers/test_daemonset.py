"""DaemonSets: which nodes get a pod, how pods are replaced, and what is kept of earlier templates."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.actors.controllers.daemonset import DaemonSetController
from harness.actors.controllers.daemonset.backoff import FailedPods
from harness.actors.controllers.daemonset.eligibility import fit, node_of
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.apps import DaemonSet
from harness.objects.config import Namespace
from harness.objects.event import Event
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, NodeSpec, Taint
from harness.objects.pod import Pod, PodCondition
from harness.objects.statefulset import ControllerRevision
from harness.objects.wire import from_wire


def daemon_set(pod: dict[str, Any] | None = None, **spec: Any) -> DaemonSet:
    containers = [{"name": "c", "image": "app:v1"}]
    template = {"metadata": {"labels": {"app": "agent"}}, "spec": {"containers": containers, **(pod or {})}}
    body = {"selector": {"matchLabels": {"app": "agent"}}, "template": template, **spec}
    return from_wire({"metadata": {"name": "agent", "namespace": "default"}, "spec": body}, DaemonSet)


class World:
    """Nodes and the controller; no scheduler and no kubelet, so that a pod is only what a test makes of it."""

    def __init__(self, count: int = 1) -> None:
        self.loop = Loop(Clock(parse("2026-01-01T00:00:00Z")))
        self.server = Server(self.loop.clock, Trace())
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        for number in range(1, count + 1):
            self.server.create(Node(metadata=ObjectMeta(name=f"node-{number}")))
        DaemonSetController(Process.start(self.loop, self.server, Chance(), {}))

    def run(self, milliseconds: int = 100) -> None:
        self.loop.run_until(self.loop.now_ms + milliseconds)

    def create(self, **spec: Any) -> None:
        self.server.create(daemon_set(**spec))
        self.run()

    def pods(self) -> list[Pod]:
        found: list[Any] = self.server.list(kinds.BY_TYPE[Pod], "default")
        return sorted(found, key=node_of)

    def nodes_with_pods(self) -> list[str]:
        return [node_of(pod) for pod in self.pods()]

    def on(self, node: str) -> list[Pod]:
        return [pod for pod in self.pods() if node_of(pod) == node]

    def images(self) -> list[str]:
        return sorted(pod.spec.containers[0].image for pod in self.pods())

    def bind(self, node: str) -> None:
        """Have the node's pods placed there."""
        for pod in self.on(node):
            self.server.bind("default", pod.metadata.name, pod.metadata.uid, node)

    def taint(self, node: str, key: str, effect: str) -> None:
        stored = self.server.find(Node, "", node)
        assert stored is not None
        taints = (Taint(key=key, effect=effect),)
        self.server.modify(stored, lambda found: replace(found, spec=replace(found.spec, taints=taints)))
        self.run()

    def make(self, pod: Pod, phase: str, ready: str = "False") -> None:
        condition = PodCondition(type="Ready", status=ready, last_transition_time=self.loop.clock.stamp())
        status = replace(pod.status, phase=phase, conditions=(condition,))
        self.server.modify(pod, lambda stored: replace(stored, status=status), status=True)

    def ready(self) -> None:
        for pod in self.pods():
            if pod.status.phase != "Running":
                self.make(pod, "Running", "True")
        self.run()

    def image(self, image: str) -> None:
        def changed(stored: DaemonSet) -> DaemonSet:
            template = stored.spec.template
            containers = tuple(replace(each, image=image) for each in template.spec.containers)
            new = replace(template, spec=replace(template.spec, containers=containers))
            return replace(stored, spec=replace(stored.spec, template=new))

        self.server.modify(self.agent(), changed)
        self.run()

    def agent(self) -> DaemonSet:
        found = self.server.find(DaemonSet, "default", "agent")
        assert found is not None
        return found

    def revisions(self) -> dict[str, int]:
        found: list[Any] = self.server.list(kinds.BY_TYPE[ControllerRevision], "default")
        return {each.metadata.name: each.revision for each in found}

    def said(self, reason: str) -> int:
        events: list[Event] = list(self.server.store.collection("events").objects.values())
        return sum(event.count or 1 for event in events if event.reason == reason)


def tainted(key: str, effect: str) -> Node:
    return Node(metadata=ObjectMeta(name="node-1"), spec=NodeSpec(taints=(Taint(key=key, effect=effect),)))


@pytest.mark.parametrize(
    ("node", "pod", "expected"),
    [
        (Node(metadata=ObjectMeta(name="node-1")), {}, (True, True)),
        (tainted("team", "NoSchedule"), {}, (False, True)),
        (tainted("team", "NoExecute"), {}, (False, False)),
        (tainted("team", "PreferNoSchedule"), {}, (True, True)),
        (tainted("node.kubernetes.io/unschedulable", "NoSchedule"), {}, (True, True)),
        (tainted("node.kubernetes.io/not-ready", "NoExecute"), {}, (True, True)),
        (tainted("node.kubernetes.io/not-ready", "NoSchedule"), {}, (False, True)),
        (tainted("node.kubernetes.io/network-unavailable", "NoSchedule"), {}, (False, True)),
        (tainted("node.kubernetes.io/network-unavailable", "NoSchedule"), {"hostNetwork": True}, (True, True)),
        (Node(metadata=ObjectMeta(name="node-1")), {"nodeSelector": {"disk": "ssd"}}, (False, False)),
        (Node(metadata=ObjectMeta(name="node-1")), {"nodeName": "node-2"}, (False, False)),
    ],
)
def test_where_a_daemon_pod_belongs(node: Node, pod: dict[str, Any], expected: tuple[bool, bool]) -> None:
    assert fit(daemon_set(pod), node) == expected


def test_every_node_gets_a_pod_that_is_pinned_to_it() -> None:
    world = World(3)
    world.create()
    assert world.nodes_with_pods() == ["node-1", "node-2", "node-3"]


def test_new_node_gets_its_pod_once_it_is_ready() -> None:
    world = World(1)
    world.create()
    node = world.server.create(Node(metadata=ObjectMeta(name="node-2")))
    world.run()
    assert world.nodes_with_pods() == ["node-1"]
    world.server.modify(node, lambda node: replace(node, spec=replace(node.spec, taints=())))
    world.run()
    assert world.nodes_with_pods() == ["node-1", "node-2"]


def test_rolling_update_deletes_no_more_than_max_unavailable() -> None:
    world = World(3)
    world.create()
    world.ready()
    before = {pod.metadata.name for pod in world.pods()}
    world.image("app:v2")
    assert len(before & {pod.metadata.name for pod in world.pods()}) == 2
    world.run(60_000)
    assert len(before & {pod.metadata.name for pod in world.pods()}) == 2


def test_percentage_of_nodes_is_rounded_up() -> None:
    world = World(3)
    rolling = {"maxUnavailable": "50%"}
    world.create(updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling})
    world.ready()
    before = {pod.metadata.name for pod in world.pods()}
    world.image("app:v2")
    assert len(before & {pod.metadata.name for pod in world.pods()}) == 1


def test_surge_starts_the_new_pod_beside_the_old_one() -> None:
    world = World(1)
    rolling = {"maxUnavailable": 0, "maxSurge": 1}
    world.create(updateStrategy={"type": "RollingUpdate", "rollingUpdate": rolling})
    world.ready()
    world.image("app:v2")
    assert world.nodes_with_pods() == ["node-1", "node-1"]
    world.ready()
    assert [pod.spec.containers[0].image for pod in world.pods()] == ["app:v2"]


SURGE = {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1}}


def surging(count: int) -> World:
    """Every node has an available pod, and may have a second one while it is replaced."""
    world = World(count)
    world.create(updateStrategy=SURGE)
    world.ready()
    return world


def test_old_pod_on_a_node_that_is_not_wanted_any_more_stays_until_another_is_available() -> None:
    world = surging(2)
    world.taint("node-1", "team", "NoSchedule")
    world.make(world.on("node-2")[0], "Running", "False")
    world.image("app:v2")
    # One node wants a pod, and the only available one is on the other.
    assert [len(world.on(node)) for node in ("node-1", "node-2")] == [1, 1]
    world.ready()
    assert [len(world.on(node)) for node in ("node-1", "node-2")] == [0, 1]


def test_old_pod_that_is_not_available_goes_at_once_from_a_node_that_is_not_wanted_any_more() -> None:
    world = surging(2)
    world.taint("node-1", "team", "NoSchedule")
    world.make(world.on("node-1")[0], "Running", "False")
    world.image("app:v2")
    assert world.on("node-1") == []


def test_no_more_old_pods_go_from_unwanted_nodes_than_there_are_too_many_available() -> None:
    world = surging(3)
    world.make(world.on("node-3")[0], "Running", "False")
    world.taint("node-1", "team", "NoSchedule")
    world.taint("node-2", "team", "NoSchedule")
    world.image("app:v2")
    assert sorted(len(world.on(node)) for node in ("node-1", "node-2")) == [0, 1]


def test_surge_stands_still_while_an_old_pod_is_on_a_node_that_is_gone() -> None:
    world = surging(2)
    world.bind("node-1")
    world.server.delete(kinds.BY_TYPE[Node], "", "node-1")
    world.image("app:v2")
    assert world.images() == ["app:v1", "app:v1"]
    world.server.delete(kinds.BY_TYPE[Pod], "default", world.on("node-1")[0].metadata.name, grace_seconds=0)
    world.run()
    assert world.images() == ["app:v1", "app:v2"]


def test_on_delete_leaves_pods_as_they_are() -> None:
    world = World(2)
    world.create(updateStrategy={"type": "OnDelete"})
    world.ready()
    world.image("app:v2")
    assert [pod.spec.containers[0].image for pod in world.pods()] == ["app:v1", "app:v1"]


def test_earlier_template_gets_its_old_revision_under_a_new_number() -> None:
    world = World()
    world.create()
    (name,) = world.revisions()
    world.image("app:v2")
    world.image("app:v1")
    assert sorted(world.revisions().values()) == [2, 3]
    assert world.revisions()[name] == 3


def test_name_that_another_template_has_counts_as_a_collision() -> None:
    world = World()
    world.create()
    (name,) = world.revisions()
    other = World()
    other.server.create(ControllerRevision(metadata=ObjectMeta(name=name, namespace="default"), data={}, revision=1))
    other.create()
    assert other.agent().status.collision_count == 1
    assert len(other.revisions()) == 2
    assert len(other.pods()) == 1


def test_failed_pod_is_replaced_at_once_and_then_after_a_wait() -> None:
    world = World()
    world.create()
    world.make(world.pods()[0], "Failed")
    world.run()
    assert world.said("FailedDaemonPod") == 1
    assert world.pods()[0].status.phase == "Pending"
    world.make(world.pods()[0], "Failed")
    world.run()
    assert world.pods()[0].status.phase == "Failed"
    world.run(1_000)
    assert world.said("FailedDaemonPod") == 2
    assert world.pods()[0].status.phase == "Pending"


def test_wait_for_a_failed_pod_doubles_up_to_fifteen_minutes() -> None:
    waits, key, now_ms, lengths = FailedPods(), ("uid", 1, "node-1"), 0, []
    for _ in range(12):
        waits.next(key, now_ms)
        lengths.append(waits.left_ms(key, now_ms))
        now_ms += lengths[-1]
    assert lengths[:4] == [1_000, 2_000, 4_000, 8_000]
    assert lengths[-1] == 900_000
