"""Every check earns its place: the fuzzer finds a bug planted for it, and writes down a scenario that shows it."""

from __future__ import annotations

import pytest
from planted_bugs import (
    BINDING_PLANTS,
    DISK_PLANTS,
    DISRUPTION_PLANTS,
    JOB_PLANTS,
    PLANTS,
    replaces_only_pods_that_failed,
)

from harness.actors.controllers.statefulset import status
from harness.checks import CHECKS, examine
from harness.explore.binding_worlds import binding_scenarios
from harness.explore.disruption_worlds import disruption_scenarios
from harness.explore.fuzz import failures_of, fuzz
from harness.explore.job_worlds import job_scenarios
from harness.explore.strategies import disk_scenarios
from harness.runner.session import play
from harness.scenario.reading import read_scenario

# Most are found among the first hundred; a rare one takes long now and then.
EXAMPLES = 2_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "check"), PLANTS, ids=[f"{check}-speaks-up-when-it-{plant.__name__}" for plant, check in PLANTS]
)
def test_the_fuzzer_finds_a_planted_bug_and_writes_it_down(plant, check, monkeypatch, tmp_path):
    plant(monkeypatch)
    [finding] = fuzz(EXAMPLES, out=tmp_path, names=[check], most_findings=1).findings
    assert finding.failure.key == check
    assert len(finding.scenario.steps) <= 5
    assert examine(play(read_scenario(finding.path)), [check])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "check"),
    BINDING_PLANTS,
    ids=[f"{check}-speaks-up-when-it-{plant.__name__}" for plant, check in BINDING_PLANTS],
)
def test_worlds_of_claims_and_volumes_show_a_planted_bug(plant, check, monkeypatch, tmp_path):
    plant(monkeypatch)
    worlds = binding_scenarios()
    [finding] = fuzz(EXAMPLES, out=tmp_path, names=[check], most_findings=1, worlds=worlds).findings
    assert finding.failure.key == check
    assert len(finding.scenario.steps) <= 3
    assert examine(play(read_scenario(finding.path)), [check])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "check"), DISK_PLANTS, ids=[f"{check}-speaks-up-when-it-{plant.__name__}" for plant, check in DISK_PLANTS]
)
def test_worlds_of_disks_show_a_planted_bug(plant, check, monkeypatch, tmp_path):
    plant(monkeypatch)
    [finding] = fuzz(EXAMPLES, out=tmp_path, names=[check], most_findings=1, worlds=disk_scenarios()).findings
    assert finding.failure.key == check
    assert len(finding.scenario.steps) <= 5
    assert examine(play(read_scenario(finding.path)), [check])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "check"),
    DISRUPTION_PLANTS,
    ids=[f"{check}-speaks-up-when-it-{plant.__name__}" for plant, check in DISRUPTION_PLANTS],
)
def test_worlds_of_evictions_show_a_planted_bug(plant, check, monkeypatch, tmp_path):
    plant(monkeypatch)
    worlds = disruption_scenarios()
    [finding] = fuzz(EXAMPLES, out=tmp_path, names=[check], most_findings=1, worlds=worlds).findings
    assert finding.failure.key == check
    assert len(finding.scenario.steps) <= 4
    assert examine(play(read_scenario(finding.path)), [check])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plant", "check"), JOB_PLANTS, ids=[f"{check}-speaks-up-when-it-{plant.__name__}" for plant, check in JOB_PLANTS]
)
def test_worlds_of_jobs_show_a_planted_bug(plant, check, monkeypatch, tmp_path):
    plant(monkeypatch)
    [finding] = fuzz(EXAMPLES, out=tmp_path, names=[check], most_findings=1, worlds=job_scenarios()).findings
    assert finding.failure.key == check
    assert len(finding.scenario.steps) <= 3
    assert examine(play(read_scenario(finding.path)), [check])


def test_every_check_has_a_bug_planted_for_it():
    assert sorted({check for _, check in (*PLANTS, *DISK_PLANTS, *DISRUPTION_PLANTS, *JOB_PLANTS)}) == sorted(CHECKS)


def test_what_shows_a_planted_bug_is_clean_without_it(monkeypatch):
    with monkeypatch.context() as planted:
        replaces_only_pods_that_failed(planted)
        [finding] = fuzz(EXAMPLES, names=["ordinals-are-filled"], most_findings=1).findings
    assert failures_of(finding.scenario) == ()


def test_a_plant_that_changes_nothing_is_not_found(monkeypatch):
    honest = status.completed
    monkeypatch.setattr(status, "completed", lambda stateful_set, told: honest(stateful_set, told))
    assert fuzz(50).findings == ()
