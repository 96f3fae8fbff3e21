"""What the API server demands of the schemas of a definition: that they are structural, and what OpenAPI allows here.

Mirrors apiextensions-apiserver's pkg/apiserver/schema/validation.go and what of
pkg/apis/apiextensions/validation/validation.go is about schemas. Rules written in CEL are not compiled.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.api.custom import structural
from harness.api.custom.lists import duplicates
from harness.api.custom.values import pattern_fault, value_problems
from harness.api.problems import FieldProblem, forbidden, invalid, required, unsupported
from harness.objects.custom_definition import CustomResourceValidation, JSONSchemaProps

_ROOT, _ITEM, _FIELD = "at the root", "for specified array items", "for specified object fields"
_TYPES = ("array", "boolean", "integer", "number", "object", "string")
_INT_OR_STRING = (JSONSchemaProps(type="integer"), JSONSchemaProps(type="string"))


def schema_problems(validation: CustomResourceValidation | None, path: str, has_status: bool) -> list[FieldProblem]:
    """Of one schema; `has_status` tells whether its versions have the status subresource."""
    schema = validation.open_api_v3_schema if validation is not None else None
    if schema is None:
        return []
    path = f"{path}.openAPIV3Schema"
    problems: list[FieldProblem] = []
    if has_status and schema.type != "object" and schema.type:
        text = 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled'
        problems.append(invalid(f"{path}.type", schema.type, text))
    if schema.nullable:
        problems.append(forbidden(f"{path}.nullable", "nullable cannot be true at the root"))
    broken = sorted(
        [*_invariants(schema, _ROOT, path), *_completeness(schema, schema, path, path)],
        key=lambda problem: str(problem),
    )
    problems += broken or _default_problems(schema, path)
    problems += _open_api(schema, path, is_root=True)
    return problems


# Structure: every part of a value has one schema, and the combinations only judge what that schema has.


def _invariants(schema: JSONSchemaProps, level: str, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    items = schema.items if isinstance(schema.items, JSONSchemaProps) else None
    if schema.type == "array" and items is None:
        problems.append(required(f"{path}.items", "must be specified"))
    if items is not None:
        problems += _invariants(items, _ITEM, f"{path}.items")
    for name, below in schema.properties.items():
        problems += _invariants(below, _FIELD, f"{path}.properties[{name}]")
    more = schema.additional_properties
    if more is not None and level is _ROOT:
        problems.append(forbidden(f"{path}.additionalProperties", "must not be used at the root"))
    if isinstance(more, JSONSchemaProps):
        problems += _invariants(more, _FIELD, f"{path}.additionalProperties")
    if schema.int_or_string and schema.preserve_unknown_fields:
        text = "must be false if x-kubernetes-int-or-string is true"
        problems.append(invalid(f"{path}.x-kubernetes-preserve-unknown-fields", True, text))
    if schema.int_or_string and schema.embedded_resource:
        text = "must be false if x-kubernetes-int-or-string is true"
        problems.append(invalid(f"{path}.x-kubernetes-embedded-resource", True, text))
    problems += _judging(schema, path, _is_int_or_string(schema.any_of), _first_is_int_or_string(schema))
    problems += _type_problems(schema, level, path)
    problems += _meta_problems(schema, level, path)
    return problems


def _is_int_or_string(schemas: tuple[JSONSchemaProps, ...]) -> bool:
    return schemas == _INT_OR_STRING


def _first_is_int_or_string(schema: JSONSchemaProps) -> bool:
    return bool(schema.all_of) and _is_int_or_string(schema.all_of[0].any_of)


def _type_problems(schema: JSONSchemaProps, level: str, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if schema.embedded_resource and schema.type != "object":
        text = "must be object if x-kubernetes-embedded-resource is true"
        problems.append(invalid(f"{path}.type", schema.type, text) if schema.type else required(f"{path}.type", text))
    elif not schema.type and not schema.int_or_string and not schema.preserve_unknown_fields:
        problems.append(required(f"{path}.type", f"must not be empty {level}"))
    if schema.embedded_resource and schema.additional_properties is not None:
        text = "must not be used if x-kubernetes-embedded-resource is set"
        problems.append(forbidden(f"{path}.additionalProperties", text))
    if level is _ROOT and schema.type and schema.type != "object":
        problems.append(invalid(f"{path}.type", schema.type, "must be object at the root"))
    return problems


def _meta_problems(schema: JSONSchemaProps, level: str, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    is_object = level is _ROOT or schema.embedded_resource
    for key in ("kind", "apiVersion"):
        found = schema.properties.get(key)
        if found is not None and is_object and found.type != "string":
            problems.append(invalid(f"{path}.properties[{key}].type", found.type, "must be string"))
    metadata = schema.properties.get("metadata")
    if metadata is not None:
        where = f"{path}.properties[metadata]"
        if is_object and metadata.type != "object":
            problems.append(invalid(f"{where}.type", metadata.type, "must be object"))
        if level is _ROOT and not _restricts_names_only(metadata):
            text = "must not specify anything other than name and generateName, but metadata is implicitly specified"
            problems.append(forbidden(where, text))
    if schema.embedded_resource and not schema.preserve_unknown_fields and not schema.properties:
        text = (
            "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields"
        )
        problems.append(required(f"{path}.properties", text))
    return problems


def _restricts_names_only(metadata: JSONSchemaProps) -> bool:
    if metadata.properties.keys() - {"name", "generateName"}:
        return False
    return replace(metadata, properties={}, type="", default=None, description="", title="") == JSONSchemaProps()


def _judging(schema: JSONSchemaProps, path: str, skip_any_of: bool, skip_first: bool) -> list[FieldProblem]:
    """The combinations of a schema, and its pattern."""
    problems: list[FieldProblem] = []
    for index, one in enumerate(() if skip_any_of else schema.any_of):
        problems += _nested(one, f"{path}.anyOf[{index}]", False)
    for index, one in enumerate(schema.all_of):
        problems += _nested(one, f"{path}.allOf[{index}]", skip_first and index == 0)
    for index, one in enumerate(schema.one_of):
        problems += _nested(one, f"{path}.oneOf[{index}]", False)
    if schema.not_ is not None:
        problems += _nested(schema.not_, f"{path}.not", False)
    fault = pattern_fault(schema.pattern) if schema.pattern else ""
    if fault:
        text = f"must be a valid regular expression, but isn't: {fault}"
        problems.append(invalid(f"{path}.pattern", schema.pattern, text))
    return problems


def _nested(schema: JSONSchemaProps, path: str, skip_any_of: bool) -> list[FieldProblem]:
    """A schema in a combination may only judge, not say what there is."""
    problems = _judging(schema, path, skip_any_of, False)
    if isinstance(schema.items, JSONSchemaProps):
        problems += _nested(schema.items, f"{path}.items", False)
    for name, below in schema.properties.items():
        problems += _nested(below, f"{path}.properties[{name}]", False)
    for field, is_set, text in (
        ("type", schema.type, "must be empty to be structural"),
        ("additionalProperties", schema.additional_properties is not None, "must be undefined to be structural"),
        ("default", schema.default is not None, "must be undefined to be structural"),
        ("title", schema.title, "must be empty to be structural"),
        ("description", schema.description, "must be empty to be structural"),
        ("nullable", schema.nullable, "must be false to be structural"),
        ("x-kubernetes-preserve-unknown-fields", schema.preserve_unknown_fields, "must be false to be structural"),
        ("x-kubernetes-embedded-resource", schema.embedded_resource, "must be false to be structural"),
        ("x-kubernetes-int-or-string", schema.int_or_string, "must be false to be structural"),
        ("x-kubernetes-list-map-keys", schema.list_map_keys, "must be empty to be structural"),
        ("x-kubernetes-list-type", schema.list_type is not None, "must be undefined to be structural"),
        ("x-kubernetes-map-type", schema.map_type is not None, "must be undefined to be structural"),
        ("x-kubernetes-validations", schema.validations, "must be empty to be structural"),
        ("properties[metadata]", "metadata" in schema.properties, "must not be specified in a nested context"),
    ):
        if is_set:
            problems.append(forbidden(f"{path}.{field}", text))
    return problems


def _completeness(
    judging: JSONSchemaProps, schema: JSONSchemaProps | None, path: str, judged_in: str
) -> list[FieldProblem]:
    """What combinations speak of must be there outside of them, too."""
    problems: list[FieldProblem] = []
    nested = [(judging.not_, "not")] if judging.not_ is not None else []
    for name, schemas in (("allOf", judging.all_of), ("anyOf", judging.any_of), ("oneOf", judging.one_of)):
        nested += [(one, f"{name}[{index}]") for index, one in enumerate(schemas)]
    for one, where in nested:
        if one is not None:
            problems += _nested_completeness(one, schema, path, f"{judged_in}.{where}")
    return problems


def _nested_completeness(
    judging: JSONSchemaProps, schema: JSONSchemaProps | None, path: str, judged_in: str
) -> list[FieldProblem]:
    if schema is None:
        return [required(path, f"because it is defined in {judged_in}")]
    problems = _completeness(judging, schema, path, judged_in)
    if isinstance(judging.items, JSONSchemaProps):
        below = schema.items if isinstance(schema.items, JSONSchemaProps) else None
        problems += _nested_completeness(judging.items, below, f"{path}.items", f"{judged_in}.items")
    for name, one in judging.properties.items():
        key = f"properties[{name}]"
        problems += _nested_completeness(one, schema.properties.get(name), f"{path}.{key}", f"{judged_in}.{key}")
    return problems


def _default_problems(schema: JSONSchemaProps, path: str) -> list[FieldProblem]:
    """Defaults must be values that their own schema takes (pkg/apiserver/schema/defaulting/validation.go)."""
    problems: list[FieldProblem] = []
    if schema.default is not None:
        where = f"{path}.default"
        _, unknown = structural.pruned({"": schema.default}, JSONSchemaProps(properties={"": schema}))
        if unknown:
            problems.append(invalid(where, schema.default, "must not have unknown fields"))
        for problem in value_problems(schema.default, schema, ""):
            field = where if problem.field == "<nil>" else f"{where}.{problem.field}"
            problems.append(replace(problem, field=field))
        wrapped = {"": schema.default}
        problems += duplicates(wrapped, JSONSchemaProps(properties={"": schema}))
    for name in sorted(schema.properties):
        problems += _default_problems(schema.properties[name], f"{path}.properties[{name}]")
    if isinstance(schema.additional_properties, JSONSchemaProps):
        problems += _default_problems(schema.additional_properties, f"{path}.additionalProperties")
    if isinstance(schema.items, JSONSchemaProps):
        problems += _default_problems(schema.items, f"{path}.items")
    return problems


# What of OpenAPI a definition may use.


def _open_api(schema: JSONSchemaProps, path: str, *, is_root: bool = False, no_default: str = "") -> list[FieldProblem]:
    problems = _forbidden_parts(schema, path, no_default)
    if schema.unique_items:
        text = "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"
        problems.append(forbidden(f"{path}.uniqueItems", text))
    more = schema.additional_properties
    if more is not None and schema.properties and more is not True:
        text = "additionalProperties and properties are mutual exclusive"
        problems.append(forbidden(f"{path}.additionalProperties", text))
    if isinstance(more, JSONSchemaProps):
        problems += _open_api(more, f"{path}.additionalProperties", no_default=no_default)
    for name in sorted(schema.properties):
        in_meta = is_root and name in structural.META_FIELDS
        reason = f"in top-level {name}" if in_meta else no_default
        problems += _open_api(schema.properties[name], f"{path}.properties[{name}]", no_default=reason)
    if schema.not_ is not None:
        problems += _open_api(schema.not_, f"{path}.not", no_default=no_default)
    for key, schemas in (("allOf", schema.all_of), ("oneOf", schema.one_of), ("anyOf", schema.any_of)):
        for index, one in enumerate(schemas):
            problems += _open_api(one, f"{path}.{key}[{index}]", no_default=no_default)
    if isinstance(schema.items, JSONSchemaProps):
        problems += _open_api(schema.items, f"{path}.items", no_default=no_default)
    problems += _extension_problems(schema, path)
    problems += _rule_problems(schema, path)
    return problems


def _forbidden_parts(schema: JSONSchemaProps, path: str, no_default: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if schema.type and schema.type not in _TYPES:
        problems.append(unsupported(f"{path}.type", schema.type, _TYPES))
    if schema.default is not None and no_default:
        problems.append(forbidden(f"{path}.default", f"must not be set {no_default}"))
    for field, is_set, text in (
        ("id", schema.id, "id is not supported"),
        ("additionalItems", schema.additional_items is not None, "additionalItems is not supported"),
        ("patternProperties", schema.pattern_properties, "patternProperties is not supported"),
        ("definitions", schema.definitions, "definitions is not supported"),
        ("dependencies", schema.dependencies, "dependencies is not supported"),
        ("$ref", schema.ref is not None, "$ref is not supported"),
        ("type", schema.type == "null", "type cannot be set to null, use nullable as an alternative"),
        ("items", isinstance(schema.items, tuple), "items must be a schema object and not an array"),
    ):
        if is_set:
            problems.append(forbidden(f"{path}.{field}", text))
    return problems


def _extension_problems(schema: JSONSchemaProps, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if schema.preserve_unknown_fields is False:
        text = "must be true or undefined"
        problems.append(invalid(f"{path}.x-kubernetes-preserve-unknown-fields", False, text))
    for key, value, type_, options in (
        ("x-kubernetes-map-type", schema.map_type, "object", ("atomic", "granular")),
        ("x-kubernetes-list-type", schema.list_type, "array", ("atomic", "set", "map")),
    ):
        if value is None:
            continue
        if schema.type != type_:
            text = f"must be {type_} if {key} is specified"
            problems.append(
                invalid(f"{path}.type", schema.type, text) if schema.type else required(f"{path}.type", text)
            )
        if value not in options:
            problems.append(unsupported(f"{path}.{key}", value, options))
    if schema.list_map_keys and schema.list_type != "map":
        text, where = "must be map if x-kubernetes-list-map-keys is non-empty", f"{path}.x-kubernetes-list-type"
        problems.append(required(where, text) if schema.list_type is None else invalid(where, schema.list_type, text))
    if schema.list_type == "map":
        problems += _map_problems(schema, path)
    items = schema.items if isinstance(schema.items, JSONSchemaProps) else None
    if items is not None and schema.list_type in ("set", "map") and items.nullable:
        text = f"cannot be nullable when x-kubernetes-list-type is {schema.list_type}"
        problems.append(forbidden(f"{path}.items.nullable", text))
    if items is not None and schema.list_type == "map":
        for key in schema.list_map_keys:
            found = items.properties.get(key)
            if found is not None and key not in items.required and found.default is None:
                text = (
                    "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required "
                    "property"
                )
                problems.append(required(f"{path}.items.properties[{key}].default", text))
    return problems


def _map_problems(schema: JSONSchemaProps, path: str) -> list[FieldProblem]:
    """A list of type map names what tells its items apart."""
    problems: list[FieldProblem] = []
    keys = f"{path}.x-kubernetes-list-map-keys"
    if not schema.list_map_keys:
        problems.append(required(keys, "must not be empty if x-kubernetes-list-type is map"))
    items = schema.items
    if items is None:
        problems.append(required(f"{path}.items", "must have a schema if x-kubernetes-list-type is map"))
    if not isinstance(items, JSONSchemaProps):
        return problems
    if items.type != "object":
        text = "must be object if parent array's x-kubernetes-list-type is map"
        problems.append(invalid(f"{path}.items.type", items.type, text))
        return problems
    for index, key in enumerate(schema.list_map_keys):
        found = items.properties.get(key)
        if found is None:
            problems.append(invalid(keys, schema.list_map_keys, "entries must all be names of item properties"))
        elif found.type in ("array", "object"):
            text = "must be a scalar type if parent array's x-kubernetes-list-type is map"
            problems.append(invalid(f"{path}.items.properties[{key}].type", items.type, text))
        if key in schema.list_map_keys[:index]:
            problems.append(invalid(keys, schema.list_map_keys, "must not contain duplicate entries"))
    return problems


def _rule_problems(schema: JSONSchemaProps, path: str) -> list[FieldProblem]:
    """Rules in CEL are looked at from outside only."""
    problems: list[FieldProblem] = []
    for index, rule in enumerate(schema.validations):
        where = f"{path}.x-kubernetes-validations[{index}]"
        if not rule.rule.strip():
            problems.append(required(f"{where}.rule", "rule is not specified"))
        elif rule.message and not rule.message.strip():
            problems.append(invalid(f"{where}.message", rule.message, "must be non-empty if specified"))
        elif "\n" in rule.message.strip():
            problems.append(invalid(f"{where}.message", rule.message, "must not contain line breaks"))
        elif "\n" in rule.rule.strip() and not rule.message.strip():
            text = "message must be specified if rule contains line breaks"
            problems.append(required(f"{where}.message", text))
    return problems
