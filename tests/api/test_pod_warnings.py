"""What the API server warns of in pods, templates, services and ingresses, while it takes them."""

from __future__ import annotations

from typing import Any

import pytest

from harness.api.warnings import warnings
from harness.objects.schemas import type_of
from harness.objects.wire import from_wire


def warned(api_version: str, kind: str, document: dict[str, Any]) -> tuple[str, ...]:
    type_ = type_of(api_version, kind)
    assert type_ is not None
    return warnings(from_wire(document, type_))


def of_pod(spec: dict[str, Any], **annotations: str) -> tuple[str, ...]:
    metadata = {
        "name": "a",
        "annotations": {key.replace("__", "/").replace("_", "."): annotations[key] for key in annotations},
    }
    return warned(
        "v1", "Pod", {"metadata": metadata, "spec": {"containers": [{"name": "c", **spec.pop("c", {})}], **spec}}
    )


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"nodeSelector": {"beta.kubernetes.io/os": "linux"}},
            'spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
        ),
        ({"imagePullSecrets": [{"name": ""}]}, 'spec.imagePullSecrets[0].name: invalid empty name ""'),
        ({"hostAliases": [{"ip": "10.0.0.1"}] * 2}, 'spec.hostAliases[1].ip: duplicate ip "10.0.0.1"'),
        (
            {"c": {"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}},
            'spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
        ),
        (
            {"c": {"ports": [{"containerPort": 80}, {"containerPort": 80, "name": "again"}]}},
            "spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]",
        ),
        (
            {"c": {"resources": {"limits": {"memory": "100m"}}}},
            'spec.containers[0].resources.limits[memory]: fractional byte value "100m" is invalid, must be an integer',
        ),
        (
            {"terminationGracePeriodSeconds": -1},
            "spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1",
        ),
        (
            {"topologySpreadConstraints": [{"topologyKey": "zone"}]},
            "spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod",
        ),
    ],
)
def test_a_pod_is_warned_of(spec: dict[str, Any], said: str) -> None:
    assert of_pod(dict(spec)) == (said,)


def test_a_variable_made_of_the_one_before_is_not_warned_of() -> None:
    env = [{"name": "A", "value": "1"}, {"name": "A", "value": "$(A)2"}]
    assert of_pod({"c": {"env": env}}) == ()


def test_annotations_whose_field_has_long_come_are_warned_of() -> None:
    assert of_pod({}, seccomp_security_alpha_kubernetes_io__pod="x") == (
        "metadata.annotations[seccomp.security.alpha.kubernetes.io/pod]: "
        'non-functional in v1.27+; use the "seccompProfile" field instead',
    )


@pytest.mark.parametrize(
    ("api_version", "kind", "path"),
    [
        ("apps/v1", "Deployment", "spec.template."),
        ("apps/v1", "DaemonSet", "spec.template."),
        ("apps/v1", "ReplicaSet", "spec.template."),
        ("batch/v1", "Job", "spec.template."),
        ("batch/v1", "CronJob", "spec.jobTemplate.spec.template."),
        ("v1", "ReplicationController", "spec.template."),
        ("v1", "PodTemplate", "template."),
    ],
)
def test_a_template_is_warned_of_as_its_pods_would_be(api_version: str, kind: str, path: str) -> None:
    document: dict[str, Any] = {"spec": {"terminationGracePeriodSeconds": -1}}
    for key in reversed(path.rstrip(".").split(".")):
        document = {key: document}
    (said,) = warned(api_version, kind, {"metadata": {"name": "a"}, **document})
    assert said.startswith(f"{path}spec.terminationGracePeriodSeconds: ")


def test_a_name_that_makes_no_host_name_is_warned_of() -> None:
    surprising = "which can result in surprising behavior; a DNS label is recommended: [must not contain dots]"
    assert warned("apps/v1", "Deployment", {"metadata": {"name": "a.b"}}) == (
        f"metadata.name: this is used in Pod names and hostnames, {surprising}",
    )
    assert warned("v1", "Pod", {"metadata": {"name": "a.b"}}) == (
        f"metadata.name: this is used in the Pod's hostname, {surprising}",
    )


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (
            {"externalIPs": ["10.0.0.1"]},
            "spec.externalIPs is deprecated and may no longer be implemented in some clusters",
        ),
        ({"externalName": "example.com"}, 'spec.externalName is ignored when spec.type is not "ExternalName"'),
        (
            {"trafficDistribution": "PreferClose"},
            'spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"',
        ),
    ],
)
def test_a_service_is_warned_of(spec: dict[str, Any], said: str) -> None:
    document = {"metadata": {"name": "a"}, "spec": {"type": "ClusterIP", "sessionAffinity": "None", **spec}}
    assert warned("v1", "Service", document) == (said,)


def test_an_ingress_that_names_its_class_as_of_old_is_warned_of() -> None:
    metadata = {"name": "a", "annotations": {"kubernetes.io/ingress.class": "nginx"}}
    assert warned("networking.k8s.io/v1", "Ingress", {"metadata": metadata}) == (
        "annotation \"kubernetes.io/ingress.class\" is deprecated, please use 'spec.ingressClassName' instead",
    )
