"""JSONPath templates as kubectl reads them: `{.items[*].metadata.name}`, `{range .items[*]}…{end}`, `[?(@.a=="b")]`.

Owns the notation and what it finds in JSON data. A key that is not there finds nothing. Mirrors client-go's
util/jsonpath (parser.go, jsonpath.go) and kubectl's RelaxedJSONPathExpression (pkg/cmd/get/customcolumn.go).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

from harness.objects import go_text

_RELAXED = re.compile(r"\{(\.?[^{}]+)\}|(\.?[^{}]+)")
_FIELD = re.compile(r"(?:\\.|[^\s.\[\]{}'\"()@$*?!<>=,|\\])+")
_SLICE = re.compile(r"(-?\d*)(?::(-?\d*)(?::(-?\d*))?)?", re.ASCII)
_QUOTED = re.compile(r"'((?:\\.|[^'\\])*)'|\"((?:\\.|[^\"\\])*)\"")
_FILTER = re.compile(r"\s*(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*?)\s*", re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_DEEPEST = 32

_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "==": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}


class Field(NamedTuple):
    """`.name`; `*` is every value."""

    name: str


class Items(NamedTuple):
    """`[1]`, `[-1]`, `[0:2]`, `[*]`: from, to and stride, None where nothing stands; `one` for a single index."""

    first: int | None
    last: int | None
    stride: int | None
    one: bool = False


class Several(NamedTuple):
    """`['a','b']` or `[0,2]`."""

    paths: tuple[Path, ...]


class Everywhere(NamedTuple):
    """`..`: this value and all below it."""


class Kept(NamedTuple):
    """`[?(@.name=="web")]`: the items for which it holds; without an operator, those that have the left side."""

    left: Path | str | float | bool
    operator: str
    right: Path | str | float | bool


Step: TypeAlias = Field | Items | Several | Everywhere | Kept


class Path(NamedTuple):
    """Steps from the present value, or from the root (`$`)."""

    steps: tuple[Step, ...]
    from_root: bool = False


class Range(NamedTuple):
    """`{range path}…{end}`."""

    path: Path
    body: tuple[Part, ...]


Part: TypeAlias = str | Path | Range


class Template(NamedTuple):
    """A template that was read."""

    parts: tuple[Part, ...]

    def written(self, data: Any) -> str:
        """What the template makes of the data: for each expression its findings, with a blank between two."""
        return "".join(_written(self.parts, data, data))

    def found(self, data: Any) -> list[Any]:
        """What its first expression finds."""
        path = next((part for part in self.parts if isinstance(part, Path)), None)
        return list(_found(path, data, data)) if path is not None else []


def parse(text: str) -> Template:
    """Raises ValueError, with what is wrong, for a text that is no template."""
    parts, rest = _parts(_pieces(text), nested=0)
    if rest:
        raise ValueError("not in range, nothing to end")
    return Template(tuple(parts))


def parse_expression(text: str) -> Template:
    """One expression, with or without its braces and first dot: `.status.phase`. Raises ValueError."""
    match = _RELAXED.fullmatch(text)
    if match is None:
        raise ValueError(
            f"unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{{name1.name2}}' or "
            f"'{{.name1.name2}}', found {text!r}"
        )
    path = (match[1] or match[2]).removeprefix(".")
    return parse(f"{{.{path}}}")


def shown(value: Any) -> str:
    """A value as a template prints it."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict | list):
        return go_text.json_bytes(value).decode()
    return json.dumps(value) if value is not None else "<nil>"


# Reading


def _pieces(text: str) -> list[tuple[bool, str]]:
    """The text in pieces: whether it stood in braces, and what it is."""
    pieces: list[tuple[bool, str]] = []
    at = 0
    while at < len(text):
        if text[at] != "{":
            end = text.find("{", at)
            end = len(text) if end < 0 else end
            pieces.append((False, text[at:end]))
            at = end
            continue
        end = _closing(text, at, "{", "}")
        pieces.append((True, text[at + 1 : end].strip()))
        at = end + 1
    return pieces


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    """Where the bracket at `start` closes; quotes are passed over."""
    depth, at = 0, start
    while at < len(text):
        quoted = _QUOTED.match(text, at)
        if quoted is not None:
            at = quoted.end()
            continue
        depth += (text[at] == opening) - (text[at] == closing)
        if depth == 0:
            return at
        at += 1
    raise ValueError("unclosed action" if opening == "{" else "unterminated array")


def _parts(pieces: list[tuple[bool, str]], nested: int) -> tuple[list[Part], list[tuple[bool, str]]]:
    if nested > _DEEPEST:
        raise ValueError("too many nested ranges")
    parts: list[Part] = []
    while pieces:
        (in_braces, piece), pieces = pieces[0], pieces[1:]
        if not in_braces:
            parts.append(piece)
        elif piece == "end":
            if not nested:
                raise ValueError("not in range, nothing to end")
            return parts, pieces
        elif piece.startswith("range") and piece[5:6] in (" ", "."):
            body, pieces = _parts(pieces, nested + 1)
            parts.append(Range(_path(piece[5:].strip()), tuple(body)))
        else:
            parts.extend(_expression(piece))
    if nested:
        raise ValueError("unclosed range")
    return parts, pieces


def _expression(piece: str) -> Iterator[Part]:
    """What stands in one pair of braces: a text in quotes, or a path."""
    quoted = _QUOTED.fullmatch(piece)
    yield _unquoted(quoted[1] if quoted[1] is not None else quoted[2]) if quoted else _path(piece)


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text)


def _path(text: str) -> Path:
    steps: list[Step] = []
    from_root = text.startswith("$")
    at = 1 if text[:1] in ("$", "@") else 0
    while at < len(text):
        if text.startswith("..", at):
            steps.append(Everywhere())
            at += 2 if text[at + 2 : at + 3] == "[" else 1
        elif text[at] == "[":
            end = _closing(text, at, "[", "]")
            steps.append(_bracketed(text[at + 1 : end]))
            at = end + 1
        else:
            at += text[at] == "."
            if text.startswith("*", at):
                steps.append(Field("*"))
                at += 1
                continue
            match = _FIELD.match(text, at)
            if match is None:
                if at == len(text) and not steps:
                    break
                raise ValueError(f"unrecognized character in action: {text[at : at + 1]!r}")
            steps.append(Field(re.sub(r"\\(.)", r"\1", match[0])))
            at = match.end()
    return Path(tuple(steps), from_root)


def _bracketed(inside: str) -> Step:
    inside = inside.strip()
    if inside == "*":
        return Items(None, None, None)
    if inside.startswith("?(") and inside.endswith(")"):
        return _filter(inside[2:-1])
    words = [word.strip() for word in re.split(r",(?=(?:[^'\"]*['\"][^'\"]*['\"])*[^'\"]*$)", inside)]
    if len(words) > 1:
        return Several(tuple(Path((_bracketed(word),)) for word in words))
    quoted = _QUOTED.fullmatch(inside)
    if quoted is not None:
        return Field(_unquoted(quoted[1] if quoted[1] is not None else quoted[2]))
    match = _SLICE.fullmatch(inside)
    if match is None or not inside or any(number == "-" for number in match.groups()):
        raise ValueError(f"invalid array index {inside}")
    first, last, stride = (int(number) if number else None for number in match.groups())
    return Items(first, last, stride, one=":" not in inside)


def _filter(text: str) -> Kept:
    match = _FILTER.fullmatch(text)
    if match is None:
        return Kept(_side(text.strip()), "", True)
    return Kept(_side(match[1]), match[2], _side(match[3]))


def _side(text: str) -> Path | str | float | bool:
    quoted = _QUOTED.fullmatch(text)
    if quoted is not None:
        return _unquoted(quoted[1] if quoted[1] is not None else quoted[2])
    if text in ("true", "false"):
        return text == "true"
    try:
        return int(text) if re.fullmatch(r"-?\d{1,18}", text, re.ASCII) else float(text)
    except ValueError:
        return _path(text)


# Finding


def _written(parts: Iterable[Part], data: Any, root: Any) -> Iterator[str]:
    for part in parts:
        if isinstance(part, str):
            yield part
        elif isinstance(part, Path):
            yield " ".join(map(shown, _found(part, data, root)))
        else:
            for item in _found(part.path, data, root):
                yield from _written(part.body, item, root)


def _found(path: Path, data: Any, root: Any) -> Iterator[Any]:
    values = [root if path.from_root else data]
    for step in path.steps:
        values = [found for value in values for found in _stepped(step, value, root)]
    yield from values


def _stepped(step: Step, value: Any, root: Any) -> Iterable[Any]:
    if isinstance(step, Field):
        if step.name == "*":
            return _below(value)
        return [value[step.name]] if isinstance(value, dict) and step.name in value else ()
    if isinstance(step, Items):
        return _items(step, value)
    if isinstance(step, Several):
        return [found for path in step.paths for found in _found(path, value, root)]
    if isinstance(step, Everywhere):
        return _all_below(value)
    return [item for item in _below(value) if _is_kept(step, item, root)]


def _items(step: Items, value: Any) -> Iterable[Any]:
    if not isinstance(value, list):
        return ()
    if step.one and step.first is not None:
        if not -len(value) <= step.first < len(value):
            raise ValueError(f"array index out of bounds: index {step.first}, length {len(value)}")
        return [value[step.first]]
    if step.stride is not None and step.stride <= 0:
        raise ValueError("step must be > 0")
    return value[step.first : step.last : step.stride]


def _below(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return [value[key] for key in sorted(value)]
    return value if isinstance(value, list) else ()


def _all_below(value: Any) -> Iterator[Any]:
    yield value
    for below in _below(value):
        yield from _all_below(below)


def _is_kept(step: Kept, item: Any, root: Any) -> bool:
    left = _values(step.left, item, root)
    if not step.operator:
        return bool(left)
    right = _values(step.right, item, root)
    if len(left) != 1 or len(right) != 1:
        return False
    try:
        return _COMPARED[step.operator](left[0], right[0])
    except TypeError:
        return False


def _values(side: Path | str | float | bool, item: Any, root: Any) -> list[Any]:
    return list(_found(side, item, root)) if isinstance(side, Path) else [side]
