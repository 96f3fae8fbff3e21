"""What the API server fills into a HorizontalPodAutoscaler. Mirrors pkg/apis/autoscaling/v2/defaults.go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.filling import filled, filled_in, with_spec
from harness.objects.autoscaling import (
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerBehavior,
    HPAScalingPolicy,
    HPAScalingRules,
    MetricSpec,
    MetricTarget,
    ResourceMetricSource,
)
from harness.objects.meta import Object

_USUAL_METRIC = MetricSpec(
    type="Resource",
    resource=ResourceMetricSource(name="cpu", target=MetricTarget(type="Utilization", average_utilization=80)),
)
_SPEC = (("min_replicas", None, 1), ("metrics", (), (_USUAL_METRIC,)))
_DOUBLE = HPAScalingPolicy(type="Percent", value=100, period_seconds=15)
_FOUR_PODS = HPAScalingPolicy(type="Pods", value=4, period_seconds=15)
_UP = (
    ("stabilization_window_seconds", None, 0),
    ("select_policy", None, "Max"),
    ("policies", (), (_FOUR_PODS, _DOUBLE)),
)
_DOWN = (("select_policy", None, "Max"), ("policies", (), (_DOUBLE,)))


def _default_autoscaler(autoscaler: HorizontalPodAutoscaler) -> HorizontalPodAutoscaler:
    return with_spec(autoscaler, filled_in(filled(autoscaler.spec, _SPEC), "behavior", _default_behavior))


def _default_behavior(behavior: HorizontalPodAutoscalerBehavior) -> HorizontalPodAutoscalerBehavior:
    up = filled(behavior.scale_up or HPAScalingRules(), _UP)
    down = filled(behavior.scale_down or HPAScalingRules(), _DOWN)
    if up is behavior.scale_up and down is behavior.scale_down:
        return behavior
    return replace(behavior, scale_up=up, scale_down=down)


DEFAULTS: Mapping[type[Object], Callable[[Any], Any]] = {HorizontalPodAutoscaler: _default_autoscaler}
