"""What a client is warned of in pods, templates and Ingresses. Source: pkg/api/pod/warnings.go."""

from __future__ import annotations

from typing import Any

import pytest
from server_world import SET, ServerWorld

from harness.api.warnings import warnings
from harness.objects.apps import Deployment
from harness.objects.batch import CronJob, Job
from harness.objects.networking import Ingress, IngressClass
from harness.objects.pod import Pod


def pod(spec: dict[str, Any], **metadata: Any) -> tuple[str, ...]:
    world = ServerWorld()
    containers = [{"name": "c", "image": "app:v1"}]
    return warnings(world.make(Pod, metadata=metadata, spec={"containers": containers, **spec}))


def container(**fields: Any) -> dict[str, Any]:
    return {"containers": [{"name": "c", "image": "app:v1", **fields}]}


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({}, ()),
        (
            {"nodeSelector": {"beta.kubernetes.io/os": "linux"}},
            ('spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',),
        ),
        (
            {"topologySpreadConstraints": [
                {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway"}
            ]},
            ("spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",),
        ),
        (
            {"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}, {"ip": "10.0.0.1", "hostnames": ["b"]}]},
            ('spec.hostAliases[1].ip: duplicate ip "10.0.0.1"',),
        ),
        (
            {"imagePullSecrets": [{"name": "a"}, {"name": "a"}, {"name": ""}]},
            (
                'spec.imagePullSecrets[1].name: duplicate name "a"',
                'spec.imagePullSecrets[2].name: invalid empty name ""',
            ),
        ),
        (
            container(env=[{"name": "A", "value": "1"}, {"name": "A", "value": "2"}, {"name": "A", "value": "$(A)3"}]),
            (
                'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
            ),
        ),
        (
            container(resources={"limits": {"memory": "100m"}}),
            (
                'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is '
                'invalid, must be an integer',
                'spec.containers[0].resources.requests[memory]: fractional byte value "100m" is invalid, must be an '
                "integer",
            ),
        ),
        (
            container(ports=[{"name": "a", "containerPort": 80}, {"name": "b", "containerPort": 80}]),
            ("spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",),
        ),
        (
            container(ports=[{"containerPort": 80, "hostPort": 80}, {"containerPort": 80, "hostPort": 0}]),
            ("spec.containers[0].ports[1]: overlapping port definition with spec.containers[0].ports[0]",),
        ),
        (
            container(ports=[{"containerPort": 80, "hostIP": "10.0.0.1"}]),
            (
                "spec.containers[0].ports[0]: hostIP set without hostPort: "
                "{Name: HostPort:0 ContainerPort:80 Protocol:TCP HostIP:10.0.0.1}",
            ),
        ),
        (
            {"volumes": [{"name": "v", "configMap": {"name": "m", "items": [
                {"key": "a", "path": "a"}, {"key": "b", "path": "a/b"}
            ]}}]},
            ('volume "v" (ConfigMap "m"): overlapping paths: "a/b" with "a"',),
        ),
        (
            {"volumes": [{"name": "v", "projected": {"sources": [
                {"secret": {"name": "s", "items": [{"key": "a", "path": "t"}]}},
                {"serviceAccountToken": {"path": "t/u"}},
            ]}}]},
            ('volume "v" (Projected ServiceAccountToken): overlapping paths: "t/u" with "t"',),
        ),
    ],
)  # fmt: skip
def test_a_new_pod_is_warned_of(spec: dict[str, Any], told: tuple[str, ...]) -> None:
    assert pod(spec) == told


def test_annotations_that_fields_have_replaced_are_warned_of() -> None:
    annotations = {"scheduler.alpha.kubernetes.io/critical-pod": "", "seccomp.security.alpha.kubernetes.io/pod": "x"}
    assert pod({}, annotations=annotations) == (
        "metadata.annotations[scheduler.alpha.kubernetes.io/critical-pod]: non-functional in v1.16+; "
        'use the "priorityClassName" field instead',
        "metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: non-functional in v1.27+; "
        'use the "seccompProfile" field instead',
    )


def test_a_name_with_dots_is_warned_of_at_creation_only() -> None:
    world = ServerWorld()
    made = world.make(Deployment, "web.v1")
    (text,) = warnings(made)
    assert text == (
        "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; "
        "a DNS label is recommended: [must not contain dots]"
    )
    assert warnings(made, made) == ()


def test_a_template_is_warned_of_by_its_path_when_it_is_new_or_changed() -> None:
    world = ServerWorld()
    template = {**SET["template"], "spec": {**SET["template"]["spec"], "terminationGracePeriodSeconds": -1}}
    made = world.make(Deployment, spec={"selector": SET["selector"], "template": template})
    text = "must be >= 0; negative values are invalid and will be treated as 1"
    assert warnings(made) == (f"spec.template.spec.terminationGracePeriodSeconds: {text}",)
    assert warnings(made, made) == ()
    cron = {"spec": {"template": {"spec": {**template["spec"], "restartPolicy": "Never"}}}}
    job = world.make(CronJob, spec={"schedule": "@daily", "jobTemplate": cron})
    assert warnings(job) == (f"spec.jobTemplate.spec.template.spec.terminationGracePeriodSeconds: {text}",)


def test_more_indexes_than_a_job_can_keep_count_of_are_warned_of() -> None:
    world = ServerWorld()
    template = {"spec": {**SET["template"]["spec"], "restartPolicy": "Never"}}
    spec = {"completionMode": "Indexed", "completions": 100_001, "parallelism": 10_001, "template": template}
    text = (
        "In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes "
        "might not be able to track completedIndexes when a big number of indexes fail"
    )
    made = world.make(Job, spec=spec)
    assert warnings(made) == (f"spec: {text}",) and warnings(made, made) == ()
    assert warnings(world.make(Job, "less", spec={**spec, "parallelism": 10_000})) == ()
    job = world.make(CronJob, spec={"schedule": "@daily", "jobTemplate": {"spec": spec}})
    assert warnings(job) == (f"spec.jobTemplate.spec: {text}",)


def test_the_old_way_to_name_the_class_of_an_ingress_is_warned_of() -> None:
    world = ServerWorld()
    annotations = {"kubernetes.io/ingress.class": "nginx"}
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    made = world.make(Ingress, metadata={"annotations": annotations}, spec={"defaultBackend": backend})
    assert warnings(made) == (
        "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead",
    )


def test_an_ingress_without_a_class_gets_the_newest_default_one() -> None:
    world = ServerWorld()
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    default = {"annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    assert world.make(Ingress, "first", spec={"defaultBackend": backend}).spec.ingress_class_name is None
    for name in ("older", "newer"):
        world.make(IngressClass, name, metadata=default, spec={"controller": "example.com/c"})
        world.pass_seconds(5)
    assert world.make(Ingress, "second", spec={"defaultBackend": backend}).spec.ingress_class_name == "newer"
    chosen = world.make(Ingress, "third", spec={"defaultBackend": backend, "ingressClassName": "older"})
    assert chosen.spec.ingress_class_name == "older"
