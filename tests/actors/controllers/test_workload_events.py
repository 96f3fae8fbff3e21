"""What controllers of workloads say when they cannot go on, in a whole cluster."""

from __future__ import annotations

from harness.objects.event import Event
from harness.runner import play
from harness.scenario.reading import parse_scenario

POD = "{containers: [{name: c, image: app}]%s}"


def said(*steps: str) -> list[tuple[str, str]]:
    """(reason, message) of every Event about a workload in these steps, in order."""
    listed = "".join("- " + step.replace("\n", "\n  ") + "\n" for step in steps)
    outcome = play(parse_scenario(f"cluster: {{nodes: 1}}\nsteps:\n{listed}", "x.yaml"))
    found = [record.subject for step in outcome.steps for record in step.records if isinstance(record.subject, Event)]
    return [(event.reason, event.message) for event in found if event.involved_object.kind not in ("Node", "Pod")]


def test_a_replica_set_tells_why_a_pod_was_refused() -> None:
    quota = "apply: {apiVersion: v1, kind: ResourceQuota, metadata: {name: few}, spec: {hard: {pods: '1'}}}"
    deployment = (
        "apply: {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {replicas: 2, "
        f"selector: {{matchLabels: {{a: b}}}}, template: {{metadata: {{labels: {{a: b}}}}, spec: {POD % ''}}}}}}}"
    )
    (text, *_) = [message for reason, message in said(quota, deployment) if reason == "FailedCreate"]
    assert text.startswith('Error creating: pods "web-')
    assert text.endswith('" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1')


def test_a_run_that_comes_too_late_is_passed_over_without_a_word() -> None:
    job = f"{{spec: {{template: {{spec: {POD % ', restartPolicy: Never'}}}}}}}"
    cron_job = (
        "apply: {apiVersion: batch/v1, kind: CronJob, metadata: {name: report}, spec: {schedule: '0 * * * *', "
        f"suspend: true, startingDeadlineSeconds: 10, jobTemplate: {job}}}}}"
    )
    resumed = "patch: cronjob/report\nwith: {spec: {suspend: false}}"
    assert said(cron_job, "wait: 65m", resumed) == []
    assert [reason for reason, _ in said(cron_job, "wait: 65m", resumed, "wait: 1h")][:1] == ["SuccessfulCreate"]


def test_an_autoscaler_tells_of_a_metric_that_nobody_has_of_an_object() -> None:
    reference = "{apiVersion: apps/v1, kind: Deployment, name: web}"
    deployment = (
        "apply: {apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, spec: {selector: {matchLabels: {a: b}}, "
        f"template: {{metadata: {{labels: {{a: b}}}}, spec: {POD % ''}}}}}}}"
    )
    metric = (
        "{type: Object, object: {metric: {name: hits}, target: {type: Value, value: 5}, "
        "describedObject: {apiVersion: v1, kind: Service, name: web}}}"
    )
    autoscaler = (
        "apply: {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler, metadata: {name: web}, "
        f"spec: {{maxReplicas: 3, scaleTargetRef: {reference}, metrics: [{metric}]}}}}"
    )
    reasons = [reason for reason, _ in said(deployment, autoscaler, "wait: 30s")]
    assert "FailedGetObjectMetric" in reasons
