"""Why a golden file does not match, for a person: the first thing that went another way, then the objects.

Owns the text of a failure: the reason first, as it is all that a summary shows. Works on the two texts alone; what
comes later mostly follows from what came first, so the first diverging line of a log is shown with its step, and of
the objects only those that differ. Always the golden file's side first (`-`), then what came (`+`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from harness.golden.verdict import first_difference
from harness.golden.yaml_text import flow

_CONTEXT = 2
_WINDOW = 400
_LONGEST_VALUE = 100
_SPACES = re.compile(" {2,}")
_PARTS = ("did", "said", "warned", "rejected", "log", "settled", "repeating")


class Limits(msgspec.Struct, frozen=True):
    """How much is shown."""

    lines: int = 24
    objects: int = 20
    fields: int = 8


BRIEF = Limits()
ALL = Limits(lines=100_000, objects=100_000, fields=100_000)


class Explanation(msgspec.Struct, frozen=True):
    """`reason` in one line; `step` the index of the step that went another way, if one did; `lines` the details."""

    reason: str
    step: int | None
    lines: tuple[str, ...]


def explain(golden: str, actual: str, limits: Limits = BRIEF) -> Explanation:
    """Why two texts that differ do."""
    expected, got = _read(golden), _read(actual)
    if expected is None or got is None or golden.split("\n", 1)[0] != actual.split("\n", 1)[0]:
        return _by_line(golden, actual, "the golden file cannot be read" if expected is None else "")
    step, reason, lines = _first_step(expected["steps"], got["steps"], limits)
    objects = _objects(expected["objects"], got["objects"])
    if not reason and not objects:
        return _by_line(golden, actual, "only the way it is written differs")
    counted = f"{len(objects)} object{'s' if len(objects) != 1 else ''} differ{'s' if len(objects) == 1 else ''}"
    reasons = [part for part in (reason, counted if objects else "") if part]
    return Explanation("; ".join(reasons), step, (*lines, *_tell_objects(objects, limits)))


def _read(text: str) -> dict[str, Any] | None:
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        document = yaml.load(text, loader)
    except yaml.YAMLError:
        return None
    if not isinstance(document, dict):
        return None
    steps, objects = document.get("steps"), document.get("objects")
    fits = isinstance(steps, list) and all(isinstance(one, dict) for one in steps) and isinstance(objects, dict)
    return document if fits else None


def _by_line(golden: str, actual: str, why: str) -> Explanation:
    number, left, right = first_difference(golden, actual)
    reason = f"{why}; first at line {number}" if why else f"first at line {number}"
    return Explanation(reason, None, (f"  - {left}", f"  + {right}"))


# Steps.


def _first_step(
    golden: Sequence[Mapping[str, Any]], actual: Sequence[Mapping[str, Any]], limits: Limits
) -> tuple[int | None, str, list[str]]:
    for index in range(max(len(golden), len(actual))):
        if index >= len(golden):
            return index, f"step {index + 1} is new ({actual[index].get('did')})", []
        if index >= len(actual):
            return None, f"step {index + 1} is gone ({golden[index].get('did')})", []
        parts = list(_differing_parts(golden[index], actual[index], limits))
        if parts:
            told = f"step {index + 1} of {len(actual)} ({actual[index].get('did')})"
            return index, f"{told} {parts[0][0]}", [line for _, lines in parts for line in lines]
    return None, "", []


def _differing_parts(
    golden: Mapping[str, Any], actual: Mapping[str, Any], limits: Limits
) -> Iterator[tuple[str, list[str]]]:
    for part in _PARTS:
        left, right = golden.get(part), actual.get(part)
        if part == "log":
            left, right = _lines(left), _lines(right)
        if left != right:
            yield _part(part, left, right, limits)


def _lines(log: Any) -> list[str]:
    """The lines of a log; how far its columns lie apart does not count."""
    return [_SPACES.sub("  ", line) for line in str(log or "").splitlines()]


def _part(part: str, left: Any, right: Any, limits: Limits) -> tuple[str, list[str]]:
    if part == "log":
        at = _common(left, right)
        return f"goes another way at line {at + 1} of its log", _log(left, right, at, limits)
    words = {
        "said": "is answered differently",
        "warned": "is warned of differently",
        "rejected": "is rejected differently",
        "did": "was another one",
    }
    if part == "rejected" and (left is None or right is None):
        words["rejected"] = "is not rejected any more" if right is None else "is rejected now"
    lines = [f"    - {part}: {_value(left)}", f"    + {part}: {_value(right)}"]
    return words.get(part, "settles differently"), lines


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    """How many lines two logs have in common from their beginning."""
    shared = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        shared += 1
    return shared


def _log(left: list[str], right: list[str], at: int, limits: Limits) -> list[str]:
    rows = [f"      {line}" for line in left[max(0, at - _CONTEXT) : at]]
    old, new = left[at : at + _WINDOW], right[at : at + _WINDOW]
    for how, start, end, other_start, other_end in difflib.SequenceMatcher(None, old, new, False).get_opcodes():
        if how == "equal":
            rows += [f"      {line}" for line in _ends(old[start:end], end == len(old))]
        else:
            rows += [f"    - {line}" for line in old[start:end]] + [
                f"    + {line}" for line in new[other_start:other_end]
            ]
    shown = rows[: limits.lines]
    rest = len(rows) - len(shown) + max(0, max(len(left), len(right)) - at - _WINDOW)
    return [*shown, f"      … and {rest} more lines of the log"] if rest else shown


def _ends(alike: list[str], last: bool) -> list[str]:
    """What is shown of lines that are alike: those next to a difference."""
    after = [] if last else alike[-_CONTEXT:]
    between = len(alike) - _CONTEXT - len(after)
    return [*alike[:_CONTEXT], f"… {between} lines alike", *after] if between > 1 else alike


# Objects.


def _objects(golden: Mapping[str, Any], actual: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The objects that differ, by name, as (golden, actual); None where there is none."""
    labels = [*golden, *(label for label in actual if label not in golden)]
    pairs = {label: (golden.get(label), actual.get(label)) for label in labels}
    return {label: pair for label, pair in pairs.items() if flow(pair[0]) != flow(pair[1])}


def _tell_objects(objects: Mapping[str, tuple[Any, Any]], limits: Limits) -> Iterator[str]:
    if objects:
        yield "  objects (golden -> now):"
    for number, (label, (left, right)) in enumerate(objects.items()):
        if number == limits.objects:
            yield f"    … and {len(objects) - number} more objects"
            return
        if left is None or right is None:
            yield f"    {'+' if left is None else '-'} {label} {'appeared' if left is None else 'vanished'}"
            continue
        fields = list(_fields(left, right))
        yield from (f"    {label}  {field}" for field in fields[: limits.fields])
        if len(fields) > limits.fields:
            yield f"    {label}  … and {len(fields) - limits.fields} more fields"


def _fields(left: Any, right: Any) -> Iterator[str]:
    """Field by field, as deepdiff finds them; it explains two objects that differ and decides nothing."""
    from deepdiff import DeepDiff

    found = DeepDiff(
        left, right, view="tree", ignore_private_variables=False, verbose_level=2, threshold_to_diff_deeper=0
    )
    told = []
    for changes in found.values():
        for change in changes:
            path = ".".join(str(part) for part in change.path(output_format="list"))
            told.append(f"{path}: {_value(_present(change.t1))} -> {_value(_present(change.t2))}")
    yield from sorted(told)


class _Nothing:
    """Where there is no value on one side."""


_NOTHING = _Nothing()


def _present(value: Any) -> Any:
    return _NOTHING if type(value).__name__ == "NotPresent" else value


def _value(value: Any) -> str:
    if value is _NOTHING or value is None:
        return "(nothing)"
    text = value if isinstance(value, str) and "\n" not in value else flow(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"
