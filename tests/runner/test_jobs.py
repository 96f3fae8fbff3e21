"""Jobs and kubectl: what is refused, and what becomes of the pods of a job that is deleted."""

from __future__ import annotations

import pytest
from playing import last, played

JOB = (
    "{apiVersion: batch/v1, kind: Job, metadata: {name: work}, spec: {template: {spec: {restartPolicy: Never, "
    "terminationGracePeriodSeconds: 1, containers: [{name: c, image: 'task:v1'}]}}}}"
)


def test_job_cannot_be_scaled() -> None:
    assert last(f"create: {JOB}", "scale: job/work\nreplicas: 2").rejected == (
        "Error from server (NotFound): the server could not find the requested resource"
    )


def test_image_of_a_job_cannot_be_set() -> None:
    refused = last(f"create: {JOB}", "setImage: job/work\nimages: {c: 'task:v2'}").rejected
    assert refused is not None and refused.endswith("field is immutable")


@pytest.mark.parametrize(("cascade", "left"), [("background", 0), ("foreground", 0), ("orphan", 1)])
def test_pods_go_with_their_job_unless_it_is_told_otherwise(cascade: str, left: int) -> None:
    outcome = played(f"create: {JOB}", f"delete: job/work\ncascade: {cascade}")
    pods = [obj for obj in outcome.objects if obj.kind == "Pod"]
    assert len(pods) == left and not any(pod.metadata.finalizers for pod in pods)
    assert not any(obj.kind == "Job" for obj in outcome.objects)


def test_cron_job_takes_its_jobs_and_their_pods_along() -> None:
    body = f"{{schedule: '@hourly', jobTemplate: {{spec: {JOB.partition('spec: ')[2][:-1]}}}}}"
    cron_job = f"{{apiVersion: batch/v1, kind: CronJob, metadata: {{name: tick}}, spec: {body}}}"
    outcome = played(f"create: {cron_job}", "wait: 61m", "delete: cronjob/tick")
    assert not any(obj.kind in ("Job", "Pod", "CronJob") for obj in outcome.objects)
