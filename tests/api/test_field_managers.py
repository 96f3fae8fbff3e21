"""Server-side apply: owners as the history of an object tells them.

Source: apimachinery pkg/util/managedfields/internal, kubectl pkg/cmd/apply.
"""

from __future__ import annotations

from typing import Any

import pytest
from server_world import POD, SET, ServerWorld, refusal

from harness.api import kinds, patching
from harness.api.problems import ApiError
from harness.kernel.trace import Cause
from harness.objects.config import ConfigMap
from harness.objects.field_owners import UPDATE, Manager
from harness.objects.field_sets import in_order, spelled
from harness.objects.meta import Object
from harness.objects.node import Node
from harness.objects.statefulset import StatefulSet

SETS = kinds.BY_TYPE[StatefulSet]
BY_SET_CONTROLLER = Cause("statefulset-controller", "default/web")


def manifest(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": spec,
    }


def apply(world: ServerWorld, document: dict[str, Any], manager: str = "anna", *, force: bool = False) -> Object:
    cause = Cause("kubectl", "", alias=manager)
    applied, _ = patching.apply(world.server, SETS, "default", "web", document, manager, force=force, cause=cause)
    return applied


def owned(world: ServerWorld, obj: Object) -> dict[str, list[str]]:
    owners = world.server.field_managers.of(obj)
    return {str(manager): [spelled(path) for path in in_order(fields)] for manager, fields in owners.items()}


def test_an_apply_creates_what_is_not_there_with_its_defaults() -> None:
    world = ServerWorld()
    created = apply(world, manifest(**SET))
    assert isinstance(created, StatefulSet)
    assert created.spec.replicas == 1
    assert ".spec.replicas" not in owned(world, created)['"anna"']


def test_a_creation_owns_its_defaults() -> None:
    world = ServerWorld()
    obj = world.make(StatefulSet)
    fields = owned(world, obj)['"unknown" using apps/v1']
    assert ".spec.replicas" in fields
    assert ".metadata.name" not in fields


def test_the_history_tells_who_wrote_what() -> None:
    world = ServerWorld()
    stored = world.make(StatefulSet)
    patched, _ = patching.patch(
        world.server,
        SETS,
        "default",
        "web",
        patching.MERGE,
        {"spec": {"minReadySeconds": 5}},
        cause=Cause("kubectl", "", alias="kubectl-patch"),
    )
    status = world.changed(patched, status={"replicas": 1})
    world.server.update_status(status, BY_SET_CONTROLLER)
    world.server.scale(SETS, "default", "web", 3, Cause("kubectl", ""))
    last = world.now(stored)
    assert last is not None
    found = owned(world, last)
    assert found['"kubectl-patch" using apps/v1'] == [".spec.minReadySeconds"]
    assert ".status.replicas" in found['"kube-controller-manager" with subresource "status" using apps/v1']
    assert found['"kubectl" with subresource "scale" using apps/v1'] == [".spec.replicas"]
    assert ".spec.replicas" not in found['"unknown" using apps/v1']


def test_a_status_is_not_owned_by_who_applies_it_with_the_rest() -> None:
    world = ServerWorld()
    applied = apply(world, {**manifest(**SET), "status": {"replicas": 4}})
    assert isinstance(applied, StatefulSet)
    assert applied.status.replicas == 0
    assert not any(path.startswith(".status") for path in owned(world, applied)['"anna"'])


def test_a_conflict_names_the_writer_and_changes_nothing() -> None:
    world = ServerWorld()
    stored = world.make(StatefulSet)
    world.server.scale(SETS, "default", "web", 3, Cause("horizontal-pod-autoscaler-controller", "default/web"))
    before = world.now(stored)
    problem = refusal(apply, world, manifest(replicas=2))
    assert (problem.code, problem.reason) == (409, "Conflict")
    assert problem.message == (
        "Apply failed with 1 conflict: conflict with "
        '"kube-controller-manager" with subresource "scale" using apps/v1: .spec.replicas'
    )
    assert problem.has_cause("FieldManagerConflict")
    assert world.now(stored) is before


def test_an_apply_that_changes_nothing_writes_nothing_but_shares_what_it_names() -> None:
    world = ServerWorld()
    apply(world, manifest(**SET, replicas=2))
    first = world.now(world.make(ConfigMap)) and apply(world, manifest(replicas=2), "bert")
    assert isinstance(first, StatefulSet)
    assert ".spec.replicas" in owned(world, first)['"bert"']
    last = apply(world, manifest(**SET))
    assert isinstance(last, StatefulSet)
    assert last.spec.replicas == 2
    assert apply(world, manifest(minReadySeconds=1), "bert").spec.replicas == 1  # type: ignore[attr-defined]


def test_what_was_there_before_the_history_began_has_an_owner() -> None:
    world = ServerWorld()
    node = world.node("node-1")
    world.trace.records.clear()
    assert list(world.server.field_managers.of(node)) == [Manager("kubelet", UPDATE, "v1")]
    assert isinstance(node, Node)


@pytest.mark.parametrize(
    ("document", "code", "told"),
    [
        (
            {**manifest(), "metadata": {"name": "web", "namespace": "default", "managedFields": []}},
            400,
            "metadata.managedFields must be nil",
        ),
        (
            manifest(replica=1),
            500,
            "failed to create typed patch object (default/web; apps/v1, Kind=StatefulSet): "
            ".spec.replica: field not declared in schema",
        ),
        (
            {**manifest(**SET), "metadata": {"name": "web", "namespace": "default", "uid": "x"}},
            409,
            'Operation cannot be fulfilled on statefulsets.apps "web": uid mismatch: the provided object specified uid '
            "x, and no existing object was found",
        ),
        (
            manifest(**{**SET, "template": {"spec": {"containers": [{**POD["containers"][0], "image": 1}]}}}),
            500,
            "failed to create typed patch object (default/web; apps/v1, Kind=StatefulSet): .spec.template.spec."
            'containers[name="c"].image: expected string, got &value.valueUnstructured{Value:1}',
        ),
    ],
)
def test_what_cannot_be_applied_is_refused(document: dict[str, Any], code: int, told: str) -> None:
    problem: ApiError = refusal(apply, ServerWorld(), document)
    assert (problem.code, problem.message) == (code, told)


def test_an_old_version_in_the_manifest_is_a_conflict() -> None:
    world = ServerWorld()
    apply(world, manifest(**SET))
    stale = {**manifest(replicas=2), "metadata": {"name": "web", "namespace": "default", "resourceVersion": "1"}}
    assert refusal(apply, world, stale).reason == "Conflict"
