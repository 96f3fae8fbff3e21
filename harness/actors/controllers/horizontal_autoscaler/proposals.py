"""What each kind of metric of an autoscaler asks for, and what its status says of it.

Owns the table of kinds of metrics and the texts of what is missing. Source: pkg/controller/podautoscaler/horizontal.go
(computeReplicasForMetric and what it calls).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from harness.actors.controllers.horizontal_autoscaler import calculation
from harness.actors.controllers.horizontal_autoscaler.calculation import Question
from harness.api import kinds
from harness.api.metrics import Metrics, NoMetrics
from harness.objects import quantity, resources, selector
from harness.objects.autoscaling import (
    ContainerResourceMetricStatus,
    CrossVersionObjectReference,
    ExternalMetricStatus,
    MetricIdentifier,
    MetricSpec,
    MetricStatus,
    MetricTarget,
    MetricValueStatus,
    ObjectMetricStatus,
    PodsMetricStatus,
    ResourceMetricStatus,
)


class Scale(NamedTuple):
    """The target as its scale subresource shows it: what is wanted, and what there is."""

    spec_replicas: int
    status_replicas: int
    namespace: str


class Proposal(NamedTuple):
    """How many replicas a metric asks for, the metric's name in a reason, and its status."""

    replicas: int
    name: str
    status: MetricStatus


# The notation that amounts of memory are told in.
_MEMORY = "1Ki"


class Unavailable(Exception):
    """A metric says nothing. `str()` is the text of its Event, `whole` that of the whole pass."""

    def __init__(self, reason: str, text: str, whole: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.whole = whole


def propose(spec: MetricSpec, scale: Scale, question: Question, metrics: Metrics) -> Proposal:
    """What the metric asks for. Raises Unavailable."""
    kind = _KINDS[spec.type]
    try:
        return kind.read(spec, scale, question, metrics)
    except NoMetrics as problem:
        raise Unavailable(f"FailedGet{spec.type}Metric", str(problem), f"{kind.failed(spec)}: {problem}") from None


# Resources


def _resource(spec: MetricSpec, _scale: Scale, question: Question, metrics: Metrics) -> Proposal:
    assert spec.resource is not None
    source = spec.resource
    replicas, name, current = _of_resource(source.name, source.target, question, metrics, "")
    status = MetricStatus(type=spec.type, resource=ResourceMetricStatus(name=source.name, current=current))
    return Proposal(replicas, name, status)


def _container_resource(spec: MetricSpec, _scale: Scale, question: Question, metrics: Metrics) -> Proposal:
    assert spec.container_resource is not None
    source = spec.container_resource
    replicas, name, current = _of_resource(source.name, source.target, question, metrics, source.container)
    told = ContainerResourceMetricStatus(name=source.name, container=source.container, current=current)
    return Proposal(replicas, name, MetricStatus(type=spec.type, container_resource=told))


def _of_resource(
    resource: str, target: MetricTarget, question: Question, metrics: Metrics, container: str
) -> tuple[int, str, MetricValueStatus]:
    what = "utilization" if target.average_value is None else "usage"
    try:
        try:
            readings = metrics.of_resource(resource, question.pods, container)
        except NoMetrics as problem:
            raise NoMetrics(f"unable to get metrics for resource {resource}: {problem}") from None
        if target.average_value is not None:
            wanted = quantity.parse(target.average_value)
            replicas, used = calculation.by_average(question, wanted, resource, readings)
            return replicas, f"{resource} resource", MetricValueStatus(average_value=_amount(resource, used.average))
        assert target.average_utilization is not None
        replicas, used = calculation.by_utilization(question, target.average_utilization, resource, readings, container)
    except NoMetrics as problem:
        raise NoMetrics(f"failed to get {resource} {what}: {problem}") from None
    current = MetricValueStatus(average_utilization=used.percent, average_value=_amount(resource, used.average))
    of = "container resource" if container else "resource"
    return replicas, f"{resource} {of} utilization (percentage of request)", current


def _amount(resource: str, milli: int) -> str:
    return quantity.write(milli, like=_MEMORY if resource == "memory" else "")


# Named metrics


def _pods(spec: MetricSpec, _scale: Scale, question: Question, metrics: Metrics) -> Proposal:
    assert spec.pods is not None
    metric, target = spec.pods.metric, spec.pods.target
    try:
        readings = metrics.of_pods(metric.name, question.pods)
    except NoMetrics as problem:
        raise NoMetrics(f"unable to get metric {metric.name}: {problem}") from None
    replicas, used = calculation.by_average(question, quantity.parse(target.average_value or "0"), "", readings)
    current = MetricValueStatus(average_value=quantity.write(used.average))
    status = MetricStatus(type=spec.type, pods=PodsMetricStatus(metric=metric, current=current))
    return Proposal(replicas, f"pods metric {metric.name}", status)


def _object(spec: MetricSpec, scale: Scale, question: Question, metrics: Metrics) -> Proposal:
    assert spec.object is not None
    source = spec.object
    metric, described = source.metric, source.described_object
    if not (_is_single(source.target) or _is_shared(source.target)):
        raise NoMetrics("invalid object metric source: neither a value target nor an average value target was set")
    try:
        value = metrics.of_object(metric.name, _kind_of(described), (scale.namespace, described.name))
    except NoMetrics as problem:
        text = f"unable to get metric {metric.name}: {described.kind} on {scale.namespace} {described.name}/{problem}"
        raise NoMetrics(text) from None
    shared = _is_shared(source.target)
    replicas, current = _of_value(source.target, value, scale, question, shared=shared)
    told = ObjectMetricStatus(metric=metric, described_object=described, current=current)
    # Upstream calls a metric that is shared among the pods an external one.
    name = _external_name(metric) if shared else f"{described.kind} metric {metric.name}"
    return Proposal(replicas, name, MetricStatus(type=spec.type, object=told))


def _external(spec: MetricSpec, scale: Scale, question: Question, metrics: Metrics) -> Proposal:
    assert spec.external is not None
    metric = spec.external.metric
    try:
        value = metrics.external(metric.name, scale.namespace)
    except NoMetrics as problem:
        of = f"{scale.namespace}/{metric.name}/{_shown(metric)}"
        raise NoMetrics(f"unable to get external metric {of}: {problem}") from None
    target = spec.external.target
    replicas, current = _of_value(target, value, scale, question, shared=target.average_value is not None)
    told = ExternalMetricStatus(metric=metric, current=current)
    return Proposal(replicas, _external_name(metric), MetricStatus(type=spec.type, external=told))


def _is_single(target: MetricTarget) -> bool:
    return target.type == "Value" and target.value is not None


def _is_shared(target: MetricTarget) -> bool:
    return target.type == "AverageValue" and target.average_value is not None


def _of_value(
    target: MetricTarget, value: int, scale: Scale, question: Question, *, shared: bool
) -> tuple[int, MetricValueStatus]:
    """For one value, which the pods share or not: the replicas, and what the status says."""
    if shared:
        wanted = quantity.parse(target.average_value or "1")
        replicas, share = calculation.by_share(question.tolerance, scale.status_replicas, value, wanted)
        return replicas, MetricValueStatus(average_value=quantity.write(share))
    replicas = calculation.by_ratio(question, value / quantity.parse(target.value or "1"))
    return replicas, MetricValueStatus(value=quantity.write(value))


def _kind_of(reference: CrossVersionObjectReference) -> kinds.Kind:
    group = reference.api_version.rpartition("/")[0]
    found = resources.find(f"{reference.kind.lower()}.{group}" if group else reference.kind)
    return kinds.of_resource(found or resources.custom(reference.api_version, reference.kind))


def _external_name(metric: MetricIdentifier) -> str:
    return f"external metric {metric.name}({_shown(metric)})"


def _shown(metric: MetricIdentifier) -> str:
    return selector.go_string(metric.selector) if metric.selector is not None else "nil"


class _Kind(NamedTuple):
    """A kind of metric: how it is read, and what the whole pass says if it cannot be."""

    read: Callable[[MetricSpec, Scale, Question, Metrics], Proposal]
    failed: Callable[[MetricSpec], str]


def _failed_resource(spec: MetricSpec) -> str:
    return f"failed to get {spec.resource.name if spec.resource else ''} resource metric value"


def _failed_container(spec: MetricSpec) -> str:
    return (
        f"failed to get {spec.container_resource.container if spec.container_resource else ''} container metric value"
    )


def _failed_object(spec: MetricSpec) -> str:
    assert spec.object is not None
    text = "failed to get object metric value"
    return f"{text}: failed to get {spec.object.metric.name} object metric" if _is_shared(spec.object.target) else text


def _failed_external(spec: MetricSpec) -> str:
    assert spec.external is not None
    name, shared = spec.external.metric.name, spec.external.target.average_value is not None
    what = f"{name} external metric" if shared else f"external metric {name}"
    return f"failed to get {name} external metric value: failed to get {what}"


_KINDS: Mapping[str, _Kind] = {
    "Resource": _Kind(_resource, _failed_resource),
    "ContainerResource": _Kind(_container_resource, _failed_container),
    "Pods": _Kind(_pods, lambda _spec: "failed to get pods metric value"),
    "Object": _Kind(_object, _failed_object),
    "External": _Kind(_external, _failed_external),
}
