"""Rules that a schema sets beyond single values: lists that are sets or maps, objects embedded in objects.

Pure. Mirrors apiextensions-apiserver's pkg/apiserver/schema/listtype/validation.go and objectmeta/validation.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from harness.api.problems import FieldProblem, duplicate, go_json, invalid, required
from harness.objects.custom_definition import JSONSchemaProps

Data = dict[str, Any]
Rule = Callable[[Any, JSONSchemaProps, str], Iterator[FieldProblem]]


def duplicates(content: Data, schema: JSONSchemaProps) -> list[FieldProblem]:
    """Items that stand twice in lists which are sets or maps."""
    return list(_walk(content, schema, "", _duplicates))


def embedded_problems(content: Data, schema: JSONSchemaProps) -> list[FieldProblem]:
    """What embedded objects lack."""
    return list(_walk(content, schema, "", _embedded))


def _walk(data: Any, schema: JSONSchemaProps, path: str, rule: Rule) -> Iterator[FieldProblem]:
    yield from rule(data, schema, path)
    if isinstance(data, list):
        if isinstance(schema.items, JSONSchemaProps):
            for index, item in enumerate(data):
                yield from _walk(item, schema.items, f"{path}[{index}]", rule)
    elif isinstance(data, dict):
        for key in sorted(data):
            if key in schema.properties:
                yield from _walk(data[key], schema.properties[key], f"{path}.{key}" if path else key, rule)
            elif isinstance(schema.additional_properties, JSONSchemaProps):
                yield from _walk(data[key], schema.additional_properties, f"{path}[{key}]", rule)


def _duplicates(data: Any, schema: JSONSchemaProps, path: str) -> Iterator[FieldProblem]:
    if not isinstance(data, list) or schema.list_type not in ("set", "map"):
        return
    items = data
    if schema.list_type == "map":
        for index, item in enumerate(data):
            if item is not None and not isinstance(item, dict):
                yield invalid(f"{path}[{index}]", item, "must be an object for an array of list-type map")
                return
        items = [{key: item[key] for key in schema.list_map_keys if key in item} if item else {} for item in data]
    seen: dict[str, int] = {}
    for index, item in enumerate(items):
        written = go_json(dict(sorted(item.items())) if isinstance(item, dict) else item)
        seen[written] = seen.get(written, 0) + 1
        if seen[written] == 2:
            yield duplicate(f"{path}[{index}]", item)


def _embedded(data: Any, schema: JSONSchemaProps, path: str) -> Iterator[FieldProblem]:
    if not schema.embedded_resource or not isinstance(data, dict):
        return
    for key in ("apiVersion", "kind"):
        if key not in data:
            yield required(f"{path}.{key}")
        elif not isinstance(data[key], str):
            yield invalid(f"{path}.{key}", data[key], "must be a string")
        elif not data[key]:
            yield invalid(f"{path}.{key}", data[key], "must not be empty")
