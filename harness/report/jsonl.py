"""An outcome as a stream of JSON objects, one a line, in the order in which things happened.

Owns the shape of the stream, which programs depend on: docs/golden-files.md, "The machine-readable stream". Objects are
as the API serves them. Knows nothing of golden files.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from harness.kernel.trace import Record
from harness.objects.wire import to_wire
from harness.outcome import Outcome, StepOutcome

EXPECT = "expect"
_ENCODER = msgspec.json.Encoder()


def stream(outcome: Outcome) -> Iterator[bytes]:
    """The lines of an outcome, each with its line end."""
    for record in outcome.before:
        yield _line(_change(record))
    for step in outcome.steps:
        yield _line({"type": "STEP", "index": step.index, "time": step.began_ms, "step": step.written})
        yield _line(_answer(step))
        for record in step.records:
            yield _line(_change(record))
        yield _line({"type": "SETTLED", "index": step.index, "time": step.settled_ms, "reason": step.reason})


def _line(row: dict[str, Any]) -> bytes:
    return _ENCODER.encode(row) + b"\n"


def _change(record: Record) -> dict[str, Any]:
    return {"type": record.type, "time": record.time_ms, "object": to_wire(record.subject)}


def _answer(step: StepOutcome) -> dict[str, Any]:
    if step.verb == EXPECT:
        return {"type": "EXPECT", "index": step.index, "held": step.held, "text": step.text}
    return {"type": "RESPONSE", "index": step.index, "message": step.message, "rejected": step.rejected}
