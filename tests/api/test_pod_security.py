"""PodSecurity: what each level refuses, in the server's words, and what is only warned of.

Source: staging/src/k8s.io/pod-security-admission/policy and admission.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from server_world import POD, SET, ServerWorld, refusal

from harness.api.admission import warnings
from harness.objects.config import Namespace
from harness.objects.meta import Object
from harness.objects.pod import Pod
from harness.objects.statefulset import StatefulSet

LABEL = "pod-security.kubernetes.io/"
HARDENED: dict[str, Any] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
RESTRICTED_TEXT = (
    'allowPrivilegeEscalation != false (container "c" must set securityContext.allowPrivilegeEscalation=false), '
    'unrestricted capabilities (container "c" must set securityContext.capabilities.drop=["ALL"]), '
    'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true), '
    'seccompProfile (pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or '
    '"Localhost")'
)


def namespace(world: ServerWorld, **labels: str) -> Namespace:
    named = {f"{LABEL}{key.replace('_', '-')}": text for key, text in labels.items()}
    return world.make(Namespace, "shop", metadata={"labels": named})


def container(name: str = "c", **fields: Any) -> dict[str, Any]:
    return {"name": name, "image": "app:v1", **fields}


def make(world: ServerWorld, spec: dict[str, Any], **metadata: Any) -> Pod:
    return world.make(Pod, metadata={"namespace": "shop", **metadata}, spec=spec)


def refused(world: ServerWorld, level: str, spec: dict[str, Any], version: str = "latest", **metadata: Any) -> str:
    namespace(world, enforce=level, enforce_version=version)
    problem = refusal(make, world, spec, **metadata)
    assert problem.code == 403
    return problem.message.removeprefix(f'pods "web" is forbidden: violates PodSecurity "{level}:{version}": ')


def test_a_plain_pod_is_told_all_that_a_hardened_one_needs(world: ServerWorld) -> None:
    assert refused(world, "restricted", POD) == RESTRICTED_TEXT


def test_a_hardened_pod_is_let_in(world: ServerWorld) -> None:
    namespace(world, enforce="restricted")
    assert make(world, {"containers": [container(securityContext=HARDENED)]}).metadata.name == "web"


def test_baseline_lets_a_plain_pod_in_and_warns_of_nothing(world: ServerWorld) -> None:
    namespace(world, enforce="baseline")
    assert said(world, make(world, POD)) == []


def _context(**fields: Any) -> dict[str, Any]:
    return {"containers": [container(securityContext=fields)]}


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            {"containers": [container(ports=[{"containerPort": 80, "hostPort": 80}])], "hostPID": True},
            'host namespaces (hostPID=true), hostPort (container "c" uses hostPort 80)',
        ),
        (
            {"containers": [container()], "volumes": [{"name": n, "hostPath": {"path": "/"}} for n in "ab"]},
            'hostPath volumes (volumes "a", "b")',
        ),
        (
            _context(privileged=True, capabilities={"add": ["SYS_ADMIN", "CHOWN", "NET_RAW"]}),
            'non-default capabilities (container "c" must not include "NET_RAW", "SYS_ADMIN" in '
            "securityContext.capabilities.add), "
            'privileged (container "c" must not set securityContext.privileged=true)',
        ),
        (
            _context(seLinuxOptions={"type": "spc_t", "user": "root"}),
            'seLinuxOptions (container "c" set forbidden securityContext.seLinuxOptions: type "spc_t"; '
            "user may not be set)",
        ),
        (
            {"containers": [container()], "securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
            "forbidden sysctls (kernel.msgmax)",
        ),
        (
            {
                "containers": [container(securityContext={"seccompProfile": {"type": "Unconfined"}})],
                "securityContext": {"seccompProfile": {"type": "Unconfined"}},
            },
            'seccompProfile (pod and container "c" must not set securityContext.seccompProfile.type to "Unconfined")',
        ),
        (
            _context(appArmorProfile={"type": "Unconfined"}),
            'forbidden AppArmor profile (container "c" must not set AppArmor profile type to "Unconfined")',
        ),
        (
            {"containers": [container(livenessProbe={"tcpSocket": {"port": 1, "host": "10.0.0.1"}})]},
            'probe or lifecycle host (container "c" uses probe or lifecycle host "10.0.0.1")',
        ),
    ],
)
def test_baseline_refuses_what_reaches_for_the_node(world: ServerWorld, spec: dict[str, Any], text: str) -> None:
    assert refused(world, "baseline", spec) == text


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            {
                "containers": [container(securityContext=HARDENED)],
                "volumes": [
                    {"name": "a", "hostPath": {"path": "/"}},
                    {"name": "b", "nfs": {"server": "s", "path": "/"}},
                ],
            },
            'restricted volume types (volumes "a", "b" use restricted volume types "hostPath", "nfs")',
        ),
        (
            _context(**{**HARDENED, "runAsNonRoot": False, "runAsUser": 0}),
            'runAsNonRoot != true (container "c" must not set securityContext.runAsNonRoot=false), '
            'runAsUser=0 (container "c" must not set runAsUser=0)',
        ),
        (
            _context(**{**HARDENED, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE", "CHOWN"]}}),
            'unrestricted capabilities (container "c" must not include "CHOWN" in securityContext.capabilities.add)',
        ),
    ],
)
def test_restricted_refuses_what_baseline_lets_pass(world: ServerWorld, spec: dict[str, Any], text: str) -> None:
    assert refused(world, "restricted", spec) == text


def test_an_older_version_of_a_level_asks_for_less(world: ServerWorld) -> None:
    assert refused(world, "restricted", POD, "v1.7") == (
        'runAsNonRoot != true (pod or container "c" must set securityContext.runAsNonRoot=true)'
    )


def said(world: ServerWorld, obj: Object, previous: Object | None = None) -> list[str]:
    return list(warnings(obj, previous, world.server))


def test_a_template_is_warned_of_where_its_pods_will_be_refused(world: ServerWorld) -> None:
    namespace(world, enforce="restricted")
    made = world.make(StatefulSet, metadata={"namespace": "shop"}, spec=SET)
    assert said(world, made) == [f'would violate PodSecurity "restricted:latest": {RESTRICTED_TEXT}']


def test_a_namespace_may_warn_of_more_than_it_refuses(world: ServerWorld) -> None:
    namespace(world, enforce="baseline", warn="restricted", warn_version="v1.7")
    (text,) = said(world, make(world, POD))
    assert text.startswith('would violate PodSecurity "restricted:v1.7": runAsNonRoot != true')


def test_a_level_to_audit_is_not_told_to_anybody(world: ServerWorld) -> None:
    namespace(world, audit="restricted")
    assert said(world, make(world, POD)) == []


def test_a_change_of_a_pod_is_judged_only_for_its_images(world: ServerWorld) -> None:
    shop = namespace(world)
    made = make(world, POD)
    world.server.update(replace(shop, metadata=replace(shop.metadata, labels={f"{LABEL}enforce": "restricted"})))
    labelled = world.server.update(replace(made, metadata=replace(made.metadata, labels={"a": "b"})))
    (only,) = labelled.spec.containers
    other = replace(labelled.spec, containers=(replace(only, image="app:v2"),))
    assert refusal(world.server.update, replace(labelled, spec=other)).reason == "Forbidden"


def test_a_stricter_level_is_warned_of_for_pods_that_are_there(world: ServerWorld) -> None:
    shop = namespace(world)
    for name in ("a", "b", "c"):
        world.make(Pod, name, metadata={"namespace": "shop"}, spec={**POD, "hostPID": name == "c"})
    raised = replace(shop.metadata, labels={**shop.metadata.labels, f"{LABEL}enforce": "restricted"})
    plain = "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != true, seccompProfile"
    assert said(world, world.server.update(replace(shop, metadata=raised)), shop) == [
        'existing pods in namespace "shop" violate the new PodSecurity enforce level "restricted:latest"',
        f"a (and 1 other pod): {plain}",
        f"c: host namespaces, {plain}",
    ]


def test_labels_that_name_no_level_are_refused(world: ServerWorld) -> None:
    problem = refusal(namespace, world, enforce="strict", warn_version="1.30")
    assert problem.message == (
        'Namespace "shop" is invalid: [metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: "strict": '
        "must be one of privileged, baseline, restricted, metadata.labels[pod-security.kubernetes.io/warn-version]: "
        'Invalid value: "1.30": must be "latest" or "v1.x"]'
    )
