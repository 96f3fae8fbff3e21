"""A pod template as Go's spew library dumps it: the text behind a Deployment's pod-template-hash.

Owns the spelling, of which every character takes part in the hash: all fields in the order of their declaration, with
Go's names and types. Mirrors pkg/util/hash (DeepHashObject, `%#v` with sorted keys) and apimachinery's
pkg/api/resource/quantity.go (what a parsed quantity remembers of its text).
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import msgspec

from harness.objects import go_names
from harness.objects.meta import ObjectMeta
from harness.objects.pod import PodTemplateSpec
from harness.objects.value import QUANTITY, Value

_NO_TIME = "{Time:(time.Time){wall:(uint64)0 ext:(int64)0 loc:(*time.Location)<nil>}}"
# Fields of Go's ObjectMeta that the simulator does not keep, each after the one it follows.
_UNKEPT = {
    "namespace": " SelfLink:(string)",
    "finalizers": " ManagedFields:([]v1.ManagedFieldsEntry)<nil>",
}
_AMOUNT = re.compile(r"([+-]?)([0-9]+)([A-Za-z]*)([0-9+-]*)", re.ASCII)
_TENS = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
_TWOS = {"Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40, "Pi": 50, "Ei": 60}

Dump = Callable[[Any], str]


def template(value: PodTemplateSpec) -> str:
    """The dump of a template as a controller of workloads has it, defaults filled in."""
    spec = value.spec
    if spec.service_account_name and not spec.service_account:
        value = msgspec.structs.replace(
            value, spec=msgspec.structs.replace(spec, service_account=spec.service_account_name)
        )
    return f"(v1.PodTemplateSpec){_struct(PodTemplateSpec)(value)}"


@cache
def _struct(cls: type[Value]) -> Dump:
    """How values of a struct are dumped, compiled once from its fields."""
    parts: list[tuple[str, str, Dump, str]] = []
    embedded = ""
    for field in msgspec.structs.fields(cls):
        within = go_names.embedded_in(cls.__name__, field.encode_name)
        opening = " " if parts else ""
        if embedded and within != embedded:
            opening = "} "
        if within and within != embedded:
            opening += f"{within}:(v1.{within}){{"
        embedded = within
        go_name = go_names.field_name(cls.__name__, field.encode_name)
        type_, write = _typed(field.type, cls.__name__, field.encode_name)
        unkept = _UNKEPT.get(field.encode_name, "") if cls is ObjectMeta else ""
        parts.append((f"{opening}{go_name}:({type_})", field.name, write, unkept))
    closing = "}}" if embedded else "}"

    def dump(value: Any) -> str:
        fields = "".join(f"{head}{write(getattr(value, name))}{after}" for head, name, write, after in parts)
        return f"{{{fields}{closing}"

    return dump


def _typed(hint: Any, owner: str, field: str) -> tuple[str, Dump]:
    """The Go type of a field, and how its values are dumped."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is typing.Union:
        parts = [part for part in typing.get_args(hint) if part is not type(None)]
        if len(parts) > 1:
            return "intstr.IntOrString", _number_or_text
        inner, dump = _typed(parts[0], owner, field)
        if field == "creationTimestamp":
            return "v1.Time", lambda _value: _NO_TIME
        if field == "deletionTimestamp":
            return "*v1.Time", _optional(dump)
        return f"*{inner}", _optional(dump)
    if typing.get_origin(hint) is typing.Annotated:
        marks = hint.__metadata__
        if any(isinstance(mark, msgspec.Meta) and (mark.extra or {}).get(QUANTITY) for mark in marks):
            return "resource.Quantity", _amount
        return _typed(typing.get_args(hint)[0], owner, field)
    if typing.get_origin(hint) is tuple:
        inner, dump = _typed(typing.get_args(hint)[0], owner, field)
        return f"[]{inner}", lambda value: f"[{' '.join(map(dump, value))}]" if value else "<nil>"
    if typing.get_origin(hint) is dict:
        inner, dump = _typed(typing.get_args(hint)[1], owner, field)
        listed = inner == "resource.Quantity"
        return "v1.ResourceList" if listed else f"map[string]{inner}", _mapping(dump)
    if issubclass(hint, Value):
        return go_names.struct_type(hint.__module__, hint.__name__), _struct(hint)
    if hint is bool:
        return "bool", lambda value: "true" if value else "false"
    if hint is int:
        return go_names.integer_type(owner, field), str
    return go_names.string_type(owner, field), str


def _optional(dump: Dump) -> Dump:
    return lambda value: "<nil>" if value is None else dump(value)


def _mapping(dump: Dump) -> Dump:
    def write(value: Mapping[str, Any]) -> str:
        return f"map[{' '.join(f'{key}:{dump(value[key])}' for key in sorted(value))}]" if value else "<nil>"

    return write


def _number_or_text(value: int | str) -> str:
    kind, number, text = (1, 0, value) if isinstance(value, str) else (0, value, "")
    return f"{{Type:(intstr.Type){kind} IntVal:(int32){number} StrVal:(string){text}}}"


def _amount(text: str) -> str:
    """A quantity: its value and scale, and its text where parsing keeps that."""
    found = _AMOUNT.fullmatch(text or "0")
    assert found is not None, text
    sign, digits, suffix, _ = found.groups()
    number = -int(digits) if sign == "-" else int(digits)
    if suffix in _TWOS:
        number, scale, form = number << _TWOS[suffix], 0, "BinarySI"
        kept = text if int(digits) % 8 else ""
    else:
        scale, form = _TENS.get(suffix, 0), "DecimalSI"
        kept = text if not digits.endswith("000") and (digits[0] != "0" or text == "0") else ""
    return (
        f"{{i:(resource.int64Amount){{value:(int64){number} scale:(resource.Scale){scale}}} "
        f"d:(resource.infDecAmount){{Dec:(*inf.Dec)<nil>}} s:(string){kept} Format:(resource.Format){form}}}"
    )
