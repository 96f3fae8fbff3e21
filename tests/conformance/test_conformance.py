"""Each recorded scenario, played here, comes as near to its recording as it ever did."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.facts import facts_of
from conformance.floor import SCORE, SLACK, read_floor
from conformance.score import judge, read_recording
from harness.report.jsonl import stream
from harness.runner import play, unplayable
from harness.scenario.reading import read_scenario

HERE = Path(__file__).parent
SCENARIOS = HERE / "scenarios"
FACTS = HERE / "facts"
SUFFIX = ".json.gz"

# Files of objects that scenarios apply, recorded beside them.
MANIFESTS = ["nfs-volumes", "stateful-demo"]

NAMES = sorted(path.relative_to(FACTS).as_posix().removesuffix(SUFFIX) for path in FACTS.rglob(f"*{SUFFIX}"))


@pytest.mark.parametrize("name", NAMES)
def test_scenario_comes_as_near_to_its_recording_as_it_ever_did(
    name: str, floor: dict[str, float], record_property: Callable[[str, Any], None]
) -> None:
    scenario = read_scenario(SCENARIOS / f"{name}.yaml")
    least = floor.get(name, 0.0)
    complaints = unplayable(scenario)
    if complaints and least == 0:
        record_property(SCORE, (name, 0.0))
        pytest.skip(complaints[0].message)
    records = [json.loads(line) for line in stream(play(scenario))]
    judgement = judge(read_recording(FACTS / f"{name}{SUFFIX}"), facts_of(records))
    record_property(SCORE, (name, judgement.score))
    assert judgement.score >= least - SLACK, (
        f"{name} scores {judgement.score:.2%}, its floor is {least:.2%}\n{judgement.told()}"
    )


def test_every_recording_has_a_scenario_and_a_floor() -> None:
    scenarios = sorted(path.relative_to(SCENARIOS).with_suffix("").as_posix() for path in SCENARIOS.rglob("*.yaml"))
    assert scenarios == sorted([*NAMES, *MANIFESTS])
    assert sorted(read_floor()) == NAMES
