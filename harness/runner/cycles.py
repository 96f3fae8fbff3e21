"""What keeps repeating in a step that never settles: the shortest cycle its last changes show.

Owns the search for the cycle. Decides from records alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from harness.kernel.trace import Record
from harness.objects.event import Event
from harness.objects.meta import Object, kind_of

_LOOKED_AT = 400
_LONGEST = 60
_TIMES = 3
_MOST_FREQUENT = 5


def cycle(records: Sequence[Record]) -> tuple[str, ...]:
    """The repeating lines, in order from the first of them; without a strict cycle, the most frequent ones."""
    said = [_line(record) for record in records[-_LOOKED_AT:]]
    for length in range(1, min(_LONGEST, len(said) // _TIMES) + 1):
        last = said[-length:]
        if all(said[-length * (n + 1) : len(said) - length * n] == last for n in range(_TIMES)):
            start = min(range(length), key=lambda offset: last[offset:] + last[:offset])
            return tuple(last[start:] + last[:start])
    frequent = Counter(said).most_common(_MOST_FREQUENT)
    return tuple(f"{line} ({count} times)" for line, count in frequent if count > 1)


def _line(record: Record) -> str:
    subject = record.subject
    by = f" by {record.cause.actor}" if record.cause is not None else ""
    if isinstance(subject, Event):
        about = subject.involved_object
        return f"{about.kind.lower()}/{about.name} {subject.reason}{by}"
    return f"{_name(subject)} {_VERBS[record.type]}{by}"


_VERBS = {"ADDED": "created", "MODIFIED": "changed", "DELETED": "deleted"}


def _name(subject: Object) -> str:
    return f"{kind_of(subject).lower()}/{subject.metadata.name}"
