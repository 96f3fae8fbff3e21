"""Objects travel between typed values and JSON data as Go's decoder would move them."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from harness.objects import resources, wire
from harness.objects.meta import CustomObject, ObjectMeta
from harness.objects.pod import Pod
from harness.objects.statefulset import StatefulSet
from harness.objects.storage import PersistentVolume
from harness.objects.wire import DecodeError, from_wire, to_wire, unknown_fields

CONTAINER: dict[str, Any] = {
    "name": "c",
    "image": "nginx:1.27",
    "ports": [{"containerPort": 80}],
    "resources": {"requests": {"cpu": 0.5, "memory": "1024Mi"}},
}
STATEFUL_SET: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "StatefulSet",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {"replicas": 3, "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [CONTAINER]}}},
}


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    document = copy.deepcopy(STATEFUL_SET)
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return document


def failure(document: dict[str, Any], cls: Any = StatefulSet) -> DecodeError:
    with pytest.raises(DecodeError) as raised:
        from_wire(document, cls)
    return raised.value


POD_SPEC = ("spec", "template", "spec")


def test_an_object_is_written_with_its_version_and_kind_first() -> None:
    assert list(to_wire(from_wire(STATEFUL_SET, StatefulSet)))[:3] == ["apiVersion", "kind", "metadata"]


def test_reading_what_was_written_gives_the_same_object() -> None:
    read = from_wire(STATEFUL_SET, StatefulSet)
    assert from_wire(to_wire(read), StatefulSet) == read


def test_written_data_is_independent_of_the_object() -> None:
    read = from_wire(STATEFUL_SET, StatefulSet)
    to_wire(read)["metadata"]["labels"]["app"] = "changed"
    assert read.metadata.labels == {"app": "web"}


def test_amounts_become_canonical_when_read() -> None:
    container = from_wire(STATEFUL_SET, StatefulSet).spec.template.spec.containers[0]
    assert container.resources.requests == {"cpu": "500m", "memory": "1Gi"}


def test_null_is_the_same_as_absent() -> None:
    assert from_wire(changed("spec", "replicas", to=None), StatefulSet).spec.replicas is None
    assert from_wire(changed("metadata", "labels", to=None), StatefulSet).metadata.labels == {}


def test_null_inside_a_list_or_map_is_a_zero_value() -> None:
    assert from_wire(changed("metadata", "labels", to={"a": None}), StatefulSet).metadata.labels == {"a": ""}
    assert from_wire(changed("metadata", "finalizers", to=[None]), StatefulSet).metadata.finalizers == ("",)


def test_field_names_are_case_sensitive() -> None:
    document = changed("spec", "Replicas", to=5)
    assert from_wire(document, StatefulSet).spec.replicas == 3
    assert unknown_fields(document, StatefulSet) == ["spec.Replicas"]


def test_unknown_fields_are_named_by_path_in_order_of_keys() -> None:
    document = changed("bogus", to=1)
    document["spec"]["template"]["spec"]["containers"][0]["comand"] = []
    assert unknown_fields(document, StatefulSet) == ["bogus", "spec.template.spec.containers[0].comand"]


def test_fields_the_simulator_does_not_keep_are_not_unknown() -> None:
    assert unknown_fields(changed("metadata", "managedFields", to=[]), StatefulSet) == []


WRONG = [
    (("spec", "replicas"), "x", "string into Go struct field StatefulSetSpec.spec.replicas of type int32"),
    (("spec", "replicas"), 1.5, "number 1.5 into Go struct field StatefulSetSpec.spec.replicas of type int32"),
    (("spec", "replicas"), 2**31, "number 2147483648 into Go struct field StatefulSetSpec.spec.replicas of type int32"),
    (("spec",), [], "array into Go struct field StatefulSet.spec of type v1.StatefulSetSpec"),
    (("metadata", "labels"), {"a": 1}, "number into Go struct field ObjectMeta.metadata.labels of type string"),
    (
        (*POD_SPEC, "containers"),
        "x",
        "string into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
    ),
    (
        (*POD_SPEC, "containers", 0, "args"),
        ["x", True],
        "bool into Go struct field Container.spec.template.spec.containers.args of type string",
    ),
]


@pytest.mark.parametrize(("path", "wrong", "text"), WRONG)
def test_a_wrong_type_is_refused_in_the_decoders_words(path: tuple[Any, ...], wrong: Any, text: str) -> None:
    assert str(failure(changed(*path, to=wrong))) == f"json: cannot unmarshal {text}"


def test_embedded_structs_show_in_the_path_of_a_wrong_type() -> None:
    error = failure({"spec": {"nfs": {"server": True}}}, PersistentVolume)
    expected = "bool into Go struct field NFSVolumeSource.spec.PersistentVolumeSource.nfs.server of type string"
    assert str(error) == f"json: cannot unmarshal {expected}"
    assert (error.path, error.found, error.expected) == ("spec.nfs.server", "bool", "string")


def test_of_several_wrong_types_the_first_by_key_is_reported() -> None:
    assert failure({"spec": {"hostname": 1, "containers": 2}}, Pod).path == "spec.containers"


def test_a_wrong_type_is_located_with_its_index() -> None:
    assert failure(changed(*POD_SPEC, "containers", 0, "args", to=["x", 1])).path.endswith("containers[0].args[1]")


def test_a_custom_object_keeps_everything_but_its_metadata_as_it_came() -> None:
    document = {"apiVersion": "x.io/v1", "kind": "Thing", "metadata": {"name": "a"}, "spec": {"n": None, "l": [1]}}
    read = from_wire(document, CustomObject)
    assert read.metadata == ObjectMeta(name="a")
    assert to_wire(read) == document


def test_every_typed_kind_has_a_name_in_discovery() -> None:
    assert all(resources.of_kind(cls.api_version, cls.kind) for cls in wire.TYPES.values())
