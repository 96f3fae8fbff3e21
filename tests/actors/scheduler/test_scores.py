"""Which of several possible nodes is taken."""

from __future__ import annotations

from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.actors.scheduler.attempt import Attempt
from harness.actors.scheduler.demand import demand_of
from harness.actors.scheduler.nominations import Nominations
from harness.actors.scheduler.pod_affinity import affinity_scores
from harness.actors.scheduler.scores import best_first, image_scores
from harness.actors.scheduler.spreading import spread_scores
from harness.objects.node import Node, NodeStatus
from harness.objects.pod import Pod
from harness.objects.service import Service
from harness.objects.wire import from_wire

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


def heap_root(scores: list[int]) -> int:
    """Where the root of Go's heap comes from, by building the heap."""
    heap = list(range(len(scores)))
    for start in range(len(heap) // 2 - 1, -1, -1):
        parent = start
        while (child := 2 * parent + 1) < len(heap):
            if child + 1 < len(heap) and scores[heap[child + 1]] > scores[heap[child]]:
                child += 1
            if scores[heap[child]] <= scores[heap[parent]]:
                break
            heap[parent], heap[child] = heap[child], heap[parent]
            parent = child
    return heap[0]


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_winner_is_the_root_of_the_heap_that_the_original_builds(scores):
    views = [SimpleNamespace(name=index) for index in range(len(scores))]
    assert best_first(views, scores)[0].name == heap_root(scores)


def with_images(world, node: str, **sizes: int) -> None:
    found = world.get(Node, node)
    images = [{"names": [f"{name}:1"], "sizeBytes": size << 20} for name, size in sizes.items()]
    status = replace(found.status, images=from_wire({"images": images}, NodeStatus).images)
    world.server.update_status(replace(found, status=status))


def scores_of(world, scorer, pod: str) -> dict[str, int] | None:
    """What one plugin makes of every node, for a pod that has none."""
    scheduler = world.scheduler
    nodes, found = scheduler._nodes, world.get(Pod, pod)
    attempt = Attempt(found, demand_of(found), nodes, None, {}, lambda _: None, Nominations())
    views = nodes.listed()
    scores = scorer(attempt, views)
    return None if scores is None else dict(zip((view.name for view in views), scores, strict=True))


def test_image_in_place_counts_by_its_size_and_by_how_many_nodes_have_it(world):
    for number in (1, 2, 3, 4):
        world.node(f"node-{number}", unschedulable=True)
    with_images(world, "node-1", app=800, base=3000)
    with_images(world, "node-2", app=800)
    containers = [{"name": "a", "image": "app:1"}, {"name": "b", "image": "base:1"}]
    world.pod("web", containers=containers)
    # Half the nodes have the one and a quarter has the other: 800/2 + 3000/4 = 1150 MiB, of at most 2000.
    expected = {"node-1": 57, "node-2": 19, "node-3": 0, "node-4": 0}
    assert scores_of(world, image_scores, "web") == expected


def test_small_images_and_images_without_a_tag_earn_what_they_weigh(world):
    world.node("node-1", unschedulable=True)
    with_images(world, "node-1", app=23)
    world.pod("web", containers=[{"name": "a", "image": "app:1"}])
    world.pod("plain", containers=[{"name": "a", "image": "app"}])
    assert scores_of(world, image_scores, "web") == {"node-1": 0}
    assert scores_of(world, image_scores, "plain") is None
    found = world.get(Node, "node-1")
    images = from_wire({"images": [{"names": ["app:latest"], "sizeBytes": 5000 << 20}]}, NodeStatus).images
    world.server.update_status(replace(found, status=replace(found.status, images=images)))
    assert scores_of(world, image_scores, "plain") == {"node-1": 100}


def test_pod_goes_where_its_large_image_is(world):
    for number in (1, 2):
        world.node(f"node-{number}")
    with_images(world, "node-2", app=900)
    world.pod("web", containers=[{"name": "a", "image": "app:1"}])
    world.run()
    assert world.where("web") == "node-2"


def test_wishes_about_pods_are_normalized_as_floating_point_makes_it(world):
    for number in range(3):
        world.node(f"node-{number}", unschedulable=True)
    wishes = []
    for node, weight in (("node-1", 29), ("node-2", 100)):
        world.pod(node, nodeName=node, labels={"app": node})
        term = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": node}}}
        wishes.append({"weight": weight, "podAffinityTerm": term})
    affinity = {"podAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": wishes}}
    world.pod("web", affinity=affinity)
    assert scores_of(world, affinity_scores, "web") == {"node-0": 0, "node-1": 28, "node-2": 100}


def test_soft_spread_counts_only_nodes_with_all_its_labels(world):
    both = {"rack": "r1", ZONE: "a"}
    world.node("node-1", labels=both, unschedulable=True)
    world.node("node-2", labels={"rack": "r2", ZONE: "b"}, unschedulable=True)
    world.node("node-3", labels={ZONE: "b"}, unschedulable=True)
    for number in range(4):
        world.pod(f"old-{number}", nodeName="node-3", labels={"app": "web"})
    world.pod("old", nodeName="node-1", labels={"app": "web"})
    spread = [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": {"app": "web"}},
        }
        for key in (ZONE, "rack")
    ]
    world.pod("web", labels={"app": "web"}, topologySpreadConstraints=spread)
    # The four pods on the node without a rack count for no zone.
    assert scores_of(world, spread_scores, "web") == {"node-1": 0, "node-2": 100, "node-3": 0}
