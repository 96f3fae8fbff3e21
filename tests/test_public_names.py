"""What `import harness` offers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import harness


@pytest.mark.parametrize("name", harness.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(harness, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = harness.nothing_like_it


def test_importing_harness_loads_none_of_it() -> None:
    command = "import sys, harness; print([name for name in sys.modules if name.startswith('harness.')])"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_scenario_can_be_played_in_three_lines() -> None:
    scenario = Path(__file__).parent.parent / "scenarios/statefulset/partition.yaml"
    outcome = harness.play(harness.read_scenario(scenario))
    assert outcome.steps[1].message == "statefulset.apps/ledger patched"
