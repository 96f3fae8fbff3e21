"""How fast a Deployment of thousands is rolled over, held against the limits the README names, on one core."""

from __future__ import annotations

import gc
import time

import pytest

from benchmarks.worlds import CAPACITY, deployment
from harness.kernel.garbage import seldom_collected
from harness.runner.session import Session
from harness.scenario.model import ClusterSettings, Scenario, numbered_nodes

NODES = 500
HOURS_MS = 7_200_000


def rollover(replicas: int) -> float:
    """Seconds from the new image to the last pod, on 500 nodes."""
    scenario = Scenario(
        path="rollover.yaml",
        cluster=ClusterSettings(nodes=numbered_nodes(NODES, CAPACITY), capacity=CAPACITY),
        steps=deployment(replicas, limit_ms=HOURS_MS),
    )
    gc.collect()
    session = Session(scenario)
    with seldom_collected():
        session.play_step(0, scenario.steps[0])
        began = time.perf_counter()
        outcome = session.play_step(1, scenario.steps[1])
        took = time.perf_counter() - began
    assert outcome.rejected is None
    (workload,) = [obj for obj in session.cluster.server.store.everything() if obj.kind == "Deployment"]
    assert workload.status.updated_replicas == workload.status.available_replicas == replicas  # type: ignore[attr-defined]
    return took


def test_a_deployment_of_5000_pods_rolls_over_within_25_s_at_a_flat_cost_per_pod(
    capsys: pytest.CaptureFixture[str],
) -> None:
    rollover(100)
    few, many = min(rollover(500) for _ in range(3)), rollover(5_000)
    with capsys.disabled():
        print(
            f"\n    a Deployment on {NODES} nodes rolled over: 500 pods {few:.2f} s ({few / 500 * 1000:.2f} ms a pod), "
            f"5,000 pods {many:.2f} s ({many / 5_000 * 1000:.2f} ms a pod)"
        )
    assert many <= 25
    assert many / 5_000 <= few / 500 * 1.2
