"""Identity, versions, conflicts, generations and writes that change nothing.

Source: staging/src/k8s.io/apiserver/pkg/registry, and the strategies of each kind.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from server_world import POD, SET, ServerWorld, refusal

from harness.api import kinds
from harness.api.server import Server
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import ConfigMap, Namespace, Secret, ServiceAccount
from harness.objects.csi import VolumeAttachment
from harness.objects.meta import CustomObject, Object, ObjectMeta, OwnerReference
from harness.objects.node import Node
from harness.objects.pod import Pod, PodCondition
from harness.objects.policy import PodDisruptionBudget, PriorityClass
from harness.objects.service import EndpointSlice, Service
from harness.objects.statefulset import ControllerRevision, StatefulSet
from harness.objects.storage import PersistentVolume, StorageClass

CONFLICT = (
    'Operation cannot be fulfilled on statefulsets.apps "web": the object has been modified; '
    "please apply your changes to the latest version and try again"
)


def version(obj: Object) -> int:
    return int(obj.metadata.resource_version)


def template(image: str) -> dict[str, Any]:
    return {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": image}]}}


# Versions and conflicts


def test_one_counter_numbers_the_writes_of_every_kind(world: ServerWorld) -> None:
    first = version(world.make(ConfigMap))
    assert [version(world.make(Secret)), version(world.make(Pod)), version(world.make(ConfigMap, "b"))] == [
        first + 1,
        first + 2,
        first + 3,
    ]


def test_a_write_that_changes_nothing_is_dropped(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    count = len(world.trace.records)
    assert world.server.update(stored) is stored
    assert world.records_since(count) == []


def test_a_write_that_leaves_defaults_out_changes_nothing(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    again = world.changed(stored, spec=SET)
    assert version(world.server.update(again)) == version(stored)


def test_a_status_that_is_the_same_is_dropped(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    same = replace(stored, status=replace(stored.status))
    assert version(world.server.update_status(same)) == version(stored)


def test_a_write_over_a_version_that_is_gone_is_a_conflict(world: ServerWorld) -> None:
    stale = world.make(StatefulSet)
    world.server.update(world.changed(stale, spec={**SET, "replicas": 3}))
    problem = refusal(world.server.update, world.changed(stale, spec={**SET, "replicas": 4}))
    assert (problem.code, problem.reason, problem.message) == (409, "Conflict", CONFLICT)


def test_a_status_over_a_version_that_is_gone_is_a_conflict(world: ServerWorld) -> None:
    stale = world.make(StatefulSet)
    world.server.update(world.changed(stale, spec={**SET, "replicas": 3}))
    problem = refusal(world.server.update_status, replace(stale, status=replace(stale.status, replicas=1)))
    assert problem.message == CONFLICT


def test_a_write_that_names_no_version_wins(world: ServerWorld) -> None:
    stored = world.make(ConfigMap)
    world.server.update(replace(stored, data={"a": "1"}))
    unconditional = replace(stored, metadata=replace(stored.metadata, resource_version=""), data={"a": "2"})
    assert world.server.update(unconditional).data == {"a": "2"}


def test_a_write_to_an_object_of_another_uid_is_a_conflict(world: ServerWorld) -> None:
    stored = world.make(Pod)
    other = replace(stored, metadata=replace(stored.metadata, uid="another", resource_version=""))
    problem = refusal(world.server.update, other)
    assert (problem.code, problem.reason) == (409, "Conflict")


def test_a_write_to_what_is_not_there_is_not_found(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    world.delete(stored)
    problem = refusal(world.server.update, stored)
    assert (problem.code, problem.message) == (404, 'statefulsets.apps "web" not found')


def test_a_patch_of_an_object_that_was_recreated_is_not_found(world: ServerWorld) -> None:
    known = world.make(ConfigMap)
    world.delete(known)
    world.make(ConfigMap)
    assert refusal(world.server.modify, known, lambda stored: replace(stored, data={"a": "1"})).reason == "NotFound"


def test_a_patch_is_applied_to_what_is_stored_now(world: ServerWorld) -> None:
    known = world.make(ConfigMap)
    world.server.update(replace(known, data={"a": "1"}))
    patched = world.server.modify(known, lambda stored: replace(stored, data={**stored.data, "b": "2"}))
    assert patched.data == {"a": "1", "b": "2"}


# Creating


def test_who_a_new_object_is_comes_from_the_server(world: ServerWorld) -> None:
    given = {"uid": "mine", "generation": 7, "creationTimestamp": "2020-01-01T00:00:00Z"}
    made = world.make(ConfigMap, metadata=given).metadata
    assert made.uid != "mine"
    assert (made.generation, made.creation_timestamp) == (0, "2026-01-01T00:00:00Z")
    assert made.resource_version == str(world.server.store.revision)


@pytest.mark.parametrize("version", ["", "0", "x", "-1"])
def test_a_new_object_may_bring_a_version_that_says_nothing(world: ServerWorld, version: str) -> None:
    made = world.make(ConfigMap, metadata={"resourceVersion": version}).metadata
    assert made.resource_version == str(world.server.store.revision)


def test_a_new_object_that_brings_a_version_is_refused(world: ServerWorld) -> None:
    problem = refusal(world.make, ConfigMap, metadata={"resourceVersion": "99"})
    assert (problem.code, problem.reason) == (500, "")
    assert problem.message == "resourceVersion should not be set on objects to be created"


def test_no_two_objects_have_one_uid(world: ServerWorld) -> None:
    assert world.make(ConfigMap, "a").metadata.uid != world.make(ConfigMap, "b").metadata.uid


def test_the_status_of_a_new_object_is_its_own(world: ServerWorld) -> None:
    assert world.make(StatefulSet, status={"replicas": 5}).status.replicas == 0


@pytest.mark.parametrize(("type_", "phase"), [(Pod, "Pending"), (PersistentVolume, "Pending"), (Namespace, "Active")])
def test_a_new_object_has_its_first_phase(world: ServerWorld, type_: type[Any], phase: str) -> None:
    assert world.make(type_).status.phase == phase


def test_a_name_that_is_taken_is_refused(world: ServerWorld) -> None:
    world.make(StatefulSet)
    problem = refusal(world.make, StatefulSet)
    assert (problem.code, problem.reason, problem.message) == (
        409,
        "AlreadyExists",
        'statefulsets.apps "web" already exists',
    )


def test_a_name_that_is_still_terminating_says_so(world: ServerWorld) -> None:
    world.delete(world.running_pod())
    assert refusal(world.make, Pod).message == 'object is being deleted: pods "web" already exists'


def test_one_name_serves_in_two_namespaces(world: ServerWorld) -> None:
    world.make(Namespace, "team")
    world.make(ConfigMap)
    assert world.make(ConfigMap, metadata={"namespace": "team"}).metadata.namespace == "team"


def test_an_object_without_a_namespace_is_stored_in_default(world: ServerWorld) -> None:
    assert world.make(ConfigMap).metadata.namespace == "default"


def test_an_object_of_the_cluster_is_stored_in_none(world: ServerWorld) -> None:
    assert world.make(StorageClass, metadata={"namespace": "default"}).metadata.namespace == ""


def test_a_namespace_carries_its_name_as_a_label(world: ServerWorld) -> None:
    assert world.make(Namespace, "team").metadata.labels == {"kubernetes.io/metadata.name": "team"}


# Generated names


def test_a_generated_name_is_its_base_and_five_characters_of_the_safe_alphabet(world: ServerWorld) -> None:
    name = world.make(Pod, "", metadata={"generateName": "web-"}).metadata.name
    assert name.startswith("web-")
    assert len(name) == 9
    assert set(name[4:]) <= set("bcdfghjklmnpqrstvwxz2456789")


def test_a_long_base_is_cut_to_58_characters(world: ServerWorld) -> None:
    name = world.make(ConfigMap, "", metadata={"generateName": "x" * 70}).metadata.name
    assert (name[:58], len(name)) == ("x" * 58, 63)


def test_a_thousand_generated_names_are_a_thousand_names(world: ServerWorld) -> None:
    made = [world.make(ConfigMap, "", metadata={"generateName": "a-"}).metadata.name for _ in range(1_000)]
    assert len(dict.fromkeys(made)) == 1_000


def test_a_name_is_needed_where_none_is_generated(world: ServerWorld) -> None:
    problem = refusal(world.make, ConfigMap, "")
    assert "metadata.name: Required value: name or generateName is required" in problem.message


# Generations


@pytest.mark.parametrize(
    ("type_", "generation"),
    [
        (StatefulSet, 1),
        (PodDisruptionBudget, 1),
        (EndpointSlice, 1),
        (Pod, 1),
        (PriorityClass, 1),
        (Service, 0),
        (ConfigMap, 0),
        (Secret, 0),
        (Node, 0),
        (Namespace, 0),
        (PersistentVolume, 0),
        (PersistentVolumeClaim, 0),
        (ServiceAccount, 0),
        (StorageClass, 0),
        (ControllerRevision, 0),
    ],
)
def test_a_new_object_has_a_generation_if_its_kind_has_one(
    world: ServerWorld, type_: type[Object], generation: int
) -> None:
    assert world.make(type_).metadata.generation == generation


def test_a_change_of_the_spec_moves_the_generation(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    assert world.server.update(world.changed(stored, spec={**SET, "replicas": 3})).metadata.generation == 2


def test_a_change_of_labels_leaves_the_generation(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    labelled = replace(stored, metadata=replace(stored.metadata, labels={"tier": "front"}))
    assert world.server.update(labelled).metadata.generation == 1


def test_a_change_of_the_status_leaves_the_generation(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    assert (
        world.server.update_status(replace(stored, status=replace(stored.status, replicas=1))).metadata.generation == 1
    )


def test_the_generation_cannot_be_written(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    given = replace(stored, metadata=replace(stored.metadata, generation=9, labels={"a": "b"}))
    assert world.server.update(given).metadata.generation == 1


@pytest.mark.parametrize(
    "change", [{"endpoints": [{"addresses": ["10.0.0.1"]}]}, {"ports": [{"name": "http", "port": 80}]}]
)
def test_a_change_of_endpoints_moves_the_generation_of_their_slice(world: ServerWorld, change: dict[str, Any]) -> None:
    stored = world.make(EndpointSlice)
    assert world.server.update(world.changed(stored, **change)).metadata.generation == 2


def test_labels_move_the_generation_of_a_slice_and_annotations_do_not(world: ServerWorld) -> None:
    stored = world.make(EndpointSlice)
    labelled = world.server.update(replace(stored, metadata=replace(stored.metadata, labels={"a": "b"})))
    annotated = replace(labelled, metadata=replace(labelled.metadata, annotations={"a": "b"}))
    assert (labelled.metadata.generation, world.server.update(annotated).metadata.generation) == (2, 2)


def test_a_new_image_moves_the_generation_of_a_pod(world: ServerWorld) -> None:
    pod = world.running_pod()
    spec = replace(pod.spec, containers=(replace(pod.spec.containers[0], image="app:v2"),))
    assert world.server.update(replace(pod, spec=spec)).metadata.generation == 2


def test_binding_leaves_the_generation_of_a_pod(world: ServerWorld) -> None:
    assert world.running_pod().metadata.generation == 1


def test_what_is_never_changed_in_a_priority_class_leaves_its_generation(world: ServerWorld) -> None:
    stored = world.make(PriorityClass)
    assert world.server.update(world.changed(stored, description="new")).metadata.generation == 1


# The main endpoint and the status


def test_the_main_endpoint_ignores_the_status(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    given = world.changed(stored, spec={**SET, "replicas": 3}, status={"replicas": 9})
    assert world.server.update(given).status.replicas == 0


def test_the_status_endpoint_keeps_the_spec(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    given = world.changed(stored, spec={**SET, "template": template("app:v9"), "replicas": 9}, status={"replicas": 1})
    written = world.server.update_status(given)
    assert (written.spec, written.status.replicas) == (stored.spec, 1)


def test_the_status_endpoint_keeps_the_owners_of_a_pod(world: ServerWorld) -> None:
    pod = world.running_pod()
    owner = OwnerReference(api_version="v1", kind="ConfigMap", name="a", uid="u")
    given = replace(
        pod,
        metadata=replace(pod.metadata, owner_references=(owner,)),
        status=replace(pod.status, phase="Running"),
    )
    assert world.server.update_status(given).metadata.owner_references == ()


def test_the_status_endpoint_keeps_the_observed_generation_of_a_pod(world: ServerWorld) -> None:
    pod = world.running_pod()
    pod = world.server.update_status(replace(pod, status=replace(pod.status, observed_generation=1)))
    silent = replace(pod, status=replace(pod.status, observed_generation=0, phase="Running"))
    assert world.server.update_status(silent).status.observed_generation == 1


def test_who_and_how_old_an_object_is_cannot_be_changed(world: ServerWorld) -> None:
    stored = world.make(ConfigMap)
    given = replace(stored.metadata, creation_timestamp="2020-01-01T00:00:00Z", labels={"a": "b"})
    written = world.server.update(replace(stored, metadata=given)).metadata
    assert (written.uid, written.creation_timestamp) == (stored.metadata.uid, stored.metadata.creation_timestamp)


def test_a_volume_says_when_its_phase_last_changed(world: ServerWorld) -> None:
    volume = world.make(PersistentVolume)
    world.pass_seconds(5)
    volume = world.server.update_status(replace(volume, status=replace(volume.status, phase="Available")))
    assert volume.status.last_phase_transition_time == "2026-01-01T00:00:05Z"


def test_a_volume_in_the_same_phase_keeps_that_moment(world: ServerWorld) -> None:
    volume = world.make(PersistentVolume)
    world.pass_seconds(5)
    volume = world.server.update_status(replace(volume, status=replace(volume.status, message="still")))
    assert volume.status.last_phase_transition_time == "2026-01-01T00:00:00Z"


def test_the_status_endpoint_changes_the_metadata_of_a_claim_but_not_of_an_attachment(world: ServerWorld) -> None:
    source = {"persistentVolumeName": "v"}
    attachment = world.make(VolumeAttachment, spec={"attacher": "a.example.com", "nodeName": "n", "source": source})
    for stored, labels in ((world.make(PersistentVolumeClaim), {"a": "b"}), (attachment, {})):
        labelled = replace(stored, metadata=replace(stored.metadata, labels={"a": "b"}))
        assert world.server.update_status(labelled).metadata.labels == labels


def test_a_writer_may_say_itself_when_the_phase_of_a_volume_changed(world: ServerWorld) -> None:
    volume = world.make(PersistentVolume)
    said = replace(volume.status, phase="Available", last_phase_transition_time="2026-01-01T00:00:03Z")
    world.pass_seconds(5)
    volume = world.server.update_status(replace(volume, status=said))
    assert volume.status.last_phase_transition_time == "2026-01-01T00:00:03Z"


# Scaling


def test_scaling_changes_the_replicas_and_moves_the_generation(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    world.server.scale(kinds.BY_TYPE[StatefulSet], "default", "web", 5)
    now = world.now(stored)
    assert now is not None
    assert (now.spec.replicas, now.metadata.generation) == (5, 2)


def test_scaling_to_what_it_is_changes_nothing(world: ServerWorld) -> None:
    stored = world.make(StatefulSet)
    assert world.server.scale(kinds.BY_TYPE[StatefulSet], "default", "web", 1) is stored


# Binding


def test_binding_names_the_node_and_says_that_the_pod_is_scheduled(world: ServerWorld) -> None:
    pod = world.running_pod()
    scheduled = PodCondition(type="PodScheduled", status="True", last_transition_time="2026-01-01T00:00:00Z")
    assert (pod.spec.node_name, pod.status.conditions) == ("node-1", (scheduled,))


def test_binding_forgets_the_nominated_node(world: ServerWorld) -> None:
    pod = world.make(Pod)
    pod = world.server.update_status(replace(pod, status=replace(pod.status, nominated_node_name="node-2")))
    assert world.server.bind("default", "web", pod.metadata.uid, "node-1").status.nominated_node_name == ""


def test_binding_gives_a_pod_the_zone_and_region_of_its_node(world: ServerWorld) -> None:
    zone, region = "topology.kubernetes.io/zone", "topology.kubernetes.io/region"
    world.node("node-1", **{zone: "a", region: "eu", "disk": "ssd"})
    assert world.running_pod().metadata.labels == {zone: "a", region: "eu"}


def bind(server: Server, pod: Pod) -> Pod:
    return server.bind("default", "web", pod.metadata.uid, "node-2")


def test_a_bound_pod_is_not_bound_again(world: ServerWorld) -> None:
    problem = refusal(bind, world.server, world.running_pod())
    assert (problem.code, problem.message) == (
        409,
        'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "node-1"',
    )


def test_a_pod_on_its_way_out_is_not_bound(world: ServerWorld) -> None:
    pod = world.make(Pod, metadata={"finalizers": ["example.com/hold"]})
    world.delete(pod)
    assert refusal(bind, world.server, pod).message == (
        'Operation cannot be fulfilled on pods/binding "web": pod web is being deleted, cannot be assigned to a host'
    )


def test_a_gated_pod_is_not_bound(world: ServerWorld) -> None:
    pod = world.make(Pod, spec={**POD, "schedulingGates": [{"name": "example.com/gate"}]})
    assert refusal(bind, world.server, pod).message == (
        'Operation cannot be fulfilled on pods/binding "web": pod web has non-empty .spec.schedulingGates'
    )


def test_a_pod_that_was_recreated_is_not_bound(world: ServerWorld) -> None:
    pod = world.make(Pod)
    world.delete(pod)
    assert refusal(bind, world.server, pod).message == 'pods "web" not found'
    namesake = world.make(Pod)
    problem = refusal(bind, world.server, pod)
    assert (problem.code, problem.message) == (
        409,
        'Operation cannot be fulfilled on pods "web": StorageError: invalid object, Code: 4, '
        "Key: /registry/pods/default/web, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
        f"UID in precondition: {pod.metadata.uid}, UID in object meta: {namesake.metadata.uid}",
    )


# Reading and custom kinds


def test_a_list_is_in_order_of_namespace_and_name(world: ServerWorld) -> None:
    world.make(Namespace, "apart")
    for namespace, name in (("default", "b"), ("apart", "z"), ("default", "a")):
        world.make(ConfigMap, name, metadata={"namespace": namespace})
    listed = world.server.list(kinds.BY_TYPE[ConfigMap])
    assert [(found.metadata.namespace, found.metadata.name) for found in listed] == [
        ("apart", "z"),
        ("default", "a"),
        ("default", "b"),
    ]


def test_a_kind_the_simulator_does_not_act_on_is_kept_as_it_came(world: ServerWorld) -> None:
    content = {"spec": {"size": 3}}
    made = world.server.create(
        CustomObject(metadata=ObjectMeta(name="a"), group_version="example.com/v1", kind_name="Widget", content=content)
    )
    assert (made.content, made.metadata.namespace) == (content, "default")
