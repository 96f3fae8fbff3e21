"""When a pod that found no node is tried again, and what it leaves behind each time."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.api import kinds
from harness.objects.event import Event
from harness.objects.node import Node, Taint
from harness.objects.pod import Pod, Toleration

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


def woken(world, pod: str, change) -> int:
    """How often the pod is tried in vain because of what `change` does."""
    world.run(12_000)
    before = world.attempts(pod)
    change()
    world.run(12_000)
    return world.attempts(pod) - before


def taint(world, node: str, *taints: Taint) -> None:
    world.update(Node, node, taints=taints)


def relabel(world, pod: str, **labels: str) -> None:
    world.label(Pod, pod, labels)


def allocatable(world, node: str, **amounts: str) -> None:
    """Change what the node offers."""
    found = world.get(Node, node)
    offered = {**found.status.allocatable, **amounts}
    world.server.update_status(replace(found, status=replace(found.status, allocatable=offered)))


def keeping_away_from(*apps: str) -> dict:
    """An affinity with one term for each app, by node."""
    terms = [{"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": app}}} for app in apps]
    return {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}


def test_lifting_a_cordon_helps_and_a_taint_of_an_open_node_does_not(world):
    world.node("node-1", unschedulable=True)
    world.node("node-2")
    world.pod("web", nodeSelector={"disk": "ssd"}, tolerations=[{"key": "disk", "operator": "Exists"}])
    soft = Taint(key="disk", value="old", effect="PreferNoSchedule")
    assert woken(world, "web", lambda: taint(world, "node-2", soft)) == 0
    assert woken(world, "web", lambda: world.update(Node, "node-1", unschedulable=False)) == 1


def tolerate(world, pod: str, key: str) -> None:
    found = world.get(Pod, pod).spec.tolerations
    world.update(Pod, pod, tolerations=(*found, Toleration(key=key, operator="Exists")))


def test_toleration_helps_against_a_cordon_only_if_it_is_of_cordons(world):
    world.node("node-1", unschedulable=True)
    world.pod("web", cpu="1")
    assert woken(world, "web", lambda: tolerate(world, "web", "disk")) == 0
    tolerate(world, "web", "node.kubernetes.io/unschedulable")
    world.run()
    assert world.where("web") == "node-1"


def spread_in_vain(world, **fields) -> None:
    """A pod that may not join the one it is counted with on node-1, while the other node is closed."""
    world.node("node-1", labels={"zone": "a"})
    world.node("node-2", labels={"zone": "b"}, unschedulable=True)
    world.pod("old", nodeName="node-1", labels={"app": "web"})
    constraint = {**spread_over("zone")[0], **fields}
    soft = {**constraint, "whenUnsatisfiable": "ScheduleAnyway", "labelSelector": {"matchLabels": {"app": "log"}}}
    world.pod("web", labels={"app": "web"}, topologySpreadConstraints=[constraint, {**soft, "topologyKey": "rack"}])


def test_taint_of_a_node_that_counts_makes_a_spread_pod_try_again(world):
    spread_in_vain(world)
    assert woken(world, "web", lambda: taint(world, "node-1", Taint(key="disk", effect="PreferNoSchedule"))) == 1


@pytest.mark.parametrize(("policy", "attempts"), [("Ignore", 0), ("Honor", 1)])
def test_toleration_helps_a_spread_pod_only_where_taints_count(world, policy, attempts):
    spread_in_vain(world, nodeTaintsPolicy=policy)
    assert woken(world, "web", lambda: tolerate(world, "web", "disk")) == attempts


def test_pods_help_a_spread_pod_only_where_a_hard_constraint_counts_them(world):
    spread_in_vain(world)
    assert woken(world, "web", lambda: world.pod("log", nodeName="node-1", labels={"app": "log"})) == 0
    assert woken(world, "web", lambda: world.pod("new", nodeName="node-1", labels={"app": "web"})) == 1


def test_new_labels_of_a_pod_help_a_spread_pod_only_where_they_change_what_counts(world):
    spread_in_vain(world)
    assert woken(world, "web", lambda: relabel(world, "old", app="web", tier="front")) == 0
    world.pod("other", nodeName="node-1", labels={"app": "web"})
    assert woken(world, "web", lambda: relabel(world, "old", app="log")) == 1


def test_own_labels_help_a_spread_pod_only_where_they_change_whether_it_counts(world):
    spread_in_vain(world)
    assert woken(world, "web", lambda: relabel(world, "web", app="web", tier="front")) == 0
    relabel(world, "web", app="log")
    world.run()
    assert world.where("web") == "node-1"


def test_node_helps_a_pod_that_lacks_room_only_by_more_of_what_the_pod_asks_for(world):
    world.node("node-1", cpu="2")
    world.pod("old", cpu="1500m")
    world.run()
    world.pod("web", cpu="1")
    assert woken(world, "web", lambda: allocatable(world, "node-1", memory="16Gi")) == 0
    assert woken(world, "web", lambda: allocatable(world, "node-1", cpu="1900m")) == 0
    assert woken(world, "web", lambda: allocatable(world, "node-1", cpu="2100m")) == 1
    assert woken(world, "web", lambda: allocatable(world, "node-1", pods="120")) == 1


def test_new_labels_of_a_pod_help_one_that_keeps_away_only_if_they_end_what_kept_it(world):
    world.node("node-1")
    world.pod("old", nodeName="node-1", labels={"app": "db"})
    world.pod("web", affinity=keeping_away_from("db"))
    assert woken(world, "web", lambda: relabel(world, "old", app="db", tier="back")) == 0
    relabel(world, "old", app="cache")
    world.run()
    assert world.where("web") == "node-1"


def test_new_labels_of_a_pod_that_keeps_others_away_help_none_of_them(world):
    world.node("node-1")
    world.pod("old", nodeName="node-1", affinity=keeping_away_from("web"))
    world.pod("web", labels={"app": "web"})
    assert woken(world, "web", lambda: relabel(world, "old", app="db")) == 0


def test_end_of_a_pod_helps_one_that_keeps_away_only_if_every_term_is_about_it(world):
    world.node("node-1")
    world.pod("old", nodeName="node-1", labels={"app": "db"})
    world.pod("web", affinity=keeping_away_from("db", "cache"))
    world.run()
    finish(world, "old")
    world.run(4 * MINUTE_MS)
    assert world.where("web") == ""
    world.run(2 * MINUTE_MS)
    assert world.where("web") == "node-1"
