"""Parts of a test of another tool as they were written: data, and where each stands.

Owns the reading of its files, by the same rules and limits as manifests. Does not know what the parts mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from harness.errors import ScenarioError, UsageError
from harness.scenario.complaints import Complaints
from harness.scenario.model import Location, Plain
from harness.scenario.nodes import Mapping, Node, Scalar, Sequence, plain
from harness.scenario.placed_documents import read_documents
from harness.scenario.scalars import by_kubectl
from harness.scenario.text import MANIFEST_BYTES, read_text


class Written:
    """One part. What is asked of a part of another shape is answered with nothing."""

    __slots__ = ("_node", "file")

    def __init__(self, node: Node, file: str) -> None:
        self._node = node
        self.file = file

    @property
    def at(self) -> Location:
        return Location(self.file, self._node.line, self._node.column)

    @property
    def data(self) -> Any:
        """The part as plain data, by kubectl's rules."""
        return plain(self._node, by_kubectl, _silent)

    @property
    def text(self) -> str:
        """The text it is; empty for anything else."""
        value = self._node.value(by_kubectl) if isinstance(self._node, Scalar) else None
        return value if isinstance(value, str) else ""

    @property
    def number(self) -> int | None:
        """The whole number it is, also where it was written in quotes."""
        value = self._node.value(by_kubectl) if isinstance(self._node, Scalar) else None
        if isinstance(value, str) and value.isdecimal():
            return int(value)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def is_true(self) -> bool:
        return isinstance(self._node, Scalar) and self._node.value(by_kubectl) is True

    def get(self, *keys: str) -> Written | None:
        """What stands under one key after the other; nothing where null does."""
        node: Node | None = self._node
        for key in keys:
            node = node.get(key) if isinstance(node, Mapping) else None
        if node is None or (isinstance(node, Scalar) and node.value(by_kubectl) is None):
            return None
        return Written(node, self.file)

    def word(self, *keys: str) -> str:
        """The text under these keys; empty if there is none."""
        found = self.get(*keys)
        return found.text if found is not None else ""

    def entries(self) -> Iterator[tuple[str, Written]]:
        """The keys of a mapping, each standing where the key does not matter and the value can be asked."""
        if isinstance(self._node, Mapping):
            for key, value in self._node.entries:
                yield key.text, Written(value, self.file)

    def key(self, name: str) -> Location:
        """Where a key stands; the part itself, if it has none of that name."""
        found = self._node.key(name) if isinstance(self._node, Mapping) else None
        return Location(self.file, found.line, found.column) if found is not None else self.at

    def items(self, *keys: str) -> list[Written]:
        """The items of the list under these keys."""
        found = self.get(*keys) if keys else self
        if found is None or not isinstance(found._node, Sequence):
            return []
        return [Written(item, self.file) for item in found._node.items]

    def objects(self) -> list[Written]:
        """The objects that this is: itself, or what a list holds."""
        if self.word("kind").endswith("List") and self.get("items") is not None:
            return [one for item in self.items("items") for one in item.objects()]
        return [self] if isinstance(self._node, Mapping) else []


def read(path: Path) -> list[Written]:
    """The objects of a YAML or JSON file. Raises UsageError if it is not there, ScenarioError if it cannot be read."""
    file = path.as_posix()
    if not path.exists():
        raise UsageError(f"{file} does not exist")
    complaints = Complaints()
    roots = read_documents(read_text(path, file, MANIFEST_BYTES), file, complaints)
    complaints.raise_if_any(file)
    documents = [Written(root, file) for root in roots]
    for document in documents:
        _check(document)
    return [one for document in documents for one in document.objects()]


def _check(document: Written) -> None:
    """Raises ScenarioError for a document that cannot be data."""

    def complain(node: Node, message: str) -> None:
        raise ScenarioError(message, file=document.file, line=node.line, column=node.column)

    plain(document._node, by_kubectl, complain)


def without(document: Plain, *keys: str) -> Plain:
    """The mapping without these keys."""
    return {key: value for key, value in document.items() if key not in keys}


def _silent(_node: Node, _message: str) -> None:
    """What is wrong was said when the file was read."""
