"""kubectl apply: the annotation it leaves, and the patch it sends."""

from __future__ import annotations

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from harness.objects.applying import LAST_APPLIED, annotated, last_applied, three_way
from harness.objects.patches import merge_patch
from harness.objects.pod import Pod
from harness.objects.policy import PodDisruptionBudget
from harness.objects.statefulset import StatefulSet
from harness.objects.strategic import strategic_merge


def stateful_set(labels: dict[str, str] | None = None, env: dict[str, str] | None = None, **spec: Any) -> Any:
    variables = [{"name": name, "value": value} for name, value in (env or {}).items()]
    template = {"spec": {"containers": [{"name": "c", "image": "app:v1", **({"env": variables} if env else {})}]}}
    return {"metadata": {"name": "web", "labels": labels or {"app": "web"}}, "spec": {"template": template, **spec}}


def reapplied(before: Any, manifest: Any, live: Any) -> Any:
    return three_way(before, manifest, live, StatefulSet)


def test_the_annotation_is_sorted_compact_json_without_itself() -> None:
    document = {"kind": "Pod", "metadata": {"name": "<p>", "annotations": {LAST_APPLIED: "old", "a": "1"}}}
    assert last_applied(document) == '{"kind":"Pod","metadata":{"annotations":{"a":"1"},"name":"\\u003cp\\u003e"}}\n'
    assert last_applied({"metadata": None}) == '{"metadata":{"annotations":{}}}\n'


def test_an_annotated_manifest_carries_itself() -> None:
    document = {"metadata": {"name": "p"}}
    assert annotated(document)["metadata"]["annotations"] == {LAST_APPLIED: last_applied(document)}
    assert last_applied(annotated(document)) == last_applied(document)


def test_applying_the_same_manifest_again_changes_nothing() -> None:
    manifest = stateful_set(env={"A": "1"}, replicas=2)
    live = copy.deepcopy(manifest)
    live["spec"]["podManagementPolicy"] = "OrderedReady"
    live["spec"]["template"]["spec"]["containers"][0]["imagePullPolicy"] = "IfNotPresent"
    live["status"] = {"replicas": 2}
    assert reapplied(manifest, manifest, live) == {}


def test_a_field_left_out_is_removed_only_if_an_earlier_apply_set_it() -> None:
    before, manifest = stateful_set(replicas=2), stateful_set()
    live = stateful_set(replicas=5, minReadySeconds=3)
    assert reapplied(before, manifest, live) == {"spec": {"replicas": None}}
    assert reapplied(None, manifest, live) == {}


def test_a_changed_field_is_sent_with_the_order_of_the_lists_above_it() -> None:
    before, manifest = stateful_set(), stateful_set()
    manifest["spec"]["template"]["spec"]["containers"][0]["image"] = "app:v2"
    assert reapplied(before, manifest, before) == {
        "spec": {
            "template": {
                "spec": {
                    "$setElementOrder/containers": [{"name": "c"}],
                    "containers": [{"name": "c", "image": "app:v2"}],
                }
            }
        }
    }


def test_an_item_left_out_is_deleted_and_the_rest_is_ordered() -> None:
    before, manifest = stateful_set(env={"A": "1", "B": "2"}), stateful_set(env={"B": "2", "D": "4"})
    patch = reapplied(before, manifest, before)["spec"]["template"]["spec"]["containers"][0]
    assert patch == {
        "name": "c",
        "$setElementOrder/env": [{"name": "B"}, {"name": "D"}],
        "env": [{"name": "D", "value": "4"}, {"name": "A", "$patch": "delete"}],
    }


def test_an_item_somebody_else_added_is_kept_but_ordered_every_time() -> None:
    manifest, live = stateful_set(env={"B": "2"}), stateful_set(env={"B": "2", "E": "kept"})
    patch = reapplied(manifest, manifest, live)
    assert patch["spec"]["template"]["spec"]["containers"] == [{"name": "c", "$setElementOrder/env": [{"name": "B"}]}]
    assert strategic_merge(live, patch, StatefulSet) == live


def test_a_changed_alternative_names_the_keys_to_retain() -> None:
    before = {"spec": {"volumes": [{"name": "d", "emptyDir": {}}]}}
    manifest = {"spec": {"volumes": [{"name": "d", "hostPath": {"path": "/srv"}}]}}
    patch = three_way(before, manifest, before, Pod)
    assert patch["spec"]["volumes"] == [
        {"name": "d", "emptyDir": None, "hostPath": {"path": "/srv"}, "$retainKeys": ["hostPath", "name"]}
    ]
    assert strategic_merge(before, patch, Pod) == manifest


def test_ports_that_share_a_number_are_told_apart_by_position() -> None:
    ports = [{"containerPort": 53, "protocol": "UDP"}, {"containerPort": 53, "protocol": "TCP"}]
    pod = {"spec": {"containers": [{"name": "c", "ports": ports}]}}
    assert three_way(pod, pod, pod, Pod) == {}


def test_finalizers_of_others_stay() -> None:
    before, manifest = {"metadata": {"finalizers": ["a", "b"]}}, {"metadata": {"finalizers": ["b"]}}
    live = {"metadata": {"finalizers": ["a", "b", "theirs"]}}
    assert strategic_merge(live, three_way(before, manifest, live, Pod), Pod) == {
        "metadata": {"finalizers": ["b", "theirs"]}
    }


def test_a_struct_tagged_for_replacement_is_sent_every_time() -> None:
    budget = {"spec": {"selector": {"matchLabels": {"a": "1"}}, "minAvailable": 1}}
    assert three_way(budget, budget, budget, PodDisruptionBudget) == {"spec": {"selector": budget["spec"]["selector"]}}


def test_a_custom_kind_is_patched_with_a_merge_patch() -> None:
    before = {"spec": {"a": 1, "gone": {"x": 1}, "list": [1]}, "metadata": {"creationTimestamp": None}}
    manifest = {"spec": {"a": 2, "list": [1, 2], "n": None}, "metadata": {"creationTimestamp": None}}
    live = {"spec": {"a": 1, "gone": {"x": 1}, "list": [1], "theirs": 1}, "metadata": {"creationTimestamp": "2026"}}
    patch = three_way(before, manifest, live, None)
    assert patch == {"spec": {"gone": None, "a": 2, "list": [1, 2]}}
    assert three_way(manifest, manifest, merge_patch(live, patch), None) == {}


# --- properties -----------------------------------------------------------------------------------------------------

NAMES = st.sampled_from("abcd")
VALUES = st.sampled_from(["1", "2"])


def keyed(key: str, item: st.SearchStrategy[dict[str, Any]], names: st.SearchStrategy[Any] = NAMES) -> Any:
    """Lists of items with distinct keys, in any order."""
    return st.dictionaries(names, item, max_size=3).map(
        lambda items: [{key: name, **each} for name, each in items.items()]
    )


ENVIRONMENTS = keyed("name", st.fixed_dictionaries({"value": VALUES}))
CONTAINERS = keyed(
    "name",
    st.fixed_dictionaries(
        {"image": VALUES}, optional={"env": ENVIRONMENTS, "args": st.lists(VALUES, max_size=2), "tty": st.booleans()}
    ),
)
VOLUMES = keyed(
    "name",
    st.sampled_from(
        [{"emptyDir": {}}, {"hostPath": {"path": "/a"}}, {"hostPath": {"path": "/b"}}, {"nfs": {"path": "/"}}]
    ),
)
PODS = st.fixed_dictionaries(
    {
        "metadata": st.fixed_dictionaries(
            {},
            optional={
                "labels": st.dictionaries(NAMES, VALUES, max_size=3),
                "finalizers": st.lists(NAMES, unique=True, max_size=3),
            },
        ),
        "spec": st.fixed_dictionaries({}, optional={"containers": CONTAINERS, "volumes": VOLUMES, "hostname": VALUES}),
    }
)


def contains(live: Any, manifest: Any) -> bool:
    """Whether all of the manifest is in the live object; items of lists in the manifest's order."""
    if isinstance(manifest, dict):
        return isinstance(live, dict) and all(key in live and contains(live[key], manifest[key]) for key in manifest)
    if isinstance(manifest, list):
        remaining = iter(live)
        return all(any(contains(each, item) for each in remaining) for item in manifest)
    return bool(live == manifest)


@given(PODS, PODS, PODS)
def test_after_an_apply_the_live_object_contains_the_manifest(before: Any, manifest: Any, live: Any) -> None:
    given_ = copy.deepcopy((before, manifest, live))
    applied = strategic_merge(live, three_way(before, manifest, live, Pod), Pod)
    assert contains(applied, manifest)
    assert (before, manifest, live) == given_


@given(PODS, PODS)
def test_after_an_apply_to_what_the_last_apply_made_only_the_manifest_is_left(before: Any, manifest: Any) -> None:
    applied = strategic_merge(before, three_way(before, manifest, before, Pod), Pod)
    again = three_way(manifest, manifest, applied, Pod)
    assert again == {}


@given(PODS, PODS, PODS)
def test_an_apply_of_a_custom_kind_settles_at_once(before: Any, manifest: Any, live: Any) -> None:
    applied = merge_patch(live, three_way(before, manifest, live, None))
    assert contains(applied, manifest)
    assert three_way(manifest, manifest, applied, None) == {}
