"""What is refused in a HorizontalPodAutoscaler."""

from __future__ import annotations

from typing import Any

import pytest

from harness.objects.autoscaling import HorizontalPodAutoscaler

from .building import built, refused

CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}}


def autoscaler(**spec: Any) -> Any:
    reference = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}
    metadata = {"name": "web", "namespace": "default"}
    whole = {"scaleTargetRef": reference, "maxReplicas": 5, "minReplicas": 1, "metrics": [CPU], **spec}
    return built(HorizontalPodAutoscaler, {"metadata": metadata, "spec": whole})


def resource(**target: Any) -> dict[str, Any]:
    return {"metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]}


PROBLEMS = [
    ({}, []),
    (
        {"maxReplicas": 0},
        [
            "spec.maxReplicas: Required value: must be set and greater than 0",
            "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
        ],
    ),
    (
        {"minReplicas": 6},
        ["spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`"],
    ),
    ({"minReplicas": 0}, ["spec.minReplicas: Invalid value: 0: must be greater than or equal to 1"]),
    (
        {"scaleTargetRef": {}},
        ["spec.scaleTargetRef.kind: Required value", "spec.scaleTargetRef.name: Required value"],
    ),
    ({"metrics": [{}]}, ["spec.metrics[0].type: Required value: must specify a metric source type"]),
    (
        resource(type="Utilization"),
        [
            "spec.metrics[0].resource.target.averageUtilization: Required value: "
            "must set either a target raw value or a target utilization"
        ],
    ),
    (
        resource(type="Utilization", averageUtilization=0),
        ["spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0"],
    ),
    (
        {"behavior": {"scaleDown": {"stabilizationWindowSeconds": 3601}}},
        ["spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600"],
    ),
    (
        {"behavior": {"scaleUp": {"policies": [{"type": "Pods", "value": 0, "periodSeconds": 15}]}}},
        ["spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero"],
    ),
]


@pytest.mark.parametrize(("spec", "problems"), PROBLEMS)
def test_an_autoscaler_needs_bounds_a_target_and_whole_metrics(spec: dict[str, Any], problems: list[str]) -> None:
    assert refused(autoscaler(**spec)) == problems
