"""The witness of disruption budgets: what it says, and which legal states it lets pass."""

from __future__ import annotations

from msgspec.structs import replace
from told_story import SETS, START, Story, meta, pod

from harness.objects.meta import LabelSelector
from harness.objects.pod import Pod, PodCondition
from harness.objects.policy import PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus

CHECK = "budget-is-not-overspent"
COUNTER = "disruption-controller"


def budget(allowed: int = 0, booked: tuple[str, ...] = (), name: str = "web") -> PodDisruptionBudget:
    """A budget that asks for one pod of the app web."""
    return PodDisruptionBudget(
        metadata=meta(name),
        spec=PodDisruptionBudgetSpec(min_available=1, selector=LabelSelector(match_labels={"app": "web"})),
        status=PodDisruptionBudgetStatus(disruptions_allowed=allowed, disrupted_pods=dict.fromkeys(booked, START)),
    )


def evicted(one: Pod) -> Pod:
    condition = PodCondition(type="DisruptionTarget", status="True", reason="EvictionByEvictionAPI")
    return replace(one, status=replace(one.status, conditions=(*one.status.conditions, condition)))


def guarded(*ready: bool) -> Story:
    """Pods under a budget."""
    story = Story()
    for ordinal, one in enumerate(ready):
        story.put(pod(ordinal, ready=one), SETS)
    story.put(budget())
    return story


def test_an_eviction_that_is_booked_is_let_pass():
    story = guarded(True, True)
    story.put(budget(1), COUNTER)
    story.put(budget(0, ("web-0",)))
    story.put(evicted(pod(0)))
    assert story.seen_by(CHECK) == []
    assert story.times(CHECK) == 2


def test_an_eviction_that_the_budget_does_not_know_of_is_seen():
    story = guarded(True, True)
    story.put(evicted(pod(0)))
    assert "is evicted, and the budget web does not know of it" in story.seen_by(CHECK)[0]


def test_a_pod_that_is_not_ready_costs_nothing():
    story = guarded(False, True)
    story.put(evicted(pod(0, ready=False)))
    assert story.seen_by(CHECK) == []


def test_an_eviction_of_a_pod_of_two_budgets_is_seen():
    story = guarded(True)
    story.put(budget(1, name="other"))
    story.put(evicted(pod(0)))
    assert "though 2 budgets guard it" in story.seen_by(CHECK)[0]


def test_a_count_that_forgets_an_eviction_is_seen():
    story = guarded(True, True)
    counting = story.one_pass(COUNTER)
    story.put(budget(0, ("web-0",)))
    story.put(evicted(pod(0)))
    story.put(budget(1), counting)
    assert "allows 1 disruptions where 1 pods are healthy and 1 have to be" in story.seen_by(CHECK)[0]


def test_a_count_that_is_late_about_a_deletion_is_let_pass():
    story = guarded(True, True)
    counting = story.one_pass(COUNTER)
    story.doomed(pod(0))
    story.put(budget(1), counting)
    assert story.seen_by(CHECK) == []


def test_a_status_that_a_person_writes_is_not_judged():
    story = guarded(True)
    story.put(budget(5))
    assert story.seen_by(CHECK) == []
