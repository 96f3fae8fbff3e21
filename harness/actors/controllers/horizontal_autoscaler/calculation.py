"""How many replicas a metric asks for.

Pure arithmetic on readings and pods; amounts are thousandths. Mirrors replica_calculator.go and
metrics/utilization.go of pkg/controller/podautoscaler.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from harness.api.metrics import NoMetrics, Reading
from harness.objects import quantity
from harness.objects.conditions import find, is_ready
from harness.objects.pod import Pod
from harness.objects.pod_resources import pod_requests, running_containers
from harness.objects.pods import FAILED, PENDING, RUNNING

CPU_INITIALIZATION_MS = 300_000
INITIAL_READINESS_DELAY_MS = 30_000


class Tolerance(NamedTuple):
    """How far use may be from its target without consequence, as shares."""

    up: float = 0.1
    down: float = 0.1

    def covers(self, ratio: float) -> bool:
        return 1.0 - self.down <= ratio <= 1.0 + self.up


class Question(NamedTuple):
    """What is asked: how many pods there are now, which they are, and when it is asked."""

    current: int
    pods: Sequence[Pod]
    tolerance: Tolerance
    now_ms: int
    at: Callable[[str], int]


class Used(NamedTuple):
    """The use of some pods: what it is to its target, in percent of the requests (if those count), on average."""

    ratio: float
    percent: int
    average: int


class _Grouped(NamedTuple):
    """Pods by what is known of them: how many are measured and ready; who is not ready; who has no reading."""

    ready: int
    unready: tuple[str, ...]
    missing: tuple[str, ...]
    measured: dict[str, int]


def by_utilization(
    question: Question, target: int, resource: str, readings: Mapping[str, Reading], container: str = ""
) -> tuple[int, Used]:
    """Replicas for a target in percent of what is requested. Raises NoMetrics."""
    _check_pods(question)
    grouped = _group(question, readings, resource)
    _check_measured(grouped)
    requests = _requests(question.pods, resource, container)
    fallback = max(100, target)

    def used(measured: Mapping[str, int]) -> Used:
        asked = sum(requests[name] for name in measured)
        if not asked:
            raise NoMetrics("no metrics returned matched known pods")
        total = sum(measured.values())
        percent = total * 100 // asked
        return Used(percent / target, percent, total // len(measured))

    return _replicas(question, grouped, used, lambda name: requests[name] * fallback // 100)


def by_average(question: Question, target: int, resource: str, readings: Mapping[str, Reading]) -> tuple[int, Used]:
    """Replicas for a target of so much for each pod; `resource` is empty for a named metric. Raises NoMetrics."""
    _check_pods(question)
    grouped = _group(question, readings, resource)
    _check_measured(grouped)

    def used(measured: Mapping[str, int]) -> Used:
        average = sum(measured.values()) // len(measured)
        return Used(average / target, 0, average)

    return _replicas(question, grouped, used, lambda _name: target)


def by_ratio(question: Question, ratio: float) -> int:
    """Replicas for a metric of something else, by its ratio to the target. Raises NoMetrics."""
    if not question.current:
        return math.ceil(ratio)
    if question.tolerance.covers(ratio):
        return question.current
    if not question.pods:
        raise NoMetrics("unable to calculate ready pods: no pods returned by selector while calculating replica count")
    return math.ceil(ratio * sum(pod.status.phase == RUNNING and is_ready(pod) for pod in question.pods))


def by_share(tolerance: Tolerance, counted: int, value: int, target: int) -> tuple[int, int]:
    """Replicas for a metric that is shared among them, and the share of each of those that are counted now."""
    replicas = counted
    if not counted or not tolerance.covers(value / (target * counted)):
        replicas = math.ceil(value / target)
    return replicas, math.ceil(value / counted) if counted else 0


def _replicas(
    question: Question,
    grouped: _Grouped,
    used: Callable[[Mapping[str, int]], Used],
    fallback: Callable[[str], int],
) -> tuple[int, Used]:
    """What the readings ask for. Pods nothing is known of are assumed to speak against any change."""
    current = question.current
    first = used(grouped.measured)
    rebalance = bool(grouped.unready) and first.ratio > 1.0
    if not rebalance and not grouped.missing:
        if question.tolerance.covers(first.ratio):
            return current, first
        return math.ceil(first.ratio * grouped.ready), first
    assumed = dict(grouped.measured)
    if first.ratio < 1.0:
        assumed.update((name, fallback(name)) for name in grouped.missing)
    elif first.ratio > 1.0:
        assumed.update(dict.fromkeys(grouped.missing, 0))
    if rebalance:
        assumed.update(dict.fromkeys(grouped.unready, 0))
    ratio = used(assumed).ratio
    if question.tolerance.covers(ratio) or (first.ratio - 1.0) * (ratio - 1.0) < 0:
        return current, first
    replicas = math.ceil(ratio * len(assumed))
    if (ratio < 1.0 and replicas > current) or (ratio > 1.0 and replicas < current):
        return current, first
    return replicas, first


def _check_pods(question: Question) -> None:
    if not question.pods:
        raise NoMetrics("no pods returned by selector while calculating replica count")


def _check_measured(grouped: _Grouped) -> None:
    if not grouped.measured:
        raise NoMetrics("did not receive metrics for targeted pods (pods might be unready)")


def _group(question: Question, readings: Mapping[str, Reading], resource: str) -> _Grouped:
    measured: dict[str, int] = {}
    unready: list[str] = []
    missing: list[str] = []
    for pod in question.pods:
        name = pod.metadata.name
        if pod.metadata.deletion_timestamp is not None or pod.status.phase == FAILED:
            continue
        reading = readings.get(name)
        if pod.status.phase == PENDING:
            unready.append(name)
        elif reading is None:
            missing.append(name)
        elif resource == "cpu" and _starts_up(pod, reading, question):
            unready.append(name)
        else:
            measured[name] = reading.milli
    return _Grouped(len(measured), tuple(unready), tuple(missing), measured)


def _starts_up(pod: Pod, reading: Reading, question: Question) -> bool:
    """Whether what a pod uses is rather what its start takes than what its work does."""
    condition = find(pod.status.conditions, "Ready")
    if condition is None or pod.status.start_time is None or condition.last_transition_time is None:
        return True
    started_ms, changed_ms = question.at(pod.status.start_time), question.at(condition.last_transition_time)
    is_unready = condition.status == "False"
    if started_ms + CPU_INITIALIZATION_MS > question.now_ms:
        return is_unready or reading.time_ms < changed_ms + reading.window_ms
    return is_unready and started_ms + INITIAL_READINESS_DELAY_MS > changed_ms


def _requests(pods: Sequence[Pod], resource: str, container: str) -> dict[str, int]:
    """What each pod, or one container of each, requests. Raises NoMetrics where something requests nothing."""
    return {pod.metadata.name: _request(pod, resource, container) for pod in pods}


def _request(pod: Pod, resource: str, container: str) -> int:
    name, spec = pod.metadata.name, pod.spec
    if spec.resources is not None and spec.resources.requests and not container:
        whole = pod_requests(spec).get(resource)
        if whole is None:
            raise NoMetrics(f"missing pod-level request for {resource} in Pod {name}")
        return quantity.parse(whole)
    counted = [each for each in running_containers(spec) if container in ("", each.name)]
    if container and not counted:
        raise NoMetrics(f"container {container} not found in Pod {name}")
    total = 0
    for each in counted:
        amount = each.resources.requests.get(resource)
        if amount is None:
            raise NoMetrics(f"missing request for {resource} in container {each.name} of Pod {name}")
        total += quantity.parse(amount)
    return total
