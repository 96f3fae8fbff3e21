"""What holds of every scenario there is, tried on generated ones: the invariants, repetition, and the written form.

No example is random from run to run; a failure is shrunk by Hypothesis and printed as a plan.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from msgspec.structs import replace

from harness.checks import CHECKS
from harness.explore.disruption_worlds import disruption_scenarios
from harness.explore.fuzz import fuzz
from harness.explore.job_worlds import job_scenarios
from harness.explore.preemption_worlds import preemption_scenarios
from harness.explore.strategies import disk_scenarios, plans, scenarios
from harness.explore.worlds import ACTS, Act, Plan, scenario_of
from harness.outcome import Outcome
from harness.runner.session import play
from harness.scenario.model import Scenario, without_places
from harness.scenario.reading import parse_scenario
from harness.scenario.writing import to_yaml

# The checks that nothing is put to where nobody evicts, where there are no jobs and no pod outranks another; they have
# worlds of their own.
BUDGETS = "budget-is-not-overspent"
JOBS = "job-makes-no-pod-too-many"
PREEMPTION = "preemption-takes-no-more-than-it-needs"

FIXED = settings(
    derandomize=True, deadline=None, database=None, max_examples=150, suppress_health_check=tuple(HealthCheck)
)


def as_played(outcome: Outcome) -> Outcome:
    """The outcome without where its scenario was read."""
    return replace(outcome, path="", steps=tuple(replace(step, written={}, line=0) for step in outcome.steps))


@pytest.mark.slow
def test_no_generated_scenario_breaks_an_invariant_and_each_is_put_to_the_test():
    found = fuzz(1500)
    assert [str(finding.failure) for finding in found.findings] == []
    assert [name for name in CHECKS if not found.tally[name] and name not in (BUDGETS, JOBS, PREEMPTION)] == []


@pytest.mark.slow
def test_no_generated_scenario_of_evictions_breaks_an_invariant_and_budgets_are_put_to_the_test():
    found = fuzz(300, worlds=disruption_scenarios())
    assert [str(finding.failure) for finding in found.findings] == []
    assert found.tally[BUDGETS]


@pytest.mark.slow
def test_no_generated_scenario_of_jobs_breaks_an_invariant_and_their_pods_are_counted():
    found = fuzz(300, worlds=job_scenarios())
    assert [str(finding.failure) for finding in found.findings] == []
    assert found.tally[JOBS]


@pytest.mark.slow
def test_no_generated_scenario_of_preemption_breaks_an_invariant_and_both_of_scheduling_are_put_to_the_test():
    found = fuzz(300, worlds=preemption_scenarios())
    assert [str(finding.failure) for finding in found.findings] == []
    assert found.tally[PREEMPTION]
    assert found.tally["node-is-not-overcommitted"]


@pytest.mark.slow
def test_no_generated_scenario_of_disks_breaks_an_invariant():
    found = fuzz(500, worlds=disk_scenarios())
    assert [str(finding.failure) for finding in found.findings] == []


@pytest.mark.slow
@FIXED
@given(scenarios())
def test_a_scenario_played_twice_has_the_same_outcome(scenario: Scenario):
    assert play(scenario) == play(scenario)


@pytest.mark.slow
@FIXED
@given(scenarios())
def test_a_scenario_read_back_from_its_file_is_the_same_and_has_the_same_outcome(scenario: Scenario):
    read = parse_scenario(to_yaml(scenario))
    assert without_places(read) == without_places(scenario)
    assert as_played(play(read)) == as_played(play(scenario))


@FIXED
@given(plans())
def test_leaving_out_any_act_of_a_plan_leaves_a_scenario(plan: Plan):
    for index in range(len(plan.acts)):
        fewer = scenario_of(replace(plan, acts=(*plan.acts[:index], *plan.acts[index + 1 :])))
        assert len(fewer.steps) == len(plan.acts)


@pytest.mark.parametrize("what", ACTS)
def test_every_act_can_be_played(what: str):
    outcome = play(scenario_of(Plan(acts=(Act(what=what, which=1, number=1),))))
    assert len(outcome.steps) == 2
