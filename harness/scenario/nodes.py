"""YAML as it was written: mappings, lists and scalars that remember their line and column.

Owns the tree and its conversion to plain JSON data by either set of rules. Does not know how text becomes a tree nor
what a scenario may say.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

from harness.scenario.complaints import quoted
from harness.scenario.scalars import Rules, by_core_schema, by_kubectl, by_patch

Complain: TypeAlias = "Callable[[Node, str], None]"

# Rules of what is sent to the server, where merge keys are followed and every key is a text.
_OF_DATA = (by_kubectl, by_patch)
_CORE = "tag:yaml.org,2002:"
SCALAR_TAGS: dict[str, tuple[type, ...]] = {
    f"{_CORE}int": (int,),
    f"{_CORE}float": (float, int),
    f"{_CORE}bool": (bool,),
    f"{_CORE}null": (type(None),),
}
TEXT_TAGS = frozenset({"!", f"{_CORE}str"})
CORE_TAGS = frozenset({*SCALAR_TAGS, *TEXT_TAGS, f"{_CORE}map", f"{_CORE}seq"})


class Node:
    """Any part of a document. `size` and `height` count the nodes in and below it, aliases followed."""

    __slots__ = ("column", "height", "line", "size", "tag")

    def __init__(self, line: int, column: int, tag: str | None = None) -> None:
        self.line = line
        self.column = column
        self.tag = tag
        self.size = 1
        self.height = 1


class Scalar(Node):
    """One word or text; `plain` if it was written without quotes."""

    __slots__ = ("plain", "text")

    def __init__(self, text: str, plain: bool, line: int, column: int, tag: str | None = None) -> None:
        super().__init__(line, column, tag)
        self.text = text
        self.plain = plain and tag not in TEXT_TAGS

    def value(self, rules: Rules = by_core_schema) -> str | int | float | bool | None:
        """What it means by the rules; a quoted one is always a text."""
        return rules(self.text) if self.plain or self.tag in SCALAR_TAGS else self.text


class Sequence(Node):
    __slots__ = ("items",)

    def __init__(self, line: int, column: int, tag: str | None = None) -> None:
        super().__init__(line, column, tag)
        self.items: list[Node] = []


class Mapping(Node):
    """Keys with their values in the order written. No two keys have the same text."""

    __slots__ = ("entries",)

    def __init__(self, line: int, column: int, tag: str | None = None) -> None:
        super().__init__(line, column, tag)
        self.entries: list[tuple[Scalar, Node]] = []

    def get(self, key: str) -> Node | None:
        return next((value for name, value in self.entries if name.text == key), None)

    def key(self, key: str) -> Scalar | None:
        return next((name for name, _ in self.entries if name.text == key), None)


def found(node: Node, rules: Rules = by_core_schema) -> str:
    """How a complaint names what stands there: `a list`, `the number 5`, `the text "five"`."""
    if not isinstance(node, Scalar):
        return "a mapping" if isinstance(node, Mapping) else "a list"
    value = node.value(rules)
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    if isinstance(value, bool):
        return node.text if node.text.lower() in ("true", "false") else f"{str(value).lower()} (written {node.text})"
    return f"the {'fraction' if isinstance(value, float) else 'number'} {node.text}"


def plain(node: Node, rules: Rules, complain: Complain) -> Any:
    """The node as JSON data. What JSON cannot hold is complained about, and None takes its place."""
    if isinstance(node, Scalar):
        return _plain_scalar(node, rules, complain)
    if isinstance(node, Sequence):
        return [plain(item, rules, complain) for item in node.items]
    assert isinstance(node, Mapping)
    data: dict[str, Any] = {}
    merged: list[Node] = []
    for name, value in node.entries:
        if name.text == "<<" and name.plain and rules in _OF_DATA:
            merged.append(value)
            continue
        key = _plain_key(name, rules, complain)
        if key in data:
            complain(name, f"the key {quoted(name.text)} says the same as an earlier one: both read as {quoted(key)}")
        data[key] = plain(value, rules, complain)
    for value in merged:
        _merge(value, data, rules, complain)
    return data


def _merge(node: Node, data: dict[str, Any], rules: Rules, complain: Complain) -> None:
    """A YAML 1.1 merge key (yaml.org/type/merge.html): what is merged in never replaces what is there."""
    for part in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(part, Mapping):
            for key, value in plain(part, rules, complain).items():
                data.setdefault(key, value)
        else:
            complain(part, f"found {found(part)} after <<, expected a mapping or a list of mappings to merge in")


def _plain_key(name: Scalar, rules: Rules, complain: Complain) -> str:
    value = name.value(rules)
    if isinstance(value, str):
        return value
    if value is None and rules in _OF_DATA:
        complain(name, "found nothing as a key, expected a text")
    if isinstance(value, bool):
        return str(value).lower() if rules in _OF_DATA else name.text
    return str(value) if rules in _OF_DATA and value is not None else name.text


def _plain_scalar(node: Scalar, rules: Rules, complain: Complain) -> Any:
    value = node.value(rules)
    if node.tag in SCALAR_TAGS and not isinstance(value, SCALAR_TAGS[node.tag]):
        complain(node, f"found {quoted(node.text)}, expected what its tag !!{node.tag.removeprefix(_CORE)} says")
    if isinstance(value, float) and not math.isfinite(value):
        complain(node, f"found {node.text}, expected a finite number: JSON, and so the API, has no other")
        return None
    return value


def node_of(data: Any, line: int, column: int) -> Node:
    """JSON data as a tree that stands wholly at one place."""
    if isinstance(data, dict):
        mapping = Mapping(line, column)
        mapping.entries = [
            (Scalar(key, False, line, column), node_of(item, line, column)) for key, item in data.items()
        ]
        return mapping
    if isinstance(data, list):
        sequence = Sequence(line, column)
        sequence.items = [node_of(item, line, column) for item in data]
        return sequence
    if isinstance(data, str):
        return Scalar(data, False, line, column)
    text = "null" if data is None else str(data).lower()
    return Scalar(text, True, line, column)
