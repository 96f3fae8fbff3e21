"""Revision names are the ones a real cluster gives."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.objects.hashes import (
    canonical_bytes,
    fnv_1,
    revision_data,
    revision_hash,
    revision_name,
    safe_encode,
    template_hash,
)
from harness.objects.pod import PodTemplateSpec, Toleration
from harness.objects.wire import from_wire


def template(labels: dict[str, str], container: dict[str, Any], **metadata: Any) -> PodTemplateSpec:
    """A pod template as the API server stores it."""
    defaults = {
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
        "imagePullPolicy": "IfNotPresent",
    }
    spec = {
        "containers": [{**defaults, **container}],
        "dnsPolicy": "ClusterFirst",
        "restartPolicy": "Always",
        "schedulerName": "default-scheduler",
        "securityContext": {},
        "terminationGracePeriodSeconds": 30,
    }
    return from_wire({"metadata": {"labels": labels, **metadata}, "spec": spec}, PodTemplateSpec)


UPSTREAM = template(
    {"app": "foo"},
    {"name": "test", "image": "test", "imagePullPolicy": "Always"},
    annotations={"test": "value"},
)
MYAPP = template(
    {"app": "myapp-pod"},
    {
        "name": "myapp-pod",
        "image": "ikubernetes/myapp:v1",
        "ports": [{"containerPort": 80, "name": "web", "protocol": "TCP"}],
        "volumeMounts": [{"name": "myappdata", "mountPath": "/usr/share/nginx/html"}],
    },
)
NGINX_27 = template({"app": "web"}, {"name": "c", "image": "nginx:1.27"})
NGINX_28 = template({"app": "web"}, {"name": "c", "image": "nginx:1.28"})


@pytest.mark.parametrize(
    ("stored", "collisions", "expected"),
    [
        (UPSTREAM, 0, "776999688b"),
        (MYAPP, 0, "57ff9c7569"),
        (NGINX_27, 0, "6578754d74"),
        (NGINX_28, 0, "68f6898675"),
        (NGINX_27, 1, "6578754d75"),
        (NGINX_28, 1, "68f6898674"),
    ],
)
def test_a_template_has_the_revision_hash_of_a_real_cluster(
    stored: PodTemplateSpec, collisions: int, expected: str
) -> None:
    assert revision_hash(revision_data(stored), collisions) == expected


def test_the_stored_bytes_are_sorted_and_compact() -> None:
    stored = canonical_bytes(revision_data(NGINX_27)).decode()
    assert stored.startswith('{"spec":{"template":{"$patch":"replace","metadata":{"labels":{"app":"web"}},"spec":{')
    assert len(canonical_bytes(revision_data(UPSTREAM))) == 432


def test_the_stored_bytes_are_escaped_as_go_escapes_them() -> None:
    data = {"a": "<&>\u2028\u2029\u00e9\n\b\x01"}
    assert canonical_bytes(data) == '{"a":"\\u003c\\u0026\\u003e\\u2028\\u2029é\\n\\b\\u0001"}'.encode()


def test_the_hash_is_fnv_1_in_an_alphabet_without_vowels() -> None:
    assert fnv_1(b"") == 0x811C9DC5
    assert fnv_1(b"a") == 0x050C5D7E
    assert safe_encode("0123456789") == "456789bcdf"


def test_a_long_set_name_leaves_room_for_the_hash() -> None:
    assert revision_name("web", "6578754d74") == "web-6578754d74"
    assert revision_name("x" * 240, "h") == f"{'x' * 223}-h"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("nginx:1.7.9", "7fd78c6d7d"),
        ("nginx:1.9.1", "6b84577b5b"),
        ("nginx:broken", "6d9656f6db"),
        ("nginx:1.10", "7f8bcdbc9c"),
    ],
)
def test_a_template_has_the_pod_template_hash_of_a_real_cluster(image: str, expected: str) -> None:
    container = {"name": "nginx", "image": image, "ports": [{"containerPort": 80, "protocol": "TCP"}]}
    assert template_hash(in_a_second(template({"app": "nginx"}, container))) == expected


def test_resources_and_tolerations_are_part_of_the_pod_template_hash() -> None:
    stored = in_a_second(
        template(
            {"name": "fluentd-elasticsearch"},
            {
                "name": "fluentd-elasticsearch",
                "image": "fluent/fluentd:v1",
                "resources": {"limits": {"memory": "200Mi"}, "requests": {"cpu": "100m", "memory": "200Mi"}},
            },
        )
    )
    toleration = Toleration(key="node-role.kubernetes.io/master", effect="NoSchedule")
    stored = replace(stored, spec=replace(stored.spec, tolerations=(toleration,)))
    assert template_hash(stored) == "5867bd9cd9"


def test_a_collision_gives_another_pod_template_hash() -> None:
    hashes = {template_hash(NGINX_27, collisions) for collisions in (None, 0, 1)}
    assert len(hashes) == 3


def in_a_second(stored: PodTemplateSpec) -> PodTemplateSpec:
    """The template with a grace period of a second."""
    return replace(stored, spec=replace(stored.spec, termination_grace_period_seconds=1))
