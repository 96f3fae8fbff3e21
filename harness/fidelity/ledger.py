"""The table of verdicts, looked up: what the row for a field is, wherever the field stands.

Owns how rows are found: the row of the outermost type that speaks of a place wins, and what a stored or refused field
holds is not looked into. Knows no file and no document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import NamedTuple

import msgspec

from harness.fidelity.table import ACTED, ROWS, UNATTENDED, Row
from harness.objects import schemas
from harness.objects.meta import Object
from harness.objects.shape import List, Map, OneOrOther, Shape, Struct, struct
from harness.objects.value import Value
from harness.outcome import ATTENDED

METADATA = "metadata"

# The names of a type's fields on the wire that stand between a type and a place below it, for each type above it.
_Above = tuple[tuple[str, str], ...]


@cache
def rows_by_place() -> Mapping[tuple[str, str], Row]:
    """(type, field or dotted field) -> its row. Raises ValueError where two rows speak of one place."""
    found: dict[tuple[str, str], Row] = {}
    for row in ROWS:
        for field in row.fields.split():
            if (row.owner, field) in found:
                raise ValueError(f"two rows speak of {row.owner}.{field}; keep one of them")
            found[row.owner, field] = row
    return found


class Place(NamedTuple):
    """A struct somewhere in an object: its plan, and what stands above it."""

    plan: Struct
    above: _Above = ()
    attended: bool = True

    def row(self, field: str) -> Row | None:
        """The row for a field of it, named as on the wire; None if nobody wrote one."""
        if not self.attended and field != METADATA:
            return UNATTENDED
        key = self.key(field)
        return rows_by_place()[key] if key is not None else None

    def key(self, field: str) -> tuple[str, str] | None:
        """(type, field) of the row for a field."""
        return next((place for place in self._named(field) if place in rows_by_place()), None)

    def below(self, field: str) -> Place | None:
        """What the field holds, if that is made of fields itself; an item of it, if it is a list or a map."""
        plan = held(self.plan.fields[field])
        return Place(plan, self._named(field)) if plan is not None else None

    def _named(self, field: str) -> _Above:
        names = (*((owner, f"{path}.{field}") for owner, path in self.above), (self.plan.name, field))
        return (*names, (Object.__name__, field)) if issubclass(self.plan.cls, Object) else names


def held(shape: Shape) -> Struct | None:
    """The struct that a shape is, or is a list or a map of; None if it holds plain values."""
    while isinstance(shape, List | Map | OneOrOther):
        shape = shape.struct if isinstance(shape, OneOrOther) else shape.element
    return shape if isinstance(shape, Struct) else None


def root(api_version: str, kind: str) -> Place | None:
    """Where the fields of a kind begin; None for a kind whose fields are not known."""
    cls = schemas.type_of(api_version, kind)
    return None if cls is None else Place(struct(cls), (), (api_version, kind) in ATTENDED)


class Field(NamedTuple):
    """A field of a kind: its path (`spec.containers[].image`), whose it is, and its row; None without a verdict."""

    path: str
    owner: type[Value]
    attribute: str
    row: Row | None


def fields(api_version: str, kind: str) -> Iterator[Field]:
    """Every field of a kind, in the order of its types; what a stored or refused field holds is not among them."""
    place = root(api_version, kind)
    if place is not None:
        yield from _fields(place, "", ())


def _fields(place: Place, path: str, within: tuple[type[Value], ...]) -> Iterator[Field]:
    cls = place.plan.cls
    for field in msgspec.structs.fields(cls):
        name = field.encode_name
        row = place.row(name)
        at = f"{path}.{name}" if path else name
        yield Field(at, cls, field.name, row)
        below = place.below(name) if row is None or row.verdict == ACTED else None
        if below is not None and below.plan.cls not in within:
            yield from _fields(below, at + _brackets(place.plan.fields[name]), (*within, cls))


def _brackets(shape: Shape) -> str:
    """How the path of an item of a list or a map is written."""
    return "[]" if isinstance(shape, List | Map) else ""


def idle_rows() -> tuple[tuple[str, str], ...]:
    """(type, field) of the rows that no field of any kind is judged by, in order."""
    used: dict[tuple[str, str], None] = {}
    for api_version, kind in schemas.TYPES:
        place = root(api_version, kind)
        if place is not None:
            _use(place, used, ())
    return tuple(key for key in rows_by_place() if key not in used)


def _use(place: Place, used: dict[tuple[str, str], None], within: tuple[type[Value], ...]) -> None:
    for name in place.plan.fields:
        key = place.key(name) if place.attended or name == METADATA else None
        if key is None:
            continue
        used[key] = None
        below = place.below(name) if rows_by_place()[key].verdict == ACTED else None
        if below is not None and below.plan.cls not in within:
            _use(below, used, (*within, place.plan.cls))
