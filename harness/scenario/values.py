"""The small values of the language: texts, numbers, durations, instants, taints.

Each reader takes a node and returns the value, or complains and raises Refused. Knows nothing of where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from harness.objects import quantity
from harness.scenario.complaints import did_you_mean, one_of, quoted
from harness.scenario.durations import parse_duration
from harness.scenario.model import HookText, NeverText, TaintSetting
from harness.scenario.nodes import Node, Scalar, found
from harness.scenario.schema import Reading, Value

A_TEXT = "a text"
A_DURATION = "a duration such as 30s, 1m30s or 500ms"
LONGEST_MS = 17_520 * 3_600_000
LONGEST = "17520h (two years)"
INT32 = (-(2**31), 2**31 - 1)
A_TAINT = "a taint such as key=value:NoSchedule"
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_TAINT = re.compile(r"(?P<key>[^=:\s]+?)(?:=(?P<value>[^=:\s]*?))?(?::(?P<effect>[^=:\s]+?))?(?P<removed>-)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(2201, 1, 1, tzinfo=UTC)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)


def text(node: Node, reading: Reading, what: str = A_TEXT) -> str:
    """A text that says something; `what` is how a complaint calls the text that was expected."""
    value = node.value() if isinstance(node, Scalar) else None
    if not isinstance(value, str):
        meant = isinstance(node, Scalar) and value is not None and what == A_TEXT
        quotes = f"; write it in quotes: {quoted(node.text)}" if meant and isinstance(node, Scalar) else ""
        reading.refuse(node, f"found {found(node)}, expected {what}{quotes}")
    if not value.strip():
        reading.refuse(node, "found an empty text, expected one that says something")
    return value


def word(node: Node, reading: Reading, what: str = A_TEXT) -> str:
    """A label's value, a quantity, an image's name: a text, or a number or truth value meant as the text it is."""
    if not isinstance(node, Scalar) or node.value() is None:
        reading.expected(node, what)
    return node.text


def or_nothing(read: Callable[[Node, Reading], Value]) -> Callable[[Node, Reading], Value | None]:
    """Reads null as None, anything else with `read`."""

    def reader(node: Node, reading: Reading) -> Value | None:
        return None if isinstance(node, Scalar) and node.value() is None else read(node, reading)

    return reader


def truth(node: Node, reading: Reading) -> bool:
    value = node.value() if isinstance(node, Scalar) else None
    if not isinstance(value, bool):
        reading.expected(node, "true or false")
    return value


def whole(least: int | None = None, most: int | None = None) -> Callable[[Node, Reading], int]:
    """Reads a whole number within bounds."""

    def reader(node: Node, reading: Reading) -> int:
        value = node.value() if isinstance(node, Scalar) else None
        if isinstance(value, bool) or not isinstance(value, int):
            hint = f"; did you mean {int(value)}?" if isinstance(value, float) and value.is_integer() else ""
            reading.refuse(node, f"found {found(node)}, expected a whole number{hint}")
        if least is not None and value < least:
            reading.refuse(node, f"found the number {value}, expected at least {least}")
        if most is not None and value > most:
            reading.refuse(node, f"found the number {value}, expected at most {most}")
        return value

    return reader


def choice(*options: str) -> Callable[[Node, Reading], Any]:
    """Reads one of a few words."""

    def reader(node: Node, reading: Reading) -> str:
        value = node.value() if isinstance(node, Scalar) else None
        if not isinstance(value, str) or value not in options:
            guess = did_you_mean(value, options) if isinstance(value, str) else ""
            reading.refuse(node, f"found {found(node)}, expected {one_of(options)}{guess}")
        return value

    return reader


def duration_ms(node: Node, reading: Reading, what: str = A_DURATION) -> int:
    if not isinstance(node, Scalar):
        reading.expected(node, what)
    value = parse_duration(node.text)
    if value is None:
        guess = f'; did you mean "{node.text}s"?' if parse_duration(f"{node.text}s") is not None else ""
        reading.refuse(node, f"found {found(node)}, expected {what}{guess}")
    if value > LONGEST_MS:
        reading.refuse(node, f"found {found(node)}, expected at most {LONGEST}")
    return value


def size_bytes(node: Node, reading: Reading) -> int:
    """A quantity of bytes."""
    what = "a size such as 350Mi"
    written = word(node, reading, what)
    try:
        size = quantity.value(written)
    except ValueError:
        reading.expected(node, what)
    if size < 0:
        reading.refuse(node, f"found {found(node)}, expected at least 0")
    return size


def never_or_duration(node: Node, reading: Reading) -> NeverText | int:
    if isinstance(node, Scalar) and node.text == "never":
        return "never"
    return duration_ms(node, reading, f"never or {A_DURATION}")


def hook(node: Node, reading: Reading) -> HookText | int:
    """What a hook comes to: how long it takes, or that it never ends or fails."""
    if isinstance(node, Scalar) and node.text == "fails":
        return "fails"
    if isinstance(node, Scalar) and node.text == "never":
        return "never"
    return duration_ms(node, reading, f"never, fails or {A_DURATION}")


def instant_ms(node: Node, reading: Reading) -> int:
    """An RFC 3339 instant, as milliseconds since the Unix epoch."""
    written = node.text if isinstance(node, Scalar) else ""
    try:
        if not _INSTANT.fullmatch(written):
            raise ValueError
        instant = datetime.fromisoformat(written.replace("Z", "+00:00"))
    except ValueError:
        reading.expected(node, "an instant such as 2026-01-01T00:00:00Z")
    if not _EPOCH <= instant < _END:
        reading.refuse(node, f"found {found(node)}, expected one between 1970 and 2200")
    since = instant - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000 + since.microseconds // 1_000


def instant_text(instant_ms: int) -> str:
    """The instant as the language writes it."""
    seconds, milliseconds = divmod(instant_ms, 1_000)
    whole_text = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole_text}.{milliseconds:03d}Z" if milliseconds else f"{whole_text}Z"


def taint(node: Node, reading: Reading) -> TaintSetting:
    """`k=v:Effect` or `k:Effect`, as a node has it."""
    return _taint(node, reading, may_remove=False)


def taint_change(node: Node, reading: Reading) -> TaintSetting:
    """`k=v:Effect` sets, `k:Effect-` and `k-` remove, as in `kubectl taint`."""
    return _taint(node, reading, may_remove=True)


def _taint(node: Node, reading: Reading, *, may_remove: bool) -> TaintSetting:
    expected = f"{A_TAINT} or key-" if may_remove else A_TAINT
    match = _TAINT.fullmatch(text(node, reading, expected))
    if match is None or (match["removed"] and not may_remove) or not (match["effect"] or match["removed"]):
        reading.expected(node, expected)
    effect = match["effect"] or ""
    if effect and effect not in EFFECTS:
        guess = did_you_mean(effect, EFFECTS)
        reading.refuse(node, f"found the effect {quoted(effect)}, expected {one_of(EFFECTS)}{guess}")
    return TaintSetting(key=match["key"], value=match["value"] or "", effect=effect, removed=bool(match["removed"]))


def lines(node: Node, reading: Reading) -> tuple[str, ...]:
    """Lines of a log: a list of texts, or one text of many lines."""
    if isinstance(node, Scalar):
        return tuple(word(node, reading).splitlines())
    items = getattr(node, "items", None)
    if items is None:
        reading.expected(node, "a list of lines, or a text")
    return tuple(word(item, reading) for item in items)
