"""Which of several possible nodes is taken."""

from __future__ import annotations

from types import SimpleNamespace

from harness.actors.scheduler.scores import best_first
from harness.objects.service import Service

HOST = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"


def test_equal_nodes_are_taken_in_the_order_of_their_names(world):
    for name in ("node-3", "node-1", "node-2"):
        world.node(name)
    world.pod("web")
    world.run()
    assert world.where("web") == "node-1"


def test_pods_without_requests_still_spread_by_what_is_assumed_of_them(world):
    for number in (1, 2, 3):
        world.node(f"node-{number}", cpu="1", memory="4Gi")
    for number in range(3):
        world.pod(f"web-{number}")
    world.run()
    assert [world.where(f"web-{number}") for number in range(3)] == ["node-1", "node-2", "node-3"]


def test_emptier_node_is_preferred(world):
    world.node("node-1")
    world.node("node-2")
    world.pod("big", cpu="2", memory="4Gi", nodeName="node-1")
    world.pod("web", cpu="100m", memory="100Mi")
    world.run()
    assert world.where("web") == "node-2"


def test_pods_of_one_service_spread_over_zones(world):
    world.node("node-1", cpu="64", memory="128Gi", labels={ZONE: "a"})
    world.node("node-2", cpu="64", memory="128Gi", labels={ZONE: "a"})
    world.node("node-3", cpu="64", memory="128Gi", labels={ZONE: "b"})
    spec = {"selector": {"app": "web"}, "ports": [{"port": 80}]}
    world.create(Service, "web", metadata={"namespace": "default"}, spec=spec)
    for number in range(2):
        world.pod(f"web-{number}", labels={"app": "web"})
    world.run()
    assert [world.where(f"web-{number}") for number in range(2)] == ["node-1", "node-3"]


def test_node_with_a_soft_taint_comes_last(world):
    world.node("node-1", taints=[{"key": "slow", "value": "", "effect": "PreferNoSchedule"}])
    world.node("node-2")
    world.pod("web")
    world.run()
    assert world.where("web") == "node-2"


def test_preferred_node_affinity_outweighs_a_free_node(world):
    world.node("node-1")
    world.node("node-2", labels={"disk": "ssd"})
    world.pod("big", cpu="2", nodeName="node-2")
    expression = {"key": "disk", "operator": "In", "values": ["ssd"]}
    preferred = [{"weight": 1, "preference": {"matchExpressions": [expression]}}]
    world.pod("web", affinity={"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}})
    world.run()
    assert world.where("web") == "node-2"


def test_preferred_anti_affinity_avoids_nodes_with_its_like(world):
    world.node("node-1", cpu="64", memory="128Gi")
    world.node("node-2", cpu="4", memory="8Gi")
    term = {"labelSelector": {"matchLabels": {"app": "db"}}, "topologyKey": HOST}
    preferred = [{"weight": 100, "podAffinityTerm": term}]
    world.pod("db-0", labels={"app": "db"}, nodeName="node-1")
    affinity = {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}}
    world.pod("db-1", labels={"app": "db"}, affinity=affinity)
    world.run()
    assert world.where("db-1") == "node-2"


def test_winner_is_the_root_of_the_heap_that_is_built_over_the_nodes():
    views = [SimpleNamespace(name=name) for name in "abcde"]
    # The sift-downs bring e up to b's place and from there to the root, before c is ever compared with it.
    assert [view.name for view in best_first(views, [1, 2, 9, 3, 9])] == ["e", "c"]
    assert [view.name for view in best_first(views, [7, 7, 7, 7, 7])] == ["a", "b", "c", "d", "e"]


def test_large_cluster_is_searched_in_turns(world):
    for number in range(210):
        world.node(f"node-{number:03}")
    for name in ("first", "second", "third"):
        world.pod(name)
    world.run()
    # 49 % of 210 nodes are enough, and the next search begins after them.
    assert [world.where(name) for name in ("first", "second", "third")] == ["node-000", "node-102", "node-204"]
