"""Values against a schema: types, bounds, patterns, formats, and the combinations of schemas.

Pure. Texts and their order are the server's; properties come in order of their names where the server leaves that to
chance. Mirrors k8s.io/kube-openapi pkg/validation/validate and apiextensions-apiserver's
pkg/apiserver/validation/validation.go. What a change leaves as it was is not looked at again (ratcheting.go).
"""

from __future__ import annotations

import math
import re
from functools import cache
from typing import Any

from harness.api.custom.formats import fits, is_known
from harness.api.problems import (
    FieldProblem,
    Verbatim,
    go_json,
    invalid,
    quoted,
    required,
    too_long,
    too_many,
    unsupported,
)
from harness.objects.custom_definition import JSONSchemaProps

_INT_OR_STRING = ("integer", "string")
_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}
_FLOAT_LIMIT = 3.4028234663852886e38
# What Go prints of a path that is not there.
_ROOT = "<nil>"
NOTHING = object()
"""In place of a value that was not there before."""


def value_problems(data: Any, schema: JSONSchemaProps, path: str, old: Any = NOTHING) -> list[FieldProblem]:
    """What is wrong with a value; `path` is "" for a whole object, `old` the value before a change."""
    return _Judgement(data, schema, path, old).problems


class _Judgement:
    """What came of holding a value against a schema; `matched` counts checks, to tell the nearest of several."""

    def __init__(self, data: Any, schema: JSONSchemaProps, path: str, old: Any) -> None:
        self.problems: list[FieldProblem] = []
        self.matched = 0
        self._path = path
        self._schema = schema
        self._old = old
        if data is None:
            self._type(data)
            self._enum(data)
            return
        self._type(data)
        self._combinations(data)
        if isinstance(data, str):
            self._string(data)
        if _is_number(data):
            self._number(data)
        if isinstance(data, list):
            self._list(data)
        self._enum(data)
        if isinstance(data, dict):
            self._object(data)
        self.matched += 5

    def _say(self, problem: FieldProblem) -> None:
        self.problems.append(problem)

    def _invalid(self, value: Any, text: str) -> None:
        name = self._path
        shown = Verbatim(_number_text(value)) if isinstance(value, float) else value
        self._say(invalid(name.removeprefix(".") or _ROOT, shown, f"{name} in body {text}"))

    def _composite(self, text: str) -> None:
        """A problem that names its place in its text alone."""
        self._say(invalid(_ROOT, "", text))

    def _merge(self, other: _Judgement) -> None:
        self.problems += other.problems
        self.matched += other.matched

    def _below(self, data: Any, schema: JSONSchemaProps, path: str, old: Any) -> None:
        if old is NOTHING or old != data or type(old) is not type(data):
            self._merge(_Judgement(data, schema, path, old))

    # The parts, in the server's order

    def _type(self, data: Any) -> None:
        schema = self._schema
        types = _INT_OR_STRING if schema.int_or_string else ((schema.type,) if schema.type else ())
        format_ = _format(schema)
        if not types and not format_:
            return
        found = _type_of(data)
        if data is None:
            if types and not schema.nullable:
                self._wrong_type(types, "null")
            return
        if not types or ("number" not in types and "integer" not in types and format_ and isinstance(data, str)):
            return
        whole = isinstance(data, float) and data.is_integer() and "integer" in types
        if found in types or whole or (found == "integer" and "number" in types):
            self.matched += 1
        else:
            self._wrong_type(types, found)

    def _wrong_type(self, types: tuple[str, ...], found: str) -> None:
        self._invalid(found, f"must be of type {','.join(types)}: {quoted(found)}")

    def _combinations(self, data: Any) -> None:
        schema, path, old = self._schema, self._path, self._old
        if schema.any_of:
            self._any_of([_Judgement(data, one, path, old) for one in schema.any_of])
        if schema.one_of:
            self._one_of([_Judgement(data, one, path, old) for one in schema.one_of])
        if schema.all_of:
            judged = [_Judgement(data, one, path, old) for one in schema.all_of]
            for one in judged:
                self._merge(one)
            sound = sum(not one.problems for one in judged)
            if sound != len(judged):
                none = "" if sound else ". None validated"
                self._composite(f"{quoted(path)} must validate all the schemas (allOf){none}")
        if schema.not_ is not None and not _Judgement(data, schema.not_, path, old).problems:
            self._composite(f"{quoted(path)} must not validate the schema (not)")

    def _any_of(self, judged: list[_Judgement]) -> None:
        if any(not one.problems for one in judged):
            return
        self._composite(f"{quoted(self._path)} must validate at least one schema (anyOf)")
        self._merge(max(judged, key=lambda one: one.matched))

    def _one_of(self, judged: list[_Judgement]) -> None:
        valid = sum(not one.problems for one in judged)
        if valid == 1:
            return
        found = f"Found {valid} valid alternatives" if valid else "Found none valid"
        self._composite(f"{quoted(self._path)} must validate one and only one schema (oneOf). {found}")
        if not valid:
            self._merge(max(judged, key=lambda one: one.matched))

    def _string(self, data: str) -> None:
        """Of length and pattern only the first that is broken is told; the format besides."""
        schema = self._schema
        if schema.max_length is not None and len(data) > schema.max_length:
            self._say(too_long(self._path, schema.max_length))
        elif schema.min_length is not None and len(data) < schema.min_length:
            self._invalid(data, f"should be at least {schema.min_length} chars long")
        elif schema.pattern and not _pattern(schema.pattern).search(data):
            self._invalid(data, f"should match '{schema.pattern}'")
        format_ = _format(schema)
        if format_ and not fits(format_, data):
            self._invalid(data, f"must be of type {format_}: {quoted(data)}")

    def _number(self, data: int | float) -> None:
        schema = self._schema
        low, high = _range(schema)
        if low is not None and not low <= data <= high:
            self._composite(f"Checked value must be of type {schema.type} with format {schema.format} in {self._path}")
        if schema.multiple_of is not None and math.fmod(data, schema.multiple_of):
            self._invalid(data, f"should be a multiple of {_number_text(schema.multiple_of)}")
        least, most = schema.minimum, schema.maximum
        if least is not None and (data <= least if schema.exclusive_minimum else data < least):
            than = "greater than" if schema.exclusive_minimum else "greater than or equal to"
            self._invalid(data, f"should be {than} {_number_text(least)}")
        if most is not None and (data >= most if schema.exclusive_maximum else data > most):
            than = "less than" if schema.exclusive_maximum else "less than or equal to"
            self._invalid(data, f"should be {than} {_number_text(most)}")

    def _list(self, data: list[Any]) -> None:
        schema, path = self._schema, self._path
        if isinstance(schema.items, JSONSchemaProps):
            before = _correlated(data, self._old, schema)
            for index, item in enumerate(data):
                self._below(item, schema.items, f"{path}[{index}]", before[index])
        if schema.min_items is not None and len(data) < schema.min_items:
            self._invalid(len(data), f"should have at least {schema.min_items} items")
        if schema.max_items is not None and len(data) > schema.max_items:
            self._say(too_many(path, len(data), schema.max_items))

    def _enum(self, data: Any) -> None:
        if not self._schema.enum or any(_same(data, one) for one in self._schema.enum):
            return
        values = [one if isinstance(one, str) else go_json(one) for one in self._schema.enum]
        self._say(unsupported(self._path.removeprefix(".") or _ROOT, data, values))

    def _object(self, data: dict[str, Any]) -> None:
        schema, path = self._schema, self._path
        if schema.min_properties is not None and len(data) < schema.min_properties:
            self._invalid(len(data), f"should have at least {schema.min_properties} properties")
        if schema.max_properties is not None and len(data) > schema.max_properties:
            self._say(too_many(path or _ROOT, len(data), schema.max_properties))
        old = self._old if isinstance(self._old, dict) else {}
        more = schema.additional_properties
        for key in sorted(data.keys() - schema.properties.keys()):
            if more is False:
                text = f"{path}.{key} in body is a forbidden property"
                self._say(invalid(path or _ROOT, key, text))
            elif isinstance(more, JSONSchemaProps):
                self._below(data[key], more, f"{path}.{key}", old.get(key, NOTHING))
        for key in sorted(schema.properties.keys() & data.keys()):
            below = f"{path}.{key}" if path else key
            self._below(data[key], schema.properties[key], below, old.get(key, NOTHING))
        for key in schema.required:
            if key not in data:
                self._say(required(f"{path}.{key}".removeprefix(".")))


def _type_of(data: Any) -> str:
    match data:
        case bool():
            return "boolean"
        case str():
            return "string"
        case int():
            return "integer"
        case float():
            return "number"
        case list():
            return "array"
        case _:
            return "object"


def _is_number(data: Any) -> bool:
    return isinstance(data, int | float) and not isinstance(data, bool)


def _same(data: Any, one: Any) -> bool:
    """Whether a value is one of an enumeration; numbers are compared as such, and true is no number."""
    return bool(data == one) and isinstance(data, bool) == isinstance(one, bool)


def _format(schema: JSONSchemaProps) -> str:
    """The format, as far as anybody knows it for the type."""
    return schema.format if schema.format and is_known(schema.format, schema.type) else ""


def _range(schema: JSONSchemaProps) -> tuple[float | None, float]:
    if schema.type == "integer" and schema.format in _RANGES:
        return _RANGES[schema.format]
    if schema.type == "number" and schema.format == "float":
        return -_FLOAT_LIMIT, _FLOAT_LIMIT
    return None, 0


def _number_text(number: int | float) -> str:
    """A number as Go prints it with %v."""
    if isinstance(number, float) and number.is_integer() and abs(number) < 1e21:
        return str(int(number))
    return repr(number)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    """Go's regular expressions are Python's, but for the end of the text and a few classes."""
    return re.compile(_as_python(pattern))


_CLASSES = {
    "[:alnum:]": "0-9A-Za-z",
    "[:alpha:]": "A-Za-z",
    "[:digit:]": "0-9",
    "[:lower:]": "a-z",
    "[:upper:]": "A-Z",
    "[:space:]": r"\t\n\v\f\r ",
    "[:xdigit:]": "0-9A-Fa-f",
    "[:word:]": "0-9A-Za-z_",
}


def _as_python(pattern: str) -> str:
    for name, meant in _CLASSES.items():
        pattern = pattern.replace(name, meant)
    pattern = pattern.replace(r"\z", r"\Z")
    # Where Go means the end of the text, Python also takes the place before a last line end.
    return re.sub(r"(?<!\\)\$$", r"\\Z", pattern)


def pattern_fault(pattern: str) -> str:
    """Why a pattern is no regular expression, or ""."""
    try:
        _pattern(pattern)
    except re.error as error:
        return str(error)
    return ""


def _correlated(data: list[Any], old: Any, schema: JSONSchemaProps) -> list[Any]:
    """What each item was before, where that can be told: in a list of type map, by its keys."""
    if not isinstance(old, list) or schema.list_type != "map":
        return [NOTHING] * len(data)
    before = {_keys(item, schema.list_map_keys): item for item in old if isinstance(item, dict)}
    return [
        before.get(_keys(item, schema.list_map_keys), NOTHING) if isinstance(item, dict) else NOTHING for item in data
    ]


def _keys(item: dict[str, Any], names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(go_json(item.get(name)) for name in names)
