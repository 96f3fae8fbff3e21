"""Manifests that went wrong: valid ones with fields renamed, types changed, values out of range, lists for maps.

Owns which manifests there are to begin with (all that the project's scenarios apply, and one of every typed kind) and
the ways to spoil them. Knows nothing of what the server ought to say.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import strategies as st

from harness.objects import schemas
from harness.objects.value import Value
from harness.scenario.model import Apply, Create
from harness.scenario.reading import read_scenario
from tests.api.server_world import NEEDED

Document = dict[str, Any]
Place = tuple[str | int, ...]

ROOT = Path(__file__).parents[2]
SPOILT: tuple[Any, ...] = (
    None,
    True,
    "",
    "x",
    "-1",
    "8" * 300,
    "Große/Straße\n",
    "\x00",
    "1Gi",
    "2026-01-01T00:00:00Z",
    0,
    -1,
    1.5,
    2**31,
    2**63,
    -(2**63) - 1,
    1e300,
    [],
    [None],
    ["x", 1],
    [{"name": "x"}, {"name": "x"}],
    {},
    {"": ""},
    {"x": {"y": [1]}},
    {"name": 5},
)


@cache
def valid_manifests() -> tuple[Document, ...]:
    """What the scenarios of the project apply and create, in order of path, and a small object of every typed kind."""
    found: list[Document] = []
    for path in sorted((ROOT / "scenarios").glob("*/*.yaml")):
        for step in read_scenario(path).steps:
            if isinstance(step.action, Apply | Create):
                found.extend(document for manifest in step.action.manifests for document in manifest.documents)
    small = [
        {"apiVersion": api_version, "kind": kind, "metadata": {"name": "web"}, **NEEDED.get(kind, {})}
        for api_version, kind in sorted(schemas.TYPES)
    ]
    distinct = {msgspec.json.encode(document): document for document in (*small, *found)}
    return tuple(distinct.values())


@st.composite
def mutated_manifests(draw: st.DrawFn) -> tuple[Document, Document]:
    """A valid manifest, and the same with one to three things wrong with it. Its kind and its name stay."""
    valid = draw(st.sampled_from(valid_manifests()))
    spoilt = copy.deepcopy(valid)
    for spoil in draw(st.lists(st.sampled_from(_WAYS), min_size=1, max_size=3)):
        places = [place for place in _places(spoilt) if place[0] not in ("apiVersion", "kind")]
        if places:
            spoil(draw, spoilt, draw(st.sampled_from(places)))
    for key in ("apiVersion", "kind"):
        spoilt[key] = valid[key]
    metadata = spoilt.get("metadata")
    spoilt["metadata"] = {**(metadata if isinstance(metadata, dict) else {}), **_identity(valid)}
    return valid, spoilt


def _identity(document: Document) -> Document:
    return {key: document["metadata"][key] for key in ("name", "namespace") if key in document["metadata"]}


def _places(data: Any, above: Place = ()) -> Iterator[Place]:
    """The place of everything in the data, all but the whole."""
    entries = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, item in entries:
        yield (*above, key)
        yield from _places(item, (*above, key))


def _at(data: Any, place: Place) -> Any:
    for key in place:
        data = data[key]
    return data


def _rename(draw: st.DrawFn, document: Document, place: Place) -> None:
    holder, key = _at(document, place[:-1]), place[-1]
    if isinstance(holder, dict) and isinstance(key, str):
        holder[draw(st.sampled_from((key + "x", key[1:], key.swapcase(), "name")))] = holder.pop(key)


def _replace(draw: st.DrawFn, document: Document, place: Place) -> None:
    _at(document, place[:-1])[place[-1]] = copy.deepcopy(draw(st.sampled_from(SPOILT)))


def _reshape(_draw: st.DrawFn, document: Document, place: Place) -> None:
    """A list where a map was and the other way about."""
    value = _at(document, place)
    if isinstance(value, dict):
        other: Any = list(value.values())
    elif isinstance(value, list):
        other = {str(index): item for index, item in enumerate(value)}
    else:
        other = [value]
    _at(document, place[:-1])[place[-1]] = other


def _repeat(_draw: st.DrawFn, document: Document, place: Place) -> None:
    holder = _at(document, place[:-1])
    if isinstance(holder, list):
        holder.append(copy.deepcopy(holder[int(place[-1])]))


def _remove(_draw: st.DrawFn, document: Document, place: Place) -> None:
    del _at(document, place[:-1])[place[-1]]


def _graft(draw: st.DrawFn, document: Document, place: Place) -> None:
    """Some field that the type has there, with some value."""
    type_ = schemas.type_of(document["apiVersion"], document["kind"])
    for depth in range(len(place)):
        holder = _at(document, place[:depth])
        fields = _fields(type_) if type_ is not None else {}
        if isinstance(holder, dict) and fields and draw(st.booleans()):
            holder[draw(st.sampled_from(sorted(fields)))] = copy.deepcopy(draw(st.sampled_from(SPOILT)))
            return
        type_ = type_ if isinstance(place[depth], int) else fields.get(str(place[depth]))


@cache
def _fields(type_: type[Value]) -> dict[str, type[Value] | None]:
    """The fields of a struct by their wire names, each with the struct it holds, if any."""
    return {
        field.encode_name: next((part for part in _parts(field.type) if issubclass(part, Value)), None)
        for field in msgspec.structs.fields(type_)
    }


def _parts(annotation: Any) -> Iterator[type]:
    if isinstance(annotation, type):
        yield annotation
    for part in getattr(annotation, "__args__", ()):
        yield from _parts(part)


_WAYS: tuple[Callable[[st.DrawFn, Document, Place], None], ...] = (
    _rename,
    _replace,
    _replace,
    _reshape,
    _repeat,
    _remove,
    _graft,
    _graft,
)
