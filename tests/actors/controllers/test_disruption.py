"""What the disruption controller counts, and what it says of budgets that it cannot count."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.actors.controllers.disruption import DisruptionController
from harness.api import kinds
from harness.api.eviction import evict
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects import resources
from harness.objects.config import Namespace
from harness.objects.event import Event
from harness.objects.meta import Object, ObjectMeta, owned_by
from harness.objects.pod import Pod, PodCondition
from harness.objects.policy import PodDisruptionBudget, PodDisruptionBudgetStatus
from harness.objects.wire import from_wire

TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "c", "image": "app:v1"}]},
}
SELECTOR = {"matchLabels": {"app": "web"}}


class World:
    """A server on which nobody acts but the disruption controller."""

    def __init__(self) -> None:
        self.loop = Loop(Clock(parse("2026-01-01T00:00:00Z")))
        self.server = Server(self.loop.clock, Trace())
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        DisruptionController(Process.start(self.loop, self.server, Chance(), {}))

    def owner(self, kind: str, name: str, replicas: int = 3, owner: Object | None = None) -> Any:
        """A workload, perhaps one that another one owns."""
        resource = resources.of_kind("apps/v1", kind)
        assert resource is not None
        spec: dict[str, Any] = {"selector": SELECTOR, "template": TEMPLATE}
        if kind != "DaemonSet":
            spec["replicas"] = replicas
        made: Any = from_wire({"metadata": {"name": name}, "spec": spec}, kinds.of_resource(resource).type)
        return self.server.create(_owned(made, owner))

    def pod(self, name: str, owner: Object | None = None, *, ready: bool = True, app: str = "web") -> Pod:
        made = from_wire({"metadata": {"name": name, "labels": {"app": app}}, "spec": TEMPLATE["spec"]}, Pod)
        pod = self.server.create(_owned(made, owner))
        pod = self.server.bind("default", name, pod.metadata.uid, "node-1")
        condition = PodCondition(type="Ready", status="True" if ready else "False")

        def told(stored: Pod) -> Pod:
            return replace(stored, status=replace(stored.status, phase="Running", conditions=(condition,)))

        return self.server.modify(pod, told, status=True)

    def budget(self, name: str = "web", **spec: Any) -> None:
        document = {"metadata": {"name": name}, "spec": {"selector": SELECTOR, **spec}}
        self.server.create(from_wire(document, PodDisruptionBudget))

    def status(self, name: str = "web") -> PodDisruptionBudgetStatus:
        self.loop.run_until(self.loop.now_ms + 50)
        found = self.server.find(PodDisruptionBudget, "default", name)
        assert found is not None
        return found.status

    def counts(self, name: str = "web") -> tuple[int, int, int, int]:
        """Expected, desired, healthy, allowed."""
        told = self.status(name)
        return (told.expected_pods, told.desired_healthy, told.current_healthy, told.disruptions_allowed)

    def reason(self, name: str = "web") -> tuple[str, str, str]:
        [condition] = self.status(name).conditions
        return (condition.status, condition.reason, condition.message)

    def events(self) -> list[tuple[str, str, str]]:
        found = self.server.list(kinds.BY_TYPE[Event])
        return [(event.type, event.reason, event.message) for event in found]


def _owned(obj: Any, owner: Object | None) -> Any:
    if owner is None:
        return obj
    return replace(obj, metadata=replace(obj.metadata, owner_references=(owned_by(owner),)))


@pytest.mark.parametrize(
    ("bound", "counts"),
    [
        ({"minAvailable": 2}, (3, 2, 3, 1)),
        ({"minAvailable": 9}, (3, 9, 3, 0)),
        ({"minAvailable": "50%"}, (5, 3, 3, 0)),
        ({"minAvailable": "0%"}, (5, 0, 3, 3)),
        ({"maxUnavailable": 0}, (5, 5, 3, 0)),
        ({"maxUnavailable": 3}, (5, 2, 3, 1)),
        ({"maxUnavailable": 7}, (5, 0, 3, 3)),
        ({"maxUnavailable": "50%"}, (5, 2, 3, 1)),
        ({}, (0, 0, 3, 0)),
    ],
)
def test_a_number_of_pods_is_of_those_there_are_and_the_rest_of_what_their_owner_is_scaled_to(bound, counts):
    world = World()
    owner = world.owner("StatefulSet", "web", 5)
    for name in "abc":
        world.pod(name, owner)
    world.budget(**bound)
    assert world.counts() == counts


def test_a_deployment_stands_for_its_replica_sets_and_every_owner_counts_once():
    world = World()
    deployment = world.owner("Deployment", "web", 4)
    old = world.owner("ReplicaSet", "old", 1, deployment)
    new = world.owner("ReplicaSet", "new", 9, deployment)
    single = world.owner("ReplicaSet", "single", 2)
    for name, owner in (("a", old), ("b", new), ("c", new), ("d", single)):
        world.pod(name, owner)
    world.budget(maxUnavailable=3)
    assert world.counts() == (6, 3, 4, 1)


def test_unready_and_terminating_pods_and_those_of_other_labels_are_not_healthy():
    world = World()
    for name in ("a", "b"):
        world.pod(name)
    world.pod("unready", ready=False)
    world.pod("other", app="other")
    world.budget(minAvailable=1)
    assert world.counts() == (3, 1, 2, 1)
    world.server.delete(kinds.BY_TYPE[Pod], "default", "a")
    assert world.counts() == (3, 1, 1, 0)
    assert world.reason() == ("False", "InsufficientPods", "")


def test_a_change_of_the_budget_is_counted_and_its_generation_noted():
    world = World()
    world.pod("a")
    world.budget(minAvailable=1)
    assert (world.status().observed_generation, world.reason()[1]) == (1, "InsufficientPods")
    stored = world.server.find(PodDisruptionBudget, "default", "web")
    assert stored is not None
    world.server.modify(stored, lambda old: replace(old, spec=replace(old.spec, min_available=0)))
    assert world.status().observed_generation == 2
    assert world.reason() == ("True", "SufficientPods", "")


def test_an_evicted_pod_is_booked_until_its_deletion_is_seen():
    world = World()
    for name in ("a", "b"):
        world.pod(name)
    world.budget(minAvailable=1)
    assert world.counts() == (2, 1, 2, 1)
    evict(world.server, "default", "a")
    assert world.status().disrupted_pods == {}
    assert world.counts() == (2, 1, 1, 0)


def test_a_booked_pod_that_is_not_deleted_counts_again_after_two_minutes():
    world = World()
    pod = world.pod("a")
    world.budget(minAvailable=0)
    assert world.counts() == (1, 0, 1, 1)
    stored = world.server.find(PodDisruptionBudget, "default", "web")
    assert stored is not None
    booked = replace(stored.status, disrupted_pods={"a": world.loop.clock.stamp()})
    world.server.update_status(replace(stored, status=booked))
    assert world.counts() == (1, 0, 0, 0)
    world.loop.run_until(119_000)
    assert list(world.status().disrupted_pods) == ["a"]
    world.loop.run_until(121_000)
    assert world.counts() == (1, 0, 1, 1)
    assert ("Warning", "NotDeleted", "Pod was expected by PDB default/default to be deleted but it wasn't") in (
        world.events()
    )
    assert pod.metadata.name == "a"


def test_pods_whose_owner_cannot_be_scaled_make_the_count_fail():
    world = World()
    owner = world.owner("DaemonSet", "agent")
    world.pod("a", owner)
    world.budget(maxUnavailable=1)
    why = "daemonsets.apps does not implement the scale subresource"
    assert world.reason() == ("False", "SyncFailed", why)
    assert world.counts() == (0, 0, 0, 0)
    message = f"Failed to calculate the number of expected pods: {why}"
    assert world.events() == [("Warning", "CalculateExpectedPodCountFailed", message)]


def test_pods_whose_owner_is_gone_make_the_count_fail():
    world = World()
    owner = world.owner("StatefulSet", "web")
    world.pod("a", owner)
    world.server.delete(kinds.of_object(owner), "default", "web")
    world.budget(maxUnavailable=1)
    assert world.reason() == ("False", "SyncFailed", 'found no controllers for pod "a"')


def test_a_count_that_works_again_clears_the_failure():
    world = World()
    world.pod("a", world.owner("DaemonSet", "agent"))
    world.budget(maxUnavailable=1)
    assert world.reason()[1] == "SyncFailed"
    stored = world.server.find(PodDisruptionBudget, "default", "web")
    assert stored is not None
    world.server.modify(stored, lambda old: replace(old, spec=replace(old.spec, max_unavailable=None, min_available=0)))
    assert world.reason() == ("True", "SufficientPods", "")


def test_a_budget_without_pods_says_so_and_allows_nothing():
    world = World()
    world.budget(minAvailable=0)
    assert world.counts() == (0, 0, 0, 0)
    assert world.events() == [("Normal", "NoPods", "No matching pods found")]


def test_pods_without_an_owner_are_complained_of_when_a_share_is_asked_for():
    world = World()
    world.pod("a")
    world.budget(minAvailable="50%")
    assert world.counts() == (0, 0, 1, 0)
    [(type_, reason, message)] = world.events()
    assert (type_, reason) == ("Warning", "UnmanagedPods")
    assert "(selector: &LabelSelector{MatchLabels:map[string]string{app: web,}," in message
    assert message.endswith('please set ".spec.minAvailable" field of the PDB to an integer value.')


def test_a_pod_of_two_budgets_is_complained_of_and_wakes_one():
    world = World()
    world.budget("a", minAvailable=1)
    world.budget("b", minAvailable=1)
    world.status("b")
    world.pod("web")
    assert world.counts("a") == (1, 1, 1, 0)
    assert world.counts("b") == (0, 1, 0, 0)
    message = 'Pod "default"/"web" matches multiple PodDisruptionBudgets.  Chose "a" arbitrarily.'
    assert ("Warning", "MultiplePodDisruptionBudgets", message) in world.events()


def test_a_selector_is_printed_as_go_prints_it():
    world = World()
    world.pod("a")
    expression = {"key": "app", "operator": "In", "values": ["web", "api"]}
    world.budget(minAvailable="50%", selector={"matchExpressions": [expression]})
    world.status()
    [(_, _, message)] = world.events()
    shown = (
        "&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{"
        "LabelSelectorRequirement{Key:app,Operator:In,Values:[web api],},},}"
    )
    assert shown in message
