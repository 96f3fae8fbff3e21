"""When a pod that found no node is tried again, and what it leaves behind each time."""

from __future__ import annotations

from msgspec.structs import replace

from harness.api import kinds
from harness.objects.event import Event
from harness.objects.node import Node
from harness.objects.pod import Pod

MINUTE_MS = 60_000


def finish(world, name: str) -> None:
    """What a kubelet writes when the pod has ended."""
    pod = world.get(Pod, name)
    world.server.update_status(replace(pod, status=replace(pod.status, phase="Succeeded")))


def test_scheduled_pod_leaves_one_event_and_a_true_condition(world):
    world.node("node-1")
    world.pod("web")
    world.run()
    assert world.said("web") == ["Successfully assigned default/web to node-1"]
    assert (world.condition("web").status, world.condition("web").reason) == ("True", "")


def test_failed_attempt_is_said_first_and_then_written_as_a_condition(world):
    world.node("node-1", cpu="1")
    world.pod("web", cpu="2")
    world.run()
    condition = world.condition("web")
    assert (condition.status, condition.reason, condition.message) == ("False", "Unschedulable", world.said("web")[0])
    assert condition.observed_generation == 1
    (event,) = world.server.list(kinds.BY_TYPE[Event])
    versions = (event.involved_object.resource_version, world.get(Pod, "web").metadata.resource_version)
    assert int(versions[0]) < int(versions[1])
    assert (event.type, event.reason, event.action) == ("Warning", "FailedScheduling", "Scheduling")


def test_pod_waits_quietly_while_nothing_happens_that_could_help(world):
    world.node("node-1", cpu="1")
    world.pod("web", cpu="2")
    world.run(4 * MINUTE_MS)
    assert world.attempts("web") == 1


def test_pod_is_tried_again_after_five_minutes_in_any_case(world):
    world.node("node-1", cpu="1")
    world.pod("web", cpu="2")
    world.run(6 * MINUTE_MS)
    assert world.attempts("web") == 2


def test_pod_is_scheduled_as_soon_as_another_ends_even_while_it_backs_off(world):
    world.node("node-1", cpu="1")
    world.pod("first", cpu="1")
    world.run()
    world.pod("second", cpu="1")
    world.run(10)
    finish(world, "first")
    world.run(10)
    assert world.where("second") == "node-1"


def test_small_node_does_not_wake_a_pod_that_is_too_big_for_it(world):
    world.node("node-1", cpu="1")
    world.pod("web", cpu="4")
    world.run()
    world.node("node-2", cpu="2")
    world.run()
    assert world.attempts("web") == 1
    world.node("node-3", cpu="8")
    world.run()
    assert world.where("web") == "node-3"


def test_uncordoned_node_takes_the_pods_that_waited_for_it(world):
    world.node("node-1", unschedulable=True)
    world.pod("web")
    world.run()
    world.update(Node, "node-1", unschedulable=False)
    world.run()
    assert world.where("web") == "node-1"


def test_label_that_the_pod_selects_by_wakes_it(world):
    node = world.node("node-1")
    world.pod("web", nodeSelector={"disk": "ssd"})
    world.run()
    node = world.get(Node, "node-1")
    labels = {**node.metadata.labels, "disk": "ssd"}
    world.server.update(replace(node, metadata=replace(node.metadata, labels=labels)))
    world.run()
    assert world.where("web") == "node-1"


def test_pod_without_any_node_is_tried_at_growing_intervals(world):
    world.pod("web")
    seconds = []
    for second in range(8):
        before = world.attempts("web")
        world.run(1000)
        if world.attempts("web") > before:
            seconds.append(second)
    assert seconds == [0, 2, 5]


def test_pod_with_gates_is_held_back_without_a_word(world):
    world.node("node-1")
    world.pod("web", schedulingGates=[{"name": "example.com/quota"}])
    world.run()
    assert (world.where("web"), world.said("web")) == ("", [])
    world.update(Pod, "web", scheduling_gates=())
    world.run()
    assert world.where("web") == "node-1"


def test_higher_priority_goes_first(world):
    world.node("node-1", cpu="1")
    world.priority_class("high", 1000)
    world.pod("low", cpu="1")
    world.pod("high", cpu="1", priorityClassName="high")
    world.run()
    assert (world.where("high"), world.where("low")) == ("node-1", "")


def test_deleting_a_waiting_pod_ends_the_matter(world):
    world.node("node-1", cpu="1")
    world.pod("web", cpu="2")
    world.run()
    world.delete(Pod, "web")
    world.node("node-2", cpu="8")
    world.run()
    assert world.attempts("web") == 1


def test_terminating_pod_is_skipped(world):
    world.node("node-1")
    world.pod("web", metadata={"finalizers": ["example.com/hold"]})
    world.delete(Pod, "web")
    world.run()
    assert world.said("web") == ["skip schedule deleting pod: default/web"]


def spread_over(*keys: str) -> list[dict]:
    """Hard constraints that the pods of app web keep, one for each node label."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {"matchLabels": {"app": "web"}},
        }
        for key in keys
    ]


def relabelled(world, pod: str, node: str, **labels: str) -> int:
    """How often the pod is tried because the node gets these labels beside its name."""
    before = world.attempts(pod)
    world.label(Node, node, {"kubernetes.io/hostname": node, **labels})
    world.run(3_000)
    return world.attempts(pod) - before


def test_label_of_a_node_helps_a_pod_that_is_spread_only_where_it_changes_what_counts(world):
    world.node("node-1", labels={"zone": "a"})
    world.node("node-2", labels={"zone": "b"}, unschedulable=True)
    world.pod("old", nodeName="node-1", labels={"app": "web"})
    world.pod("web", labels={"app": "web"}, topologySpreadConstraints=spread_over("zone"))
    world.run()
    assert relabelled(world, "web", "node-2", zone="b", disk="ssd") == 0
    assert relabelled(world, "web", "node-2", zone="c") == 1
    assert relabelled(world, "web", "node-1", disk="ssd") == 1
    assert relabelled(world, "web", "node-1", zone="a") == 1


def test_label_of_a_node_helps_a_pod_that_keeps_away_only_where_the_node_leaves_a_domain(world):
    world.node("node-1", labels={"zone": "a"})
    world.node("node-2", labels={"zone": "a"})
    world.pod("old", nodeName="node-1", labels={"app": "web"})
    term = {"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "web"}}}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    world.pod("web", labels={"app": "web"}, affinity=affinity)
    world.run()
    assert relabelled(world, "web", "node-2", zone="a", disk="ssd") == 0
    assert world.where("web") == ""
    relabelled(world, "web", "node-2", zone="b")
    assert world.where("web") == "node-2"
