"""What the API server demands of a HorizontalPodAutoscaler: bounds, target, metrics and the pace of scaling.

Mirrors pkg/apis/autoscaling/validation/validation.go, with scaling to zero off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from harness.api.problems import FieldProblem, forbidden, invalid, required, unsupported
from harness.api.validation.fields import AT_LEAST_ZERO, complaints
from harness.api.validation.metadata import metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_label, dns_subdomain, path_segment
from harness.api.validation.resources import container_resource_problems
from harness.api.validation.rules import Rules
from harness.objects import quantity
from harness.objects.autoscaling import (
    ContainerResourceMetricSource,
    CrossVersionObjectReference,
    HorizontalPodAutoscaler,
    HorizontalPodAutoscalerSpec,
    HPAScalingPolicy,
    HPAScalingRules,
    MetricIdentifier,
    MetricSpec,
    MetricTarget,
    ResourceMetricSource,
)
from harness.objects.meta import Object

_PERIOD_SECONDS = 1800
_WINDOW_SECONDS = 3600
_TARGETS = ("Utilization", "Value", "AverageValue")
_SELECT_POLICIES = ("Disabled", "Max", "Min")
_POLICY_TYPES = ("Percent", "Pods")
# Type -> the field that goes with it, in the order in which they are looked at.
_SOURCES = {
    "Object": "object",
    "External": "external",
    "Pods": "pods",
    "Resource": "resource",
    "ContainerResource": "containerResource",
}
_ABOVE_ZERO = "must be greater than 0"
# The one kind without a group that can be scaled.
_GROUPLESS = "ReplicationController"


class _Tolerated(NamedTuple):
    """What a change may keep of what stands there: the fewest replicas, and references of any version."""

    least: int = 1
    target_version: bool = False
    object_versions: bool = False


def _problems(autoscaler: HorizontalPodAutoscaler) -> list[FieldProblem]:
    problems = metadata_problems(autoscaler.metadata, True, dns_subdomain, "metadata")
    return problems + _spec_problems(autoscaler.spec, _Tolerated())


def _update_problems(new: HorizontalPodAutoscaler, old: HorizontalPodAutoscaler) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.status != old.status:
        at_least = (("currentReplicas", new.status.current_replicas), ("desiredReplicas", new.status.desired_replicas))
        return problems + [invalid(f"status.{name}", count, AT_LEAST_ZERO) for name, count in at_least if count < 0]
    return problems + _spec_problems(new.spec, _tolerated(new.spec, old.spec))


def _tolerated(new: HorizontalPodAutoscalerSpec, old: HorizontalPodAutoscalerSpec) -> _Tolerated:
    """Mirrors validationOptionsForHorizontalPodAutoscaler of pkg/registry/autoscaling/horizontalpodautoscaler."""
    before, after = old.scale_target_ref, new.scale_target_ref
    described = [metric.object.described_object for metric in old.metrics if metric.object is not None]
    return _Tolerated(
        least=0 if old.min_replicas == 0 else 1,
        target_version=(before.api_version, before.kind) == (after.api_version, after.kind),
        object_versions=any(_version_problem(each.api_version) for each in described),
    )


def _spec_problems(spec: HorizontalPodAutoscalerSpec, tolerated: _Tolerated) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if spec.min_replicas is not None and spec.min_replicas < tolerated.least:
        text = f"must be greater than or equal to {tolerated.least}"
        problems.append(invalid("spec.minReplicas", spec.min_replicas, text))
    if not spec.max_replicas:
        problems.append(required("spec.maxReplicas", "must be set and greater than 0"))
    elif spec.max_replicas < 1:
        problems.append(invalid("spec.maxReplicas", spec.max_replicas, _ABOVE_ZERO))
    if spec.min_replicas is not None and spec.max_replicas < spec.min_replicas:
        text = "must be greater than or equal to `minReplicas`"
        problems.append(invalid("spec.maxReplicas", spec.max_replicas, text))
    target = spec.scale_target_ref
    problems += _reference_problems(target, "spec.scaleTargetRef")
    if not tolerated.target_version:
        text = _version_problem(target.api_version, demands_group=target.kind != _GROUPLESS)
        problems += [invalid("spec.scaleTargetRef.apiVersion", target.api_version, text)] if text else []
    for index, metric in enumerate(spec.metrics):
        problems += _metric_problems(metric, f"spec.metrics[{index}]", tolerated)
    if spec.min_replicas == 0 and not any(metric.type in ("Object", "External") for metric in spec.metrics):
        text = "must specify at least one Object or External metric to support scaling to zero replicas"
        problems.append(forbidden("spec.metrics", text))
    if spec.behavior is not None:
        problems += _rules_problems(spec.behavior.scale_up, "spec.behavior.scaleUp")
        problems += _rules_problems(spec.behavior.scale_down, "spec.behavior.scaleDown")
    return problems


def _reference_problems(reference: CrossVersionObjectReference, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for name, value in (("kind", reference.kind), ("name", reference.name)):
        problems += complaints(f"{path}.{name}", value, path_segment(value)) if value else [required(f"{path}.{name}")]
    return problems


def _version_problem(api_version: str, *, demands_group: bool = False) -> str:
    """What is wrong with the version of a reference; "" if nothing."""
    if api_version.count("/") > 1:
        return f"unexpected GroupVersion string: {api_version}"
    if demands_group and not api_version.rpartition("/")[0]:
        return "apiVersion must specify API group"
    return ""


def _metric_problems(metric: MetricSpec, path: str, tolerated: _Tolerated) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not metric.type:
        problems.append(required(f"{path}.type", "must specify a metric source type"))
    if metric.type not in _SOURCES:
        problems.append(unsupported(f"{path}.type", metric.type, sorted(_SOURCES)))
    values = {
        "object": metric.object,
        "external": metric.external,
        "pods": metric.pods,
        "resource": metric.resource,
        "containerResource": metric.container_resource,
    }
    present = [name for name in _SOURCES.values() if values[name] is not None]
    if present:
        problems += _source_problems(metric, present[0], f"{path}.{present[0]}", tolerated)
    expected = _SOURCES.get(metric.type)
    if expected is None:
        problems.append(unsupported(f"{path}.type", metric.type, sorted(_SOURCES)))
    elif expected not in present:
        problems.append(required(f"{path}.{expected}", "must populate information for the given metric source"))
    if len(present) != 1:
        others = (name for name in present if name != expected)
        problems += [forbidden(f"{path}.{name}", "must populate the given metric source only") for name in others]
    return problems


def _source_problems(metric: MetricSpec, name: str, path: str, tolerated: _Tolerated) -> list[FieldProblem]:
    at = f"{path}.target"
    if name == "object" and metric.object is not None:
        described = metric.object.described_object
        problems = _reference_problems(described, f"{path}.describedObject")
        text = "" if tolerated.object_versions else _version_problem(described.api_version)
        problems += [invalid(f"{path}.describedObject.apiVersion", described.api_version, text)] if text else []
        problems += _identifier_problems(metric.object.metric, f"{path}.metric")
        problems += _target_problems(metric.object.target, at)
        if metric.object.target.value is None and metric.object.target.average_value is None:
            problems.append(required(f"{at}.averageValue", "must set either a target value or averageValue"))
        return problems
    if name == "external" and metric.external is not None:
        target = metric.external.target
        problems = _identifier_problems(metric.external.metric, f"{path}.metric") + _target_problems(target, at)
        if target.value is None and target.average_value is None:
            text = "must set either a target value for metric or a per-pod target"
            problems.append(required(f"{at}.averageValue", text))
        if target.value is not None and target.average_value is not None:
            text = "may not set both a target value for metric and a per-pod target"
            problems.append(forbidden(f"{at}.value", text))
        return problems
    if name == "pods" and metric.pods is not None:
        problems = _identifier_problems(metric.pods.metric, f"{path}.metric")
        problems += _target_problems(metric.pods.target, at)
        if metric.pods.target.average_value is None:
            problems.append(required(f"{at}.averageValue", "must specify a positive target averageValue"))
        return problems
    if name == "resource" and metric.resource is not None:
        return _resource_problems(metric.resource, path)
    assert metric.container_resource is not None
    return _container_problems(metric.container_resource, path)


def _container_problems(source: ContainerResourceMetricSource, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if source.name:
        problems += container_resource_problems(source.name, f"{path}.name")
    if source.container:
        problems += complaints(f"{path}.container", source.container, dns_label(source.container))
    else:
        problems.append(required(f"{path}.container", "must specify a container"))
    plain = ResourceMetricSource(name=source.name, target=source.target)
    named, rest = ([], _resource_problems(plain, path)) if source.name else _split(_resource_problems(plain, path))
    return named + problems + rest


def _split(problems: list[FieldProblem]) -> tuple[list[FieldProblem], list[FieldProblem]]:
    """The first problem, and the others."""
    return problems[:1], problems[1:]


def _resource_problems(source: ResourceMetricSource, path: str) -> list[FieldProblem]:
    problems = [] if source.name else [required(f"{path}.name", "must specify a resource name")]
    at, target = f"{path}.target", source.target
    problems += _target_problems(target, at)
    if target.average_utilization is None and target.average_value is None:
        text = "must set either a target raw value or a target utilization"
        problems.append(required(f"{at}.averageUtilization", text))
    if target.average_utilization is not None and target.average_value is not None:
        text = "may not set both a target raw value and a target utilization"
        problems.append(forbidden(f"{at}.averageValue", text))
    return problems


def _target_problems(target: MetricTarget, path: str) -> list[FieldProblem]:
    problems = [] if target.type else [required(f"{path}.type", "must specify a metric target type")]
    if target.type not in _TARGETS:
        problems.append(invalid(f"{path}.type", target.type, "must be either Utilization, Value, or AverageValue"))
    for name, amount in (("value", target.value), ("averageValue", target.average_value)):
        if amount is not None and quantity.parse(amount) <= 0:
            problems.append(invalid(f"{path}.{name}", amount, "must be positive"))
    if target.average_utilization is not None and target.average_utilization < 1:
        problems.append(invalid(f"{path}.averageUtilization", target.average_utilization, _ABOVE_ZERO))
    return problems


def _identifier_problems(metric: MetricIdentifier, path: str) -> list[FieldProblem]:
    if not metric.name:
        return [required(f"{path}.name", "must specify a metric name")]
    return complaints(f"{path}.name", metric.name, path_segment(metric.name))


def _rules_problems(rules: HPAScalingRules | None, path: str) -> list[FieldProblem]:
    if rules is None:
        return []
    problems: list[FieldProblem] = []
    at, window = f"{path}.stabilizationWindowSeconds", rules.stabilization_window_seconds
    if window is not None and window < 0:
        problems.append(invalid(at, window, "must be greater than or equal to zero"))
    if window is not None and window > _WINDOW_SECONDS:
        problems.append(invalid(at, window, f"must be less than or equal to {_WINDOW_SECONDS}"))
    if rules.select_policy is not None and rules.select_policy not in _SELECT_POLICIES:
        problems.append(unsupported(f"{path}.selectPolicy", rules.select_policy, _SELECT_POLICIES))
    if not rules.policies:
        problems.append(required(f"{path}.policies", "must specify at least one Policy"))
    for index, policy in enumerate(rules.policies):
        problems += _pace_problems(policy, f"{path}.policies[{index}]")
    if rules.tolerance is not None and quantity.parse(rules.tolerance) < 0:
        problems.append(invalid(f"{path}.tolerance", rules.tolerance, AT_LEAST_ZERO))
    return problems


def _pace_problems(policy: HPAScalingPolicy, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if policy.type not in _POLICY_TYPES:
        problems.append(unsupported(f"{path}.type", policy.type, _POLICY_TYPES))
    for name, number in (("value", policy.value), ("periodSeconds", policy.period_seconds)):
        if number <= 0:
            problems.append(invalid(f"{path}.{name}", number, "must be greater than zero"))
    if policy.period_seconds > _PERIOD_SECONDS:
        text = f"must be less than or equal to {_PERIOD_SECONDS}"
        problems.append(invalid(f"{path}.periodSeconds", policy.period_seconds, text))
    return problems


RULES: Mapping[type[Object], Rules] = {HorizontalPodAutoscaler: (_problems, _update_problems)}
