"""How a mapping with known keys is read: a table of keys, each with the reader of its value.

Owns the table's shape, the reading of it and the complaints that come of it (an unknown key, a missing one, a wrong
type). Does not know which keys there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, NoReturn, TypeAlias, TypeVar

from harness.errors import ScenarioError
from harness.objects.resources import Resource
from harness.scenario.complaints import Complaints, Refused, did_you_mean, one_of, quoted
from harness.scenario.model import DEFAULT_NAMESPACE, Location, Manifest
from harness.scenario.nodes import Mapping, Node, Scalar, Sequence, found
from harness.scenario.scalars import Rules, by_core_schema

Value = TypeVar("Value")


class Reading:
    """What is known while one scenario is read: its name, its complaints, and what earlier parts of it brought.

    `custom` maps every word for a custom kind to it, `manifests` the node of an apply to what it applies, `files` the
    node of a command line and a file it names to what was read there; `namespace` is that of the step being read.
    """

    def __init__(self, file: str, complaints: Complaints) -> None:
        self.file = file
        self.complaints = complaints
        self.custom: dict[str, Resource] = {}
        self.manifests: dict[int, tuple[Manifest, ...] | None] = {}
        self.files: dict[tuple[int, str], tuple[Manifest, ...] | str | None] = {}
        self.namespace = DEFAULT_NAMESPACE

    def at(self, node: Node) -> Location:
        return Location(self.file, node.line, node.column)

    def complain(self, node: Node, message: str) -> None:
        self.complaints.add(ScenarioError(message, file=self.file, line=node.line, column=node.column))

    def refuse(self, node: Node, message: str) -> NoReturn:
        """Complains, and gives up on the part being read."""
        self.complain(node, message)
        raise Refused

    def expected(self, node: Node, what: str, rules: Rules = by_core_schema) -> NoReturn:
        """Refuses a value of the wrong type."""
        self.refuse(node, f"found {found(node, rules)}, expected {what}")


Reader: TypeAlias = Callable[[Node, Reading], Any]


class Key(NamedTuple):
    """One key: the field its value goes to, and how the value is read."""

    field: str
    read: Reader
    required: bool = False


Keys: TypeAlias = dict[str, Key]


MERGE_KEY = 'found the merge key "<<", which works in manifests only: write out what it would bring'


def merges(name: Scalar) -> bool:
    """Whether a key is YAML 1.1's merge key."""
    return name.text == "<<" and name.plain


def mapping(node: Node, reading: Reading, what: str = "a mapping") -> Mapping:
    if not isinstance(node, Mapping):
        reading.expected(node, what)
    return node


def sequence(node: Node, reading: Reading, what: str = "a list") -> Sequence:
    if not isinstance(node, Sequence):
        reading.expected(node, what)
    return node


def read_keys(node: Mapping, keys: Keys, reading: Reading, where: str) -> dict[str, Any]:
    """The fields of a mapping; `where` is what a complaint calls it. Reads on after a complaint, then raises."""
    fields: dict[str, Any] = {}
    refused = False
    for name, value in node.entries:
        key = keys.get(name.text)
        if key is None:
            reading.complain(name, MERGE_KEY if merges(name) else unknown_key(name, keys, where))
            refused = True
            continue
        try:
            fields[key.field] = key.read(value, reading)
        except Refused:
            refused = True
    for text, key in keys.items():
        if key.required and node.get(text) is None:
            reading.complain(node, f"{where} has no {quoted(text)}")
            refused = True
    if refused:
        raise Refused
    return fields


def unknown_key(name: Scalar, known: Iterable[str], where: str) -> str:
    words = sorted(known)
    guess = did_you_mean(name.text, words)
    return (
        f"found the key {quoted(name.text)} in {where}, expected {one_of(words)}"
        if not guess
        else (f"found the key {quoted(name.text)} in {where}{guess}")
    )


def read_all(nodes: Iterable[Node], read: Callable[[Node, Reading], Value], reading: Reading) -> tuple[Value, ...]:
    """Every item, read; reads on after a complaint, then raises Refused."""
    values, refused = [], False
    for node in nodes:
        try:
            values.append(read(node, reading))
        except Refused:
            refused = True
    if refused:
        raise Refused
    return tuple(values)


def list_of(read: Callable[[Node, Reading], Value], what: str) -> Callable[[Node, Reading], tuple[Value, ...]]:
    """Reads a list of what `read` reads."""
    return lambda node, reading: read_all(sequence(node, reading, what).items, read, reading)


def mapping_of(read: Callable[[Node, Reading], Value], what: str) -> Callable[[Node, Reading], dict[str, Value]]:
    """Reads a mapping from any key to what `read` reads."""

    def reader(node: Node, reading: Reading) -> dict[str, Value]:
        entries = mapping(node, reading, what).entries
        merging = next((name for name, _ in entries if merges(name)), None)
        if merging is not None:
            reading.refuse(merging, MERGE_KEY)
        values = read_all([value for _, value in entries], read, reading)
        return dict(zip([name.text for name, _ in entries], values, strict=True))

    return reader


def not_empty(read: Callable[[Node, Reading], Value], what: str) -> Callable[[Node, Reading], Value]:
    """Reads a mapping or a list that says something."""

    def reader(node: Node, reading: Reading) -> Value:
        shape = "mapping" if isinstance(node, Mapping) else "list"
        if not (node.entries if isinstance(node, Mapping) else node.items if isinstance(node, Sequence) else [node]):
            reading.refuse(node, f"found an empty {shape}, expected {what}")
        return read(node, reading)

    return reader


def struct_of(shape: Callable[..., Value], keys: Keys, where: str, example: str) -> Callable[[Node, Reading], Value]:
    """Reads a mapping with these keys into a value; `where` and `example` are for complaints."""
    what = f"{where} such as {example}"
    return lambda node, reading: shape(**read_keys(mapping(node, reading, what), keys, reading, where))
