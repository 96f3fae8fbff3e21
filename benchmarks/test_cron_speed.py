"""How long a week of cron takes: it may not matter how often somebody looks at the clock, only what happens."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.test_speed import records, report
from harness.runner import play
from harness.scenario.model import Scenario
from harness.scenario.reading import parse_scenario


def week(schedule: str, after: str, policy: str = "Allow") -> Scenario:
    return parse_scenario(
        f"""
cluster: {{nodes: 1, quiet: 10s, images: {{"task:1": {{exit: 0, after: {after}}}}}}}
steps:
- create:
    apiVersion: batch/v1
    kind: CronJob
    metadata: {{name: tick}}
    spec:
      schedule: "{schedule}"
      concurrencyPolicy: {policy}
      jobTemplate:
        spec:
          template:
            spec: {{restartPolicy: Never, containers: [{{name: c, image: "task:1"}}]}}
- wait: 168h
""",
        "scenarios/week.yaml",
    )


@pytest.mark.parametrize(
    ("name", "scenario", "limit_s"),
    [
        ("every five minutes, each run ends", week("*/5 * * * *", "2s"), 12),
        ("every minute, one run for all the week", week("*/1 * * * *", "200h", "Forbid"), 4),
        ("every hour, each run ends", week("@hourly", "2s"), 1),
    ],
)
def test_week_of_cron(name: str, scenario: Scenario, limit_s: int, benchmark: Any, capsys: Any) -> None:
    outcome = benchmark.pedantic(play, (scenario,), rounds=1)
    took = benchmark.stats.stats.min
    report(
        capsys, f"a week, {name}: {records(outcome):,} transitions in {took:.2f} s: {records(outcome) / took:,.0f}/s"
    )
    assert took <= limit_s
