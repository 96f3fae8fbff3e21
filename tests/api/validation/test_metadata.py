"""Names, labels, annotations, owners and finalizers of any object."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.objects.meta import ObjectMeta, OwnerReference

from .building import claim, pod, refused, refused_change, service, stateful_set, volume

LABEL = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
)
SUBDOMAIN = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
KEY = (
    "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric "
    "character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is "
    "'([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
)
LABEL_VALUE = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and "
    "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
)


def of(obj, **fields):
    return refused(replace(obj, metadata=replace(obj.metadata, **fields)))


@pytest.mark.parametrize("make", [stateful_set, service])
def test_sets_and_services_are_named_like_a_dns_label(make):
    assert of(make(), name="Bad_Name") == [f'metadata.name: Invalid value: "Bad_Name": {LABEL}']
    assert of(make(), name="a.b") == ['metadata.name: Invalid value: "a.b": must not contain dots']


@pytest.mark.parametrize("make", [pod, claim, volume])
def test_most_objects_are_named_like_a_dns_subdomain(make):
    assert of(make(), name="Bad_Name") == [f'metadata.name: Invalid value: "Bad_Name": {SUBDOMAIN}']
    assert of(make(), name="a.b") == []


def test_a_name_is_no_longer_than_its_kind_allows():
    assert of(stateful_set(), name="a" * 64) == [
        f'metadata.name: Invalid value: "{"a" * 64}": must be no more than 63 bytes'
    ]


def test_a_name_and_a_namespace_are_required():
    assert of(pod(), name="", namespace="") == [
        "metadata.name: Required value: name or generateName is required",
        "metadata.namespace: Required value",
    ]


def test_an_object_of_the_cluster_has_no_namespace():
    assert of(volume(), namespace="default") == ["metadata.namespace: Forbidden: not allowed on this type"]


def test_a_generated_name_may_begin_with_a_prefix_that_ends_in_a_dash():
    assert of(pod(), generate_name="web-") == []
    assert of(pod(), generate_name="Web-")[0].startswith('metadata.generateName: Invalid value: "Web-": ')


def test_label_keys_and_values_are_reported_on_the_labels():
    assert of(pod(), labels={"-bad": "x"}) == [f'metadata.labels: Invalid value: "-bad": {KEY}']
    assert of(pod(), labels={"a": "not valid"}) == [f'metadata.labels: Invalid value: "not valid": {LABEL_VALUE}']


def test_annotation_keys_may_be_in_capitals():
    assert of(pod(), annotations={"Example.COM/Thing": "any text at all"}) == []


def test_annotations_are_limited_in_size():
    assert of(pod(), annotations={"a": "x" * 262_144}) == [
        "metadata.annotations: Too long: may not be more than 262144 bytes"
    ]


def test_an_owner_is_named_in_full_and_only_one_of_them_controls():
    owner = OwnerReference(api_version="apps/v1", kind="StatefulSet", name="web", uid="1", controller=True)
    assert of(pod(), owner_references=(replace(owner, uid=""),)) == [
        "metadata.ownerReferences[0].uid: Required value: must not be empty"
    ]
    (problem,) = of(pod(), owner_references=(owner, replace(owner, name="other")))
    assert problem.endswith(
        "Only one reference can have Controller set to true. "
        'Found "true" in references for StatefulSet/web and StatefulSet/other'
    )


def test_a_finalizer_is_qualified_unless_it_is_a_standard_one():
    assert of(pod(), finalizers=("orphan", "example.com/wait")) == []
    assert of(pod(), finalizers=("wait",)) == [
        'metadata.finalizers[0]: Invalid value: "wait": '
        "name is neither a standard finalizer name nor is it fully qualified"
    ]


def test_no_finalizer_can_be_added_to_an_object_that_is_being_deleted():
    old = pod()
    old = replace(old, metadata=replace(old.metadata, deletion_timestamp="2026-01-01T00:00:00Z"))
    new = replace(old, metadata=replace(old.metadata, finalizers=("example.com/wait",)))
    assert refused_change(new, old) == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, "
        'found new finalizers []string{"example.com/wait"}'
    ]


def test_a_change_of_labels_is_checked_like_new_ones():
    old = pod()
    new = replace(old, metadata=replace(old.metadata, labels={"a": "not valid"}))
    assert refused_change(new, old) == [f'metadata.labels: Invalid value: "not valid": {LABEL_VALUE}']


def test_what_an_update_leaves_alone_is_not_refused():
    old = replace(pod(), metadata=ObjectMeta(name="Bad_Name", namespace="default", labels={"a": "not valid"}))
    assert refused_change(old, old) == []
