"""Rehearse Kubernetes changes: scenarios played by a deterministic simulator, held against golden files.

    from harness import play, read_scenario

    outcome = play(read_scenario("scenarios/statefulset/partition.yaml"))
    for step in outcome.steps:
        print(step.did, step.message)

Where to start reading: `scenario/model.py` is what a scenario says, `runner/session.py` how one is played, `outcome.py`
what came of it, `golden/text.py` how that is written down, `cluster.py` what a cluster is made of. ARCHITECTURE.md is
the map. The names below are loaded when they are first used, so that importing this package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.checks import examine
    from harness.errors import HarnessError, ScenarioError, UsageError
    from harness.golden.text import render
    from harness.outcome import Outcome, StepOutcome
    from harness.runner import play
    from harness.scenario.model import Scenario
    from harness.scenario.reading import find_scenarios, parse_scenario, read_scenario
    from harness.scenario.writing import to_yaml

__version__ = "0.1.0"

__all__ = [
    "HarnessError",
    "Outcome",
    "Scenario",
    "ScenarioError",
    "StepOutcome",
    "UsageError",
    "__version__",
    "examine",
    "find_scenarios",
    "parse_scenario",
    "play",
    "read_scenario",
    "render",
    "to_yaml",
]

_HOMES = {
    "HarnessError": "harness.errors",
    "Outcome": "harness.outcome",
    "Scenario": "harness.scenario.model",
    "ScenarioError": "harness.errors",
    "StepOutcome": "harness.outcome",
    "UsageError": "harness.errors",
    "examine": "harness.checks",
    "find_scenarios": "harness.scenario.reading",
    "parse_scenario": "harness.scenario.reading",
    "play": "harness.runner",
    "read_scenario": "harness.scenario.reading",
    "render": "harness.golden.text",
    "to_yaml": "harness.scenario.writing",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
