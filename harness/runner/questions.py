"""What an `expect` asks, answered from the store and from what has happened.

Owns the answers. A question is answered with None for yes, or with a sentence that says what was found instead.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from itertools import islice
from typing import Any

import msgspec

from harness.api import kinds
from harness.api.store import Key, Store
from harness.kernel.trace import Record
from harness.objects import happenings, resources, selector
from harness.objects.event import Event
from harness.objects.meta import Object, kind_of
from harness.objects.resources import Resource
from harness.objects.wire import to_wire
from harness.scenario.model import (
    Absent,
    Always,
    Count,
    Dns,
    EventSeen,
    Never,
    Order,
    PartialObject,
    Question,
    Reachable,
    Target,
    Url,
)

_MOST_SHOWN = 3

Objects = dict[Key, Object]


class Asked(msgspec.Struct, frozen=True):
    """What there is to answer from: the store as it is now, all records, and where the last step's begin and end."""

    store: Store
    records: Sequence[Record]
    since: int

    @property
    def until(self) -> int:
        return len(self.records)

    def objects(self, resource: Resource) -> Objects:
        return self.store.collection(kinds.of_resource(resource).key).objects


class Instant(msgspec.Struct, frozen=True):
    """The objects at one instant of the past, which is when `until` records had been made."""

    collections: dict[str, Objects]
    records: Sequence[Record]
    since: int
    until: int

    def objects(self, resource: Resource) -> Objects:
        return self.collections.get(kinds.of_resource(resource).key, {})


def answer(question: Question, asked: Asked | Instant) -> str | None:
    """None for yes; else what was found instead."""
    return _ANSWERS[type(question)](question, asked)


def _partial(question: PartialObject, asked: Asked | Instant) -> str | None:
    found = _lookup(question.target, asked)
    if found is None:
        return f"{question.at}: {question.target} does not exist"
    differences = list(_missing(question.fields, to_wire(found), ""))
    if not differences:
        return None
    shown = "; ".join(differences[:_MOST_SHOWN])
    return f"{question.at}: {question.target}: {shown}"


def _absent(question: Absent, asked: Asked | Instant) -> str | None:
    found = _lookup(question.target, asked)
    return None if found is None else f"{question.at}: {question.target} is still there"


def _lookup(target: Target, asked: Asked | Instant) -> Object | None:
    namespace = target.namespace if target.resource.namespaced else ""
    return asked.objects(target.resource).get((namespace, target.name))


def _missing(wanted: Any, found: Any, path: str) -> Iterable[str]:
    """What `found` lacks of `wanted`: fields one by one, lists of named things by name, other lists in order."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for key, item in wanted.items():
            below = f"{path}.{key}" if path else key
            if key not in found:
                if item not in (None, 0, False, "", [], {}):
                    yield f"{below} is not set, expected {_shown(item)}{_meant(key, found)}"
            else:
                yield from _missing(item, found[key], below)
    elif isinstance(wanted, list) and isinstance(found, list):
        yield from _missing_items(wanted, found, path)
    elif wanted != found or isinstance(wanted, bool) is not isinstance(found, bool):
        yield f"{path} is {_shown(found)}, expected {_shown(wanted)}"


def _missing_items(wanted: list[Any], found: list[Any], path: str) -> Iterable[str]:
    for position, item in enumerate(wanted):
        name = _name_of(item)
        if name is not None:
            match = next((other for other in found if _name_of(other) == name), None)
            if match is None:
                yield f"{path} has no {name!r}"
            else:
                yield from _missing(item, match, f"{path}[{name}]")
        elif position >= len(found):
            yield f"{path} has {len(found)} items, expected at least {position + 1}"
        else:
            yield from _missing(item, found[position], f"{path}[{position}]")


def _name_of(item: Any) -> str | None:
    if not isinstance(item, dict):
        return None
    name = item.get("name") or item.get("type") or item.get("key")
    return str(name) if name is not None else None


def _shown(item: Any) -> str:
    return json.dumps(item, sort_keys=True, ensure_ascii=False)


def _meant(key: str, found: dict[str, Any]) -> str:
    close = get_close_matches(key, sorted(found), n=1)
    return f" (did you mean {close[0]}?)" if close else ""


def _event_seen(question: EventSeen, asked: Asked | Instant) -> str | None:
    since = 0 if question.ever else asked.since
    seen = [
        record.subject
        for record in islice(asked.records, since, asked.until)
        if isinstance(record.subject, Event) and record.type != "DELETED"
    ]
    if any(_is_meant(question, event) for event in seen):
        return None
    near = [event for event in seen if question.reason in (None, event.reason)] or seen
    shown = "; ".join(
        dict.fromkeys(f"{_about(event)} {event.reason}: {event.message}" for event in near[-_MOST_SHOWN:])
    )
    return f"{question.at}: no such event was seen" + (f"; there was {shown}" if shown else "")


def _is_meant(question: EventSeen, event: Event) -> bool:
    target, about = question.object, event.involved_object
    if target is not None:
        namespace = target.namespace if target.resource.namespaced else ""
        if (about.kind, about.namespace, about.name) != (target.resource.kind, namespace, target.name):
            return False
    if question.reason is not None and question.reason != event.reason:
        return False
    return question.message is None or _fits(question.message, event.message)


def _fits(pattern: str, message: str) -> bool:
    """Whether the pieces of the pattern between its ellipses occur in the message in that order."""
    pieces = pattern.replace("...", "…").split("…")
    if len(pieces) == 1:
        return pattern == message
    position = 0
    for number, piece in enumerate(pieces):
        at = message.find(piece, position)
        if at < 0 or (number == 0 and at != 0):
            return False
        position = at + len(piece)
    return pieces[-1] == "" or message.endswith(pieces[-1])


def _about(event: Event) -> str:
    return f"{event.involved_object.kind.lower()}/{event.involved_object.name}"


def _order(question: Order, asked: Asked | Instant) -> str | None:
    position = asked.since
    before: str | None = None
    here: set[str] = set()
    for happening in question.happenings:
        # One write may be two happenings (running, ready), but never the same one twice.
        start = position + 1 if str(happening) in here else position
        found = _find(happening.target, happening.what, asked, start)
        if found is None:
            earlier = _find(happening.target, happening.what, asked, asked.since)
            after = f" after {before}" if before is not None else ""
            why = "it happened earlier" if earlier is not None else "it did not happen"
            if happening.what not in happenings.WORDS:
                why = f"no such happening; there are {', '.join(happenings.WORDS)}"
            return f"{question.at}: expected {happening}{after}: {why}"
        here = {*here, str(happening)} if found == position else {str(happening)}
        position, before = found, str(happening)
    return None


def _find(target: Target, word: str, asked: Asked | Instant, start: int) -> int | None:
    """The position of the first record from `start` on in which the word happened to the target."""
    namespace = target.namespace if target.resource.namespaced else ""
    for position in range(start, asked.until):
        record = asked.records[position]
        subject: Object = record.subject
        if (
            subject.metadata.name == target.name
            and subject.metadata.namespace == namespace
            and kind_of(subject) == target.resource.kind
            and happenings.happened(word, record.type, record.previous, subject)
        ):
            return position
    return None


def _count(question: Count, asked: Asked | Instant) -> str | None:
    wanted = selector.parse(question.selector)
    found = sum(
        1
        for (namespace, _), obj in asked.objects(question.resource).items()
        if (not question.resource.namespaced or namespace == question.namespace)
        and wanted.matches(obj.metadata.labels)
        and (not question.where or happenings.STATES.get(question.where, _no_state)(obj))
    )
    limits = (
        (question.exactly, found == question.exactly, "exactly"),
        (question.at_least, found >= (question.at_least or 0), "at least"),
        (question.at_most, found <= (question.at_most or 0), "at most"),
    )
    for limit, holds, word in limits:
        if limit is not None and not holds:
            what = f"{question.where} {question.resource.plural}".strip()
            picked = f" with {question.selector}" if question.selector else ""
            return f"{question.at}: there are {found} {what}{picked}, expected {word} {limit}"
    return None


def _no_state(_obj: Object) -> bool:
    return False


def _never(question: Never, asked: Asked | Instant) -> str | None:
    for time_ms, instant in _instants(asked):
        if answer(question.question, instant) is None:
            return f"{question.at}: it was so at +{time_ms / 1000:.3f}s"
    return None


def _always(question: Always, asked: Asked | Instant) -> str | None:
    for time_ms, instant in _instants(asked):
        no = answer(question.question, instant)
        if no is not None:
            return f"{no} at +{time_ms / 1000:.3f}s"
    return None


def _instants(asked: Asked | Instant) -> Iterable[tuple[int, Instant]]:
    """Every state of the objects since the last step began, each with the cluster time at which it came to be."""
    collections: dict[str, Objects] = {}
    for position, record in enumerate(asked.records):
        subject: Object = record.subject
        metadata = subject.metadata
        objects = collections.setdefault(kinds.of_object(subject).key, {})
        if record.type == "DELETED":
            objects.pop((metadata.namespace, metadata.name), None)
        else:
            objects[(metadata.namespace, metadata.name)] = subject
        if position + 1 >= asked.since:
            yield record.time_ms, Instant(collections, asked.records, asked.since, position + 1)


def _of_network(question: Dns | Reachable | Url, asked: Asked | Instant) -> str | None:
    """What a network would do with the objects. Few runs ask, so what knows it is loaded at the first question."""
    from harness.runner.network_questions import answered

    return answered(question, lambda word: asked.objects(_resource(word)))


def _resource(word: str) -> Resource:
    found = resources.find(word)
    assert found is not None, word
    return found


_ANSWERS: dict[type[Any], Callable[[Any, Asked | Instant], str | None]] = {
    Dns: _of_network,
    Reachable: _of_network,
    Url: _of_network,
    PartialObject: _partial,
    Absent: _absent,
    EventSeen: _event_seen,
    Order: _order,
    Count: _count,
    Never: _never,
    Always: _always,
}
