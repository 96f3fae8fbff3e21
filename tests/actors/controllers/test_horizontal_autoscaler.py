"""The autoscaler in a cluster: its pace, its Events and conditions, what it reads and what it scales."""

from __future__ import annotations

from typing import Any

import pytest

from harness.objects.event import Event
from harness.outcome import SETTLED, Outcome
from harness.runner import play
from harness.scenario.reading import parse_scenario

TEMPLATE = (
    "{metadata: {labels: {app: web}}, spec: {containers: [{name: c, image: a, resources: {requests: {cpu: 100m}}}]}}"
)
MORE = {
    "Deployment": "apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {",
    "ReplicaSet": "apiVersion: apps/v1, kind: ReplicaSet, metadata: {name: web}, spec: {",
    "StatefulSet": "apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, "
    "spec: {podManagementPolicy: Parallel, ",
    "ReplicationController": "apiVersion: v1, kind: ReplicationController, metadata: {name: web}, spec: {",
    "DaemonSet": "apiVersion: apps/v1, kind: DaemonSet, metadata: {name: web}, spec: {",
}
CPU = "{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}"
FAILED = "the HPA was unable to compute the replica count: "


def workload(kind: str = "Deployment", replicas: int | None = 2) -> str:
    labels = "{app: web}" if kind == "ReplicationController" else "{matchLabels: {app: web}}"
    count = "" if replicas is None else f"replicas: {replicas}, "
    return f"apply: {{{MORE[kind]}{count}selector: {labels}, template: {TEMPLATE}}}}}\nsettle: false"


def autoscaler(metrics: str = CPU, kind: str = "Deployment", name: str = "web", target: str = "web") -> str:
    version = "v1" if kind == "ReplicationController" else "apps/v1"
    return (
        f"apply: {{apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {{name: {name}}}, spec: {{"
        f"scaleTargetRef: {{apiVersion: {version}, kind: {kind}, name: {target}}}, minReplicas: 2, maxReplicas: 10, "
        f"metrics: [{metrics}]}}}}\nsettle: false"
    )


def played(*steps: str) -> Outcome:
    listed = "".join("- " + step.replace("\n", "\n  ") + "\n" for step in steps)
    return play(parse_scenario(f"cluster: {{nodes: 1}}\nsteps:\n{listed}", "scenarios/tried.yaml"))


def the(kind: str, outcome: Outcome) -> Any:
    return next(obj for obj in outcome.objects if obj.kind == kind)


def events(outcome: Outcome) -> dict[str, str]:
    """What was said of autoscalers, by reason."""
    found = {}
    for step in outcome.steps:
        for record in step.records:
            if isinstance(record.subject, Event) and record.subject.involved_object.kind == "HorizontalPodAutoscaler":
                found[record.subject.reason] = record.subject.message
    return found


def conditions(outcome: Outcome) -> dict[str, tuple[str, str]]:
    return {one.type: (one.status, one.reason) for one in the("HorizontalPodAutoscaler", outcome).status.conditions}


@pytest.mark.parametrize("kind", ["Deployment", "ReplicaSet", "StatefulSet", "ReplicationController"])
def test_whatever_has_a_scale_is_scaled(kind: str) -> None:
    load = f"load: {kind.lower()}/web\ncpu: 90%\nsettle: false"
    outcome = played(workload(kind), autoscaler(kind=kind), load, "wait: 35s")
    assert the(kind, outcome).spec.replicas == 4
    reason = "cpu resource utilization (percentage of request) above target"
    assert events(outcome)["SuccessfulRescale"] == f"New size: 4; reason: {reason}"
    status = the("HorizontalPodAutoscaler", outcome).status
    assert (status.current_replicas, status.desired_replicas, status.last_scale_time is not None) == (2, 4, True)
    assert status.current_metrics[0].resource.current.average_utilization == 90
    assert status.current_metrics[0].resource.current.average_value == "90m"
    assert conditions(outcome) == {
        "AbleToScale": ("True", "SucceededRescale"),
        "ScalingActive": ("True", "ValidMetricFound"),
        "ScalingLimited": ("False", "DesiredWithinRange"),
    }


def test_the_first_look_comes_after_fifteen_seconds() -> None:
    assert the("HorizontalPodAutoscaler", played(workload(), autoscaler(), "wait: 14s")).status.conditions == ()
    assert the("HorizontalPodAutoscaler", played(workload(), autoscaler(), "wait: 16s")).status.conditions != ()


def test_looks_that_change_nothing_let_a_step_settle() -> None:
    outcome = played(workload(), autoscaler(), "load: deploy/web\ncpu: 50%")
    assert outcome.steps[-1].reason == SETTLED


SAID_RPS = "load: deploy/web\nmetrics: {rps: 1}\nsettle: false"
FRONT = "describedObject: {apiVersion: v1, kind: Service, name: front}, "
NO_HITS = (
    "unable to get metric hits: Service on default front/unable to fetch metrics from custom metrics API: "
    "the server could not find the metric hits for services front"
)
NOTHING = [
    (CPU, "wait: 1s", "FailedGetResourceMetric",
     "failed to get cpu utilization: unable to get metrics for resource cpu: "
     "unable to fetch metrics from resource metrics API: the server could not find the requested resource "
     "(get pods.metrics.k8s.io)", "failed to get cpu resource metric value: "),
    (CPU, "load: deploy/web\ncpu: none\nsettle: false", "FailedGetResourceMetric", "failed to get cpu utilization: "
     "unable to get metrics for resource cpu: no metrics returned from resource metrics API",
     "failed to get cpu resource metric value: "),
    ("{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 10}}}", "wait: 1s",
     "FailedGetPodsMetric", "unable to get metric rps: unable to fetch metrics from custom metrics API: "
     "no custom metrics API (custom.metrics.k8s.io) registered", "failed to get pods metric value: "),
    ("{type: External, external: {metric: {name: jobs}, target: {type: AverageValue, averageValue: 10}}}",
     SAID_RPS, "FailedGetExternalMetric",
     "unable to get external metric default/jobs/nil: no metrics returned from external metrics API",
     "failed to get jobs external metric value: failed to get jobs external metric: "),
    ("{type: External, external: {metric: {name: jobs}, target: {type: Value, value: 10}}}",
     SAID_RPS, "FailedGetExternalMetric",
     "unable to get external metric default/jobs/nil: no metrics returned from external metrics API",
     "failed to get jobs external metric value: failed to get external metric jobs: "),
    ("{type: Object, object: {metric: {name: hits}, " + FRONT + "target: {type: Value, value: 10}}}",
     SAID_RPS, "FailedGetObjectMetric", NO_HITS, "failed to get object metric value: "),
    ("{type: Object, object: {metric: {name: hits}, " + FRONT + "target: {type: AverageValue, averageValue: 10}}}",
     SAID_RPS, "FailedGetObjectMetric", NO_HITS,
     "failed to get object metric value: failed to get hits object metric: "),
    ("{type: Object, object: {metric: {name: hits}, " + FRONT + "target: {type: Utilization, value: 10}}}",
     SAID_RPS, "FailedGetObjectMetric",
     "invalid object metric source: neither a value target nor an average value target was set",
     "failed to get object metric value: "),
]  # fmt: skip


@pytest.mark.parametrize(("metric", "load", "reason", "text", "whole"), NOTHING)
def test_a_metric_that_says_nothing_is_complained_of(
    metric: str, load: str, reason: str, text: str, whole: str
) -> None:
    outcome = played(workload(), autoscaler(metric), load, "wait: 40s")
    assert events(outcome) == {
        reason: text,
        "FailedComputeMetricsReplicas": f"invalid metrics (1 invalid out of 1), first error is: {whole}{text}",
    }
    assert conditions(outcome)["ScalingActive"] == ("False", reason)
    condition = next(
        one for one in the("HorizontalPodAutoscaler", outcome).status.conditions if one.type == "ScalingActive"
    )
    assert condition.message == f"{FAILED}{text}"
    assert the("Deployment", outcome).spec.replicas == 2


NAMED = [
    ("{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 10}}}", "deploy/web", 20, 4,
     "pods metric rps above target"),
    ("{type: External, external: {metric: {name: rps}, target: {type: AverageValue, averageValue: 10}}}", "deploy/web",
     35, 4, "external metric rps(nil) above target"),
    ("{type: External, external: {metric: {name: rps}, target: {type: Value, value: 10}}}", "deploy/web", 15, 3,
     "external metric rps(nil) above target"),
    ("{type: Object, object: {metric: {name: rps}, describedObject: {apiVersion: v1, kind: Service, name: front}, "
     "target: {type: Value, value: 10}}}", "svc/front", 20, 4, "Service metric rps above target"),
    ("{type: Resource, resource: {name: cpu, target: {type: AverageValue, averageValue: 50m}}}", "deploy/web", 0, 2,
     ""),
]  # fmt: skip


@pytest.mark.parametrize(("metric", "target", "value", "replicas", "reason"), NAMED)
def test_named_metrics_count(metric: str, target: str, value: int, replicas: int, reason: str) -> None:
    outcome = played(
        workload(), autoscaler(metric), f"load: {target}\nmetrics: {{rps: {value}}}\nsettle: false", "wait: 20s"
    )
    assert the("Deployment", outcome).spec.replicas == replicas
    if reason:
        assert events(outcome)["SuccessfulRescale"] == f"New size: {replicas}; reason: {reason}"


def test_of_several_metrics_the_one_that_asks_for_most_counts_and_none_may_fail_for_less() -> None:
    rps = "{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 10}}}"
    both = autoscaler(f"{CPU}, {rps}")
    up = played(workload(), both, "load: deploy/web\ncpu: none\nmetrics: {rps: 20}\nsettle: false", "wait: 20s")
    assert the("Deployment", up).spec.replicas == 4
    down = played(
        workload(replicas=5), both, "load: deploy/web\ncpu: none\nmetrics: {rps: 1}\nsettle: false", "wait: 8m"
    )
    assert the("Deployment", down).spec.replicas == 5


def test_of_metrics_that_ask_for_nothing_the_last_is_named() -> None:
    rps = "{type: Pods, pods: {metric: {name: rps}, target: {type: AverageValue, averageValue: 10}}}"
    idle = "load: deploy/web\ncpu: 0\nmetrics: {rps: 0}\nsettle: false"
    outcome = played(workload(), autoscaler(f"{CPU}, {rps}"), idle, "wait: 35s")
    conditions = the("HorizontalPodAutoscaler", outcome).status.conditions
    active = next(one for one in conditions if one.type == "ScalingActive")
    assert active.message == "the HPA was able to successfully calculate a replica count from pods metric rps"


def test_memory_is_told_in_powers_of_1024() -> None:
    memory = "{type: Resource, resource: {name: memory, target: {type: AverageValue, averageValue: 64Mi}}}"
    load = "load: deploy/web\nmemory: 61Mi\nsettle: false"
    status = the("HorizontalPodAutoscaler", played(workload(), autoscaler(memory), load, "wait: 35s")).status
    assert status.current_metrics[0].resource.current.average_value == "61Mi"


def test_an_object_metric_goes_by_the_type_of_its_target() -> None:
    both = (
        "{type: Object, object: {metric: {name: rps}, " + FRONT + "target: {type: Value, value: 10, averageValue: 20}}}"
    )
    load = "load: svc/front\nmetrics: {rps: 20}\nsettle: false"
    assert the("Deployment", played(workload(), autoscaler(both), load, "wait: 20s")).spec.replicas == 4


BOUNDS = [
    (12, 10, "Current number of replicas above Spec.MaxReplicas"),
    (1, 2, "Current number of replicas below Spec.MinReplicas"),
]


@pytest.mark.parametrize(("replicas", "size", "reason"), BOUNDS)
def test_a_count_out_of_bounds_is_brought_back_whatever_the_metrics_say(replicas: int, size: int, reason: str) -> None:
    outcome = played(workload(replicas=replicas), autoscaler(), "wait: 16s")
    assert events(outcome) == {"SuccessfulRescale": f"New size: {size}; reason: {reason}"}


def test_a_count_of_zero_turns_the_autoscaler_off() -> None:
    outcome = played(workload(replicas=0), autoscaler(), "wait: 40s")
    assert (events(outcome), conditions(outcome)["ScalingActive"]) == ({}, ("False", "ScalingDisabled"))


TARGETS = [
    ("Deployment", "other", 'deployments.apps "other" not found'),
    ("Cow", "web", 'no matches for kind "Cow" in group "apps"'),
    ("DaemonSet", "web", "the server could not find the requested resource"),
]


@pytest.mark.parametrize(("kind", "name", "text"), TARGETS)
def test_a_target_that_has_no_scale_is_complained_of(kind: str, name: str, text: str) -> None:
    outcome = played(workload("DaemonSet", None), autoscaler(kind=kind, target=name), "wait: 16s")
    assert events(outcome) == {"FailedGetScale": text}
    assert conditions(outcome) == {"AbleToScale": ("False", "FailedGetScale")}


AMBIGUOUS = "pods by selector app=web are controlled by multiple HPAs: [{twin default} {web default}]"


def test_two_autoscalers_of_the_same_pods_do_nothing() -> None:
    outcome = played(workload(), autoscaler(), autoscaler(name="twin"), "wait: 31s")
    assert events(outcome)["AmbiguousSelector"] == AMBIGUOUS
    assert events(outcome)["FailedComputeMetricsReplicas"] == AMBIGUOUS
    assert conditions(outcome)["ScalingActive"] == ("False", "AmbiguousSelector")


def test_an_autoscaler_knows_of_another_of_its_pods_once_that_one_has_looked() -> None:
    load = "load: deploy/web\ncpu: 90%\nsettle: false"
    both = played(workload(), "wait: 20s", load, autoscaler(), autoscaler(name="twin"), "wait: 16s")
    assert the("Deployment", both).spec.replicas == 4
    assert {reason for reason in events(both) if reason != "SuccessfulRescale"} == {
        "AmbiguousSelector",
        "FailedComputeMetricsReplicas",
    }


def test_an_autoscaler_that_is_deleted_leaves_the_pods_to_the_other() -> None:
    steps = (workload(), autoscaler(), autoscaler(name="twin"), "wait: 31s", "delete: hpa/twin\nsettle: false")
    outcome = played(*steps, "load: deploy/web\ncpu: 50%\nsettle: false", "wait: 31s")
    assert conditions(outcome)["ScalingActive"] == ("True", "ValidMetricFound")


def test_an_autoscaler_made_anew_in_time_keeps_the_pace_and_the_wishes_of_the_old_one() -> None:
    busy, idle = "load: deploy/web\ncpu: 50%\nsettle: false", "load: deploy/web\ncpu: 5%\nsettle: false"
    # The old one looked 15 s after it was made, and wished for five; the next look is due in 5 s.
    before = (workload(replicas=5), "wait: 30s", busy, autoscaler(), "wait: 20s", idle, "wait: 5s")
    delete = "delete: hpa/web\nsettle: false"
    anew = played(*before, delete, autoscaler(), "wait: 6s")
    assert conditions(anew)["AbleToScale"] == ("True", "ScaleDownStabilized")
    assert conditions(played(*before, delete, "wait: 6s", autoscaler(), "wait: 14s")) == {}
    # Five minutes after that wish, and not after the first look of the new one.
    assert the("Deployment", played(*before, delete, autoscaler(), "wait: 280s")).spec.replicas == 5
    assert the("Deployment", played(*before, delete, autoscaler(), "wait: 295s")).spec.replicas == 2


def test_a_share_is_one_of_all_that_a_pod_requests() -> None:
    beside = "{name: log, image: b, restartPolicy: Always, resources: {requests: {cpu: 300m}}}"
    pods = TEMPLATE.replace("spec: {", f"spec: {{initContainers: [{beside}], ")
    deployment = workload().replace(TEMPLATE, pods)
    status = the(
        "HorizontalPodAutoscaler",
        played(deployment, autoscaler(), "load: deploy/web\ncpu: 50%\nsettle: false", "wait: 40s"),
    ).status
    current = status.current_metrics[0].resource.current
    assert (current.average_utilization, current.average_value) == (50, "200m")


def one_container(name: str) -> str:
    return (
        f"{{type: ContainerResource, containerResource: {{name: cpu, container: {name}, "
        "target: {type: Utilization, averageUtilization: 50}}}"
    )


def test_one_container_can_be_looked_at() -> None:
    load = "load: deploy/web\ncpu: 90m\nsettle: false"
    outcome = played(workload(), autoscaler(one_container("c")), load, "wait: 35s")
    assert the("Deployment", outcome).spec.replicas == 4
    reason = "cpu container resource utilization (percentage of request) above target"
    assert events(outcome)["SuccessfulRescale"] == f"New size: 4; reason: {reason}"


def test_a_container_that_no_pod_has_is_not_measured() -> None:
    load = "load: deploy/web\ncpu: 90m\nsettle: false"
    said = events(played(workload(), autoscaler(one_container("x")), load, "wait: 35s"))
    assert said["FailedGetContainerResourceMetric"] == (
        "failed to get cpu utilization: did not receive metrics for targeted pods (pods might be unready)"
    )


def test_a_changed_load_is_seen_once_it_was_measured() -> None:
    low, high = "load: deploy/web\ncpu: 50%\nsettle: false", "load: deploy/web\ncpu: 100%\nsettle: false"
    # Pods are measured at 45 s and 60 s, and looked at just after.
    before = (low, workload(), autoscaler(), "wait: 44s")
    assert the("Deployment", played(*before, high, "wait: 5s")).spec.replicas == 4
    just_missed = (*before, "wait: 994ms", high)
    assert the("Deployment", played(*just_missed, "wait: 14s")).spec.replicas == 2
    assert the("Deployment", played(*just_missed, "wait: 16s")).spec.replicas == 4
