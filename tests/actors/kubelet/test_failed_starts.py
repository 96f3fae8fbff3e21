"""What keeps a container from starting, and what is said of it."""

from __future__ import annotations

from typing import Any

import pytest
from kubelet_world import KubeletWorld, summary
from msgspec.structs import replace

from harness.actors.kubelet.image_names import name_problem
from harness.actors.world import ImageBehaviour
from harness.objects.config import Secret
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, Taint
from harness.objects.pod import ContainerStateWaiting


def waiting(world: KubeletWorld) -> ContainerStateWaiting:
    found = world.get("a").status.container_statuses[0].state.waiting
    assert found is not None
    return found


@pytest.mark.parametrize("image", ["app", "app:v1", "team/app", "registry.example.com:5000/team/app:v1", "a__b-c/d.e"])
def test_name_of_an_image_may_be_so(image: str) -> None:
    assert name_problem(image) == ""


@pytest.mark.parametrize(
    ("image", "why"),
    [
        ("App:v1", "invalid reference format: repository name (library/App) must be lowercase"),
        ("team/App:v1", "invalid reference format: repository name (team/App) must be lowercase"),
        (":v1", "invalid reference format"),
        ("app:v1:v2", "invalid reference format"),
        ("https://registry.example.com/app", "invalid reference format"),
        ("a" * 64, f"invalid repository name ({'a' * 64}), cannot specify 64-byte hexadecimal strings"),
    ],
)
def test_name_that_no_image_can_have_is_told_why(image: str, why: str) -> None:
    problem = f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {why}'
    assert name_problem(image) == problem


def test_image_with_an_impossible_name_is_not_even_looked_for() -> None:
    world = KubeletWorld()
    world.make("a", containers=[{"name": "c", "image": "App:v1"}])
    world.wait(15_000)
    assert waiting(world).reason == "InvalidImageName"
    assert waiting(world).message == name_problem("App:v1")
    assert f"InspectFailed: {name_problem('App:v1')}" in world.said("a")
    assert "Failed: Error: InvalidImageName" in world.said("a")
    assert not any(line.startswith("Pulling") for line in world.said("a"))


def test_start_that_the_runtime_refuses_is_tried_again_and_backed_off_from() -> None:
    problem = 'exec: "/serve": stat /serve: no such file or directory'
    world = KubeletWorld(app=ImageBehaviour(run=problem))
    world.make("a")
    world.wait(2500)
    status = world.get("a").status.container_statuses[0]
    assert (waiting(world).reason, waiting(world).message) == ("RunContainerError", problem)
    ended = status.last_state.terminated
    assert ended is not None
    assert (ended.reason, ended.exit_code, ended.message) == ("StartError", 128, problem)
    assert f"Failed: Error: {problem}" in world.said("a")
    assert not any(line.startswith("Started") for line in world.said("a"))
    world.wait(12_500)
    told = [summary(status) for _, status in world.written("a")]
    assert "Running ready=False ip=yes c=CrashLoopBackOff#1" in told


@pytest.mark.parametrize(
    ("pod", "own", "refused"),
    [
        ({"runAsNonRoot": True, "runAsUser": 0}, {}, True),
        ({"runAsNonRoot": True}, {"runAsUser": 0}, True),
        ({"runAsNonRoot": True, "runAsUser": 0}, {"runAsUser": 1000}, False),
        ({"runAsNonRoot": True, "runAsUser": 0}, {"runAsNonRoot": False}, False),
        ({"runAsUser": 0}, {}, False),
    ],
)
def test_container_that_must_not_be_root_does_not_start_as_root(
    pod: dict[str, Any], own: dict[str, Any], refused: bool
) -> None:
    world = KubeletWorld()
    container = {"name": "c", "image": "app:v1", "securityContext": own}
    world.make("a", securityContext=pod, containers=[container])
    world.wait(15_000)
    uid = world.get("a").metadata.uid
    problem = f'container\'s runAsUser breaks non-root policy (pod: "a_default({uid})", container: c)'
    assert (f"Failed: Error: {problem}" in world.said("a")) is refused
    assert ("running" in summary(world.get("a").status)) is not refused


def test_missing_pull_secret_is_told_of_and_stops_nothing() -> None:
    world = KubeletWorld()
    world.server.create(Secret(metadata=ObjectMeta(name="there", namespace="default")))
    world.make("a", imagePullSecrets=[{"name": "there"}, {"name": "gone"}, {"name": "lost"}])
    world.wait(3000)
    text = "Unable to retrieve some image pull secrets (gone, lost); attempting to pull the image may not succeed."
    assert f"FailedToRetrieveImagePullSecret: {text}" in world.said("a")
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*"


def test_second_pod_with_the_same_port_of_the_node_is_refused() -> None:
    world = KubeletWorld()
    ports = [{"containerPort": 80, "hostPort": 8080}]
    for name in ("b", "a"):
        world.make(name, nodeName="node-1", containers=[{"name": "c", "image": "app:v1", "ports": ports}])
        world.wait(2000)
    text = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports"
    assert f"NodePorts: {text}" in world.said("a")
    status = world.get("a").status
    assert (status.phase, status.reason, status.message) == ("Failed", "NodePorts", f"Pod was rejected: {text}")


@pytest.mark.parametrize("tolerated", [False, True])
def test_pod_that_does_not_tolerate_a_taint_that_drives_away_is_refused(tolerated: bool) -> None:
    world = KubeletWorld()
    taint = Taint(key="gone", effect="NoExecute")
    node = world.server.find(Node, "", "node-1")
    assert node is not None
    world.server.modify(node, lambda node: replace(node, spec=replace(node.spec, taints=(taint,))))
    world.make("a", nodeName="node-1", tolerations=[{"key": "gone", "operator": "Exists"}] if tolerated else [])
    world.wait(2000)
    text = "Predicate TaintToleration failed: node(s) had taints that the pod didn't tolerate"
    assert (f"TaintToleration: {text}" in world.said("a")) is not tolerated


@pytest.mark.parametrize(
    ("spec", "reason", "text"),
    [
        (
            {"containers": [{"name": "c", "image": "app:v1", "resources": {"requests": {"memory": "5Gi"}}}]},
            "OutOfmemory",
            "Node didn't have enough resource: memory, requested: 5368709120, used: 0, capacity: 4294967296",
        ),
        (
            {"nodeSelector": {"disk": "ssd"}},
            "NodeAffinity",
            "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector",
        ),
        ({}, "OutOfpods", "Node didn't have enough resource: pods, requested: 1, used: 1, capacity: 1"),
    ],
)
def test_pod_placed_by_hand_is_told_what_the_node_lacks(spec: dict[str, Any], reason: str, text: str) -> None:
    world = KubeletWorld()
    if reason == "OutOfpods":
        node = world.server.find(Node, "", "node-1")
        assert node is not None
        room = {**node.status.allocatable, "pods": "1"}
        world.server.modify(
            node, lambda node: replace(node, status=replace(node.status, allocatable=room)), status=True
        )
        world.make("b")
    world.make("a", nodeName="node-1", **spec)
    world.wait(1000)
    assert f"{reason}: {text}" in world.said("a")
