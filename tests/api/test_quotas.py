"""ResourceQuota at admission: what is measured, what is refused, and what is booked.

Source: staging/src/k8s.io/apiserver/pkg/admission/plugin/resourcequota and pkg/quota/v1/evaluator/core.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from server_world import CLAIM, POD, SET, ServerWorld, refusal

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import ConfigMap, Secret
from harness.objects.pod import Pod
from harness.objects.policy import PriorityClass
from harness.objects.quota import ResourceQuota
from harness.objects.service import Service
from harness.objects.statefulset import StatefulSet
from harness.objects.storage import StorageClass


def limit(world: ServerWorld, hard: dict[str, str], name: str = "team", **spec: Any) -> ResourceQuota:
    """A quota that the controller has counted while nothing was used."""
    quota = world.make(ResourceQuota, name, spec={"hard": hard, **spec})
    status = replace(quota.status, hard=quota.spec.hard, used=dict.fromkeys(hard, "0"))
    return world.server.update_status(replace(quota, status=status))


def used(world: ServerWorld, name: str = "team") -> dict[str, str]:
    quota = world.server.find(ResourceQuota, "default", name)
    assert quota is not None
    return quota.status.used


def pod(**resources: Any) -> dict[str, Any]:
    return {"containers": [{"name": "c", "image": "app", "resources": resources}]}


def refused(*arguments: Any, **fields: Any) -> str:
    problem = refusal(*arguments, **fields)
    assert problem.code == 403
    return problem.message.split(" is forbidden: ")[1]


def test_a_pod_is_booked_in_the_notation_of_its_requests(world: ServerWorld) -> None:
    limit(world, {"pods": "5", "requests.memory": "1Gi", "limits.cpu": "2", "cpu": "1"})
    for name in ("a", "b"):
        world.make(Pod, name, spec=pod(requests={"memory": "64Mi", "cpu": "250m"}, limits={"cpu": "1"}))
    assert used(world) == {"pods": "2", "requests.memory": "128Mi", "limits.cpu": "2", "cpu": "500m"}


def test_the_booking_is_written_just_before_the_pod(world: ServerWorld) -> None:
    limit(world, {"pods": "5"})
    world.make(Pod)
    assert [record.subject.kind for record in world.trace.records[-2:]] == ["ResourceQuota", "Pod"]


def test_only_what_is_exceeded_is_told(world: ServerWorld) -> None:
    limit(world, {"requests.cpu": "500m", "requests.memory": "1Gi", "pods": "1"})
    wanted = pod(requests={"cpu": "300m", "memory": "100Mi"})
    world.make(Pod, "a", spec=wanted)
    assert refused(world.make, Pod, "b", spec=wanted) == (
        "exceeded quota: team, requested: pods=1,requests.cpu=300m, used: pods=1,requests.cpu=300m, "
        "limited: pods=1,requests.cpu=500m"
    )
    assert used(world)["pods"] == "1"


def test_every_container_must_say_what_a_quota_counts(world: ServerWorld) -> None:
    limit(world, {"requests.cpu": "1", "limits.memory": "1Gi", "requests.nvidia.com/gpu": "1"})
    containers = [
        {"name": name, "image": "app", "resources": given}
        for name, given in (("c", {}), ("a", {"requests": {"cpu": "1m"}}))
    ]
    assert refused(world.make, Pod, spec={"containers": containers}) == (
        "failed quota: team: must specify limits.memory for: a,c; requests.cpu for: c"
    )


def test_a_pod_that_names_amounts_for_all_its_containers_need_not_repeat_them(world: ServerWorld) -> None:
    limit(world, {"requests.cpu": "1"})
    world.make(Pod, spec={**POD, "resources": {"requests": {"cpu": "400m"}}})
    assert used(world) == {"requests.cpu": "400m"}


def with_deadline(stored: Pod) -> Pod:
    return replace(stored, spec=replace(stored.spec, active_deadline_seconds=60))


def test_a_pod_that_is_given_a_deadline_is_booked_where_pods_with_one_are_counted(world: ServerWorld) -> None:
    limit(world, {"pods": "1"}, "short", scopes=["Terminating"])
    first, second = world.make(Pod, "a"), world.make(Pod, "b")
    assert used(world, "short") == {"pods": "0"}
    world.server.modify(first, with_deadline)
    assert used(world, "short") == {"pods": "1"}
    assert refused(world.server.modify, second, with_deadline) == (
        "exceeded quota: short, requested: pods=1, used: pods=1, limited: pods=1"
    )


def test_a_pod_that_keeps_its_scope_is_not_booked_again(world: ServerWorld) -> None:
    limit(world, {"pods": "1"}, "short", scopes=["Terminating"])
    made = world.make(Pod, "a", spec={**POD, "activeDeadlineSeconds": 100})
    world.server.modify(made, with_deadline)
    assert used(world, "short") == {"pods": "1"}


def test_a_quota_nobody_has_counted_binds_nobody(world: ServerWorld) -> None:
    world.make(ResourceQuota, "team", spec={"hard": {"pods": "0"}})
    assert world.make(Pod).metadata.name == "web"


def test_a_quota_whose_use_is_not_known_lets_nothing_in(world: ServerWorld) -> None:
    quota = limit(world, {"pods": "2", "cpu": "1", "services": "1"})
    world.server.update_status(replace(quota, status=replace(quota.status, used={"pods": "0", "services": "0"})))
    assert refused(world.make, Pod, spec=pod(requests={"cpu": "1"})) == (
        "status unknown for quota: team, resources: cpu,pods"
    )
    assert world.make(Service).metadata.name == "web"


def test_nothing_is_booked_where_one_of_two_quotas_refuses(world: ServerWorld) -> None:
    limit(world, {"pods": "5"}, "a-wide")
    limit(world, {"pods": "0"}, "b-narrow")
    assert refused(world.make, Pod).startswith("exceeded quota: b-narrow, requested: pods=1, used: pods=0")
    assert used(world, "a-wide") == {"pods": "0"}


@pytest.mark.parametrize(
    ("scope", "spec", "counted"),
    [
        ("BestEffort", pod(), "1"),
        ("NotBestEffort", pod(), "0"),
        ("Terminating", {**POD, "activeDeadlineSeconds": 60}, "1"),
        ("NotTerminating", {**POD, "activeDeadlineSeconds": 60}, "0"),
        ("PriorityClass", {**POD, "priorityClassName": "high"}, "1"),
        ("PriorityClass", POD, "0"),
        (
            "CrossNamespacePodAffinity",
            {
                **POD,
                "affinity": {
                    "podAffinity": {
                        "requiredDuringSchedulingIgnoredDuringExecution": [
                            {"topologyKey": "zone", "namespaces": ["other"]}
                        ]
                    }
                },
            },
            "1",
        ),
    ],
)
def test_a_quota_with_a_scope_counts_pods_within_it_only(
    world: ServerWorld, scope: str, spec: dict[str, Any], counted: str
) -> None:
    world.make(PriorityClass, "high", value=5)
    limit(world, {"pods": "2"}, scopes=[scope])
    world.make(Pod, spec=spec)
    assert used(world) == {"pods": counted}


@pytest.mark.parametrize(
    ("operator", "values", "counted"),
    [("In", ["high"], 1), ("NotIn", ["high"], 2), ("Exists", [], 2), ("DoesNotExist", [], 1)],
)
def test_a_scope_selector_picks_priority_classes(
    world: ServerWorld, operator: str, values: list[str], counted: int
) -> None:
    for name in ("high", "low"):
        world.make(PriorityClass, name, value=5)
    selected = {"scopeName": "PriorityClass", "operator": operator, "values": values}
    limit(world, {"pods": "9"}, scopeSelector={"matchExpressions": [selected]})
    for name, class_name in (("a", "high"), ("b", "low"), ("c", "")):
        world.make(Pod, name, spec={**POD, "priorityClassName": class_name})
    assert used(world) == {"pods": str(counted)}


def claim(size: str, **spec: Any) -> dict[str, Any]:
    return {**CLAIM, "resources": {"requests": {"storage": size}}, **spec}


def test_claims_are_counted_by_storage_and_by_class(world: ServerWorld) -> None:
    gold = "gold.storageclass.storage.k8s.io/"
    limit(world, {"requests.storage": "10Gi", f"{gold}requests.storage": "2Gi", f"{gold}persistentvolumeclaims": "5"})
    world.make(PersistentVolumeClaim, "a", spec=claim("1Gi", storageClassName="gold"))
    world.make(PersistentVolumeClaim, "b", spec=claim("1500m"))
    assert used(world) == {
        "requests.storage": "1073741826",
        f"{gold}requests.storage": "1Gi",
        f"{gold}persistentvolumeclaims": "1",
    }
    assert refused(world.make, PersistentVolumeClaim, "c", spec=claim("2Gi", storageClassName="gold")) == (
        f"exceeded quota: team, requested: {gold}requests.storage=2Gi, used: {gold}requests.storage=1Gi, "
        f"limited: {gold}requests.storage=2Gi"
    )


def test_a_claim_that_grows_is_booked_for_what_it_grows_by(world: ServerWorld) -> None:
    world.make(StorageClass, "gold", allowVolumeExpansion=True)
    made = world.make(PersistentVolumeClaim, spec=claim("2Gi", storageClassName="gold", volumeName="disk"))
    bound = world.server.update_status(replace(made, status=replace(made.status, phase="Bound")))
    limit(world, {"requests.storage": "5Gi", "persistentvolumeclaims": "1"})
    labelled = world.server.update(replace(bound, metadata=replace(bound.metadata, labels={"a": "b"})))
    assert used(world) == {"requests.storage": "0", "persistentvolumeclaims": "0"}
    resources = replace(labelled.spec.resources, requests={"storage": "5Gi"})
    world.server.update(replace(labelled, spec=replace(labelled.spec, resources=resources)))
    assert used(world) == {"requests.storage": "3Gi", "persistentvolumeclaims": "0"}


def test_services_are_counted_by_what_they_open(world: ServerWorld) -> None:
    limit(world, {"services": "3", "services.nodeports": "2", "services.loadbalancers": "1"})
    ports = [{"port": 80, "name": "a"}, {"port": 81, "name": "b"}]
    plain = world.make(Service, "plain", spec={"ports": ports})
    world.make(Service, "open", spec={"ports": ports, "type": "NodePort"})
    assert used(world) == {"services": "2", "services.nodeports": "2", "services.loadbalancers": "0"}
    problem = refused(world.server.update, replace(plain, spec=replace(plain.spec, type="LoadBalancer")))
    assert problem == (
        "exceeded quota: team, requested: services.nodeports=2, used: services.nodeports=2, "
        "limited: services.nodeports=2"
    )


def test_objects_of_any_kind_are_counted_by_resource(world: ServerWorld) -> None:
    limit(world, {"count/statefulsets.apps": "1", "configmaps": "1", "count/secrets": "1"})
    world.make(StatefulSet, spec=SET)
    world.make(ConfigMap)
    world.make(Secret)
    for type_, name in ((StatefulSet, "count/statefulsets.apps"), (ConfigMap, "configmaps"), (Secret, "count/secrets")):
        assert refused(world.make, type_, "more") == (
            f"exceeded quota: team, requested: {name}=1, used: {name}=1, limited: {name}=1"
        )


def test_what_is_booked_for_an_object_that_exists_already_stays_booked(world: ServerWorld) -> None:
    world.make(ConfigMap)
    limit(world, {"configmaps": "1"})
    assert refusal(world.make, ConfigMap).reason == "AlreadyExists"
    assert refused(world.make, ConfigMap).startswith(
        "exceeded quota: team, requested: configmaps=1, used: configmaps=1"
    )


def test_a_pod_that_is_not_valid_is_not_booked(world: ServerWorld) -> None:
    limit(world, {"pods": "1"})
    assert refusal(world.make, Pod, spec={"containers": []}).reason == "Invalid"
    assert used(world) == {"pods": "0"}


@pytest.mark.parametrize(
    ("spec", "problems"),
    [
        (
            {"hard": {"limit.cpu": "1"}},
            [
                'hard[limit.cpu]: Invalid value: "limit.cpu": must be a standard resource type or fully qualified',
                'hard[limit.cpu]: Invalid value: "limit.cpu": must be a standard resource for quota',
            ],
        ),
        ({"hard": {"pods": "-1"}}, ['hard[pods]: Invalid value: "-1": must be greater than or equal to 0']),
        ({"hard": {"count/pods": "500m"}}, ['hard[count/pods]: Invalid value: "500m": must be an integer']),
        (
            {"hard": {"services": "1"}, "scopes": ["BestEffort", "NotBestEffort"]},
            [
                'scopes: Invalid value: ["BestEffort","NotBestEffort"]: unsupported scope applied to resource',
                'scopes: Invalid value: ["BestEffort","NotBestEffort"]: unsupported scope applied to resource',
                'scopes: Invalid value: ["BestEffort","NotBestEffort"]: conflicting scopes',
            ],
        ),
        (
            {"scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In"}]}},
            [
                "scopeSelector.matchExpressions.values: Required value: must be at least one value when `operator` is "
                "'In' or 'NotIn' for scope selector"
            ],
        ),
    ],
)
def test_a_quota_that_counts_what_cannot_be_counted_is_refused(
    world: ServerWorld, spec: dict[str, Any], problems: list[str]
) -> None:
    problem = refusal(world.make, ResourceQuota, spec=spec)
    assert [str(cause) for cause in problem.details.causes] == [f"spec.{text}" for text in problems]


def test_the_scopes_of_a_quota_stay(world: ServerWorld) -> None:
    quota = world.make(ResourceQuota, spec={"hard": {"pods": "1"}})
    problem = refusal(world.server.update, replace(quota, spec=replace(quota.spec, scopes=("BestEffort",))))
    assert [str(cause) for cause in problem.details.causes] == [
        'spec.scopes: Invalid value: ["BestEffort"]: field is immutable'
    ]
