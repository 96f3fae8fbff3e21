"""Short ways to play a few steps, and a set to play them on. One node, so that nobody has to choose."""

from __future__ import annotations

from harness.outcome import Outcome, StepOutcome
from harness.runner import play
from harness.scenario.model import Scenario
from harness.scenario.reading import parse_scenario


def web(replicas: str = "1", image: str = "app:v1", more: str = "") -> str:
    """A set `web` of one container `c`, as a manifest in one line."""
    return (
        "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {"
        f"serviceName: web, replicas: {replicas}, selector: {{matchLabels: {{app: web}}}}, "
        "template: {metadata: {labels: {app: web}}, spec: {terminationGracePeriodSeconds: 1, "
        f"containers: [{{name: c, image: '{image}'}}]}}}}{more}}}}}"
    )


def config(name: str = "a", **data: str) -> str:
    """A config map, as a manifest in one line."""
    entries = ", ".join(f"{key}: '{value}'" for key, value in data.items())
    return f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{{entries}}}}}"


def read(*steps: str, cluster: str = "nodes: 1") -> Scenario:
    """A scenario of these steps, each written as a mapping."""
    listed = "".join("- " + step.strip().replace("\n", "\n  ") + "\n" for step in steps)
    return parse_scenario(f"cluster: {{{cluster}}}\nsteps:\n{listed}", "scenarios/tried.yaml")


def played(*steps: str, cluster: str = "nodes: 1") -> Outcome:
    return play(read(*steps, cluster=cluster))


def last(*steps: str, cluster: str = "nodes: 1") -> StepOutcome:
    """What came of the last of these steps."""
    return played(*steps, cluster=cluster).steps[-1]
