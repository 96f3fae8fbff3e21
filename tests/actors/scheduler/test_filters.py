"""Which nodes are ruled out, and what is said about it."""

from __future__ import annotations

from typing import Any

SUFFIX = " no new claims to deallocate, preemption: "
UNHELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"
HOST = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"


def near(app: str, key: str = HOST) -> dict[str, Any]:
    return {"labelSelector": {"matchLabels": {"app": app}}, "topologyKey": key}


def required(kind: str, *terms: dict[str, Any]) -> dict[str, Any]:
    return {kind: {"requiredDuringSchedulingIgnoredDuringExecution": list(terms)}}


def text(node_count: int, reasons: str, preemption: str) -> str:
    available = f"0/{node_count} nodes are available:"
    return f"{available} {reasons}.{SUFFIX}{available} {preemption}."


def test_request_beyond_every_node_is_beyond_help_of_preemption(world):
    world.node("node-1", cpu="4", memory="1Gi")
    world.node("node-2", cpu="16", memory="1Gi")
    world.pod("web", cpu="8", memory="2Gi")
    world.run()
    assert world.said("web") == [text(2, "1 Insufficient cpu, 2 Insufficient memory", f"2 {UNHELPFUL}")]


def test_reasons_of_nodes_are_counted_and_sorted_as_texts(world):
    world.node("node-1", taints=[{"key": "dedicated", "value": "db", "effect": "NoSchedule"}])
    for number in range(2, 13):
        world.node(f"node-{number}", cpu="1")
    for number in range(2, 13):
        world.pod(f"filler-{number}", cpu="1", nodeName=f"node-{number}")
    world.pod("web", cpu="1")
    world.run()
    reasons = "1 node(s) had untolerated taint(s), 11 Insufficient cpu"
    assert world.said("web") == [text(12, reasons, f"1 {UNHELPFUL}, 11 {NO_VICTIMS}")]


def test_full_node_says_too_many_pods(world):
    world.node("node-1", pods="1")
    world.pod("first")
    world.pod("second")
    world.run()
    assert world.said("second") == [text(1, "1 Too many pods", f"1 {NO_VICTIMS}")]


def test_pod_that_never_preempts_says_so(world):
    world.node("node-1", cpu="1")
    world.priority_class("polite", 1000, preemption_policy="Never")
    world.pod("web", cpu="2", priorityClassName="polite")
    world.run()
    ending = "preemption: not eligible due to preemptionPolicy=Never."
    assert world.said("web")[0] == f"0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, {ending}"


def test_extended_resource_no_node_has_is_insufficient(world):
    world.node("node-1")
    resources = {"requests": {"example.com/gpu": "1"}, "limits": {"example.com/gpu": "1"}}
    world.pod("web", containers=[{"name": "main", "image": "app", "resources": resources}])
    world.run()
    assert world.said("web") == [text(1, "1 Insufficient example.com/gpu", f"1 {UNHELPFUL}")]


def test_sidecars_and_the_largest_init_container_count_as_requests(world):
    world.node("node-1", cpu="4")
    init = [
        {"name": "sidecar", "image": "app", "restartPolicy": "Always", "resources": {"requests": {"cpu": "1"}}},
        {"name": "setup", "image": "app", "resources": {"requests": {"cpu": "3500m"}}},
    ]
    world.pod("web", cpu="1", initContainers=init)
    world.run()
    assert world.said("web") == [text(1, "1 Insufficient cpu", f"1 {UNHELPFUL}")]


def test_cordoned_node_takes_only_pods_that_tolerate_it(world):
    world.node("node-1", unschedulable=True)
    world.pod("plain")
    world.pod("tolerant", tolerations=[{"key": "node.kubernetes.io/unschedulable", "operator": "Exists"}])
    world.run()
    assert world.said("plain") == [text(1, "1 node(s) were unschedulable", f"1 {UNHELPFUL}")]
    assert world.where("tolerant") == "node-1"


def test_node_selector_excludes_nodes_without_the_label(world):
    world.node("node-1")
    world.node("node-2", labels={"disk": "ssd"})
    world.pod("fast", nodeSelector={"disk": "ssd"})
    world.pod("tape", nodeSelector={"disk": "tape"})
    world.run()
    assert world.where("fast") == "node-2"
    assert world.said("tape") == [text(2, "2 node(s) didn't match Pod's node affinity/selector", f"2 {UNHELPFUL}")]


def test_pod_that_names_its_node_by_field_looks_at_no_other(world):
    world.node("node-1", cpu="1")
    world.node("node-2")
    fields = [{"key": "metadata.name", "operator": "In", "values": ["node-1"]}]
    terms = {"nodeSelectorTerms": [{"matchFields": fields}]}
    affinity = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    world.pod("agent", cpu="2", affinity=affinity)
    world.run()
    reasons = "1 Insufficient cpu, 1 node(s) didn't satisfy plugin(s) [NodeAffinity]"
    assert world.said("agent") == [text(2, reasons, f"2 {UNHELPFUL}")]


def test_host_port_is_given_once_a_node(world):
    world.node("node-1")
    for name in ("first", "second"):
        world.pod(name, ports=[{"containerPort": 80, "hostPort": 8080}])
    world.pod("other", ports=[{"containerPort": 80, "hostPort": 8080, "protocol": "UDP"}])
    world.run()
    reason = "1 node(s) didn't have free ports for the requested pod ports"
    assert world.said("second") == [text(1, reason, f"1 {NO_VICTIMS}")]
    assert world.where("other") == "node-1"


def test_pods_with_anti_affinity_to_each_other_take_a_node_each(world):
    world.node("node-1")
    world.node("node-2")
    for name in ("db-0", "db-1", "db-2"):
        world.pod(name, labels={"app": "db"}, affinity=required("podAntiAffinity", near("db")))
    world.run()
    assert [world.where("db-0"), world.where("db-1")] == ["node-1", "node-2"]
    reason = "2 node(s) didn't match pod anti-affinity rules"
    assert world.said("db-2") == [text(2, reason, f"2 {NO_VICTIMS}")]


def test_placed_pod_keeps_away_others_that_have_no_rule_themselves(world):
    world.node("node-1")
    world.pod("hermit", affinity=required("podAntiAffinity", near("web")))
    world.run()
    world.pod("web", labels={"app": "web"})
    world.run()
    reason = "1 node(s) didn't satisfy existing pods anti-affinity rules"
    assert world.said("web") == [text(1, reason, f"1 {NO_VICTIMS}")]


def test_pod_with_affinity_follows_the_zone_of_its_like(world):
    world.node("node-1", labels={ZONE: "a"})
    world.node("node-2", labels={ZONE: "b"})
    world.node("node-3", labels={ZONE: "b"}, cpu="8")
    world.pod("db", labels={"app": "db"}, nodeName="node-2")
    world.pod("web", affinity=required("podAffinity", near("db", ZONE)))
    world.pod("lost", affinity=required("podAffinity", near("nobody", ZONE)))
    world.run()
    assert world.where("web") == "node-3"
    assert world.said("lost") == [text(3, "3 node(s) didn't match pod affinity rules", f"3 {UNHELPFUL}")]


def test_first_of_pods_that_want_each_other_may_go_anywhere(world):
    world.node("node-1")
    world.node("node-2")
    for name in ("db-0", "db-1"):
        world.pod(name, labels={"app": "db"}, affinity=required("podAffinity", near("db")))
    world.run()
    assert [world.where("db-0"), world.where("db-1")] == ["node-1", "node-1"]


def test_hard_spread_allows_no_more_than_the_skew(world):
    world.node("node-1", labels={ZONE: "a"})
    world.node("node-2", labels={ZONE: "b"}, cpu="1")
    constraint = {
        "maxSkew": 1,
        "topologyKey": ZONE,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    for number in range(4):
        world.pod(f"web-{number}", labels={"app": "web"}, cpu="1", topologySpreadConstraints=[constraint])
    world.run()
    assert [world.where(f"web-{number}") for number in range(3)] == ["node-1", "node-2", "node-1"]
    reasons = "1 Insufficient cpu, 1 node(s) didn't match pod topology spread constraints"
    assert world.said("web-3") == [text(2, reasons, f"2 {NO_VICTIMS}")]


def test_node_without_the_spread_label_is_named_as_such(world):
    world.node("node-1")
    constraint = {
        "maxSkew": 1,
        "topologyKey": ZONE,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    world.pod("web", labels={"app": "web"}, topologySpreadConstraints=[constraint])
    world.run()
    reason = "1 node(s) didn't match pod topology spread constraints (missing required label)"
    assert world.said("web") == [text(1, reason, f"1 {UNHELPFUL}")]


def test_cluster_without_nodes_says_only_that(world):
    world.pod("web")
    world.run()
    assert world.said("web") == ["no nodes available to schedule pods"]
    assert world.condition("web").reason == "Unschedulable"


def test_pods_of_other_schedulers_are_left_alone(world):
    world.node("node-1")
    world.pod("web", schedulerName="mine")
    world.run()
    assert world.where("web") == ""
    assert world.said("web") == []


def test_pod_that_has_a_node_counts_as_use_of_it(world):
    world.node("node-1", cpu="2")
    world.pod("by-hand", cpu="2", nodeName="node-1")
    world.pod("web", cpu="1")
    world.run()
    assert world.said("web") == [text(1, "1 Insufficient cpu", f"1 {NO_VICTIMS}")]
