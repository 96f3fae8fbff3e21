"""The plan of a type: what each field holds, compiled once from the type's annotations.

Owns how plain JSON data becomes typed values, field by field, as the API server's decoder would do it: null is absent,
names are case-sensitive, amounts become canonical. Knows no kinds; `harness.objects.wire` is the door to it.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable
from functools import cache, cached_property
from typing import Any

import msgspec

from harness.objects import go_names, quantity
from harness.objects.value import QUANTITY, Value


class Mismatch(Exception):
    """A value that cannot be decoded. Collects where it stands while it travels outwards.

    `found` and `expected` are JSON's and Go's names for the types; `text` is set when a type has words of its own.
    """

    def __init__(self, found: str, expected: str, text: str = "") -> None:
        super().__init__(text or f"{found}, not {expected}")
        self.found = found
        self.expected = expected
        self.text = text
        self.owner = ""
        self.go_path: list[str] = []
        self.path: list[str] = []

    def within_field(self, struct: str, field: str) -> None:
        self.owner = self.owner or go_names.STRUCTS.get(struct, struct)
        embedded = go_names.embedded_in(struct, field)
        self.go_path[:0] = [embedded, field] if embedded else [field]
        self.path[:0] = [f".{field}"]

    def within_item(self, index: int) -> None:
        self.path[:0] = [f"[{index}]"]

    def within_key(self, key: str) -> None:
        self.path[:0] = [f".{key}"]


def json_type(raw: Any) -> str:
    """What encoding/json calls the type of a decoded value."""
    match raw:
        case bool():
            return "bool"
        case str():
            return "string"
        case int() | float():
            return "number"
        case dict():
            return "object"
        case _:
            return "array"


class Shape:
    """One type of the API: how to read it, and where unknown fields hide in it. Anything goes, unless a subclass."""

    go_type = "interface {}"
    zero: Any = None

    def read(self, raw: Any) -> Any:
        """The typed value of non-null `raw`. Raises Mismatch."""
        return raw

    def unknown(self, raw: Any, path: str, found: list[str]) -> None:
        """Appends to `found` the paths, below `path`, of fields this type does not have."""


class Text(Shape):
    zero = ""

    def __init__(self, go_type: str) -> None:
        self.go_type = go_type

    def read(self, raw: Any) -> str:
        if type(raw) is str:
            return raw
        if isinstance(raw, str):
            return str(raw)
        raise Mismatch(json_type(raw), self.go_type)


class Truth(Shape):
    go_type = "bool"
    zero = False

    def read(self, raw: Any) -> bool:
        if raw is True or raw is False:
            return bool(raw)
        raise Mismatch(json_type(raw), self.go_type)


class Number(Shape):
    zero = 0

    def __init__(self, go_type: str) -> None:
        self.go_type = go_type
        self.limit: int = 2**63 if go_type == "int64" else 2**31

    def read(self, raw: Any) -> int:
        if isinstance(raw, int) and not isinstance(raw, bool):
            if -self.limit <= raw < self.limit:
                return int(raw)
            raise Mismatch(f"number {raw}", self.go_type)
        raise Mismatch(f"number {raw}" if isinstance(raw, float) else json_type(raw), self.go_type)


class Fraction(Shape):
    go_type = "float64"
    zero = 0.0

    def read(self, raw: Any) -> float:
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            return raw
        raise Mismatch(json_type(raw), self.go_type)


class OneOrOther(Shape):
    """A struct, or something else where the raw data are of that other type."""

    def __init__(self, struct_shape: Shape, other: Shape, other_type: type) -> None:
        self.go_type = struct_shape.go_type
        self.struct = struct_shape
        self._other = other
        self._other_type = other_type

    def read(self, raw: Any) -> Any:
        return (self._other if isinstance(raw, self._other_type) else self.struct).read(raw)

    def unknown(self, raw: Any, path: str, found: list[str]) -> None:
        (self._other if isinstance(raw, self._other_type) else self.struct).unknown(raw, path, found)


class NumberOrText(Shape):
    go_type = "intstr.IntOrString"
    zero = 0
    _number = Number("int32")

    def read(self, raw: Any) -> int | str:
        if isinstance(raw, str):
            return str(raw)
        try:
            return self._number.read(raw)
        except Mismatch as mismatch:
            text = f"json: cannot unmarshal {mismatch.found} into Go value of type int32"
            raise Mismatch(mismatch.found, self.go_type, text) from None


class Amount(Shape):
    go_type = "resource.Quantity"
    zero = "0"

    def read(self, raw: Any) -> str:
        try:
            return quantity.canonical(raw)
        except ValueError as error:
            raise Mismatch(json_type(raw), self.go_type, str(error)) from None


class List(Shape):
    zero: Any = ()

    def __init__(self, element: Shape) -> None:
        self.element = element
        self.go_type = f"[]{element.go_type}"

    def read(self, raw: Any) -> tuple[Any, ...]:
        if not isinstance(raw, (list, tuple)):
            raise Mismatch(json_type(raw), self.go_type)
        element, items = self.element, []
        for index, item in enumerate(raw):
            try:
                items.append(element.zero if item is None else element.read(item))
            except Mismatch as mismatch:
                mismatch.within_item(index)
                raise
        return tuple(items)

    def unknown(self, raw: Any, path: str, found: list[str]) -> None:
        if isinstance(raw, (list, tuple)):
            for index, item in enumerate(raw):
                self.element.unknown(item, f"{path}[{index}]", found)


class Map(Shape):
    zero: Any = {}

    def __init__(self, element: Shape) -> None:
        self.element = element
        self.go_type = "v1.ResourceList" if isinstance(element, Amount) else f"map[string]{element.go_type}"

    def read(self, raw: Any) -> dict[str, Any]:
        if not isinstance(raw, dict):
            raise Mismatch(json_type(raw), self.go_type)
        element, items = self.element, {}
        for key, item in raw.items():
            try:
                items[key] = element.zero if item is None else element.read(item)
            except Mismatch as mismatch:
                mismatch.within_key(key)
                raise
        return items

    def unknown(self, raw: Any, path: str, found: list[str]) -> None:
        if isinstance(raw, dict):
            for key in sorted(raw):
                self.element.unknown(raw[key], f"{path}.{key}", found)


class Struct(Shape):
    """A struct. Its fields are looked at when they are first needed, since a struct may hold its like."""

    def __init__(self, cls: type[Value]) -> None:
        self.cls = cls
        self.name = cls.__name__
        self.go_type = go_names.struct_type(cls.__module__, self.name)

    @cached_property
    def fields(self) -> dict[str, Shape]:
        """What each field holds, by its wire name."""
        hints = msgspec.structs.fields(self.cls)
        return {hint.encode_name: _shape(hint.type, self.name, hint.encode_name) for hint in hints}

    @cached_property
    def _readers(self) -> dict[str, tuple[str, Callable[[Any], Any]]]:
        hints = msgspec.structs.fields(self.cls)
        return {hint.encode_name: (hint.name, self.fields[hint.encode_name].read) for hint in hints}

    @property
    def zero(self) -> Value:
        return self.cls()

    def read(self, raw: Any) -> Value:
        if not isinstance(raw, dict):
            raise Mismatch(json_type(raw), self.go_type)
        readers, values = self._readers, {}
        for key, item in raw.items():
            if item is None or key not in readers:
                continue
            attribute, read = readers[key]
            try:
                values[attribute] = read(item)
            except Mismatch as mismatch:
                mismatch.within_field(self.name, key)
                raise
        return self.cls(**values)

    def unknown(self, raw: Any, path: str, found: list[str]) -> None:
        if not isinstance(raw, dict):
            return
        for key in sorted(raw):
            below = f"{path}.{key}" if path else key
            shape = self.fields.get(key)
            if shape is not None:
                shape.unknown(raw[key], below, found)
            elif (self.name, key) not in go_names.UNKEPT_FIELDS:
                found.append(below)


@cache
def struct(cls: type[Value]) -> Struct:
    """The plan of a struct type."""
    return Struct(cls)


def _shape(hint: Any, owner: str, field: str) -> Shape:
    if hint is Any:
        return Shape()
    if typing.get_origin(hint) is typing.Annotated:
        return Amount() if _is_quantity(hint) else _shape(typing.get_args(hint)[0], owner, field)
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        return _union([part for part in typing.get_args(hint) if part is not type(None)], owner, field)
    if typing.get_origin(hint) is tuple:
        return List(_shape(typing.get_args(hint)[0], owner, field))
    if typing.get_origin(hint) is dict:
        return Map(_shape(typing.get_args(hint)[1], owner, field))
    if issubclass(hint, Value):
        return struct(hint)
    if hint is bool:
        return Truth()
    if hint is float:
        return Fraction()
    if hint is int:
        return Number(go_names.integer_type(owner, field))
    return Text(go_names.string_type(owner, field))


def _union(parts: list[Any], owner: str, field: str) -> Shape:
    if len(parts) == 1:
        return _shape(parts[0], owner, field)
    first, other = parts
    if isinstance(first, type) and issubclass(first, Value):
        return OneOrOther(struct(first), _shape(other, owner, field), bool if other is bool else list)
    return NumberOrText()


def _is_quantity(hint: Any) -> bool:
    return any(isinstance(mark, msgspec.Meta) and (mark.extra or {}).get(QUANTITY) for mark in hint.__metadata__)
