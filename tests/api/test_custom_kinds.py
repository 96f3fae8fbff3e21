"""A custom kind is what its definition says: which versions are served, what an object may hold, what is filled in."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.api.custom.registry import DEFINITIONS
from harness.api.custom.values import value_problems
from harness.objects.custom_definition import JSONSchemaProps
from harness.objects.meta import CustomObject
from harness.objects.wire import from_wire, to_wire
from harness.outcome import Outcome, StepOutcome
from harness.runner import play
from harness.scenario.reading import parse_scenario

SPEC = {
    "type": "object",
    "required": ["replicas"],
    "properties": {
        "replicas": {"type": "integer", "minimum": 1, "maximum": 9},
        "policy": {"type": "string", "enum": ["LRU", "LFU"], "default": "LRU"},
        "size": {"x-kubernetes-int-or-string": True},
        "zones": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "note": {"type": "string", "nullable": True},
        "extra": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    },
}


def definition(spec: dict[str, Any] | None = None, **version: Any) -> dict[str, Any]:
    """The definition of Caches, whose spec has this schema."""
    schema = {"type": "object", "properties": {"spec": spec or SPEC, "status": {"type": "object"}}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "caches.db.example.com"},
        "spec": {
            "group": "db.example.com",
            "scope": "Namespaced",
            "names": {"kind": "Cache", "plural": "caches", "shortNames": ["ca"]},
            "versions": [
                {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **version}
            ],
        },
    }


def cache(spec: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {
        "apiVersion": "db.example.com/v1",
        "kind": "Cache",
        "metadata": {"name": "a"},
        "spec": {"replicas": 3} if spec is None else spec,
        **more,
    }


def played(*steps: dict[str, Any]) -> Outcome:
    return play(parse_scenario(json.dumps({"cluster": {"nodes": 0, "quiet": "1s"}, "steps": list(steps)}), "s.yaml"))


def last(*steps: dict[str, Any]) -> StepOutcome:
    return played(*steps).steps[-1]


def refusal(spec: dict[str, Any], of: dict[str, Any] | None = None) -> str:
    """What kubectl says when a Cache with this spec is applied."""
    return last({"apply": definition(of)}, {"apply": cache(spec)}).rejected or ""


def stored(outcome: Outcome) -> dict[str, Any]:
    (found,) = [obj for obj in outcome.objects if isinstance(obj, CustomObject)]
    return to_wire(found)


def test_a_definition_is_established_with_the_names_it_asked_for() -> None:
    (found,) = played({"apply": definition()}).objects
    data = to_wire(found)
    assert data["metadata"]["generation"] == 1
    assert data["status"]["acceptedNames"] == {
        "plural": "caches",
        "singular": "cache",
        "shortNames": ["ca"],
        "kind": "Cache",
        "listKind": "CacheList",
    }
    assert data["status"]["storedVersions"] == ["v1"]
    assert [(one["type"], one["status"], one["reason"]) for one in data["status"]["conditions"]] == [
        ("NamesAccepted", "True", "NoConflicts"),
        ("Established", "True", "InitialNamesAccepted"),
    ]


def test_names_that_another_definition_of_the_group_has_are_not_accepted() -> None:
    other = definition()
    other["metadata"] = {"name": "stores.db.example.com"}
    other["spec"] |= {"names": {"kind": "Cache", "plural": "stores"}}
    outcome = played({"apply": definition()}, {"apply": other})
    (found,) = [obj for obj in outcome.objects if obj.metadata.name == "stores.db.example.com"]
    conditions = {one["type"]: one for one in to_wire(found)["status"]["conditions"]}
    assert conditions["NamesAccepted"]["status"] == "False"
    assert conditions["NamesAccepted"]["reason"] == "ListKindConflict"
    assert conditions["NamesAccepted"]["message"] == '"CacheList" is already in use'
    assert conditions["Established"]["reason"] == "NotAccepted"


def test_an_object_without_a_definition_is_not_even_sent() -> None:
    assert last({"apply": cache()}).rejected == (
        'error: resource mapping not found for name: "a" namespace: "" from "STDIN": '
        'no matches for kind "Cache" in version "db.example.com/v1"\nensure CRDs are installed first'
    )


def test_an_object_in_one_apply_with_its_definition_comes_too_early() -> None:
    step = last({"apply": [definition(), cache()]})
    assert step.message == "customresourcedefinition.apiextensions.k8s.io/caches.db.example.com created"
    assert (step.rejected or "").startswith("error: resource mapping not found")


def test_defaults_are_filled_in_and_nulls_that_are_not_allowed_are_left_out() -> None:
    outcome = played(
        {"apply": definition()}, {"create": cache({"replicas": 3, "policy": None, "size": None, "note": None})}
    )
    assert stored(outcome)["spec"] == {"replicas": 3, "policy": "LRU", "note": None}


def test_unknown_fields_are_refused_by_apply() -> None:
    assert refusal({"replicas": 3, "replica": 1, "extra": {"anything": [1]}}) == (
        'Error from server (BadRequest): error when creating "STDIN": Cache in version "v1" cannot be handled as a '
        'Cache: strict decoding error: unknown field "spec.replica"'
    )


def test_unknown_fields_of_a_patch_are_dropped_with_a_warning() -> None:
    patch = {"patch": "ca/a", "type": "merge", "with": {"spec": {"replicas": 4, "replica": 1}}}
    outcome = played({"apply": definition()}, {"apply": cache()}, patch)
    assert outcome.steps[-1].warned == 'Warning: unknown field "spec.replica"'
    assert stored(outcome)["spec"] == {"replicas": 4, "policy": "LRU"}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({}, "spec.replicas: Required value"),
        (
            {"replicas": "3"},
            'spec.replicas: Invalid value: "string": spec.replicas in body must be of type integer: "string"',
        ),
        (
            {"replicas": 0},
            "spec.replicas: Invalid value: 0: spec.replicas in body should be greater than or equal to 1",
        ),
        (
            {"replicas": 10},
            "spec.replicas: Invalid value: 10: spec.replicas in body should be less than or equal to 9",
        ),
        (
            {"replicas": 1, "policy": "MRU"},
            'spec.policy: Unsupported value: "MRU": supported values: "LRU", "LFU"',
        ),
        ({"replicas": 1, "zones": ["a", "b", "a"]}, 'spec.zones[2]: Duplicate value: "a"'),
        (
            {"replicas": 1, "size": True},
            'spec.size: Invalid value: "boolean": spec.size in body must be of type integer,string: "boolean"',
        ),
    ],
)
def test_a_value_that_its_schema_does_not_allow_is_refused_with_the_servers_words(
    spec: dict[str, Any], said: str
) -> None:
    assert refusal(spec) == f'The Cache "a" is invalid: {said}'


def judged(data: Any, schema: dict[str, Any]) -> list[str]:
    return [
        str(problem)
        for problem in value_problems({"x": data}, from_wire({"properties": {"x": schema}}, JSONSchemaProps), "")
    ]


@pytest.mark.parametrize(
    ("data", "schema", "said"),
    [
        ("abc", {"type": "string", "maxLength": 2}, ["x: Too long: may not be more than 2 bytes"]),
        ("a", {"type": "string", "minLength": 2}, ['x: Invalid value: "a": x in body should be at least 2 chars long']),
        (
            "A",
            {"type": "string", "pattern": "^[a-z]+$"},
            ["x: Invalid value: \"A\": x in body should match '^[a-z]+$'"],
        ),
        (
            "no",
            {"type": "string", "format": "date-time"},
            ['x: Invalid value: "no": x in body must be of type date-time: "no"'],
        ),
        ("::1", {"type": "string", "format": "ipv6"}, []),
        ("anything", {"type": "string", "format": "unheard-of"}, []),
        (
            [1, 2, 3],
            {"type": "array", "maxItems": 2, "items": {"type": "integer"}},
            ["x: Too many: 3: must have at most 2 items"],
        ),
        ([], {"type": "array", "minItems": 1}, ["x: Invalid value: 0: x in body should have at least 1 items"]),
        (
            [1, "a"],
            {"type": "array", "items": {"type": "integer"}},
            ['x[1]: Invalid value: "string": x[1] in body must be of type integer: "string"'],
        ),
        (
            {"a": 1},
            {"type": "object", "additionalProperties": {"type": "string"}},
            ['x.a: Invalid value: "integer": x.a in body must be of type string: "integer"'],
        ),
        (7, {"type": "integer", "multipleOf": 5}, ["x: Invalid value: 7: x in body should be a multiple of 5"]),
        (
            1.5,
            {"type": "number", "exclusiveMaximum": True, "maximum": 1.5},
            ["x: Invalid value: 1.5: x in body should be less than 1.5"],
        ),
        (None, {"type": "string"}, ['x: Invalid value: "null": x in body must be of type string: "null"']),
        (None, {"type": "string", "nullable": True}, []),
        (
            2**31,
            {"type": "integer", "format": "int32"},
            ['<nil>: Invalid value: "": Checked value must be of type integer with format int32 in x'],
        ),
        (
            {"a": 1, "b": 1},
            {
                "type": "object",
                "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
                "oneOf": [{"required": ["a"]}, {"required": ["b"]}],
            },
            ['<nil>: Invalid value: "": "x" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
        ),
        (
            {},
            {"type": "object", "anyOf": [{"required": ["a"]}]},
            ['<nil>: Invalid value: "": "x" must validate at least one schema (anyOf)', "x.a: Required value"],
        ),
        (
            "a",
            {"type": "string", "not": {"enum": ["a"]}},
            ['<nil>: Invalid value: "": "x" must not validate the schema (not)'],
        ),
    ],
)
def test_values_are_judged_as_kube_openapi_does(data: Any, schema: dict[str, Any], said: list[str]) -> None:
    assert judged(data, schema) == said


def test_a_change_is_not_refused_for_what_it_leaves_as_it_was() -> None:
    tightened = json.loads(json.dumps(SPEC))
    tightened["properties"]["replicas"]["maximum"] = 2
    patch = {"patch": "ca/a", "type": "merge", "with": {"spec": {"policy": "LFU"}}}
    steps = ({"apply": definition()}, {"apply": cache()}, {"apply": definition(tightened)}, patch)
    assert last(*steps).rejected is None
    worse = {"patch": "ca/a", "type": "merge", "with": {"spec": {"replicas": 4}}}
    assert "less than or equal to 2" in (last(*steps, worse).rejected or "")


def test_with_a_status_subresource_status_and_spec_go_separate_ways() -> None:
    status = {
        "patch": "ca/a",
        "type": "merge",
        "subresource": "status",
        "with": {"status": {"ready": 1}, "spec": {"replicas": 9}},
    }
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    made = definition(SPEC, subresources={"status": {}})
    made["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["status"] = schema
    data = stored(played({"apply": made}, {"apply": cache(status={"ready": 9})}, status))
    assert (data["spec"]["replicas"], data["status"], data["metadata"]["generation"]) == (3, {"ready": 1}, 1)


def test_a_kind_with_a_scale_subresource_is_scaled_where_its_definition_says() -> None:
    scale = {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"}
    outcome = played(
        {"apply": definition(SPEC, subresources={"scale": scale})}, {"apply": cache()}, {"scale": "ca/a", "replicas": 5}
    )
    data = stored(outcome)
    assert (outcome.steps[-1].message, data["spec"]["replicas"], data["metadata"]["generation"]) == (
        "cache.db.example.com/a scaled",
        5,
        2,
    )


def test_a_kind_without_a_scale_subresource_cannot_be_scaled() -> None:
    step = last({"apply": definition()}, {"apply": cache()}, {"scale": "ca/a", "replicas": 5})
    assert step.rejected == "Error from server (NotFound): the server could not find the requested resource"


def test_a_strategic_patch_of_a_custom_object_is_refused() -> None:
    step = last({"apply": definition()}, {"apply": cache()}, {"patch": "ca/a", "with": {"spec": {"replicas": 4}}})
    assert (step.rejected or "").startswith(
        "error: application/strategic-merge-patch+json is not supported by db.example.com/v1, Kind=Cache: the body of"
    )


def test_an_object_written_in_another_version_is_kept_in_the_one_for_that() -> None:
    made = definition()
    older = {**made["spec"]["versions"][0], "name": "v1beta1", "storage": False, "deprecated": True}
    made["spec"]["versions"].append(older)
    again = {"apply": {**cache(), "apiVersion": "db.example.com/v1beta1"}}
    outcome = played({"apply": made}, again, again)
    assert stored(outcome)["apiVersion"] == "db.example.com/v1"
    assert outcome.steps[1].warned == "Warning: db.example.com/v1beta1 Cache is deprecated"
    assert outcome.steps[2].message == "cache.db.example.com/a unchanged"


def test_a_deleted_definition_takes_its_objects_along() -> None:
    outcome = played(
        {"apply": definition()}, {"apply": cache()}, {"delete": "crd/caches.db.example.com"}, {"apply": cache()}
    )
    assert outcome.objects == ()
    assert (outcome.steps[-1].rejected or "").startswith("error: resource mapping not found")


def test_a_definition_waits_for_objects_that_a_finalizer_holds_and_takes_no_new_ones() -> None:
    held = cache(metadata={"name": "a", "finalizers": ["example.com/backup"]})
    new = cache(metadata={"name": "b"})
    outcome = played({"apply": definition()}, {"apply": held}, {"delete": "crd/caches.db.example.com"}, {"apply": new})
    assert outcome.steps[-1].rejected == (
        'Error from server (Forbidden): error when creating "STDIN": caches.db.example.com "b" is forbidden: '
        "create not allowed while custom resource definition is terminating"
    )
    (found,) = [obj for obj in outcome.objects if not isinstance(obj, CustomObject)]
    data = to_wire(found)
    assert data["metadata"]["finalizers"] == ["customresourcecleanup.apiextensions.k8s.io"]
    released = {"patch": "ca/a", "type": "merge", "with": {"metadata": {"finalizers": None}}}
    steps = (
        {"apply": definition()},
        {"apply": held},
        {"delete": "crd/caches.db.example.com"},
        released,
        {"wait": "10s"},
    )
    assert played(*steps).objects == ()


def test_rules_in_cel_are_named_as_not_evaluated() -> None:
    ruled = {**SPEC, "x-kubernetes-validations": [{"rule": "self.replicas < 3"}]}
    outcome = played({"apply": definition(ruled)}, {"apply": cache()})
    assert outcome.unattended == (
        "Cache (db.example.com/v1)",
        "x-kubernetes-validations of caches.db.example.com",
    )


def refused_definition(**spec: Any) -> list[str]:
    made = definition()
    made["spec"] |= spec
    text = last({"apply": made}).rejected or ""
    prefix = 'The CustomResourceDefinition "caches.db.example.com" is invalid: '
    assert text.startswith(prefix)
    return [line.removeprefix("* ") for line in text.removeprefix(prefix).splitlines() if line]


def version(schema: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    shown = {} if schema is None else {"schema": {"openAPIV3Schema": schema}}
    return {"name": "v1", "served": True, "storage": True, **shown, **more}


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"versions": [version(None)]}, ["spec.versions[0].schema.openAPIV3Schema: Required value"]),
        ({"scope": "Global"}, ['spec.scope: Unsupported value: "Global": supported values: "Cluster", "Namespaced"']),
        (
            {"versions": [version({"type": "object", "properties": {"spec": {"properties": {}}}})]},
            [
                "spec.validation.openAPIV3Schema.properties[spec].type: Required value: "
                "must not be empty for specified object fields"
            ],
        ),
        (
            {"versions": [version({"properties": {}})]},
            ["spec.validation.openAPIV3Schema.type: Required value: must not be empty at the root"],
        ),
        (
            {"versions": [version({"type": "object", "properties": {"a": {"type": "array"}}})]},
            ["spec.validation.openAPIV3Schema.properties[a].items: Required value: must be specified"],
        ),
        (
            {"versions": [version({"type": "object", "properties": {"a": {"type": "integer", "default": "x"}}})]},
            [
                'spec.validation.openAPIV3Schema.properties[a].default: Invalid value: "string": '
                ' in body must be of type integer: "string"'
            ],
        ),
        (
            {"preserveUnknownFields": True},
            [
                "spec.preserveUnknownFields: Invalid value: true: cannot set to true, set "
                "x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
            ],
        ),
    ],
)
def test_a_definition_that_is_not_sound_is_refused_with_the_servers_words(
    spec: dict[str, Any], said: list[str]
) -> None:
    assert refused_definition(**spec) == said


def test_a_definition_must_be_called_by_its_resource_and_group() -> None:
    made = definition()
    made["metadata"] = {"name": "cache.db.example.com"}
    assert (last({"apply": made}).rejected or "").endswith(
        'metadata.name: Invalid value: "cache.db.example.com": must be spec.names.plural+"."+spec.group'
    )


def test_definitions_are_kept_under_the_name_that_the_registry_knows() -> None:
    assert DEFINITIONS == "customresourcedefinitions.apiextensions.k8s.io"
