"""The cluster as the trace tells it: what exists after each record, and what existed when a pass began.

Owns the fold over records, going back in it, and who acted. Knows no rule that anything must keep. What an actor saw is
taken to be anything between the record that woke it (or its previous pass over the same key, if that ended later) and
its write: a witness that asks `seen` accuses only where no such state excuses the act.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from typing import Any, TypeVar, cast

import msgspec

from harness.kernel.clock import parse
from harness.kernel.trace import Cause, Record
from harness.objects.event import Event
from harness.objects.meta import Object, controller_of
from harness.objects.pod import Pod

O = TypeVar("O", bound=Object)  # noqa: E741

ADDED = "ADDED"
DELETED = "DELETED"
PERSON = "kubectl"

_Place = tuple[type[Any], str, str]


class Past(msgspec.Struct, frozen=True):
    """A state the cluster is or was in: the last one, with some objects as they had been before."""

    objects: dict[type[Any], dict[tuple[str, str], Any]]
    pods_by_owner: dict[str, dict[tuple[str, str], Pod]]
    undone: dict[_Place, Any]

    def get(self, type_: type[O], namespace: str, name: str) -> O | None:
        """The object of a kind by its name; None if there was none."""
        place = (type_, namespace, name)
        if place in self.undone:
            return cast("O | None", self.undone[place])
        return self.objects.get(type_, {}).get((namespace, name))

    def every(self, type_: type[O]) -> Iterator[O]:
        """All objects of a kind, in no order that means anything."""
        for (namespace, name), found in self.objects.get(type_, {}).items():
            if (type_, namespace, name) not in self.undone:
                yield found
        for place, undone in self.undone.items():
            if place[0] is type_ and undone is not None:
                yield undone

    def pods_of(self, uid: str) -> list[Pod]:
        """The pods that the object with this uid manages."""
        pods = [
            pod
            for (namespace, name), pod in self.pods_by_owner.get(uid, {}).items()
            if (Pod, namespace, name) not in self.undone
        ]
        for place, undone in self.undone.items():
            if place[0] is Pod and undone is not None and _owner(undone) == uid:
                pods.append(undone)
        return pods


class _Pass(msgspec.Struct):
    """The latest pass of one actor over one key: positions in the trace of its earliest view and its last write."""

    cause: Cause
    start: int
    last: int


class Scene:
    """Everything up to the record taken last. `start_ms` is the instant of cluster time 0, since 1970."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.now_ms = 0
        self.start_ms = 0
        self._sequences: list[int] = []
        self._objects: dict[type[Any], dict[tuple[str, str], Any]] = {}
        self._pods_by_owner: dict[str, dict[tuple[str, str], Pod]] = {}
        self._passes: dict[tuple[str, str], _Pass] = {}
        self.now = Past(self._objects, self._pods_by_owner, {})

    def take(self, record: Record) -> None:
        """Let the record have happened."""
        position = len(self.records)
        self.records.append(record)
        self._sequences.append(record.sequence)
        self.now_ms = record.time_ms
        subject: Object = record.subject
        metadata = subject.metadata
        key = (metadata.namespace, metadata.name)
        objects = self._objects.setdefault(type(subject), {})
        if record.type == DELETED:
            objects.pop(key, None)
        else:
            objects[key] = subject
        if type(subject) is Pod:
            self._take_pod(record, key)
        if record.type == ADDED and metadata.creation_timestamp is not None:
            # Stamps are cut to seconds, so the latest start that any of them allows is the nearest.
            self.start_ms = max(self.start_ms, parse(metadata.creation_timestamp) - record.time_ms)
        if type(subject) is not Event:
            self._take_pass(record, position)

    def let_pass(self, now_ms: int) -> None:
        """Let time go on to `now_ms` without anything happening."""
        self.now_ms = max(self.now_ms, now_ms)

    @property
    def epoch_ms(self) -> int:
        """Now, in milliseconds since 1970."""
        return self.start_ms + self.now_ms

    def seen(self, record: Record) -> Iterator[Past]:
        """What whoever caused the record, which must be the one taken last, may have seen: latest state first."""
        start = len(self.records) - 1
        if record.cause is not None:
            known = self._passes.get((record.cause.actor, record.cause.key))
            if known is not None:
                start = min(start, known.start)
        undone: dict[_Place, Any] = {}
        for position in range(len(self.records) - 1, start - 1, -1):
            past = self.records[position]
            if type(past.subject) is Event:
                continue
            metadata = past.subject.metadata
            place = (type(past.subject), metadata.namespace, metadata.name)
            undone = {**undone, place: past.previous}
            yield Past(self._objects, self._pods_by_owner, undone)

    def obstacle(self, record: Record, judge: Callable[[Past], str]) -> str:
        """What forbids the act in each state that its actor may have seen, from the latest; "" if one allows it."""
        latest = ""
        for past in self.seen(record):
            found = judge(past)
            if not found:
                return ""
            latest = latest or found
        return latest

    def _take_pod(self, record: Record, key: tuple[str, str]) -> None:
        before = _owner(record.previous) if record.previous is not None else ""
        after = _owner(record.subject) if record.type != DELETED else ""
        if before and before != after:
            self._pods_by_owner.get(before, {}).pop(key, None)
        if after:
            self._pods_by_owner.setdefault(after, {})[key] = record.subject

    def _take_pass(self, record: Record, position: int) -> None:
        cause = record.cause
        if cause is None:
            return
        known = self._passes.get((cause.actor, cause.key))
        if known is not None and known.cause is cause:
            known.last = position
            return
        start = bisect_right(self._sequences, cause.woken_by) if cause.woken_by else 0
        if known is not None:
            start = max(start, known.last + 1)
        self._passes[cause.actor, cause.key] = _Pass(cause, min(start, position), position)


def _owner(pod: Pod) -> str:
    owner = controller_of(pod)
    return owner.uid if owner is not None else ""


def actor(record: Record) -> str:
    """Who wrote it; a write without a cause counts as a person's."""
    return record.cause.actor if record.cause is not None else PERSON


def by_person(record: Record) -> bool:
    """Whether somebody did this by hand, which makes it no actor's fault."""
    return actor(record) == PERSON


def begins_deletion(record: Record) -> bool:
    """Whether this is the moment from which the object is on its way out."""
    previous = record.previous
    if previous is None or previous.metadata.deletion_timestamp is not None:
        return False
    return record.type == DELETED or record.subject.metadata.deletion_timestamp is not None
