"""The fold over an outcome: which checks there are, how they are chosen, what is told of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from told_story import SETS, Story, pod, revision, stateful_set

from harness.checks import CHECKS, examine, report, tally
from harness.errors import UsageError
from harness.explore.worlds import Act, Plan, SetPlan, VolumePlan, scenario_of
from harness.runner.session import play
from harness.scenario.reading import read_scenario

# Worlds in which, together, every property is put to the test.
WORLDS = (
    Plan(
        sets=(SetPlan(replicas=3),),
        volumes=tuple(VolumePlan(gibibytes=size, policy="Delete") for size in (3, 1, 2)),
        acts=(
            Act(what="partition", number=2),
            Act(what="set image", number=1),
            Act(what="delete pod", which=0),
            Act(what="partition", number=0),
            Act(what="delete claim", which=2),
            Act(what="scale", number=1),
        ),
    ),
    Plan(
        nodes=3,
        sets=(SetPlan(replicas=2, claim="late", when_scaled="Delete"),),
        volumes=tuple(VolumePlan(storage_class="late", node=node) for node in (1, 2, 3)),
        acts=(Act(what="scale", number=1),),
    ),
    Plan(
        nodes=2,
        sets=(SetPlan(replicas=1, claim="disk"),),
        acts=(Act(what="fail node"), Act(what="kill pod"), Act(what="wait", number=1), Act(what="add claim")),
    ),
)

EVICTIONS = Path(__file__).parents[2] / "scenarios/disruption/second-eviction-waits-for-the-first-to-be-made-good.yaml"
JOBS = Path(__file__).parents[2] / "scenarios/job/enough-indexes-end-the-job-early.yaml"
CROWD = Path(__file__).parents[2] / "scenarios/scheduling/urgent-pod-takes-the-room-of-the-least-important.yaml"


def unready_below() -> Story:
    story = Story()
    story.put(stateful_set())
    story.put(revision("web-a", 1), SETS)
    story.put(pod(0, ready=False))
    story.put(pod(1), SETS)
    return story


def test_a_healthy_cluster_breaks_no_property_and_puts_every_one_to_the_test():
    outcomes = [
        *(play(scenario_of(plan)) for plan in WORLDS),
        *(play(read_scenario(file)) for file in (EVICTIONS, JOBS, CROWD)),
    ]
    assert [str(violation) for outcome in outcomes for violation in examine(outcome)] == []
    tallies = [tally(outcome) for outcome in outcomes]
    assert [name for name in CHECKS if not any(counted[name] for counted in tallies)] == []


def test_a_violation_says_which_check_when_and_what():
    violation = examine(unready_below().outcome(), ["pod-waits-for-lower-ordinals"])[0]
    assert (violation.step, violation.time_ms, violation.record) == (0, 4, 4)
    assert str(violation) == (
        "pod-waits-for-lower-ordinals: pod/web-1 is created although web-0 is not ready (step 0, +0.004s)"
    )


def test_only_the_chosen_checks_look():
    found = report(unready_below().outcome(), ["status-counts-what-there-is", "volume-keeps-its-claim"])
    assert list(found.tally) == ["volume-keeps-its-claim", "status-counts-what-there-is"]


def test_a_misspelt_check_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match="'pod-waits-for-lower-ordinal'; did you mean 'pod-waits-for-lower-ordinals'"):
        examine(unready_below().outcome(), ["pod-waits-for-lower-ordinal"])


def test_a_property_whose_condition_never_came_true_is_told_as_never():
    assert tally(unready_below().outcome())["volume-serves-one-claim"] == 0


def test_the_documentation_has_every_check():

    text = (Path(__file__).parents[2] / "docs" / "invariants.md").read_text(encoding="utf-8")
    for check in CHECKS.values():
        assert f"| `{check.name}` | {check.property} | {check.judged} | {check.sentence} | {check.condition} |" in text
