"""The questions of `expect`: the table of their forms.

Owns how a question is written. Whether it holds is known elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from harness.objects import resources
from harness.objects.happenings import STATES, WORDS
from harness.objects.resources import Resource
from harness.scenario.complaints import did_you_mean, one_of, quoted
from harness.scenario.labels import selector
from harness.scenario.model import (
    Absent,
    Always,
    Count,
    Dns,
    EventSeen,
    Happening,
    Never,
    Order,
    PartialObject,
    Plain,
    Question,
    Reachable,
    Target,
    Url,
)
from harness.scenario.nodes import Mapping, Node, Scalar, found, plain
from harness.scenario.places import A_RECORD, end, port, resolved, url
from harness.scenario.scalars import by_core_schema, by_kubectl
from harness.scenario.schema import Key, Keys, Reading, list_of, mapping, not_empty, read_keys, sequence
from harness.scenario.targets import find_resource, parse_target, pod, resource, target
from harness.scenario.values import choice, or_nothing, text, truth, whole

A_HAPPENING = "a target and what happened to it, such as pod/web-2 deleted"
A_QUESTION = (
    "an object with kind and metadata.name, or one of absent, event, order, count, dns, from, url, never, always"
)


def _happening(node: Node, reading: Reading) -> Happening:
    written, _, rest = text(node, reading, A_HAPPENING).partition(" ")
    what = rest.strip()
    if not what:
        reading.expected(node, A_HAPPENING)
    if what not in WORDS:
        guess = did_you_mean(what, WORDS) or did_you_mean(what.split()[-1], WORDS)
        reading.refuse(node, f"found {quoted(what)} as what happened, expected {one_of(WORDS)}{guess}")
    return Happening(target=parse_target(written, node, reading), what=what)


def _count(node: Node, fields: Plain, reading: Reading) -> Count:
    bounds = [name for name in ("exactly", "at_least", "at_most") if name in fields]
    if not bounds:
        reading.refuse(node, 'the question "count" has no number, expected is, atLeast or atMost')
    if "exactly" in fields and len(bounds) > 1:
        reading.refuse(node, 'found "is" beside another bound, expected is alone, or atLeast and atMost')
    namespace = reading.namespace if fields["resource"].namespaced else ""
    return Count(namespace=namespace, at=reading.at(node), **fields)


_EVENT: Keys = {
    "object": Key("object", target),
    "reason": Key("reason", text),
    "message": Key("message", text),
    "ever": Key("ever", truth),
}


def _event(node: Node, reading: Reading) -> Plain:
    event = mapping(node, reading, "the event as a mapping such as {object: sts/web, reason: FailedCreate}")
    fields = read_keys(event, _EVENT, reading, "event")
    if not fields.keys() - {"ever"}:
        reading.refuse(node, "the event says nothing to look for, expected object, reason or message")
    return fields


def _seen(node: Node, fields: Plain, reading: Reading) -> EventSeen:
    beside = {"ever": fields["ever"]} if "ever" in fields else {}
    return EventSeen(at=reading.at(node), **{**fields["event"], **beside})


def _simply(shape: Callable[..., Question]) -> Callable[[Node, Plain, Reading], Question]:
    return lambda node, fields, reading: shape(at=reading.at(node), **fields)


class Form(NamedTuple):
    """One way to ask: its keys, and how their values make the question."""

    keys: Keys
    build: Callable[[Node, Plain, Reading], Question]


def question(node: Node, reading: Reading) -> Question:
    """One entry of an `expect`."""
    entry = mapping(node, reading, A_QUESTION)
    form = next((word for word in _FORMS if entry.get(word) is not None), None)
    if form is None:
        return _partial_object(entry, reading)
    keys, build = _FORMS[form]
    return build(entry, read_keys(entry, keys, reading, f"the question {quoted(form)}"), reading)


_BOUND = whole(0)
_SOME_HAPPENINGS = f"a list of what happened: each {A_HAPPENING}"
_happenings = not_empty(list_of(_happening, _SOME_HAPPENINGS), _SOME_HAPPENINGS)
_FORMS: dict[str, Form] = {
    "absent": Form({"absent": Key("target", target)}, _simply(Absent)),
    "event": Form({"event": Key("event", _event), "ever": Key("ever", truth)}, _seen),
    "order": Form({"order": Key("happenings", _happenings)}, _simply(Order)),
    "count": Form(
        {
            "count": Key("resource", resource),
            "selector": Key("selector", selector),
            "where": Key("where", choice(*STATES)),
            "is": Key("exactly", _BOUND),
            "atLeast": Key("at_least", _BOUND),
            "atMost": Key("at_most", _BOUND),
        },
        _count,
    ),
    "dns": Form(
        {
            "dns": Key("name", text),
            "from": Key("source", pod),
            "resolves": Key(
                "resolves", list_of(resolved, f"a list of what it resolves to: each {A_RECORD}"), required=True
            ),
        },
        _simply(Dns),
    ),
    "from": Form(
        {
            "from": Key("source", end("Pod"), required=True),
            "to": Key("to", end("Pod", "Service"), required=True),
            "port": Key("port", port, required=True),
            "protocol": Key("protocol", choice("TCP", "UDP", "SCTP")),
            "allowed": Key("allowed", truth),
        },
        _simply(Reachable),
    ),
    "url": Form(
        {
            "url": Key("url", url),
            "serves": Key("serves", or_nothing(target), required=True),
            "class": Key("class_name", text),
        },
        _simply(Url),
    ),
    "never": Form({"never": Key("question", question)}, _simply(Never)),
    "always": Form({"always": Key("question", question)}, _simply(Always)),
}


def _partial_object(entry: Mapping, reading: Reading) -> PartialObject:
    kind, metadata = entry.get("kind"), entry.get("metadata")
    name = metadata.get("name") if isinstance(metadata, Mapping) else None
    if kind is None:
        reading.refuse(entry, f"found a mapping without kind, expected {A_QUESTION}")
    if name is None:
        reading.refuse(metadata or entry, "the object has no metadata.name, expected the name of the one to look at")
    kind_word, object_name = _object_text(kind, reading), _object_text(name, reading)
    found_resource = _resource_of(entry, kind_word, kind, reading)
    fields: Plain = plain(entry, by_kubectl, reading.complain)
    written = metadata.get("namespace") if isinstance(metadata, Mapping) else None
    namespace = _object_text(written, reading) if written is not None else reading.namespace
    if not found_resource.namespaced:
        namespace = ""
    looked_at = Target(resource=found_resource, name=object_name, namespace=namespace)
    return PartialObject(target=looked_at, fields=fields, at=reading.at(entry))


def _object_text(node: Node, reading: Reading) -> str:
    """A text inside an object, which is read by kubectl's rules as a whole."""
    value = node.value(by_kubectl) if isinstance(node, Scalar) else None
    if not isinstance(value, str) or not value:
        reading.expected(node, "a text", by_kubectl)
    return value


def _resource_of(entry: Mapping, kind_word: str, kind: Node, reading: Reading) -> Resource:
    """The kind by its exact name and, where there is one, its apiVersion."""
    version = entry.get("apiVersion")
    if version is not None:
        group, _, _ = _object_text(version, reading).rpartition("/")
        words = [f"{kind_word.lower()}.{group}" if group else kind_word.lower()]
    else:
        words = [kind_word.lower()]
    for name in words:
        candidate = resources.find(name) or reading.custom.get(name)
        if candidate is not None and candidate.kind == kind_word:
            return candidate
    known = resources.find(kind_word)
    if known is not None and version is None:
        reading.refuse(kind, f"found the kind {quoted(kind_word)}; did you mean {quoted(known.kind)}?")
    if known is not None and version is not None:
        reading.refuse(version, f"found {found(version)} for a {known.kind}, expected {known.api_version}")
    return find_resource(kind_word, kind, reading)


def questions(node: Node, reading: Reading) -> tuple[Question, ...]:
    """The list of an `expect`; each item that cannot be read is complained about on its own."""
    items = sequence(node, reading, "a list of questions").items
    if not items:
        reading.refuse(node, "found an empty list, expected at least one question")
    return list_of(question, "a list of questions")(node, reading)


def plain_question(node: Node) -> Any:
    """A question as written, as plain data: an object by kubectl's rules, any other by those of the scenario."""
    if isinstance(node, Mapping):
        for word in ("never", "always"):
            inner = node.get(word)
            if inner is not None:
                return {word: plain_question(inner)}
        if not any(node.get(word) is not None for word in _FORMS):
            return plain(node, by_kubectl, _silent)
    return plain(node, by_core_schema, _silent)


def _silent(node: Node, message: str) -> None:
    """What is wrong with a question was said when it was read."""
