"""What differs from kind to kind when an object is made, changed or scaled."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from server_world import ServerWorld, refusal

from harness.api import kinds, patching
from harness.api.patching import JSON, MERGE, STRATEGIC
from harness.objects import resources, schemas
from harness.objects.admission_registration import ValidatingWebhookConfiguration
from harness.objects.apps import DaemonSet, Deployment, DeploymentStatus, ReplicaSet
from harness.objects.batch import CronJob, Job
from harness.objects.meta import Object
from harness.objects.rbac import Role
from harness.objects.replication import ReplicationController

GENERATION_LABEL = "deprecated.daemonset.template.generation"
UID_LABELS = ("batch.kubernetes.io/controller-uid", "controller-uid")
NAME_LABELS = ("batch.kubernetes.io/job-name", "job-name")


def patch(world: ServerWorld, obj: Object, type_: str, body: Any, *, subresource: str = "") -> Any:
    kind, metadata = kinds.of_object(obj), obj.metadata
    return patching.patch(world.server, kind, metadata.namespace, metadata.name, type_, body, subresource=subresource)[
        0
    ]


def test_every_built_in_kind_is_one_the_server_can_store() -> None:
    for resource in resources.RESOURCES:
        kind = kinds.of_resource(resource)
        assert kind.key == resource.group_resource
        typed = schemas.type_of(resource.api_version, resource.kind)
        assert typed is None or kinds.BY_TYPE[typed] == kind


# Generation


@pytest.mark.parametrize("type_", [Deployment, ReplicaSet, DaemonSet, ReplicationController])
def test_a_change_of_the_spec_moves_the_generation(world: ServerWorld, type_: type[Object]) -> None:
    made = world.make(type_)
    assert made.metadata.generation == 1
    assert patch(world, made, MERGE, {"spec": {"minReadySeconds": 5}}).metadata.generation == 2


def test_an_annotation_moves_the_generation_of_a_deployment_and_of_nothing_else(world: ServerWorld) -> None:
    body = {"metadata": {"annotations": {"a": "b"}}}
    assert patch(world, world.make(Deployment), MERGE, body).metadata.generation == 2
    assert patch(world, world.make(ReplicaSet), MERGE, body).metadata.generation == 1


def test_an_annotation_written_with_the_status_does_not_move_the_generation(world: ServerWorld) -> None:
    made = world.make(Deployment)
    noted = replace(made.metadata, annotations={"deployment.kubernetes.io/revision": "1"})
    written = world.server.update_status(replace(made, metadata=noted, status=DeploymentStatus(replicas=1)))
    assert (written.metadata.generation, written.metadata.annotations) == (1, noted.annotations)


HOOK = {
    "name": "w.example.com",
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "clientConfig": {"url": "https://example.com/check"},
}


def test_what_has_no_spec_moves_its_generation_with_all_it_has_or_never(world: ServerWorld) -> None:
    webhooks = world.make(ValidatingWebhookConfiguration)
    assert patch(world, webhooks, MERGE, {"metadata": {"labels": {"a": "b"}}}).metadata.generation == 1
    assert patch(world, webhooks, MERGE, {"webhooks": [HOOK]}).metadata.generation == 2
    assert world.make(Role).metadata.generation == 0


def test_a_new_object_has_no_status_but_what_the_server_gives_it(world: ServerWorld) -> None:
    made = world.make(Deployment, status={"replicas": 7})
    assert made.status == DeploymentStatus()


def test_the_status_and_the_rest_are_written_apart(world: ServerWorld) -> None:
    made = world.make(Deployment)
    both = {"spec": {"replicas": 4}, "status": {"replicas": 4}}
    assert patch(world, made, MERGE, both).status.replicas == 0
    written = patch(world, made, MERGE, {**both, "spec": {"replicas": 9}}, subresource="status")
    assert (written.spec.replicas, written.status.replicas) == (4, 4)


# DaemonSets and jobs


def test_the_templates_of_a_daemon_set_are_counted(world: ServerWorld) -> None:
    made = world.make(DaemonSet)
    assert made.metadata.annotations == {GENERATION_LABEL: "1"}
    same = patch(world, made, MERGE, {"spec": {"minReadySeconds": 5}, "metadata": {"annotations": None}})
    assert same.metadata.annotations == {GENERATION_LABEL: "1"}
    body = {"spec": {"template": {"spec": {"terminationGracePeriodSeconds": 5}}}}
    assert patch(world, made, MERGE, body).metadata.annotations == {GENERATION_LABEL: "2"}


def test_a_job_selects_its_pods_by_its_uid(world: ServerWorld) -> None:
    job = world.make(Job, "work")
    uid = job.metadata.uid
    labels = {**dict.fromkeys(NAME_LABELS, "work"), **dict.fromkeys(UID_LABELS, uid)}
    assert job.spec.selector is not None
    assert job.spec.selector.match_labels == {UID_LABELS[0]: uid}
    assert job.spec.template.metadata.labels == labels
    assert job.metadata.labels == labels


def test_a_job_with_labels_of_its_own_keeps_to_them(world: ServerWorld) -> None:
    assert world.make(Job, metadata={"labels": {"a": "b"}}).metadata.labels == {"a": "b"}


# Scaling and patching


@pytest.mark.parametrize("type_", [Deployment, ReplicaSet, ReplicationController])
def test_what_keeps_a_number_of_pods_is_scaled(world: ServerWorld, type_: type[Object]) -> None:
    made = world.make(type_)
    kind = kinds.BY_TYPE[type_]
    scaled: Any = world.server.scale(kind, "default", "web", 7)
    assert (scaled.spec.replicas, scaled.metadata.generation) == (7, 2)
    assert patch(world, made, MERGE, {"spec": {"replicas": 3}}, subresource="scale").spec.replicas == 3


@pytest.mark.parametrize("type_", [DaemonSet, Job, CronJob])
def test_other_workloads_have_no_scale(world: ServerWorld, type_: type[Object]) -> None:
    world.make(type_)
    assert refusal(world.server.scale, kinds.BY_TYPE[type_], "default", "web", 7).reason == "NotFound"


def test_containers_of_a_deployment_merge_by_name(world: ServerWorld) -> None:
    body = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "side:v1"}]}}}}
    merged = patch(world, world.make(Deployment), STRATEGIC, body)
    assert [container.name for container in merged.spec.template.spec.containers] == ["side", "c"]


def test_a_strategy_that_keeps_only_its_type_loses_the_rest(world: ServerWorld) -> None:
    body = {"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}
    changed = patch(world, world.make(Deployment), STRATEGIC, body)
    assert (changed.spec.strategy.type, changed.spec.strategy.rolling_update) == ("Recreate", None)


def test_a_deployment_is_patched_by_place(world: ServerWorld) -> None:
    operation = {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "app:v2"}
    changed = patch(world, world.make(Deployment), JSON, [operation])
    assert changed.spec.template.spec.containers[0].image == "app:v2"


def test_a_patch_with_a_wrong_type_is_refused(world: ServerWorld) -> None:
    made = world.make(Deployment)
    assert refusal(patch, world, made, STRATEGIC, {"spec": {"replicas": "x"}}).message == (
        'patch: Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32'
    )
    assert refusal(patch, world, made, MERGE, {"spec": {"replicas": "x"}}).message == (
        "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32"
    )
