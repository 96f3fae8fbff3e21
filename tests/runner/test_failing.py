"""What a scenario can let fail: machines and containers that are there; everything else is complained about."""

from __future__ import annotations

import pytest
from playing import last, played, read, web

from harness.errors import ScenarioError
from harness.objects.happenings import STATES
from harness.objects.node import Node
from harness.runner import play, unplayable

CREATED = f"apply: {web()}"


def test_a_step_that_lets_a_node_fail_lasts_until_its_taints_are_there() -> None:
    outcome = played("fail: node/node-2", cluster="nodes: 3")
    node = next(obj for obj in outcome.objects if isinstance(obj, Node) and obj.metadata.name == "node-2")
    assert STATES["unready"](node)
    assert [(taint.key, taint.effect) for taint in node.spec.taints] == [
        ("node.kubernetes.io/unreachable", "NoSchedule"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
    ]


def test_heartbeats_keep_no_step_from_settling() -> None:
    assert last("wait: 1h", cluster="nodes: 3").records == ()
    assert last("annotate: node/node-1\nset: {a: b}", cluster="nodes: 3").settled_ms < 61_000


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ("fail: node/node-4", 'found "node-4", expected a node that the cluster starts with; did you mean "node-1"?'),
        ("recover: node/db", 'found "db", expected a node that the cluster starts with: node-1'),
        ("recover: pod/web-0", "`recover` is not played yet for a pod; it is for a node and a provisioner"),
        (
            "fail: provisioner/example.com/nfs",
            'found "example.com/nfs", expected one of the cluster\'s provisioners; it has none',
        ),
    ],
)
def test_what_cannot_fail_is_complained_about_before_anything_happens(step: str, complaint: str) -> None:
    complaints = unplayable(read("wait: 1s", step))
    assert [str(one) for one in complaints] == [f"scenarios/tried.yaml:4:3: {complaint}"]


def test_a_cluster_without_nodes_has_none_that_can_fail() -> None:
    (complaint,) = unplayable(read("fail: node/node-1", cluster="nodes: 0"))
    assert complaint.message == 'found "node-1", expected a node that the cluster starts with; it has none'


@pytest.mark.parametrize(
    ("step", "complaint"),
    [
        ("fail: pod/web-1", 'there is no pod "web-1" in the namespace "default"'),
        ("fail: pod/web-0\ncontainer: d", 'found "d", expected a container of the pod "web-0": c'),
    ],
)
def test_a_container_that_is_not_there_is_complained_about_with_its_place(step: str, complaint: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        play(read(CREATED, step))
    assert str(caught.value) == f"scenarios/tried.yaml:4:3: {complaint}"


def test_a_container_that_does_not_run_now_cannot_exit() -> None:
    with pytest.raises(ScenarioError, match=r'the container "c" of the pod "web-0" does not run now$'):
        play(read(f"{CREATED}\nsettle: false", "wait: 100ms", "fail: pod/web-0"))


@pytest.mark.parametrize(
    ("step", "told"),
    [
        ("fail: node/node-1", "fail node/node-1"),
        ("fail: pod/web-0", "fail pod/web-0 exit=1"),
        ("fail: pod/web-0\ncontainer: c\nexit: 7", "fail pod/web-0 container=c exit=7"),
        ("recover: node/node-1", "recover node/node-1"),
    ],
)
def test_a_failure_is_told_in_a_line(step: str, told: str) -> None:
    assert last(CREATED, step).did == told


def test_failing_twice_is_failing_once_and_so_is_recovering() -> None:
    twice = ("fail: node/node-1", "fail: node/node-1", "recover: node/node-1", "recover: node/node-1")
    outcome = played(*twice, cluster="nodes: 2")
    assert [bool(step.records) for step in outcome.steps] == [True, False, True, False]
