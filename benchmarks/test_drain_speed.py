"""How fast a cluster of a hundred nodes is drained, one node after the other, held against a limit on one core.

Half of the thousand pods belong to Deployments and half to StatefulSets, each workload with a disruption budget; a node
that was drained may be scheduled to again before the next one is, as when nodes are upgraded in turn.
"""

from __future__ import annotations

import gc
import time
from typing import Any

import pytest

from harness.outcome import Outcome
from harness.runner import play
from harness.scenario.reading import parse_scenario

NODES = 100
WORKLOADS = 10
REPLICAS = 50
LIMIT_SECONDS = 5

_DEPLOYMENT = "apiVersion: apps/v1, kind: Deployment"
_STATEFUL_SET = "apiVersion: apps/v1, kind: StatefulSet"


def _workload(sort: str, name: str, more: str = "") -> str:
    return (
        f"  - {{{sort}, metadata: {{name: {name}}}, spec: {{replicas: {REPLICAS}, {more}"
        f"selector: {{matchLabels: {{app: {name}}}}}, template: {{metadata: {{labels: {{app: {name}}}}}, "
        "spec: {terminationGracePeriodSeconds: 1, containers: [{name: c, image: 'app:v1', "
        "resources: {requests: {cpu: 100m}}}]}}}}\n"
        f"  - {{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {{name: {name}}}, "
        f"spec: {{maxUnavailable: 2, selector: {{matchLabels: {{app: {name}}}}}}}}}\n"
    )


def _scenario() -> str:
    text = f"cluster: {{nodes: {NODES}}}\nsteps:\n- apply:\n"
    for number in range(WORKLOADS):
        text += _workload(_DEPLOYMENT, f"web-{number}")
        text += _workload(_STATEFUL_SET, f"db-{number}", f"serviceName: db-{number}, podManagementPolicy: Parallel, ")
    for number in range(1, NODES + 1):
        text += f"- drain: node-{number}\n  settle: false\n- uncordon: node-{number}\n  settle: false\n"
    return text


def _drained(outcome: Outcome) -> int:
    return sum(
        step.message.endswith(f"node/node-{number} drained") for number, step in enumerate(outcome.steps[1::2], 1)
    )


def test_100_nodes_are_drained_one_after_the_other_within_5_s(
    benchmark: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    seconds = []
    scenario = parse_scenario(_scenario(), "benchmarks/drain.yaml")

    def once() -> Outcome:
        gc.collect()
        began = time.process_time()
        outcome = play(scenario)
        seconds.append(time.process_time() - began)
        return outcome

    outcome = benchmark.pedantic(once, rounds=3)
    evicted = sum(step.message.count(" evicted") for step in outcome.steps)
    assert _drained(outcome) == NODES
    with capsys.disabled():
        records = sum(len(step.records) for step in outcome.steps)
        print(f"\n    {NODES} nodes drained, {evicted:,} pods evicted, {records:,} transitions: {min(seconds):.2f} s")
    assert min(seconds) <= LIMIT_SECONDS
