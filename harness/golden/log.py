"""The log of a step: one line for each thing that happened, in columns.

Owns which line an Event joins, which lines are left out because a later one says it better, and the columns: time,
object, what happened, and beside it what Kubernetes said (the reason and message of the Event; `!` before a warning).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import islice, takewhile

import msgspec

from harness.golden import happened, naming
from harness.golden.echoes import is_echo
from harness.golden.stand_ins import StandIns
from harness.kernel.trace import Record
from harness.objects.event import Event

_TAB = 8
_WIDEST_WHAT = 40
_GAP = 2
_SOON_MS = 100
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


class Line(msgspec.Struct):
    """One thing that happened, to one object; `said` is what Kubernetes says of it, empty if nothing."""

    time_ms: int
    label: str
    name: str
    what: str
    said: str = ""


def lines(records: Iterable[Record]) -> list[Line]:
    """The lines of records, in order, with random names as they are."""
    found: list[Line] = []
    for record in records:
        if isinstance(record.subject, Event):
            if record.type != "DELETED":
                _say(record.time_ms, record.subject, found, again=record.type == "MODIFIED")
        elif not is_echo(record.subject):
            label, name = naming.short_of(record.subject), record.subject.metadata.name
            found.extend(Line(record.time_ms, label, name, what) for what in happened.words(record))
    return _without_fleeting(found)


def _say(time_ms: int, event: Event, found: list[Line], *, again: bool) -> None:
    """Put an Event beside the line that it speaks of, or on a line of its own unless it was said before (`again`)."""
    about = event.involved_object
    label = naming.short(about.kind, about.name, about.namespace)
    reason = f"! {event.reason}" if event.type == "Warning" else event.reason
    message = " ".join(event.message.split())
    last = found[-1] if found else None
    if last is not None and last.time_ms == time_ms and not last.said and last.what:
        named = message.split()
        if last.label == label or (last.name in named and about.name in named):
            last.said = f"{reason}  {message}"
            return
    if not again:
        found.append(Line(time_ms, label, about.name, reason, message))


def _without_fleeting(found: list[Line]) -> list[Line]:
    """Leave out steps on the way to what soon follows on the same object."""
    return [
        line for number, line in enumerate(found) if line.said or not _overtaken(line, islice(found, number + 1, None))
    ]


def _overtaken(line: Line, later: Iterable[Line]) -> bool:
    end = next((end for start, end in happened.FLEETING.items() if line.what.startswith(start)), None)
    if end is None:
        return False
    soon = takewhile(lambda other: other.time_ms - line.time_ms <= _SOON_MS, later)
    return any(other.label == line.label and other.what.startswith(end) for other in soon)


def relative(ms: int) -> str:
    """`+61.003s`."""
    return f"+{ms // 1000}.{ms % 1000:03d}s"


def columns(found: Sequence[Line], began_ms: int, stand_ins: StandIns) -> list[str]:
    """The lines as text. A column is as wide as its widest entry, rounded up so that small changes move nothing."""
    rows = [
        (
            relative(line.time_ms - began_ms),
            stand_ins.text(line.label),
            _clean(stand_ins.text(line.what)),
            _clean(stand_ins.text(line.said)),
        )
        for line in found
    ]
    if not rows:
        return []
    times = max(len(row[0]) for row in rows) + _GAP
    labels = _stop(max(len(row[1]) for row in rows))
    whats = _stop(min(_WIDEST_WHAT - _GAP, max((len(row[2]) for row in rows if row[3]), default=0)))
    return [_row(row, times, labels, whats) for row in rows]


def _stop(width: int) -> int:
    """The next tab stop that leaves a gap."""
    return -(-(width + _GAP) // _TAB) * _TAB


def _row(row: tuple[str, str, str, str], times: int, labels: int, whats: int) -> str:
    time, label, what, said = row
    head = f"{time:<{times}}{label:<{labels}}"
    if not said:
        return f"{head}{what}".rstrip()
    gap = " " * max(_GAP, whats - len(what))
    return f"{head}{what}{gap}{said}"


def _clean(text: str) -> str:
    """The text without anything that would end the line or that a YAML reader refuses."""
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}" if ord(found[0]) < 256 else "?", text)
