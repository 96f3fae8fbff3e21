"""What a structural schema makes of an object before it is validated: defaults filled in, unknown fields dropped.

Pure functions on plain JSON data, which they never change in place. Mirrors apiextensions-apiserver's
pkg/apiserver/schema/defaulting and pkg/apiserver/schema/pruning.
"""

from __future__ import annotations

from typing import Any

from harness.objects.custom_definition import JSONSchemaProps

META_FIELDS = frozenset({"apiVersion", "kind", "metadata"})
_NOTHING = JSONSchemaProps()

Data = dict[str, Any]


def completed(content: Data, schema: JSONSchemaProps) -> Data:
    """The content of an object with what the schema fills in."""
    without = _without_nulls(content, schema)
    return _without_nulls(_defaulted(without, schema), schema)  # type: ignore[no-any-return]


def pruned(content: Data, schema: JSONSchemaProps) -> tuple[Data, list[str]]:
    """The content without fields that the schema does not know, and the paths of these, sorted.

    `content` is the object without apiVersion, kind and metadata.
    """
    unknown: list[str] = []
    kept = _prune(content, schema, "", unknown)
    return kept, sorted(unknown)


# Nulls that a schema does not allow count as left out, unless a default takes their place.


def _without_nulls(data: Any, schema: JSONSchemaProps | None) -> Any:
    if schema is None:
        return data
    if isinstance(data, list):
        items = schema.items if isinstance(schema.items, JSONSchemaProps) else None
        return [_without_nulls(item, items) for item in data]
    if not isinstance(data, dict):
        return data
    kept: Data = {}
    for key, item in data.items():
        below = _below(schema, key)
        if item is None and below is not None and not below.nullable and below.default is None:
            continue
        kept[key] = _without_nulls(item, below)
    return kept


def _below(schema: JSONSchemaProps, key: str) -> JSONSchemaProps | None:
    """The schema of the value under a key, if there is one."""
    found = schema.properties.get(key)
    if found is not None:
        return found
    more = schema.additional_properties
    return more if isinstance(more, JSONSchemaProps) else None


def _defaulted(data: Any, schema: JSONSchemaProps | None) -> Any:
    if schema is None:
        return data
    if isinstance(data, list):
        items = schema.items if isinstance(schema.items, JSONSchemaProps) else None
        return [_defaulted(_in_place_of_null(item, items), items) for item in data]
    if not isinstance(data, dict):
        return data
    filled = dict(data)
    for key in sorted(schema.properties):
        below = schema.properties[key]
        if below.default is not None and (key not in filled or (filled[key] is None and not below.nullable)):
            filled[key] = below.default
    for key, item in filled.items():
        known = schema.properties.get(key)
        if known is not None:
            filled[key] = _defaulted(item, known)
        elif isinstance(schema.additional_properties, JSONSchemaProps):
            filled[key] = _defaulted(
                _in_place_of_null(item, schema.additional_properties), schema.additional_properties
            )
    return filled


def _in_place_of_null(item: Any, schema: JSONSchemaProps | None) -> Any:
    return schema.default if item is None and schema is not None and not schema.nullable else item


# Pruning.


def _prune(data: Any, schema: JSONSchemaProps | None, path: str, unknown: list[str]) -> Any:
    if schema is not None and schema.preserve_unknown_fields:
        return _pass_over(data, schema, path, unknown)
    if isinstance(data, list):
        items = schema.items if schema is not None and isinstance(schema.items, JSONSchemaProps) else None
        return [_prune(item, items, f"{path}[{index}]", unknown) for index, item in enumerate(data)]
    if not isinstance(data, dict):
        return data
    schema = schema or _NOTHING
    kept: Data = {}
    for key, item in data.items():
        below = f"{path}.{key}" if path else key
        if schema.embedded_resource and key in META_FIELDS:
            kept[key] = item
        elif key in schema.properties:
            kept[key] = _prune(item, schema.properties[key], below, unknown)
        elif schema.additional_properties is not None:
            more = schema.additional_properties
            kept[key] = _prune(item, more if isinstance(more, JSONSchemaProps) else None, below, unknown)
        else:
            unknown.append(below)
    return kept


def _pass_over(data: Any, schema: JSONSchemaProps, path: str, unknown: list[str]) -> Any:
    """Keep everything here, but look at what is specified below."""
    if isinstance(data, list):
        items = schema.items
        if not isinstance(items, JSONSchemaProps):
            return data
        return [_pass_over(item, items, f"{path}[{index}]", unknown) for index, item in enumerate(data)]
    if not isinstance(data, dict):
        return data
    kept: Data = {}
    for key, item in data.items():
        below = None if schema.embedded_resource and key in META_FIELDS else _below(schema, key)
        kept[key] = item if below is None else _prune(item, below, f"{path}.{key}" if path else key, unknown)
    return kept
