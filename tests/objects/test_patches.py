"""JSON merge patch and JSON patch, by their RFCs and the API server's habits."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.objects.patches import PatchError, json_patch, merge_patch

SCALARS = st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "x"])
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(st.sampled_from("abc"), JSON, max_size=3)

MERGES = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]


@pytest.mark.parametrize(("target", "patch", "expected"), MERGES)
def test_merge_patch_follows_the_examples_of_its_rfc(target: Any, patch: Any, expected: Any) -> None:
    assert merge_patch(target, patch) == expected


@given(DOCUMENTS, DOCUMENTS)
def test_merge_patch_twice_is_merge_patch_once_and_changes_no_argument(target: Any, patch: Any) -> None:
    before = copy.deepcopy((target, patch))
    once = merge_patch(target, patch)
    assert merge_patch(once, patch) == once
    assert (target, patch) == before


TARGET = {"a": {"b": [1, 2, 3]}, "x/y": "slash", "n": None}
PATCHES = [
    ([{"op": "add", "path": "/a/b/-", "value": 4}], {"a": {"b": [1, 2, 3, 4]}}),
    ([{"op": "add", "path": "/a/b/0", "value": 0}], {"a": {"b": [0, 1, 2, 3]}}),
    ([{"op": "add", "path": "/a/b/3", "value": 4}], {"a": {"b": [1, 2, 3, 4]}}),
    ([{"op": "add", "path": "/a/c", "value": {}}], {"a": {"b": [1, 2, 3], "c": {}}}),
    ([{"op": "remove", "path": "/a/b/1"}], {"a": {"b": [1, 3]}}),
    ([{"op": "remove", "path": "/a/b/-1"}], {"a": {"b": [1, 2]}}),
    ([{"op": "replace", "path": "/a/b/1", "value": 9}], {"a": {"b": [1, 9, 3]}}),
    ([{"op": "replace", "path": "/x~1y", "value": 1}], {"x/y": 1}),
    ([{"op": "move", "from": "/a/b", "path": "/a/c"}], {"a": {"c": [1, 2, 3]}}),
    ([{"op": "copy", "from": "/a/b/0", "path": "/z"}], {"z": 1}),
    ([{"op": "test", "path": "/a/b", "value": [1, 2, 3]}], {}),
    ([{"op": "test", "path": "/missing", "value": None}], {}),
    ([], {}),
]


@pytest.mark.parametrize(("operations", "changed"), PATCHES)
def test_each_operation_changes_what_its_path_names(operations: list[Any], changed: dict[str, Any]) -> None:
    before = copy.deepcopy(TARGET)
    assert json_patch(TARGET, operations) == {**TARGET, **changed}
    assert before == TARGET


FAILURES: list[Any] = [
    [{"op": "remove", "path": "/missing"}],
    [{"op": "replace", "path": "/a/missing", "value": 1}],
    [{"op": "add", "path": "/missing/deep", "value": 1}],
    [{"op": "add", "path": "/a/b/4", "value": 1}],
    [{"op": "add", "path": "/a/b/x", "value": 1}],
    [{"op": "remove", "path": "/a/b/3"}],
    [{"op": "move", "from": "/missing", "path": "/z"}],
    [{"op": "copy", "from": "/missing", "path": "/z"}],
    [{"op": "test", "path": "/a/b/0", "value": True}],
    [{"op": "test", "path": "/a", "value": 7}],
    [{"op": "add", "path": "no-slash", "value": 7}],
    [{"op": "jump", "path": "/a"}],
    [{"path": "/a"}],
    [{"op": "add", "value": 7}],
    ["add"],
    {"op": "add"},
]


@pytest.mark.parametrize("operations", FAILURES)
def test_an_operation_that_cannot_be_done_is_an_error(operations: Any) -> None:
    with pytest.raises(PatchError):
        json_patch(TARGET, operations)


@given(DOCUMENTS, JSON)
def test_what_is_added_can_be_tested_and_removed(target: dict[str, Any], value: Any) -> None:
    added = json_patch(target, [{"op": "add", "path": "/new", "value": value}])
    assert json_patch(added, [{"op": "test", "path": "/new", "value": value}]) == added
    assert json_patch(added, [{"op": "remove", "path": "/new"}]) == target
