"""Which pods are removed for a more important one, and what is written about it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.api import kinds
from harness.objects.conditions import find
from harness.objects.event import Event
from harness.objects.meta import LabelSelector
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.policy import PodDisruptionBudget

ZONE = "topology.kubernetes.io/zone"
UNHELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"


@pytest.fixture
def ranks(world):
    """Three classes: low is 10, high is 1000, and polite as high, but it preempts nobody."""
    world.priority_class("low", 10)
    world.priority_class("high", 1000)
    world.priority_class("polite", 1000, preemption_policy="Never")
    return world


def placed(world, name: str, node: str, rank: str = "low", start: str = "2026-01-01T00:00:00Z", **spec) -> None:
    """A pod that runs on the node already."""
    world.pod(name, nodeName=node, priorityClassName=rank, **spec)
    pod = world.get(Pod, name)
    world.server.update_status(replace(pod, status=replace(pod.status, phase="Running", start_time=start)))


def budget(world, name: str, allowed: int, **labels: str) -> None:
    made = world.create(
        PodDisruptionBudget,
        name,
        metadata={"namespace": "default"},
        spec={"minAvailable": 1, "selector": {"matchLabels": labels}},
    )
    world.server.update_status(replace(made, status=replace(made.status, disruptions_allowed=allowed)))


def going(world) -> list[str]:
    """The pods that are on their way out, by name."""
    pods = world.server.list(kinds.BY_TYPE[Pod])
    return [pod.metadata.name for pod in pods if pod.metadata.deletion_timestamp is not None]


def end(world, name: str) -> None:
    """What a kubelet writes when the pod has ended."""
    pod = world.get(Pod, name)
    world.server.update_status(replace(pod, status=replace(pod.status, phase="Succeeded")))


def suffix(world, name: str) -> str:
    return world.condition(name).message.split("preemption: ")[-1]


def test_less_important_pod_is_marked_deleted_and_told_of(ranks):
    ranks.node("node-1", cpu="2")
    placed(ranks, "report", "node-1", cpu="2")
    ranks.pod("api", cpu="1", priorityClassName="high")
    ranks.run()
    victim, pod = ranks.get(Pod, "report"), ranks.get(Pod, "api")
    condition = find(victim.status.conditions, "DisruptionTarget")
    assert (condition.status, condition.reason) == ("True", "PreemptionByScheduler")
    assert condition.message == "default-scheduler: preempting to accommodate a higher priority pod"
    assert victim.metadata.deletion_grace_period_seconds == 30
    assert ranks.said("report") == [f"Preempted by pod {pod.metadata.uid} on node node-1"]
    (event,) = [each for each in ranks.server.list(kinds.BY_TYPE[Event]) if each.reason == "Preempted"]
    assert (event.type, event.action, event.related.name) == ("Normal", "Preempting", "api")
    assert (pod.status.nominated_node_name, pod.spec.node_name) == ("node-1", "")
    assert ranks.said("api") == ["0/1 nodes are available: 1 Insufficient cpu."]
    assert ranks.condition("api").message == "0/1 nodes are available: 1 Insufficient cpu."


def test_pod_is_told_of_its_node_before_its_victims_are_marked(ranks):
    ranks.node("node-1", cpu="2")
    placed(ranks, "report", "node-1", cpu="2")
    ranks.pod("api", cpu="1", priorityClassName="high")
    ranks.run()
    names = [
        record.subject.metadata.name
        for record in ranks.server.store.trace.records
        if record.type == "MODIFIED" and record.cause is not None and isinstance(record.subject, Pod)
    ]
    assert names == ["api", "report", "report"]


def test_nominated_pod_takes_the_room_as_soon_as_its_victim_has_ended(ranks):
    ranks.node("node-1", cpu="2")
    placed(ranks, "report", "node-1", cpu="2")
    ranks.pod("api", cpu="2", priorityClassName="high")
    ranks.run()
    end(ranks, "report")
    ranks.run(2_000)
    assert ranks.where("api") == "node-1"
    assert ranks.get(Pod, "api").status.nominated_node_name == ""


@pytest.mark.parametrize("rank", ["low", "high"])
def test_pods_of_the_same_or_a_higher_priority_stay(ranks, rank):
    ranks.node("node-1", cpu="2")
    placed(ranks, "report", "node-1", "high", cpu="2")
    ranks.pod("api", cpu="2", priorityClassName=rank)
    ranks.run()
    assert going(ranks) == []
    assert suffix(ranks, "api") == f"0/1 nodes are available: 1 {NO_VICTIMS}."


def test_pod_of_a_polite_class_preempts_nobody(ranks):
    ranks.node("node-1", cpu="2")
    placed(ranks, "report", "node-1", cpu="2")
    ranks.pod("api", cpu="2", priorityClassName="polite")
    ranks.run()
    assert going(ranks) == []
    assert ranks.condition("api").message == (
        "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, "
        "preemption: not eligible due to preemptionPolicy=Never."
    )


def test_as_few_pods_as_possible_go_and_the_most_important_stay(ranks):
    ranks.node("node-1", cpu="4")
    ranks.priority_class("middle", 100)
    placed(ranks, "a-low", "node-1", cpu="1")
    placed(ranks, "b-middle", "node-1", "middle", cpu="1")
    placed(ranks, "c-old", "node-1", start="2025-12-31T00:00:00Z", cpu="1")
    placed(ranks, "d-young", "node-1", start="2026-01-01T00:00:00Z", cpu="1")
    ranks.pod("api", cpu="2", priorityClassName="high")
    ranks.run()
    assert going(ranks) == ["a-low", "d-young"]


def test_all_victims_but_the_least_important_go_side_by_side(ranks):
    ranks.node("node-1", cpu="3")
    for number in (1, 2, 3):
        placed(ranks, f"batch-{number}", "node-1", start=f"2026-01-01T00:00:0{number}Z", cpu="1")
    ranks.pod("api", cpu="3", priorityClassName="high")
    ranks.run()
    marks = [
        (record.subject.metadata.name, record.time_ms)
        for record in ranks.server.store.trace.records
        if record.type == "MODIFIED"
        and isinstance(record.subject, Pod)
        and record.subject.metadata.deletion_timestamp is not None
    ]
    assert [name for name, _ in marks] == ["batch-1", "batch-2", "batch-3"]
    assert marks[0][1] == marks[1][1] < marks[2][1]


def test_pods_that_a_budget_protects_are_spared_before_others(ranks):
    ranks.node("node-1", cpu="2")
    ranks.priority_class("middle", 100)
    placed(ranks, "guarded", "node-1", cpu="1", labels={"app": "web"})
    placed(ranks, "free", "node-1", "middle", cpu="1")
    budget(ranks, "web", 0, app="web")
    ranks.pod("api", cpu="1", priorityClassName="high")
    ranks.run()
    assert going(ranks) == ["free"]


def test_budget_gives_way_where_nothing_else_makes_room(ranks):
    ranks.node("node-1", cpu="1")
    placed(ranks, "guarded", "node-1", cpu="1", labels={"app": "web"})
    budget(ranks, "web", 0, app="web")
    ranks.pod("api", cpu="1", priorityClassName="high")
    ranks.run()
    assert going(ranks) == ["guarded"]


def test_budget_that_allows_one_pod_protects_the_next(ranks):
    for name in ("node-1", "node-2"):
        ranks.node(name, cpu="2")
    for name in ("a", "b"):
        placed(ranks, f"guarded-{name}", "node-1", cpu="1", labels={"app": "web"})
    ranks.priority_class("middle", 100)
    placed(ranks, "dear", "node-2", "middle", cpu="2")
    budget(ranks, "web", 1, app="web")
    ranks.pod("api", cpu="2", priorityClassName="high")
    ranks.run()
    assert going(ranks) == ["dear"]


class TestChoiceAmongNodes:
    """One difference at a time; the node named last is the one that has to win."""

    @pytest.fixture
    def nodes(self, ranks):
        ranks.priority_class("middle", 100)
        for name in ("node-1", "node-2"):
            ranks.node(name, cpu="2")
        return ranks

    def chosen(self, world) -> str:
        world.pod("api", cpu="2", priorityClassName="high")
        world.run()
        return world.get(Pod, "api").status.nominated_node_name

    def test_fewest_violations_count_first(self, nodes):
        placed(nodes, "guarded", "node-1", cpu="2", labels={"app": "web"})
        placed(nodes, "dear", "node-2", "middle", cpu="2")
        budget(nodes, "web", 0, app="web")
        assert self.chosen(nodes) == "node-2"

    def test_then_the_lowest_of_the_highest_priorities(self, nodes):
        placed(nodes, "dear", "node-1", "middle", cpu="2")
        for name in ("a", "b"):
            placed(nodes, name, "node-2", cpu="1")
        assert self.chosen(nodes) == "node-2"

    def test_then_the_lowest_sum_of_priorities_which_is_mostly_the_fewest_pods(self, nodes):
        for name in ("a", "b"):
            placed(nodes, name, "node-1", cpu="1")
        placed(nodes, "c", "node-2", cpu="2")
        assert self.chosen(nodes) == "node-2"

    def test_then_the_latest_start(self, nodes):
        placed(nodes, "old", "node-1", start="2025-12-31T00:00:00Z", cpu="2")
        placed(nodes, "young", "node-2", start="2026-01-01T00:00:00Z", cpu="2")
        assert self.chosen(nodes) == "node-2"

    def test_equal_nodes_are_taken_by_name(self, nodes):
        placed(nodes, "a", "node-2", cpu="2")
        placed(nodes, "b", "node-1", cpu="2")
        assert self.chosen(nodes) == "node-1"


def test_nodes_that_would_not_do_anyway_are_left_alone(ranks):
    ranks.node("node-1", cpu="2", unschedulable=True)
    ranks.node("node-2", cpu="1")
    placed(ranks, "a", "node-1", cpu="2")
    placed(ranks, "b", "node-2", cpu="1")
    ranks.pod("api", cpu="2", priorityClassName="high")
    ranks.run()
    assert going(ranks) == []
    assert suffix(ranks, "api") == f"0/2 nodes are available: 2 {UNHELPFUL}."


def test_node_that_is_too_full_of_important_pods_says_what_is_missing_still(ranks):
    ranks.node("node-1", cpu="3")
    placed(ranks, "dear", "node-1", "high", cpu="2")
    placed(ranks, "cheap", "node-1", cpu="1")
    ranks.pod("api", cpu="2", priorityClassName="high")
    ranks.run()
    assert going(ranks) == []
    assert suffix(ranks, "api") == "0/1 nodes are available: 1 Insufficient cpu."


def test_pod_waits_for_its_victims_before_it_asks_for_others(ranks):
    ranks.node("node-1", cpu="2")
    ranks.node("node-2", cpu="2")
    placed(ranks, "report", "node-1", cpu="2")
    placed(ranks, "dear", "node-2", "high", cpu="2")
    ranks.pod("api", cpu="2", priorityClassName="high")
    ranks.run()
    ranks.pod("other", cpu="2", nodeName="node-2", priorityClassName="low")
    ranks.delete(Pod, "other", grace_seconds=0)
    ranks.run(2_000)
    assert suffix(ranks, "api") == "not eligible due to a terminating pod on the nominated node."
    assert ranks.get(Pod, "api").status.nominated_node_name == "node-1"
    assert going(ranks) == ["report"]


def test_less_important_pod_does_not_take_room_that_is_made_for_another(ranks):
    ranks.node("node-1", cpu="4")
    placed(ranks, "report", "node-1", cpu="3")
    ranks.pod("api", cpu="3", priorityClassName="high")
    ranks.run()
    ranks.pod("small", cpu="1", priorityClassName="low")
    ranks.run()
    # One CPU is free, but the nominated pod counts as if it were there beside its victim.
    assert ranks.where("small") == ""
    end(ranks, "report")
    ranks.run(12_000)
    assert (ranks.where("api"), ranks.where("small")) == ("node-1", "node-1")


def test_more_important_pod_takes_over_a_node_from_one_that_was_nominated(ranks):
    ranks.priority_class("top", 2000)
    ranks.node("node-1", cpu="2")
    placed(ranks, "report", "node-1", cpu="2")
    ranks.pod("api", cpu="2", priorityClassName="high")
    ranks.run()
    ranks.pod("core", cpu="2", priorityClassName="top")
    ranks.run()
    # Its victim is going already, so nothing more is removed for it.
    assert ranks.get(Pod, "core").status.nominated_node_name == "node-1"
    end(ranks, "report")
    ranks.run(12_000)
    assert (ranks.where("core"), ranks.where("api")) == ("node-1", "")


def test_pods_on_the_wrong_side_of_an_anti_affinity_are_removed(ranks):
    ranks.node("node-1")
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "web"}}}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    placed(ranks, "noisy", "node-1", labels={"app": "web"})
    placed(ranks, "quiet", "node-1", labels={"app": "db"})
    ranks.pod("api", priorityClassName="high", affinity=affinity)
    ranks.run()
    assert going(ranks) == ["noisy"]


def test_pods_that_object_to_the_new_one_are_removed(ranks):
    ranks.node("node-1")
    term = {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": {"app": "api"}}}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    placed(ranks, "hermit", "node-1", affinity=affinity)
    placed(ranks, "quiet", "node-1")
    ranks.pod("api", priorityClassName="high", labels={"app": "api"})
    ranks.run()
    assert going(ranks) == ["hermit"]


def test_pods_of_a_crowded_zone_are_removed_for_the_sake_of_the_spread(ranks):
    ranks.node("node-1", labels={ZONE: "a"})
    ranks.node("node-2", labels={ZONE: "b"}, unschedulable=True)
    placed(ranks, "web-1", "node-1", labels={"app": "web"})
    constraint = {
        "maxSkew": 1,
        "topologyKey": ZONE,
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
    }
    ranks.pod("api", priorityClassName="high", labels={"app": "web"}, topologySpreadConstraints=[constraint])
    ranks.run()
    assert going(ranks) == ["web-1"]


def test_user_of_a_claim_for_one_pod_is_removed_wherever_it_runs(ranks):
    ranks.node("node-1")
    ranks.node("node-2")
    ranks.claim("data", accessModes=["ReadWriteOncePod"])
    ranks.csi_volume("data", accessModes=["ReadWriteOncePod"])
    ranks.bind_claim("data", "data")
    placed(ranks, "reader", "node-2", claims=["data"])
    placed(ranks, "other", "node-1")
    ranks.pod("api", priorityClassName="high", claims=["data"])
    ranks.run()
    assert going(ranks) == ["reader"]
    assert ranks.get(Pod, "api").status.nominated_node_name == "node-2"


def test_nomination_ends_when_its_node_can_be_had_no_more(ranks):
    ranks.node("node-1", cpu="2")
    placed(ranks, "report", "node-1", cpu="2")
    ranks.pod("api", cpu="2", priorityClassName="high")
    ranks.run()
    ranks.update(Node, "node-1", unschedulable=True)
    ranks.node("node-2", cpu="1")
    ranks.update(Node, "node-2", unschedulable=False)
    ranks.run(3_000)
    ranks.label(Node, "node-2", {"kubernetes.io/hostname": "node-2"})
    end(ranks, "report")
    ranks.run(12_000)
    assert ranks.get(Pod, "api").status.nominated_node_name == ""
    assert suffix(ranks, "api") == f"0/2 nodes are available: 2 {UNHELPFUL}."


def test_budget_without_a_selector_protects_no_pod_from_the_scheduler(ranks):
    ranks.node("node-1", cpu="2")
    ranks.priority_class("middle", 100)
    placed(ranks, "guarded", "node-1", cpu="1", labels={"app": "web"})
    placed(ranks, "dear", "node-1", "middle", cpu="1")
    budget(ranks, "all", 0)
    found = ranks.get(PodDisruptionBudget, "all")
    assert found.spec.selector == LabelSelector()
    ranks.pod("api", cpu="1", priorityClassName="high")
    ranks.run()
    assert going(ranks) == ["guarded"]
