"""Objects as the API writes them: typed values to plain JSON data and back.

Owns the decoding rules a user can meet (`DecodeError`, unknown fields). Knows no kinds, no defaults and no validation:
what it reads is exactly what was written.
"""

from __future__ import annotations

from typing import Any, TypeVar, cast

import msgspec

from harness.objects import shape
from harness.objects.meta import CustomObject, Object, ObjectMeta
from harness.objects.value import Value

ValueType = TypeVar("ValueType", bound=Value)

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder()


class DecodeError(ValueError):
    """Data that does not fit its type; `str()` is the API server's text, as in encoding/json.

    `path` is the API path (`spec.template.spec.containers[0].args`), `found` the JSON type ("bool", "number 1.5"),
    `expected` the Go type ("int32", "[]v1.Container").
    """

    def __init__(self, path: str, found: str, expected: str, text: str) -> None:
        super().__init__(text)
        self.path = path
        self.found = found
        self.expected = expected


def to_wire(value: Value) -> dict[str, Any]:
    """Plain JSON data, independent of `value`: dicts, lists and scalars. An object begins with apiVersion and kind."""
    if isinstance(value, CustomObject):
        named = {"apiVersion": value.group_version, "kind": value.kind_name, "metadata": value.metadata}
        return _plain({**named, **value.content})
    if isinstance(value, Object):
        return {"apiVersion": value.api_version, "kind": value.kind, **_plain(value)}
    return _plain(value)


def _plain(data: Any) -> dict[str, Any]:
    # Through text and back is the fastest deep copy there is, and turns tuples into lists.
    return cast("dict[str, Any]", _DECODER.decode(_ENCODER.encode(data)))


def from_wire(document: dict[str, Any], cls: type[ValueType]) -> ValueType:
    """`document` as a value of type `cls`; fields that `cls` does not have are dropped (see `unknown_fields`).

    Raises DecodeError for the first value, in order of keys, that does not fit.
    """
    if issubclass(cls, CustomObject):
        return cast("ValueType", _custom(document))
    plan = shape.struct(cls)
    try:
        return cast("ValueType", plan.read(document))
    except shape.Mismatch:
        # Clients send keys sorted, so that decides which of several mistakes is the one reported.
        return cast("ValueType", _read_in_order(plan, document))


def unknown_fields(document: dict[str, Any], cls: type[Value]) -> list[str]:
    """API paths (`spec.containers[0].comand`) of the fields that `cls` does not have, in order of keys."""
    found: list[str] = []
    if issubclass(cls, CustomObject):
        shape.struct(ObjectMeta).unknown(document.get("metadata"), "metadata", found)
        return found
    shape.struct(cls).unknown(document, "", found)
    if issubclass(cls, Object):
        return [path for path in found if path not in ("apiVersion", "kind")]
    return found


def read_metadata(document: dict[str, Any]) -> ObjectMeta:
    """The metadata of a document of any kind. Raises DecodeError."""
    try:
        return cast("ObjectMeta", shape.struct(ObjectMeta).read(_sorted(document.get("metadata") or {})))
    except shape.Mismatch as mismatch:
        mismatch.path[:0] = [".metadata"]
        mismatch.go_path[:0] = ["metadata"]
        raise _error(mismatch, "ObjectMeta") from None


def _custom(document: dict[str, Any]) -> CustomObject:
    return CustomObject(
        metadata=read_metadata(document),
        group_version=document.get("apiVersion", ""),
        kind_name=document.get("kind", ""),
        content=_plain({key: item for key, item in document.items() if key not in ("apiVersion", "kind", "metadata")}),
    )


def _read_in_order(plan: shape.Struct, document: Any) -> Value:
    try:
        return plan.read(_sorted(document))
    except shape.Mismatch as mismatch:
        raise _error(mismatch, plan.name) from None


def _error(mismatch: shape.Mismatch, root: str) -> DecodeError:
    where = ".".join([mismatch.owner or root, *mismatch.go_path])
    place = f"Go struct field {where}" if mismatch.go_path else "Go value"
    text = mismatch.text or f"json: cannot unmarshal {mismatch.found} into {place} of type {mismatch.expected}"
    return DecodeError("".join(mismatch.path).removeprefix("."), mismatch.found, mismatch.expected, text)


def _sorted(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _sorted(data[key]) for key in sorted(data)}
    if isinstance(data, list):
        return [_sorted(item) for item in data]
    return data
