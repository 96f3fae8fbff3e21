"""The eviction subresource: which pods may go, what a budget pays for them, and what the refused are told."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from server_world import ServerWorld, refusal

from harness.api.eviction import evict
from harness.objects.config import Namespace
from harness.objects.pod import Pod, PodCondition
from harness.objects.policy import PodDisruptionBudget, PodDisruptionBudgetStatus
from harness.objects.wire import from_wire

REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."


class World(ServerWorld):
    """A server with a running pod `web` of app web."""

    def pod(self, name: str = "web", *, ready: bool = True, phase: str = "Running") -> Pod:
        pod = self.make(Pod, name, metadata={"labels": {"app": "web"}})
        pod = self.server.bind("default", name, pod.metadata.uid, "node-1")
        condition = PodCondition(type="Ready", status="True" if ready else "False")

        def told(stored: Pod) -> Pod:
            return replace(stored, status=replace(stored.status, phase=phase, conditions=(condition,)))

        return self.server.modify(pod, told, status=True)

    def budget(self, name: str = "web", *, spec: dict | None = None, **status: object) -> PodDisruptionBudget:
        made = self.make(PodDisruptionBudget, name, **({"spec": spec} if spec is not None else {}))
        counted = {"observedGeneration": 1, **status}
        return self.server.update_status(replace(made, status=from_wire(counted, PodDisruptionBudgetStatus)))

    def evict(self, name: str = "web") -> None:
        evict(self.server, "default", name)

    def gone(self, pod: Pod) -> bool:
        now = self.now(pod)
        return now is None or now.metadata.deletion_timestamp is not None


def test_a_pod_without_a_budget_goes_with_the_condition_that_says_why():
    world = World()
    pod = world.pod()
    world.evict()
    [condition] = [one for one in world.now(pod).status.conditions if one.type == "DisruptionTarget"]
    assert (condition.status, condition.reason) == ("True", "EvictionByEvictionAPI")
    assert condition.message == "Eviction API: evicting"
    assert condition.observed_generation == 0
    assert world.gone(pod)


def test_the_budget_is_written_before_the_condition_and_the_condition_before_the_deletion():
    world = World()
    world.pod()
    world.budget(disruptionsAllowed=1)
    before = len(world.trace.records)
    world.evict()
    subjects = [record.subject for record in world.records_since(before)]
    assert [type(subject) for subject in subjects] == [PodDisruptionBudget, Pod, Pod]
    assert [subject.metadata.deletion_timestamp is not None for subject in subjects] == [False, False, True]


def test_an_eviction_takes_one_disruption_and_books_the_pod():
    world = World()
    world.pod()
    budget = world.budget(disruptionsAllowed=2)
    world.evict()
    status = world.now(budget).status
    assert (status.disruptions_allowed, list(status.disrupted_pods)) == (1, ["web"])
    assert status.conditions == ()


def test_the_last_disruption_flips_the_condition_at_once():
    world = World()
    world.pod()
    budget = world.budget(disruptionsAllowed=1)
    world.evict()
    [condition] = world.now(budget).status.conditions
    assert (condition.type, condition.status, condition.reason) == ("DisruptionAllowed", "False", "InsufficientPods")


def test_a_budget_that_is_used_up_refuses_and_says_what_it_needs():
    world = World()
    pod = world.pod()
    world.budget(desiredHealthy=2, currentHealthy=2)
    problem = refusal(world.evict)
    [cause] = problem.details.causes
    assert (problem.code, problem.reason, problem.message) == (429, "TooManyRequests", REFUSED)
    assert (cause.reason, cause.body) == (
        "DisruptionBudget",
        "The disruption budget web needs 2 healthy pods and has 2 currently",
    )
    assert problem.details.retry_after_seconds == 0
    assert not world.gone(pod)


def test_a_budget_that_could_not_be_counted_refuses_and_says_why():
    world = World()
    world.pod()
    failed = {"type": "DisruptionAllowed", "status": "False", "reason": "SyncFailed", "message": "no owner"}
    world.budget(conditions=[failed])
    assert refusal(world.evict).details.causes[0].body == (
        "The disruption budget web does not allow evicting pods currently because it failed sync: no owner"
    )


def test_a_budget_that_expects_no_pods_refuses_without_a_reason():
    world = World()
    world.pod()
    world.budget(currentHealthy=1)
    body = refusal(world.evict).details.causes[0].body
    assert body == "The disruption budget web does not allow evicting pods currently"


def test_a_budget_that_was_not_counted_since_it_changed_asks_to_come_again_in_ten_seconds():
    world = World()
    world.pod()
    world.make(PodDisruptionBudget, "web")
    problem = refusal(world.evict)
    assert (problem.message, problem.details.retry_after_seconds) == (REFUSED, 10)
    assert problem.details.causes[0].body == "The disruption budget web is still being processed by the server."


@pytest.mark.parametrize("phase", ["Pending", "Succeeded", "Failed"])
def test_a_pod_that_serves_nobody_by_its_phase_goes_without_asking(phase):
    world = World()
    pod = world.pod(ready=False, phase=phase)
    budget = world.budget(desiredHealthy=2)
    world.evict()
    assert world.gone(pod)
    assert world.now(budget).status.disrupted_pods == {}


@pytest.mark.parametrize(
    ("policy", "current", "desired", "goes"),
    [
        (None, 2, 2, True),
        (None, 1, 2, False),
        (None, 0, 0, False),
        ("IfHealthyBudget", 1, 2, False),
        ("AlwaysAllow", 1, 2, True),
        ("AlwaysAllow", 0, 0, True),
    ],
)
def test_a_pod_that_is_not_ready_goes_if_the_budget_is_met_or_always_allows_it(policy, current, desired, goes):
    world = World()
    pod = world.pod(ready=False)
    spec = {"minAvailable": desired, "selector": {"matchLabels": {"app": "web"}}}
    budget = world.budget(
        spec={**spec, **({"unhealthyPodEvictionPolicy": policy} if policy else {})},
        currentHealthy=current,
        desiredHealthy=desired,
    )
    if goes:
        world.evict()
    else:
        refusal(world.evict)
    assert world.gone(pod) == goes
    assert world.now(budget).status == budget.status


def test_always_allow_does_not_let_ready_pods_go():
    world = World()
    world.pod()
    spec = {"minAvailable": 2, "selector": {}, "unhealthyPodEvictionPolicy": "AlwaysAllow"}
    world.budget(spec=spec, currentHealthy=1, desiredHealthy=2)
    assert refusal(world.evict).code == 429


def test_two_budgets_are_an_error_that_no_wait_cures():
    world = World()
    pod = world.pod()
    world.budget("a", disruptionsAllowed=1)
    world.budget("b", disruptionsAllowed=1)
    problem = refusal(world.evict)
    assert (problem.code, problem.reason) == (500, "")
    assert problem.message == (
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
    )
    assert not world.gone(pod)


def test_a_budget_without_a_selector_guards_nothing_and_one_with_an_empty_selector_everything():
    world = World()
    world.pod()
    world.budget("none", spec={"minAvailable": 1})
    world.evict()
    world.pod("other")
    world.budget("all", spec={"minAvailable": 1, "selector": {}})
    assert refusal(world.evict, "other").code == 429


def test_a_budget_of_another_namespace_guards_nothing():
    world = World()
    pod = world.pod()
    world.make(Namespace, "elsewhere")
    world.make(
        PodDisruptionBudget, "web", metadata={"namespace": "elsewhere"}, spec={"minAvailable": 1, "selector": {}}
    )
    world.evict()
    assert world.gone(pod)


def test_a_pod_that_is_on_its_way_out_keeps_its_deadline():
    world = World()
    pod = world.pod()
    world.evict()
    deadline = world.now(pod).metadata.deletion_timestamp
    world.pass_seconds(5)
    world.evict()
    assert world.now(pod).metadata.deletion_timestamp == deadline


def test_a_pod_that_is_not_there_is_not_found():
    assert refusal(World().evict, "nobody").reason == "NotFound"
