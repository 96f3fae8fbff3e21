"""Every check earns its place: the fuzzer finds a bug planted for it, and writes down a scenario that shows it."""

from __future__ import annotations

import pytest
from planted_bugs import (
    BINDING_PLANTS,
    DISK_PLANTS,
    DISRUPTION_PLANTS,
    JOB_PLANTS,
    PLANTS,
    PREEMPTION_PLANTS,
    replaces_only_pods_that_failed,
)

from harness.actors.controllers.statefulset import status
from harness.checks import CHECKS, examine
from harness.explore.binding_worlds import binding_scenarios
from harness.explore.disruption_worlds import disruption_scenarios
from harness.explore.fuzz import failures_of, fuzz
from harness.explore.job_worlds import job_scenarios
from harness.explore.preemption_worlds import preemption_scenarios
from harness.explore.strategies import disk_scenarios, scenarios
from harness.runner.session import play
from harness.scenario.reading import read_scenario

# Most are found among the first hundred; a rare one takes long now and then.
EXAMPLES = 2_000

# (worlds, how many steps a story that shows the bug has at most, bugs with the check that sees each)
WORLDS = (
    (scenarios, 5, PLANTS),
    (binding_scenarios, 3, BINDING_PLANTS),
    (disk_scenarios, 5, DISK_PLANTS),
    (disruption_scenarios, 4, DISRUPTION_PLANTS),
    (job_scenarios, 3, JOB_PLANTS),
    (preemption_scenarios, 6, PREEMPTION_PLANTS),
)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("worlds", "most_steps", "plant", "check"),
    [
        pytest.param(worlds, most_steps, plant, check, id=f"{check}-speaks-up-when-it-{plant.__name__}")
        for worlds, most_steps, plants in WORLDS
        for plant, check in plants
    ],
)
def test_the_fuzzer_finds_a_planted_bug_and_writes_it_down(worlds, most_steps, plant, check, monkeypatch, tmp_path):
    plant(monkeypatch)
    [finding] = fuzz(EXAMPLES, out=tmp_path, names=[check], most_findings=1, worlds=worlds()).findings
    assert finding.failure.key == check
    assert len(finding.scenario.steps) <= most_steps
    assert examine(play(read_scenario(finding.path)), [check])


def test_every_check_has_a_bug_planted_for_it():
    assert sorted({check for _, _, plants in WORLDS for _, check in plants}) == sorted(CHECKS)


def test_what_shows_a_planted_bug_is_clean_without_it(monkeypatch):
    with monkeypatch.context() as planted:
        replaces_only_pods_that_failed(planted)
        [finding] = fuzz(EXAMPLES, names=["ordinals-are-filled"], most_findings=1).findings
    assert failures_of(finding.scenario) == ()


def test_a_plant_that_changes_nothing_is_not_found(monkeypatch):
    honest = status.completed
    monkeypatch.setattr(status, "completed", lambda stateful_set, told: honest(stateful_set, told))
    assert fuzz(50).findings == ()
