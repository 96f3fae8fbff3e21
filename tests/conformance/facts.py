"""A stream of records as comparable facts: the same for every run of one scenario, on a real cluster or here.

Owns the six kinds of fact (reply, path, order, event, count, final) and how each is spelled; recordings hold facts in
this very form. Knows nothing of scores.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from conformance.aliases import Aliases, Wire, controller_of, without_nodes
from conformance.happenings import CHANGES, STATUS, begins_step, compared, happenings, title, titled
from conformance.leaves import leaves_of

Facts = dict[str, Any]
"""By `kind|step|subject|…`; most facts are only there or not, some have a value."""

_NO_COMMAND = frozenset({"wait", "fail", "recover", "images", "load"})
"""Verbs that are no kubectl command: what is answered to them is not compared."""

_ORDERED = frozenset({"created", "ready", "terminating", "deleted"})
_NAMED_REVISIONS = frozenset({"ReplicaSet", "ControllerRevision"})
_NOT_AT_THE_END = frozenset({"Node"})
_UNHEARD = frozenset({"Namespace"})
_SIMILAR = "(combined from similar events): "

# How many parts after its kind say what a fact is about.
_PARTS_OF_SUBJECT = {"order": 2, "path": 2, "count": 2, "event": 4}


def facts_of(records: Sequence[Wire]) -> Facts:
    """Everything that can be said of a stream. Records are plain JSON data, in order."""
    aliases = Aliases(records)
    facts: Facts = {}
    facts.update(_replies(records, aliases))
    facts.update(_events(records, aliases))
    facts.update(_stories(records, aliases))
    facts.update(_endings(records, aliases))
    return facts


def subject_of(fact: str) -> str:
    """What a fact is about: where chance decides one fact of a subject, none of them is held against a run."""
    kind, *parts = fact.split("|")
    counted = _PARTS_OF_SUBJECT.get(kind)
    return "|".join([kind, *parts[:counted]]) + "|" if counted else fact


def _steps(records: Sequence[Wire]) -> Iterator[tuple[int, Wire]]:
    """Each record with the number of the step it belongs to, -1 before the first."""
    step = -1
    for record in records:
        step += begins_step(record)
        yield step, record


def _replies(records: Sequence[Wire], aliases: Aliases) -> Iterator[tuple[str, Any]]:
    heard = False
    for step, record in _steps(records):
        if record["type"] == "STEP":
            heard = begins_step(record) and _NO_COMMAND.isdisjoint(record["step"])
        elif record["type"] == "RESPONSE" and heard:
            for said, text in (("rejected", record.get("rejected")), ("says", record.get("message"))):
                for line in _lines(text):
                    yield f"reply|{step}|{said}|{aliases(line)}", True


def _lines(text: str | None) -> Iterator[str]:
    return (line.strip() for line in (text or "").strip().splitlines() if line.strip())


def _events(records: Sequence[Wire], aliases: Aliases) -> Iterator[tuple[str, Any]]:
    """An event counts in the step that saw it first; how often it recurs is left to chance."""
    seen: set[str] = set()
    for step, record in _steps(records):
        if record["type"] not in ("ADDED", "MODIFIED") or record["object"]["kind"] != "Event" or step < 0:
            continue
        event = record["object"]
        about = event["involvedObject"]
        message = without_nodes(aliases(event.get("message", "").strip())).removeprefix(_SIMILAR)
        name = titled(about["kind"], aliases(about["name"]), about.get("namespace") or "default")
        told = f"{name}|{event['type']}|{event['reason']}|{message}"
        if told not in seen and about["kind"] not in _UNHEARD:
            yield f"event|{step}|{told}", True
        seen.add(told)


def _stories(records: Sequence[Wire], aliases: Aliases) -> Iterator[tuple[str, Any]]:
    """Per step: each object's path, the order among a set's pods, and the last counts."""
    sets = _sets(records, aliases)
    for step, happened in enumerate(happenings(records)):
        paths: dict[str, list[str]] = defaultdict(list)
        orders: dict[str, list[str]] = defaultdict(list)
        counts: dict[str, str] = {}
        for name, word in happened:
            if word.startswith(STATUS):
                counts[name] = word
                continue
            told = aliases(word)
            paths[name].append(without_nodes(told) if word.startswith("scheduled") else told)
            if word in _ORDERED and sets.get(name):
                orders[sets[name]].append(f"{name} {word}")
        alike = Counter(f"path|{step}|{aliases(name)}|{' → '.join(path)}" for name, path in paths.items())
        yield from alike.items()
        for owner, order in orders.items():
            for earlier, later in pairwise(order):
                yield f"order|{step}|{owner}|{earlier} < {later}", True
        for name, count in counts.items():
            yield f"count|{step}|{aliases(name)}|{count}", True


def _sets(records: Sequence[Wire], aliases: Aliases) -> dict[str, str]:
    """The StatefulSet each pod belongs to, as its last owner has it: only there is order a promise."""
    sets: dict[str, str] = {}
    for obj in _changed(records):
        owner = controller_of(obj) if obj["kind"] == "Pod" else None
        if owner is not None:
            ordered = owner["kind"] == "StatefulSet"
            sets[title(obj)] = f"statefulset/{aliases(owner['name'])}" if ordered else ""
    return sets


def _changed(records: Sequence[Wire]) -> Iterator[Wire]:
    return (record["object"] for record in records if record["type"] in CHANGES and compared(record["object"]))


def _endings(records: Sequence[Wire], aliases: Aliases) -> Iterator[tuple[str, Any]]:
    """The leaves of what is there at the end; objects that share a stand-in are compared as a bag."""
    bags: dict[str, Counter[str]] = defaultdict(Counter)
    for name, obj in _final(records).items():
        if obj["kind"] in _NOT_AT_THE_END:
            continue
        subject = f"final|{aliases(name)}"
        if obj["kind"] in _NAMED_REVISIONS:
            bags[f"{subject}|its real name"][obj["metadata"]["name"]] += 1
        for path, value in leaves_of(obj):
            text = aliases(str(value))
            if path == "spec.nodeName" or "annotations" in path:
                text = without_nodes(text)
            bags[f"{subject}|{aliases(path)}"][text] += 1
    for fact, bag in bags.items():
        yield fact, "; ".join(f"{text}×{count}" if count > 1 else text for text, count in sorted(bag.items()))


def _final(records: Sequence[Wire]) -> dict[str, Wire]:
    final: dict[str, Wire] = {}
    for record in records:
        if record["type"] in CHANGES and compared(record["object"]):
            if record["type"] == "DELETED":
                final.pop(title(record["object"]), None)
            else:
                final[title(record["object"])] = record["object"]
    return final
