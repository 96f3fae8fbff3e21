"""Shrinking: what is left fails still, and nothing in it can be left out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.explore.shrinking import shrunk, smallest
from harness.explore.worlds import Act, Plan, SetPlan, VolumePlan, scenario_of
from harness.scenario.model import Apply, Scale, Scenario, Wait


@settings(derandomize=True, database=None, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=20), st.sets(st.integers(0, 9), max_size=4))
def test_what_is_left_of_a_list_is_just_what_it_takes(items: list[int], needed: set[int]):
    def fails(some: tuple[int, ...]) -> bool:
        return needed <= set(some)

    left = smallest(items, fails)
    if fails(tuple(items)):
        assert sorted(left) == sorted(needed)


def scales_to_four(scenario: Scenario) -> bool:
    made = any(isinstance(step.action, Apply) for step in scenario.steps)
    return made and any(isinstance(step.action, Scale) and step.action.replicas == 4 for step in scenario.steps)


def test_a_scenario_is_left_with_the_steps_objects_and_nodes_it_takes():
    acts = (Act(what="partition"), Act(what="scale", number=4, settle=False), Act(what="delete pod"))
    scenario = scenario_of(Plan(nodes=3, volumes=(VolumePlan(),) * 4, sets=(SetPlan(), SetPlan()), acts=acts))
    small = shrunk(scenario, scales_to_four)
    assert [step.verb for step in small.steps] == ["apply", "scale"]
    assert [len(step.action.manifests[0].documents) for step in small.steps if isinstance(step.action, Apply)] == [1]
    assert len(small.cluster.nodes) == 1
    assert all(step.settle for step in small.steps)


def test_shrinking_asks_no_more_often_than_it_may():
    asked = []

    def fails(scenario: Scenario) -> bool:
        asked.append(scenario)
        return False

    shrunk(scenario_of(Plan(acts=(Act(what="scale"),) * 8)), fails, plays=5)
    assert len(asked) == 5


def lasts_ten_minutes(scenario: Scenario) -> bool:
    steps = scenario.steps
    waited_ms = sum(step.action.duration_ms if isinstance(step.action, Wait) else 60_000 for step in steps)
    return isinstance(steps[0].action, Apply) and waited_ms >= 600_000


def test_steps_that_only_pass_the_time_become_one_long_wait():
    scenario = scenario_of(Plan(acts=(Act(what="scale"),) * 12))
    assert [step.verb for step in shrunk(scenario, lasts_ten_minutes).steps] == ["apply", "wait"]
