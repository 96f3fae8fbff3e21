"""How many replicas a metric asks for, and what becomes of the wish."""

from __future__ import annotations

from typing import Any

import pytest

from harness.actors.controllers.horizontal_autoscaler.calculation import (
    Question,
    Tolerance,
    by_average,
    by_ratio,
    by_share,
    by_utilization,
)
from harness.actors.controllers.horizontal_autoscaler.limits import (
    Bounds,
    History,
    Moment,
    with_behavior,
    without_behavior,
)
from harness.api.metrics import NoMetrics, Reading
from harness.kernel.clock import Clock, parse
from harness.objects.autoscaling import HorizontalPodAutoscalerBehavior
from harness.objects.pod import Pod
from harness.objects.wire import from_wire

CLOCK = Clock(parse("2026-01-01T00:00:00Z"))
HOUR_MS = 3_600_000
USUAL = Tolerance()


def pod(
    name: str,
    request: str = "100m",
    *,
    state: str = "ready",
    phase: str = "Running",
    age: str = "00:00:00",
    container: str = "c",
    whole: dict[str, str] | None = None,
) -> Pod:
    """A pod that runs since midnight; `state` is ready, unready since then, or unready since later."""
    changed = "00:59:00" if state == "turned unready" else age
    condition = {
        "type": "Ready",
        "status": "True" if state == "ready" else "False",
        "lastTransitionTime": f"2026-01-01T{changed}Z",
    }
    requests = {"requests": {"cpu": request}} if request else {}
    metadata: dict[str, Any] = {"name": name}
    if state == "terminating":
        metadata["deletionTimestamp"] = "2026-01-01T00:59:00Z"
    return from_wire(
        {
            "metadata": metadata,
            "spec": {
                "containers": [{"name": container, "image": "c", "resources": requests}],
                **({"resources": {"requests": whole}} if whole else {}),
            },
            "status": {"phase": phase, "startTime": f"2026-01-01T{age}Z", "conditions": [condition]},
        },
        Pod,
    )


def question(*pods: Pod, current: int | None = None, tolerance: Tolerance = USUAL) -> Question:
    return Question(len(pods) if current is None else current, pods, tolerance, HOUR_MS, CLOCK.at)


def readings(**milli: int) -> dict[str, Reading]:
    return {name: Reading(use, HOUR_MS, 15_000) for name, use in milli.items()}


def pods(count: int) -> list[Pod]:
    return [pod(f"p{number}") for number in range(count)]


def used(count: int, milli: int) -> dict[str, Reading]:
    return readings(**{f"p{number}": milli for number in range(count)})


# workloads.md 20.8: a target of 50 % of requests of 100m
WORKED = [(3, 90, 6), (3, 53, 3), (3, 45, 3), (3, 44, 3), (3, 56, 4), (5, 20, 2), (1, 1000, 20), (4, 0, 0)]


@pytest.mark.parametrize(("count", "milli", "replicas"), WORKED)
def test_use_in_percent_of_requests(count: int, milli: int, replicas: int) -> None:
    assert by_utilization(question(*pods(count)), 50, "cpu", used(count, milli))[0] == replicas


def test_a_wider_tolerance_changes_nothing_for_longer() -> None:
    wide = question(*pods(2), tolerance=Tolerance(up=0.5, down=0.1))
    assert by_utilization(wide, 50, "cpu", used(2, 75))[0] == 2
    assert by_utilization(wide, 50, "cpu", used(2, 20))[0] == 1


CAREFUL = [
    ("one without a reading speaks against more", [pod("a"), pod("b")], {"a": 70}, 2),
    ("but not if the other asks for much more", [pod("a"), pod("b")], {"a": 150}, 3),
    ("one without a reading is taken to use its request", [pod("a"), pod("b"), pod("c")], {"a": 5, "b": 5}, 3),
    (
        "one that starts up is taken to use nothing",
        [pod("a"), pod("b", age="00:58:00", state="x")],
        {"a": 90, "b": 9},
        2,
    ),
    ("one that starts up does not speak against less", [pod("a"), pod("b", phase="Pending")], {"a": 10}, 1),
    ("one that was ready before counts", [pod("a"), pod("b", state="turned unready")], {"a": 90, "b": 90}, 4),
    ("one that was never ready does not", [pod("a"), pod("b", state="unready")], {"a": 90, "b": 90}, 2),
    ("one that stops does not", [pod("a"), pod("b", state="terminating")], {"a": 90, "b": 90}, 2),
    ("one that failed does not", [pod("a"), pod("b", phase="Failed")], {"a": 90, "b": 90}, 2),
]


@pytest.mark.parametrize(("_story", "some", "milli", "replicas"), CAREFUL, ids=[case[0] for case in CAREFUL])
def test_pods_nothing_is_known_of(_story: str, some: list[Pod], milli: dict[str, int], replicas: int) -> None:
    assert by_utilization(question(*some), 50, "cpu", readings(**milli))[0] == replicas


def test_memory_counts_whether_a_pod_is_ready_or_not() -> None:
    some = (pod("a"), pod("b", state="unready"))
    assert by_average(question(*some), 50, "memory", readings(a=90, b=90))[0] == 4
    assert by_average(question(*some), 50, "cpu", readings(a=90, b=90))[0] == 2


MISSING = [
    ([], {}, "no pods returned by selector while calculating replica count"),
    ([pod("a")], {}, "did not receive metrics for targeted pods (pods might be unready)"),
    ([pod("a", request="")], {"a": 5}, "missing request for cpu in container c of Pod a"),
    ([pod("a", request="")], {}, "did not receive metrics for targeted pods (pods might be unready)"),
]


@pytest.mark.parametrize(("some", "milli", "text"), MISSING)
def test_nothing_can_be_said_without_pods_readings_and_requests(
    some: list[Pod], milli: dict[str, int], text: str
) -> None:
    with pytest.raises(NoMetrics, match=text.replace("(", r"\(").replace(")", r"\)")):
        by_utilization(question(*some), 50, "cpu", readings(**milli))


def test_a_pod_without_the_container_that_is_asked_for_cannot_be_measured_against_its_requests() -> None:
    with pytest.raises(NoMetrics, match="container x not found in Pod b"):
        by_utilization(question(pod("a", container="x"), pod("b")), 50, "cpu", readings(a=5), "x")


def test_what_a_pod_requests_as_a_whole_goes_before_what_its_containers_request() -> None:
    whole = pod("a", whole={"cpu": "200m"})
    assert by_utilization(question(whole, whole), 50, "cpu", readings(a=90))[0] == 2
    other = pod("a", whole={"memory": "1Gi"})
    assert by_utilization(question(other), 50, "cpu", readings(a=90))[0] == 2
    nothing = pod("a", request="", whole={"memory": "1Gi"})
    with pytest.raises(NoMetrics, match="missing pod-level request for cpu in Pod a"):
        by_utilization(question(nothing), 50, "cpu", readings(a=90))


def test_a_metric_of_something_else_counts_for_the_ready_pods() -> None:
    assert by_ratio(question(*pods(3)), 2.0) == 6
    assert by_ratio(question(*pods(3)), 1.05) == 3
    assert by_ratio(question(current=0), 2.5) == 3
    assert by_share(Tolerance(), 3, 100_000, 20_000) == (5, 33_334)
    assert by_share(Tolerance(), 5, 100_000, 20_000) == (5, 20_000)


# What becomes of the wish


def bounds(current: int, now_s: int = 1000, least: int = 1, most: int = 100) -> Bounds:
    return Bounds(current, least, most, now_s * 1000)


PLAIN = [
    (3, 6, 6, "ReadyForNewScale", False, "DesiredWithinRange"),
    (1, 20, 4, "ReadyForNewScale", True, "ScaleUpLimit"),
    (3, 20, 6, "ReadyForNewScale", True, "ScaleUpLimit"),
    (60, 200, 100, "ReadyForNewScale", True, "TooManyReplicas"),
    (3, 0, 1, "ReadyForNewScale", True, "TooFewReplicas"),
]


@pytest.mark.parametrize(("current", "wish", "replicas", "able", "limited", "limit"), PLAIN)
def test_without_behavior_the_count_at_most_doubles(
    current: int, wish: int, replicas: int, able: str, limited: bool, limit: str
) -> None:
    verdict = without_behavior(wish, bounds(current), History([], [], []))
    assert (verdict.replicas, verdict.able[0], verdict.limited, verdict.limit[0]) == (replicas, able, limited, limit)


def test_the_highest_wish_of_five_minutes_holds() -> None:
    history = History([Moment(5, 700_000)], [], [])
    held = without_behavior(2, bounds(5), history)
    assert (held.replicas, held.able[0]) == (5, "ScaleDownStabilized")
    assert without_behavior(2, bounds(5, now_s=1001), history).replicas == 2


def behavior(**rules: Any) -> HorizontalPodAutoscalerBehavior:
    usual = {"selectPolicy": "Max", "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}
    up = {**usual, "stabilizationWindowSeconds": 0, **rules.get("up", {})}
    return from_wire({"scaleUp": up, "scaleDown": {**usual, **rules.get("down", {})}}, HorizontalPodAutoscalerBehavior)


def policy(type_: str, value: int, seconds: int = 60) -> dict[str, Any]:
    return {"type": type_, "value": value, "periodSeconds": seconds}


PACES = [
    ({"up": {"policies": [policy("Pods", 2)]}}, 4, 10, 6, "ScaleUpLimit"),
    ({"up": {"policies": [policy("Percent", 10)]}}, 4, 10, 5, "ScaleUpLimit"),
    ({"up": {"policies": [policy("Pods", 2), policy("Percent", 100)]}}, 4, 10, 8, "ScaleUpLimit"),
    (
        {"up": {"policies": [policy("Pods", 2), policy("Percent", 100)], "selectPolicy": "Min"}},
        4,
        10,
        6,
        "ScaleUpLimit",
    ),
    ({"up": {"selectPolicy": "Disabled"}}, 4, 10, 4, "ScaleUpLimit"),
    ({"down": {"policies": [policy("Pods", 1)]}}, 4, 1, 3, "ScaleDownLimit"),
    ({"down": {"policies": [policy("Percent", 10)]}}, 15, 1, 13, "ScaleDownLimit"),
    ({"down": {"policies": [policy("Pods", 1), policy("Percent", 50)]}}, 4, 1, 2, "ScaleDownLimit"),
    (
        {"down": {"policies": [policy("Pods", 1), policy("Percent", 50)], "selectPolicy": "Min"}},
        4,
        1,
        3,
        "ScaleDownLimit",
    ),
    ({"down": {"selectPolicy": "Disabled"}}, 4, 1, 4, "ScaleDownLimit"),
    ({}, 4, 1, 1, "DesiredWithinRange"),
]


@pytest.mark.parametrize(("rules", "current", "wish", "replicas", "limit"), PACES)
def test_policies_bound_the_pace(rules: dict[str, Any], current: int, wish: int, replicas: int, limit: str) -> None:
    verdict = with_behavior(wish, bounds(current), behavior(**rules), History([], [], []))
    assert (verdict.replicas, verdict.limit[0]) == (replicas, limit)


def test_what_was_added_in_a_period_counts_against_it() -> None:
    two = behavior(up={"policies": [policy("Pods", 2)]})
    history = History([], [Moment(2, 950_000)], [])
    assert with_behavior(10, bounds(6), two, history).replicas == 6
    assert with_behavior(10, bounds(6, now_s=1011), two, history).replicas == 8


def test_a_window_for_more_holds_the_lowest_wish() -> None:
    slow = behavior(up={"stabilizationWindowSeconds": 60})
    history = History([Moment(4, 950_000)], [], [])
    held = with_behavior(8, bounds(4), slow, history)
    assert (held.replicas, held.able[0]) == (4, "ScaleUpStabilized")
    assert with_behavior(8, bounds(4, now_s=1061), slow, history).replicas == 8


def test_a_window_for_less_holds_the_highest_wish() -> None:
    quick = behavior(down={"stabilizationWindowSeconds": 60})
    history = History([Moment(8, 950_000)], [], [])
    assert with_behavior(2, bounds(8), quick, history).replicas == 8
    assert with_behavior(2, bounds(8, now_s=1061), quick, history).replicas == 2
