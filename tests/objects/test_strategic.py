"""Strategic merge: lists merge by key, and directives say what merging cannot."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from harness.objects import go_text
from harness.objects.merge_keys import MERGE_KEYS, REPLACED, RETAIN_KEYS
from harness.objects.patches import PatchError
from harness.objects.pod import Pod
from harness.objects.policy import PodDisruptionBudget
from harness.objects.schemas import TYPES, type_of
from harness.objects.shape import List, Struct, struct
from harness.objects.strategic import strategic_merge


def pod(**spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": "p", "finalizers": ["a", "b"]}, "spec": spec}


def merged(spec: dict[str, Any], patch: dict[str, Any]) -> dict[str, Any]:
    before = copy.deepcopy((spec, patch))
    result = strategic_merge(pod(**spec), {"spec": patch}, Pod)["spec"]
    assert (spec, patch) == before
    return dict(result)


def env(**values: str) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def container(**fields: Any) -> dict[str, Any]:
    return {"containers": [{"name": "c", **fields}]}


def test_items_with_the_same_key_merge() -> None:
    assert merged(container(image="a", env=env(A="1")), container(env=env(A="9"))) == container(
        image="a", env=env(A="9")
    )


def test_a_new_item_stands_before_those_the_patch_does_not_name() -> None:
    assert merged(container(env=env(A="1", B="2")), container(env=env(C="3"))) == container(
        env=env(C="3", A="1", B="2")
    )


def test_items_take_the_order_asked_for() -> None:
    patch = container(**{"env": env(C="3"), "$setElementOrder/env": [{"name": "A"}, {"name": "C"}]})
    assert merged(container(env=env(A="1", B="2")), patch) == container(env=env(A="1", C="3", B="2"))


def test_an_order_alone_reorders() -> None:
    patch = container(**{"$setElementOrder/env": [{"name": "B"}, {"name": "A"}]})
    assert merged(container(env=env(A="1", B="2")), patch) == container(env=env(B="2", A="1"))


def test_an_order_that_the_patch_itself_breaks_is_refused() -> None:
    patch = container(**{"env": env(C="3"), "$setElementOrder/env": [{"name": "A"}]})
    with pytest.raises(PatchError, match="The order in patch list"):
        merged(container(env=env(A="1")), patch)


def test_a_list_without_a_key_is_replaced() -> None:
    assert merged(container(args=["x", "y"]), container(args=["z"])) == container(args=["z"])


def test_null_removes_a_field_and_a_null_in_a_new_map_is_nothing() -> None:
    assert merged({"hostname": "h", **container()}, {"hostname": None, "securityContext": {"runAsUser": None}}) == {
        **container(),
        "securityContext": {},
    }


def test_an_item_can_be_deleted() -> None:
    patch = container(env=[{"name": "A", "$patch": "delete"}])
    assert merged(container(env=env(A="1", B="2")), patch) == container(env=env(B="2"))


def test_deleting_from_a_list_that_is_not_there_leaves_no_directive_behind() -> None:
    patch = container(env=[{"name": "A", "$patch": "delete"}])
    assert merged(container(), patch) == container(env=[])


def test_a_list_can_be_replaced() -> None:
    patch = container(ports=[{"$patch": "replace"}, {"containerPort": 82}])
    assert merged(container(ports=[{"containerPort": 80}]), patch) == container(ports=[{"containerPort": 82}])


def test_a_map_can_be_replaced_or_emptied() -> None:
    spec = {"nodeSelector": {"a": "1"}, **container()}
    assert merged(spec, {"nodeSelector": {"$patch": "replace", "b": "2"}})["nodeSelector"] == {"b": "2"}
    assert merged(spec, {"nodeSelector": {"$patch": "delete"}})["nodeSelector"] == {}


def test_alternatives_are_cleared_by_the_keys_to_retain() -> None:
    spec = {"volumes": [{"name": "d", "emptyDir": {}}]}
    path = {"name": "d", "hostPath": {"path": "/srv"}}
    assert merged(spec, {"volumes": [path]}) == {"volumes": [{"name": "d", "emptyDir": {}, **path}]}
    assert merged(spec, {"volumes": [{**path, "$retainKeys": ["name", "hostPath"]}]}) == {"volumes": [path]}


def test_a_patch_that_sets_what_it_does_not_retain_is_refused() -> None:
    patch = {"volumes": [{"name": "d", "emptyDir": {}, "$retainKeys": ["name"]}]}
    with pytest.raises(PatchError, match="invalid patch format of retainKeys"):
        merged({"volumes": [{"name": "d"}]}, patch)


def test_primitives_merge_as_a_set_and_can_be_deleted() -> None:
    def finalizers(**metadata: Any) -> Any:
        return strategic_merge(pod(), {"metadata": metadata}, Pod)["metadata"]["finalizers"]

    assert finalizers(finalizers=["c", "a"]) == ["c", "a", "b"]
    assert finalizers(**{"$deleteFromPrimitiveList/finalizers": ["a"]}) == ["b"]


def test_an_item_without_its_key_is_refused_with_the_item() -> None:
    with pytest.raises(PatchError) as raised:
        merged(container(), {"containers": [{"image": "x", "tty": True}]})
    assert str(raised.value) == "map: map[image:x tty:true] does not contain declared merge key: name"


def test_an_unknown_directive_is_refused() -> None:
    with pytest.raises(PatchError, match="Unknown patch type 'explode'"):
        merged(container(), {"nodeSelector": {}, "$patch": "explode"})


def test_a_struct_tagged_so_is_replaced() -> None:
    budget = {"spec": {"selector": {"matchLabels": {"a": "1"}}}}
    patch = {"spec": {"selector": {"matchLabels": {"b": "2"}}}}
    assert strategic_merge(budget, patch, PodDisruptionBudget) == patch


def test_every_merge_key_names_a_field_that_exists() -> None:
    structs: dict[str, Struct] = {}

    def collect(shape: Any) -> None:
        if isinstance(shape, Struct) and shape.name not in structs:
            structs[shape.name] = shape
            for below in shape.fields.values():
                collect(below)
        elif hasattr(shape, "element"):
            collect(shape.element)

    for api_version, kind in TYPES:
        cls = type_of(api_version, kind)
        assert cls is not None
        collect(struct(cls))
    for (name, field), key in MERGE_KEYS.items():
        held = structs[name].fields[field]
        assert isinstance(held, List), (name, field)
        assert not key or (isinstance(held.element, Struct) and key in held.element.fields), (name, field)
    assert all(field in structs[name].fields for name, field in RETAIN_KEYS | REPLACED)


def test_data_prints_as_go_prints_it() -> None:
    assert go_text.printed({"b": [1, "x", None], "a": {"c": True}}) == "map[a:map[c:true] b:[1 x <nil>]]"
