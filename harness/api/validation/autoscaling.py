"""What the API server demands of a HorizontalPodAutoscaler.

Owns its bounds, its metrics and its behavior. Mirrors pkg/apis/autoscaling/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from harness.api.problems import FieldProblem, forbidden, invalid, required, unsupported
from harness.api.validation.fields import complaints
from harness.api.validation.metadata import metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain, path_segment
from harness.api.validation.rules import Rules
from harness.objects import quantity
from harness.objects.autoscaling import (
    CrossVersionObjectReference,
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerSpec,
    HPAScalingRules,
    MetricIdentifier,
    MetricSpec,
    MetricTarget,
)
from harness.objects.meta import Object

_LONGEST_PERIOD_SECONDS = 1800
_LONGEST_WINDOW_SECONDS = 3600
_TARGETS = ("Utilization", "Value", "AverageValue")
_CHOICES = ("Disabled", "Max", "Min")
_POLICIES = ("Percent", "Pods")
_POSITIVE = "must be greater than 0"


def autoscaler_problems(autoscaler: HorizontalPodAutoscaler) -> list[FieldProblem]:
    problems = metadata_problems(autoscaler.metadata, True, dns_subdomain, "metadata")
    return problems + _spec_problems(autoscaler.spec)


def autoscaler_update_problems(new: HorizontalPodAutoscaler, old: HorizontalPodAutoscaler) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    return problems if new.spec == old.spec else problems + _spec_problems(new.spec)


def _spec_problems(spec: HorizontalPodAutoscalerSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if spec.min_replicas is not None and spec.min_replicas < 1:
        problems.append(invalid("spec.minReplicas", spec.min_replicas, "must be greater than or equal to 1"))
    if spec.max_replicas < 1:
        problems.append(required("spec.maxReplicas", "must be set and greater than 0"))
    if spec.min_replicas is not None and spec.max_replicas < spec.min_replicas:
        text = "must be greater than or equal to `minReplicas`"
        problems.append(invalid("spec.maxReplicas", spec.max_replicas, text))
    problems += _reference_problems(spec.scale_target_ref, "spec.scaleTargetRef")
    for index, metric in enumerate(spec.metrics):
        problems += _metric_problems(metric, f"spec.metrics[{index}]")
    if spec.behavior is not None:
        problems += _rules_problems(spec.behavior.scale_up, "spec.behavior.scaleUp")
        problems += _rules_problems(spec.behavior.scale_down, "spec.behavior.scaleDown")
    return problems


def _reference_problems(reference: CrossVersionObjectReference, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for field, text in (("kind", reference.kind), ("name", reference.name)):
        if not text:
            problems.append(required(f"{path}.{field}"))
        else:
            problems += complaints(f"{path}.{field}", text, path_segment(text))
    return problems


# Metrics


def _metric_problems(metric: MetricSpec, path: str) -> list[FieldProblem]:
    if not metric.type:
        return [required(f"{path}.type", "must specify a metric source type")]
    if metric.type not in _SOURCES:
        return [unsupported(f"{path}.type", metric.type, sorted(_SOURCES))]
    field, check = _SOURCES[metric.type]
    source = getattr(metric, field)
    at = f"{path}.{_wire_name(field)}"
    if source is None:
        return [required(at, "must populate information for the given metric source")]
    return list(check(source, at))


def _wire_name(field: str) -> str:
    return "containerResource" if field == "container_resource" else field


def _resource_problems(source: Any, path: str) -> list[FieldProblem]:
    problems = [] if source.name else [required(f"{path}.name", "must specify a resource name")]
    target, at = source.target, f"{path}.target"
    problems += _target_problems(target, at)
    if target.average_utilization is None and target.average_value is None:
        text = "must set either a target raw value or a target utilization"
        problems.append(required(f"{at}.averageUtilization", text))
    if target.average_utilization is not None and target.average_value is not None:
        text = "may not set both a target raw value and a target utilization"
        problems.append(forbidden(f"{at}.averageValue", text))
    return problems


def _container_problems(source: Any, path: str) -> list[FieldProblem]:
    problems = [] if source.container else [required(f"{path}.container", "must specify a container")]
    return problems + _resource_problems(source, path)


def _pods_problems(source: Any, path: str) -> list[FieldProblem]:
    problems = _identifier_problems(source.metric, f"{path}.metric") + _target_problems(source.target, f"{path}.target")
    if source.target.average_value is None:
        problems.append(required(f"{path}.target.averageValue", "must specify a positive target averageValue"))
    return problems


def _object_problems(source: Any, path: str) -> list[FieldProblem]:
    problems = _reference_problems(source.described_object, f"{path}.describedObject")
    problems += _identifier_problems(source.metric, f"{path}.metric") + _target_problems(
        source.target, f"{path}.target"
    )
    if source.target.value is None and source.target.average_value is None:
        text = "must set either a target value or averageValue"
        problems.append(required(f"{path}.target.averageValue", text))
    return problems


def _external_problems(source: Any, path: str) -> list[FieldProblem]:
    problems = _identifier_problems(source.metric, f"{path}.metric") + _target_problems(source.target, f"{path}.target")
    target = source.target
    if target.value is None and target.average_value is None:
        text = "must set either a target value for metric or a per-pod target"
        problems.append(required(f"{path}.target.averageValue", text))
    if target.value is not None and target.average_value is not None:
        text = "may not set both a target value for metric and a per-pod target"
        problems.append(forbidden(f"{path}.target.value", text))
    return problems


def _identifier_problems(metric: MetricIdentifier, path: str) -> list[FieldProblem]:
    if not metric.name:
        return [required(f"{path}.name", "must specify a metric name")]
    return complaints(f"{path}.name", metric.name, path_segment(metric.name))


def _target_problems(target: MetricTarget, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not target.type:
        problems.append(required(f"{path}.type", "must specify a metric target type"))
    elif target.type not in _TARGETS:
        problems.append(invalid(f"{path}.type", target.type, "must be either Utilization, Value, or AverageValue"))
    for field, amount in (("value", target.value), ("averageValue", target.average_value)):
        if amount is not None and quantity.parse(amount) <= 0:
            problems.append(invalid(f"{path}.{field}", amount, "must be positive"))
    if target.average_utilization is not None and target.average_utilization < 1:
        problems.append(invalid(f"{path}.averageUtilization", target.average_utilization, _POSITIVE))
    return problems


_SOURCES: Mapping[str, tuple[str, Callable[[Any, str], list[FieldProblem]]]] = {
    "ContainerResource": ("container_resource", _container_problems),
    "External": ("external", _external_problems),
    "Object": ("object", _object_problems),
    "Pods": ("pods", _pods_problems),
    "Resource": ("resource", _resource_problems),
}


# Behavior


def _rules_problems(rules: HPAScalingRules | None, path: str) -> list[FieldProblem]:
    if rules is None:
        return []
    problems: list[FieldProblem] = []
    window = rules.stabilization_window_seconds
    if window is not None and window < 0:
        text = "must be greater than or equal to zero"
        problems.append(invalid(f"{path}.stabilizationWindowSeconds", window, text))
    if window is not None and window > _LONGEST_WINDOW_SECONDS:
        text = f"must be less than or equal to {_LONGEST_WINDOW_SECONDS}"
        problems.append(invalid(f"{path}.stabilizationWindowSeconds", window, text))
    if rules.select_policy is not None and rules.select_policy not in _CHOICES:
        problems.append(unsupported(f"{path}.selectPolicy", rules.select_policy, _CHOICES))
    for index, policy in enumerate(rules.policies):
        at = f"{path}.policies[{index}]"
        if policy.type not in _POLICIES:
            problems.append(unsupported(f"{at}.type", policy.type, _POLICIES))
        for field, number in (("value", policy.value), ("periodSeconds", policy.period_seconds)):
            if number <= 0:
                problems.append(invalid(f"{at}.{field}", number, "must be greater than zero"))
        if policy.period_seconds > _LONGEST_PERIOD_SECONDS:
            text = f"must be less than or equal to {_LONGEST_PERIOD_SECONDS}"
            problems.append(invalid(f"{at}.periodSeconds", policy.period_seconds, text))
    return problems


RULES: Mapping[type[Object], Rules] = {
    HorizontalPodAutoscaler: (autoscaler_problems, autoscaler_update_problems),
}
