"""What happened, in order, and why: each record names its cause, so "why" is a walk back.

Owns the record. What a record is about is opaque here.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Cause(msgspec.Struct, frozen=True, gc=False):
    """Who did it, working on what, woken by which record (its sequence; 0 for a person's action or a timer).

    `alias` is what the actor calls itself towards others, where that depends on what it does.
    """

    actor: str
    key: str
    woken_by: int = 0
    alias: str = ""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One thing that happened at `time_ms`: a type, what it is about, and what that was before."""

    sequence: int
    time_ms: int
    type: str
    subject: Any
    previous: Any = None
    cause: Cause | None = None


class Trace:
    """An append-only list of records."""

    __slots__ = ("records",)

    def __init__(self) -> None:
        self.records: list[Record] = []

    def note(self, time_ms: int, type: str, subject: Any, previous: Any = None, cause: Cause | None = None) -> Record:  # noqa: A002
        """Append a record; its sequence is its position counted from 1."""
        record = Record(len(self.records) + 1, time_ms, type, subject, previous, cause)
        self.records.append(record)
        return record

    def why(self, record: Record) -> list[Record]:
        """The chain of records that led to this one, nearest first."""
        chain: list[Record] = []
        while record.cause is not None and 0 < record.cause.woken_by < record.sequence:
            record = self.records[record.cause.woken_by - 1]
            chain.append(record)
        return chain
