"""Who owns which fields after updates and applies, and which of them go.

Source: structured-merge-diff (merge, typed), the list types of k8s.io/api.
"""

from __future__ import annotations

from typing import Any

import pytest

from harness.objects.apps import Deployment
from harness.objects.field_owners import APPLY, UPDATE, Conflicts, Manager, Owners, after_apply, after_update, outside
from harness.objects.field_sets import in_order, spelled
from harness.objects.pod import Pod
from harness.objects.service import Service
from harness.objects.structured_merge import compare, fields_of, merge, misfits
from harness.objects.value import Value

ANNA, BERT = Manager("anna", APPLY), Manager("bert", APPLY)
HAND = Manager("hand", UPDATE, "v1")
EVERYTHING = outside()


def pod(*containers: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {"spec": {"containers": list(containers), **spec}}


def paths(fields: Any) -> list[str]:
    return [spelled(path) for path in in_order(fields)]


def applied(
    owners: Owners, live: dict[str, Any], document: dict[str, Any], manager: Manager = ANNA, *, force: bool = False
) -> tuple[dict[str, Any], Owners]:
    done = after_apply(owners, live, document, manager, Pod, EVERYTHING, force=force)
    return done.document, done.owners


# The fields of a document


@pytest.mark.parametrize(
    ("cls", "document", "expected"),
    [
        (Pod, {"spec": {"hostname": "a"}}, [".spec.hostname"]),
        (
            Pod,
            pod({"name": "c", "image": "a:1", "args": ["x", "y"]}),
            [
                '.spec.containers[name="c"]',
                '.spec.containers[name="c"].args',
                '.spec.containers[name="c"].image',
                '.spec.containers[name="c"].name',
            ],
        ),
        (
            Pod,
            {"metadata": {"labels": {"a": "b"}, "finalizers": ["x/y"]}, "spec": {"nodeSelector": {"a": "b"}}},
            ['.metadata.finalizers[="x/y"]', ".metadata.labels.a", ".spec.nodeSelector"],
        ),
        (
            Pod,
            pod({"name": "c", "ports": [{"containerPort": 80}]}),
            [
                '.spec.containers[name="c"]',
                '.spec.containers[name="c"].name',
                '.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"]',
                '.spec.containers[name="c"].ports[containerPort=80,protocol="TCP"].containerPort',
            ],
        ),
        (Pod, {"spec": {"securityContext": {}, "affinity": {}}}, [".spec.affinity", ".spec.securityContext"]),
        (Deployment, {"spec": {"selector": {"matchLabels": {"a": "b"}}}}, [".spec.selector"]),
        (Service, {"spec": {"selector": {"a": "b"}}}, [".spec.selector"]),
        (
            None,
            {"spec": {"size": {"min": 1}, "list": [{"name": "a"}]}},
            [".spec", ".spec.list", ".spec.size", ".spec.size.min"],
        ),
    ],
)
def test_lists_and_maps_are_owned_as_their_types_say(
    cls: type[Value] | None, document: dict[str, Any], expected: list[str]
) -> None:
    assert paths(fields_of(document, cls)) == expected


def test_fields_of_one_place_come_before_those_below_others() -> None:
    fields = fields_of({"spec": {"hostname": "a", "dnsConfig": {"options": []}, "containers": [{"name": "a"}]}}, Pod)
    assert paths(fields) == [
        ".spec.hostname",
        '.spec.containers[name="a"]',
        '.spec.containers[name="a"].name',
        ".spec.dnsConfig.options",
    ]


def test_a_comparison_tells_what_came_went_and_changed() -> None:
    old = pod({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}, hostname="x")
    new = pod({"name": "c", "image": "c:1"}, {"name": "a", "image": "a:2"}, subdomain="y")
    found = compare(old, new, Pod)
    assert paths(found.modified) == ['.spec.containers[name="a"].image']
    assert paths(found.added) == [
        ".spec.subdomain",
        '.spec.containers[name="c"]',
        '.spec.containers[name="c"].image',
        '.spec.containers[name="c"].name',
    ]
    assert '.spec.containers[name="b"]' in paths(found.removed)
    assert ".spec.hostname" in paths(found.removed)


# Merging


@pytest.mark.parametrize(
    ("live", "wanted", "expected"),
    [
        ("ab", "c", "abc"),
        ("ab", "ba", "ba"),
        ("abc", "ca", "bca"),
        ("a", "xay", "xay"),
        ("axb", "ab", "axb"),
        ("", "ab", "ab"),
    ],
)
def test_applied_items_come_in_their_order_and_others_where_they_stood(live: str, wanted: str, expected: str) -> None:
    merged = merge(pod(*({"name": name} for name in live)), pod(*({"name": name} for name in wanted)), Pod)
    assert "".join(item["name"] for item in merged["spec"]["containers"]) == expected


def test_an_atomic_list_is_replaced() -> None:
    merged = merge(pod({"name": "c", "args": ["a", "b"]}), pod({"name": "c", "args": ["c"]}), Pod)
    assert merged == pod({"name": "c", "args": ["c"]})


# Owners


def test_whoever_changes_a_field_owns_it_alone() -> None:
    _, owners = applied({}, {}, pod({"name": "c", "image": "a:1"}))
    before, after = pod({"name": "c", "image": "a:1"}), pod({"name": "c", "image": "a:2"})
    owners = after_update(owners, before, after, HAND, Pod, EVERYTHING)
    assert paths(owners[HAND]) == ['.spec.containers[name="c"].image']
    assert '.spec.containers[name="c"].image' not in paths(owners[ANNA])


def test_metadata_that_the_server_writes_is_nobodys() -> None:
    document = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a", "namespace": "b", "labels": {"c": "d"}}}
    _, owners = applied({}, {}, document)
    assert paths(owners[ANNA]) == [".metadata.labels.c"]


def test_a_field_of_another_is_not_taken() -> None:
    live, owners = applied({}, {}, pod({"name": "c", "image": "a:1"}, hostname="x"))
    with pytest.raises(Conflicts) as caught:
        applied(owners, live, pod({"name": "c", "image": "a:2"}), BERT)
    assert str(caught.value) == ('Apply failed with 1 conflict: conflict with "anna": .spec.containers[name="c"].image')
    with pytest.raises(Conflicts) as caught:
        applied(owners, live, pod({"name": "c", "image": "a:2"}, hostname="y"), BERT)
    assert str(caught.value) == (
        'Apply failed with 2 conflicts: conflicts with "anna":\n- .spec.hostname\n- .spec.containers[name="c"].image'
    )


def test_a_conflict_with_a_writer_names_its_version_and_subresource() -> None:
    scaler = Manager("kubectl", UPDATE, "apps/v1", "scale")
    owners = after_update({}, {}, {"spec": {"replicas": 3}}, scaler, Deployment, EVERYTHING)
    with pytest.raises(Conflicts) as caught:
        after_apply(
            owners, {"spec": {"replicas": 3}}, {"spec": {"replicas": 2}}, ANNA, Deployment, EVERYTHING, force=False
        )
    assert str(caught.value) == (
        'Apply failed with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas'
    )


def test_force_takes_a_field_over() -> None:
    live, owners = applied({}, {}, pod({"name": "c", "image": "a:1"}))
    live, owners = applied(owners, live, pod({"name": "c", "image": "a:2"}), BERT, force=True)
    assert live == pod({"name": "c", "image": "a:2"})
    assert '.spec.containers[name="c"].image' not in paths(owners[ANNA])
    assert '.spec.containers[name="c"].image' in paths(owners[BERT])


def test_the_same_value_is_owned_by_both_and_goes_with_the_last() -> None:
    live, owners = applied({}, {}, {"spec": {"hostname": "x", "subdomain": "y"}})
    live, owners = applied(owners, live, {"spec": {"hostname": "x"}}, BERT)
    live, owners = applied(owners, live, {"spec": {"subdomain": "y"}})
    assert live == {"spec": {"hostname": "x", "subdomain": "y"}}
    live, owners = applied(owners, live, {"metadata": {"labels": {"a": "b"}}}, BERT)
    assert live == {"spec": {"subdomain": "y"}, "metadata": {"labels": {"a": "b"}}}


def test_an_item_goes_with_its_applier_but_what_others_put_in_it_stays() -> None:
    live, owners = applied({}, {}, pod({"name": "a", "image": "a:1"}, {"name": "b", "image": "b:1"}))
    without_b, _ = applied(owners, live, pod({"name": "a", "image": "a:1"}))
    assert without_b == pod({"name": "a", "image": "a:1"})
    live, owners = applied(owners, live, pod({"name": "b", "tty": True}), BERT)
    live, owners = applied(owners, live, pod({"name": "a", "image": "a:1"}))
    assert live == pod({"name": "a", "image": "a:1"}, {"name": "b", "tty": True})


def test_what_a_writer_set_is_not_removed_by_an_applier() -> None:
    live, owners = applied({}, {}, pod({"name": "a"}))
    changed = pod({"name": "a"}, hostname="x")
    owners = after_update(owners, live, changed, HAND, Pod, EVERYTHING)
    assert applied(owners, changed, pod({"name": "a"}))[0] == changed


def test_an_empty_struct_goes_with_its_last_field() -> None:
    live, owners = applied({}, {}, {"spec": {"hostname": "x", "dnsConfig": {"nameservers": ["1.1.1.1"]}}})
    live, _ = applied(owners, live, {"spec": {"hostname": "x"}})
    assert live == {"spec": {"hostname": "x"}}


# What does not fit


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ({"spec": {"hostnam": "x"}}, [".spec.hostnam: field not declared in schema"]),
        ({"spec": {"priority": "x"}}, [".spec.priority: expected numeric (int or float), got string"]),
        ({"spec": {"hostNetwork": "x"}}, [".spec.hostNetwork: expected boolean, got &{x}"]),
        (
            pod({"name": "c", "image": 1}),
            ['.spec.containers[name="c"].image: expected string, got &value.valueUnstructured{Value:1}'],
        ),
        ({"spec": {"containers": {"name": "c"}}}, [".spec.containers: expected list, got &{map[name:c]}"]),
        ({"spec": "x"}, [".spec: expected map, got &{x}"]),
        (pod({"name": "c"}, {"name": "c"}), ['.spec.containers: duplicate entries for key [name="c"]']),
        (
            pod({"image": "c"}),
            [
                ".spec.containers: element 0: associative list with keys has an element that omits all key fields "
                '["name"] (and doesn\'t have default values for any key fields)'
            ],
        ),
    ],
)
def test_what_does_not_fit_is_named_with_its_place(document: dict[str, Any], told: list[str]) -> None:
    assert misfits(document, Pod) == told
