"""Manifests and patches as the server reads them.

Source: staging/src/k8s.io/apiserver/pkg/endpoints/handlers (create.go, patch.go).
"""

from __future__ import annotations

from typing import Any

import pytest
from server_world import CLAIM, POD, SET, ServerWorld, refusal

from harness.api import kinds, patching
from harness.api.patching import JSON, MERGE, STRATEGIC
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import ConfigMap
from harness.objects.meta import CustomObject, Object, ObjectMeta
from harness.objects.pod import Pod
from harness.objects.statefulset import StatefulSet
from harness.objects.wire import to_wire

SETS = kinds.BY_TYPE[StatefulSet]
PODS = kinds.BY_TYPE[Pod]


def manifest(**spec: Any) -> dict[str, Any]:
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": {**SET, **spec}}


def patch(world: ServerWorld, type_: str, body: Any, *, subresource: str = "") -> tuple[Any, list[str]]:
    return patching.patch(world.server, SETS, "default", "web", type_, body, subresource=subresource)


# Reading a manifest


def test_a_manifest_becomes_an_object_of_its_kind() -> None:
    read = patching.read(manifest(replicas=3), SETS)
    assert isinstance(read, StatefulSet)
    assert (read.metadata.name, read.spec.replicas) == ("web", 3)


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ({"replica": 3}, 'unknown field "spec.replica"'),
        (
            {"template": {**SET["template"], "spec": {"containers": [{"name": "c", "image": "a", "imagee": "b"}]}}},
            'unknown field "spec.template.spec.containers[0].imagee"',
        ),
        ({"b": 1, "a": 2}, 'unknown field "spec.a", unknown field "spec.b"'),
    ],
)
def test_fields_a_kind_does_not_have_are_refused_by_their_paths(spec: dict[str, Any], told: str) -> None:
    problem = refusal(patching.read, manifest(**spec), SETS)
    assert (problem.code, problem.reason, problem.message) == (
        400,
        "BadRequest",
        f'StatefulSet in version "v1" cannot be handled as a StatefulSet: strict decoding error: {told}',
    )


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (
            {"replicas": "three"},
            "json: cannot unmarshal string into Go struct field StatefulSetSpec.spec.replicas of type int32",
        ),
        (
            {"template": {"spec": {"containers": {"name": "c"}}}},
            "json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers "
            "of type []v1.Container",
        ),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_in_gos_words(spec: dict[str, Any], told: str) -> None:
    problem = refusal(patching.read, manifest(**spec), SETS)
    assert problem.message == f'StatefulSet in version "v1" cannot be handled as a StatefulSet: {told}'


def test_a_kind_the_simulator_does_not_act_on_may_say_anything() -> None:
    document = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}, "spec": {"anything": [1]}}
    read = patching.read(document, kinds.of_manifest("example.com/v1", "Widget"))
    assert isinstance(read, CustomObject)
    assert read.content == {"spec": {"anything": [1]}}


# The ways to patch


@pytest.mark.parametrize(
    ("type_", "body"),
    [
        (STRATEGIC, {"spec": {"replicas": 3}}),
        (MERGE, {"spec": {"replicas": 3}}),
        (JSON, [{"op": "replace", "path": "/spec/replicas", "value": 3}]),
    ],
)
def test_every_type_of_patch_changes_a_field(world: ServerWorld, type_: str, body: Any) -> None:
    world.make(StatefulSet)
    patched, warnings = patch(world, type_, body)
    assert (patched.spec.replicas, patched.metadata.generation, warnings) == (3, 2, [])


SIDECAR = {"spec": {"template": {"spec": {"containers": [{"name": "d", "image": "side:v1"}]}}}}


@pytest.mark.parametrize(("type_", "containers"), [(STRATEGIC, ["d", "c"]), (MERGE, ["d"])])
def test_a_strategic_patch_joins_lists_that_a_merge_patch_replaces(
    world: ServerWorld, type_: str, containers: list[str]
) -> None:
    world.make(StatefulSet)
    patched, _ = patch(world, type_, SIDECAR)
    assert sorted(found.name for found in patched.spec.template.spec.containers) == sorted(containers)


def test_null_takes_a_field_back_to_its_default(world: ServerWorld) -> None:
    world.make(StatefulSet, spec={**SET, "replicas": 3})
    patched, _ = patch(world, MERGE, {"spec": {"replicas": None}})
    assert patched.spec.replicas == 1


def test_a_patch_that_changes_nothing_is_dropped(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    patched, _ = patch(world, STRATEGIC, {"spec": {"replicas": 1}})
    assert patched.metadata.resource_version == stored.metadata.resource_version


def test_an_unknown_field_in_a_patch_is_warned_of_and_left_out(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    patched, warnings = patch(world, STRATEGIC, {"spec": {"replica": 3}})
    assert (patched, warnings) == (stored, ['unknown field "spec.replica"'])


def test_a_patch_of_what_is_not_there_is_not_found(world: ServerWorld) -> None:
    problem = refusal(patch, world, MERGE, {})
    assert (problem.code, problem.message) == (404, 'statefulsets.apps "web" not found')


def test_a_patch_that_names_a_version_applies_to_that_one_only(world: ServerWorld) -> None:
    stale = world.make(StatefulSet).metadata.resource_version
    patch(world, MERGE, {"spec": {"replicas": 2}})
    problem = refusal(patch, world, MERGE, {"metadata": {"resourceVersion": stale}, "spec": {"replicas": 3}})
    assert (problem.code, problem.message) == (
        409,
        'Operation cannot be fulfilled on statefulsets.apps "web": the object has been modified; '
        "please apply your changes to the latest version and try again",
    )


def test_a_patch_that_names_the_stored_version_applies(world: ServerWorld) -> None:
    current = world.make(StatefulSet).metadata.resource_version
    patched, _ = patch(world, MERGE, {"metadata": {"resourceVersion": current}, "spec": {"replicas": 3}})
    assert patched.spec.replicas == 3


def test_a_json_patch_that_names_a_version_applies_to_that_one_only(world: ServerWorld) -> None:
    world.make(StatefulSet)
    body = [
        {"op": "replace", "path": "/metadata/resourceVersion", "value": "1"},
        {"op": "replace", "path": "/spec/replicas", "value": 3},
    ]
    assert refusal(patch, world, JSON, body).reason == "Conflict"


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "test", "path": "/spec/replicas", "value": 7},
        {"op": "remove", "path": "/spec/nothing"},
        {"op": "replace", "path": "/spec/template/spec/containers/9/image", "value": "a"},
    ],
)
def test_a_json_patch_that_does_not_apply_is_refused_without_saying_why(
    world: ServerWorld, operation: dict[str, Any]
) -> None:
    world.make(StatefulSet)
    problem = refusal(patch, world, JSON, [operation])
    assert (problem.code, problem.reason, problem.message) == (
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
    )


def test_a_value_of_the_wrong_type_in_a_strategic_patch_shows_the_patch(world: ServerWorld) -> None:
    world.make(StatefulSet)
    problem = refusal(patch, world, STRATEGIC, {"spec": {"replicas": "x"}})
    assert (problem.code, problem.message) == (
        422,
        'patch: Invalid value: "map[spec:map[replicas:x]]": unrecognized type: int32',
    )


def test_a_patch_is_held_to_the_rules_of_its_kind(world: ServerWorld) -> None:
    world.make(StatefulSet)
    problem = refusal(patch, world, MERGE, {"spec": {"serviceName": "other"}})
    assert problem.reason == "Invalid"
    assert "updates to statefulset spec for fields other than" in problem.message


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"name": "other"}, "the name of the object (other) does not match the name on the URL (web)"),
        (
            {"namespace": "other"},
            "the namespace of the object (other) does not match the namespace on the request (default)",
        ),
    ],
)
def test_a_patch_cannot_move_an_object(world: ServerWorld, metadata: dict[str, str], message: str) -> None:
    world.make(StatefulSet)
    problem = refusal(patch, world, MERGE, {"metadata": metadata})
    assert (problem.code, problem.reason, problem.message) == (400, "BadRequest", message)


def test_a_custom_kind_has_no_strategic_patch(world: ServerWorld) -> None:
    kind = kinds.of_manifest("example.com/v1", "Widget")
    world.server.create(CustomObject(metadata=ObjectMeta(name="a"), group_version="example.com/v1", kind_name="Widget"))
    problem = refusal(patching.patch, world.server, kind, "default", "a", STRATEGIC, {"spec": {"size": 1}})
    assert (problem.code, problem.reason) == (415, "UnsupportedMediaType")


def test_a_custom_kind_has_a_merge_patch(world: ServerWorld) -> None:
    kind = kinds.of_manifest("example.com/v1", "Widget")
    world.server.create(CustomObject(metadata=ObjectMeta(name="a"), group_version="example.com/v1", kind_name="Widget"))
    patched, _ = patching.patch(world.server, kind, "default", "a", MERGE, {"spec": {"size": 1}})
    assert isinstance(patched, CustomObject)
    assert patched.content == {"spec": {"size": 1}}


# Subresources


def test_the_status_is_patched_through_its_subresource_only(world: ServerWorld) -> None:
    world.make(StatefulSet)
    body = {"spec": {"replicas": 3}, "status": {"replicas": 2}}
    through_main, _ = patch(world, MERGE, body)
    assert (through_main.spec.replicas, through_main.status.replicas) == (3, 0)
    through_status, _ = patch(world, MERGE, {"spec": {"replicas": 5}, "status": {"replicas": 2}}, subresource="status")
    assert (through_status.spec.replicas, through_status.status.replicas) == (3, 2)


def test_replicas_are_patched_through_the_scale_subresource(world: ServerWorld) -> None:
    world.make(StatefulSet)
    patched, _ = patch(world, MERGE, {"spec": {"replicas": 3}}, subresource="scale")
    assert patched.spec.replicas == 3


def subresource_refused(world: ServerWorld, type_: type[Object], subresource: str) -> tuple[int, str]:
    world.make(type_)
    problem = refusal(
        patching.patch, world.server, kinds.BY_TYPE[type_], "default", "web", MERGE, {}, subresource=subresource
    )
    return problem.code, problem.message


NO_SUCH_PATH = (404, "the server could not find the requested resource")


@pytest.mark.parametrize(("type_", "subresource"), [(ConfigMap, "status"), (StatefulSet, "size"), (Pod, "log")])
def test_a_subresource_that_a_kind_does_not_have_is_not_found(
    world: ServerWorld, type_: type[Object], subresource: str
) -> None:
    assert subresource_refused(world, type_, subresource) == NO_SUCH_PATH


@pytest.mark.parametrize("type_", [ConfigMap, Pod])
def test_what_has_no_replicas_has_no_scale(world: ServerWorld, type_: type[Object]) -> None:
    assert subresource_refused(world, type_, "scale") == NO_SUCH_PATH


def test_the_status_of_a_claim_is_patched_without_touching_its_request(world: ServerWorld) -> None:
    world.make(PersistentVolumeClaim, spec=CLAIM)
    patched, _ = patching.patch(
        world.server,
        kinds.BY_TYPE[PersistentVolumeClaim],
        "default",
        "web",
        MERGE,
        {"status": {"phase": "Lost"}},
        subresource="status",
    )
    assert isinstance(patched, PersistentVolumeClaim)
    assert (patched.status.phase, patched.spec.resources.requests) == ("Lost", {"storage": "1Gi"})


def test_a_warning_survives_beside_a_change(world: ServerWorld) -> None:
    world.make(Pod, spec=POD)
    patched, warnings = patching.patch(
        world.server, PODS, "default", "web", MERGE, {"metadata": {"labels": {"a": "b"}, "lables": {}}}
    )
    assert (patched.metadata.labels, warnings) == ({"a": "b"}, ['unknown field "metadata.lables"'])


# The scale


def test_a_scale_is_patched_as_the_object_it_is(world: ServerWorld) -> None:
    made = world.make(StatefulSet)
    operations = [
        {"op": "test", "path": "/status/selector", "value": "app=web"},
        {"op": "replace", "path": "/spec/replicas", "value": 4},
    ]
    patched, _ = patch(world, JSON, operations, subresource="scale")
    assert patched.spec.replicas == 4
    _, unknown = patch(world, MERGE, {"spec": {"partition": 1}}, subresource="scale")
    assert unknown == ['unknown field "spec.partition"']
    stale = {"metadata": {"resourceVersion": made.metadata.resource_version}, "spec": {"replicas": 2}}
    assert refusal(patch, world, MERGE, stale, subresource="scale").reason == "Conflict"
    problem = refusal(patch, world, MERGE, {"spec": {"replicas": -1}}, subresource="scale")
    assert problem.message == (
        'Scale.autoscaling "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0'
    )


@pytest.mark.parametrize("subresource", ["binding", "eviction"])
def test_what_is_only_posted_takes_no_patch(world: ServerWorld, subresource: str) -> None:
    refused = subresource_refused(world, Pod, subresource)
    assert refused == (405, "the server does not allow this method on the requested resource")


def test_an_object_keeps_its_uid(world: ServerWorld) -> None:
    world.make(StatefulSet)
    problem = refusal(patch, world, MERGE, {"metadata": {"uid": "other"}})
    assert problem.message == (
        'StatefulSet.apps "web" is invalid: metadata.uid: Invalid value: "other": field is immutable'
    )


def test_an_autoscaler_of_the_first_version_becomes_one_of_the_second() -> None:
    kind = kinds.of_manifest("autoscaling/v1", "HorizontalPodAutoscaler")
    spec = {"maxReplicas": 3, "targetCPUUtilizationPercentage": 60, "scaleTargetRef": {"kind": "Deployment"}}
    document = {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "spec": spec}
    read = to_wire(patching.read(document, kind))
    target = {"type": "Utilization", "averageUtilization": 60}
    assert read["apiVersion"] == "autoscaling/v2"
    assert read["spec"]["metrics"] == [{"type": "Resource", "resource": {"name": "cpu", "target": target}}]
    problem = refusal(patching.read, {**document, "spec": {**spec, "metrics": []}}, kind)
    assert problem.message == (
        'HorizontalPodAutoscaler in version "v1" cannot be handled as a HorizontalPodAutoscaler: '
        'strict decoding error: unknown field "spec.metrics"'
    )
