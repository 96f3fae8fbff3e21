"""A witness of play: which fields of objects somebody with a will reads, and which somebody fills in.

Owns how that is seen: while it watches, each field of each type tells who asks for it. Who asks is the first file
outside of harness/objects, since what stands there only works for others. Judges nothing.
"""

from __future__ import annotations

import sys
import typing
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from harness.kernel.trace import Record
from harness.objects import schemas
from harness.objects.meta import Object
from harness.objects.value import Value
from harness.runner import play
from harness.scenario.reading import find_scenarios, read_scenario

Field = tuple[str, str]
"""(type, attribute)"""

# Where those stand who do something because of a field. The others store, check, compare, print or witness.
_WITH_A_WILL = (
    "harness.actors.",
    "harness.control.",
    "harness.api.admission.",
    "harness.api.client",
    "harness.api.custom.",
    "harness.api.eviction",
    "harness.api.leases",
    "harness.api.server",
    "harness.api.service_registry",
    "harness.api.store",
    "harness.cluster",
    "harness.network.",
)
# PodSecurity judges fields that nobody else looks at; the server compares whole objects.
_WITHOUT = ("harness.api.admission.pod_security",)
# What goes through all fields of a value alike, whatever they mean.
_ALIKE = frozenset(f"harness.objects.{name}" for name in ("go_dump", "shape", "strategic", "wire"))
# The kinds that actors alone make: what such an object has, somebody filled in.
_MADE_BY_ACTORS = frozenset({"ControllerRevision", "Endpoints", "EndpointSlice", "Event", "VolumeAttachment"})


class Evidence(NamedTuple):
    """`read`: field -> the file of harness that was first to read it in play; `filled` is what was filled in."""

    read: dict[Field, str]
    filled: dict[Field, None]


def evidence(paths: Iterable[Path]) -> Evidence:
    """What is read and filled in while the scenarios of the paths are played."""
    found = Evidence({}, {})
    with _watching(found):
        for path in find_scenarios(paths):
            filling = _Filling(found.filled)
            for step in play(read_scenario(path)).steps:
                filling.watch(step.records)
    return found


class _Filling:
    """Notes which fields hold something. What versions of an object share is looked at once."""

    def __init__(self, filled: dict[Field, None]) -> None:
        self._filled = filled
        self._seen: dict[int, Value] = {}

    def watch(self, records: Iterable[Record]) -> None:
        for record in records:
            obj = record.subject
            if type(obj).__name__ in _MADE_BY_ACTORS:
                self._note(obj)
            elif hasattr(obj, "status"):
                self._note(obj.status)

    def _note(self, value: Any) -> None:
        if isinstance(value, Value):
            if id(value) in self._seen:
                return
            self._seen[id(value)] = value
            for field in _fields(type(value)):
                held = getattr(value, field.name)
                if held != _zero(field):
                    self._filled[type(value).__name__, field.name] = None
                    self._note(held)
        elif isinstance(value, tuple | dict):
            for item in value.values() if isinstance(value, dict) else value:
                self._note(item)


@cache
def _fields(cls: type[Value]) -> tuple[Any, ...]:
    return msgspec.structs.fields(cls)


def _zero(field: Any) -> Any:
    return field.default if field.default is not msgspec.NODEFAULT else field.default_factory()


@contextmanager
def _watching(found: Evidence) -> Iterator[None]:
    before = [
        (cls, field.name, cls.__dict__[field.name])
        for cls in _types()
        for field in _fields(cls)
        if field.name in cls.__dict__
    ]
    for cls, name, descriptor in before:
        setattr(cls, name, property(_asking(cls, name, descriptor, found)))
    try:
        yield
    finally:
        for cls, name, descriptor in before:
            setattr(cls, name, descriptor)


def _asking(cls: type[Value], field: str, descriptor: Any, found: Evidence) -> Any:
    """A getter that looks who asks; once somebody with a will did, the field answers as ever."""
    get, look = descriptor.__get__, sys._getframe
    known: dict[Any, None] = {}

    def ask(value: Value) -> Any:
        frame: Any = look(1)
        if frame.f_code in known:
            return get(value)
        name = frame.f_globals["__name__"]
        if name in _ALIKE or not name.startswith("harness.objects."):
            known[frame.f_code] = None
        while name.startswith("harness.objects.") and name not in _ALIKE:
            frame = frame.f_back
            name = frame.f_globals.get("__name__", "")
        if name.startswith(_WITH_A_WILL) and not name.startswith(_WITHOUT):
            found.read[cls.__name__, field] = name
            setattr(cls, field, descriptor)
        return get(value)

    return ask


def _types() -> Iterator[type[Value]]:
    """Every type of every kind, each once; `metadata` of an Object is read through the base class."""
    found: dict[type[Value], None] = {Object: None}
    rest = [cls for place in schemas.TYPES if (cls := schemas.type_of(*place)) is not None]
    while rest:
        cls = rest.pop()
        if cls not in found:
            found[cls] = None
            rest += [part for hint in typing.get_type_hints(cls).values() for part in _parts(hint)]
    return iter(found)


def _parts(hint: Any) -> list[type[Value]]:
    if isinstance(hint, type) and issubclass(hint, Value):
        return [hint]
    return [part for inner in typing.get_args(hint) for part in _parts(inner)]
