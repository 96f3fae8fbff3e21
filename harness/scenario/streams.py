"""A manifest file as kubectl takes it: a stream of documents, YAML or JSON, up to the first that it cannot read.

Owns where a document begins and ends, what becomes of keys and values that JSON lacks, and the words of kubectl's
refusals. Mirrors k8s.io/apimachinery pkg/util/yaml/decoder.go and sigs.k8s.io/yaml. Knows no objects.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

from harness.errors import ScenarioError
from harness.objects import go_json
from harness.objects.go_json import SyntaxFault
from harness.scenario.nodes import SCALAR_TAGS, Mapping, Node, Scalar, Sequence
from harness.scenario.scalars import by_kubectl
from harness.scenario.text import MOST_LEVELS, NotYaml, compose_as_kubectl

_SEPARATOR = "---"


class Read:
    """One document: what it holds, and where it begins."""

    __slots__ = ("column", "data", "line")

    def __init__(self, data: Any, line: int, column: int) -> None:
        self.data = data
        self.line = line
        self.column = column


class Unreadable(Exception):
    """The rest of a stream cannot be read; `str()` is what kubectl says, `line` where the document begins."""

    def __init__(self, text: str, line: int) -> None:
        super().__init__(text)
        self.line = line


def documents(text: str, file: str) -> Iterator[Read]:
    """The documents of a manifest file in order, empty ones left out.

    Raises Unreadable where kubectl gives up, and ScenarioError for what is not taken on here.
    """
    stream = _Stream(text.replace("\r\n", "\n"), file)
    while (read := stream.next()) is not None:
        if read.data is not None:
            yield read


class _Stream:
    """kubectl's decoder: JSON as long as that is possible, then YAML."""

    def __init__(self, text: str, file: str) -> None:
        self._text = text
        self._file = file
        self._at = 0
        self._is_json = text.lstrip().startswith("{")
        self._count = 0

    def next(self) -> Read | None:
        """The next document; None at the end. Raises Unreadable."""
        first: str | None = None
        if self._is_json:
            try:
                return self._next_json()
            except SyntaxFault as fault:
                first = fault.text if fault.offset is None else f"json: offset {fault.offset}: {fault.text}"
                if self._count > 1:
                    raise Unreadable(fault.text, self._line()) from None
                self._is_json = False
                self._pass_over_a_line_end()
        began = self._line()
        try:
            return self._next_yaml()
        except NotYaml as problem:
            raise Unreadable(first or str(problem), began) from None

    def _line(self) -> int:
        return self._text.count("\n", 0, self._at) + 1

    def _next_json(self) -> Read | None:
        start = len(self._text) - len(self._text[self._at :].lstrip(" \t\r\n"))
        if start == len(self._text):
            return None
        try:
            data, end = _DECODER.raw_decode(self._text, start)
        except (ValueError, RecursionError):
            go_json.end_of_value(self._text, start)
            raise self._too_deep(start) from None
        if _levels(data) > MOST_LEVELS:
            raise self._too_deep(start)
        self._at = end
        self._count += 1
        return Read(data, self._line_at(start), start - self._text.rfind("\n", 0, start))

    def _too_deep(self, at: int) -> ScenarioError:
        return ScenarioError(
            f"nested deeper than {MOST_LEVELS} levels", file=self._file, line=self._line_at(at), column=1
        )

    def _line_at(self, offset: int) -> int:
        return self._text.count("\n", 0, offset) + 1

    def _pass_over_a_line_end(self) -> None:
        """What stands between JSON and the YAML that follows it: white space, up to the end of the line."""
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
            if self._text[self._at - 1] == "\n":
                return

    def _next_yaml(self) -> Read | None:
        chunk, first_line = self._chunk()
        if not chunk:
            return None
        try:
            root = compose_as_kubectl(chunk, self._file, first_line)
            data = None if root is None else _as_json(root)
        except NotYaml as problem:
            raise NotYaml(f"error converting YAML to JSON: {problem}") from None
        if root is None:
            return Read(None, first_line, 1)
        return Read(data, root.line, root.column)

    def _chunk(self) -> tuple[str, int]:
        """The text up to the next line of dashes, and the line it begins at; "" at the end. Raises NotYaml."""
        lines: list[str] = []
        first_line = self._line()
        while self._at < len(self._text):
            if not lines:
                first_line = self._line()
            line = self._take_line()
            if line.startswith(_SEPARATOR):
                after = line.removeprefix(_SEPARATOR).strip()
                if after and not after.startswith("#"):
                    raise NotYaml(f"invalid Yaml document separator: {after}")
                if lines:
                    break
            lines.append(f"{line}\n")
        return "".join(lines), first_line

    def _take_line(self) -> str:
        end = self._text.find("\n", self._at)
        end = len(self._text) if end < 0 else end
        line = self._text[self._at : end]
        self._at = min(end + 1, len(self._text))
        return line


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def _levels(data: Any) -> int:
    """How deep the data are nested, without recursion."""
    level, below = 0, [data]
    while below:
        level += 1
        below = [
            item
            for each in below
            if isinstance(each, (dict, list))
            for item in (each.values() if isinstance(each, dict) else each)
        ]
    return level


def _as_json(node: Node) -> Any:
    """The node as JSON data, by the rules of goyaml and then of sigs.k8s.io/yaml. Raises NotYaml."""
    if isinstance(node, Scalar):
        return _scalar(node)
    if isinstance(node, Sequence):
        return [_as_json(item) for item in node.items]
    assert isinstance(node, Mapping)
    data: dict[str, Any] = {}
    for name, value in node.entries:
        if name.text == "<<" and name.plain:
            for key, item in _merged(value).items():
                data.setdefault(key, item)
        else:
            data[_key(name)] = _as_json(value)
    return data


def _merged(node: Node) -> dict[str, Any]:
    """What a merge key brings; of a list, what comes first counts."""
    found: dict[str, Any] = {}
    for part in node.items if isinstance(node, Sequence) else [node]:
        if not isinstance(part, Mapping):
            raise NotYaml("yaml: map merge requires map or sequence of maps as the value")
        found = {**_as_json(part), **found}
    return found


def _key(name: Scalar) -> str:
    value = name.value(by_kubectl)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        raise NotYaml("unsupported map key of type: %!s(<nil>), key: <nil>, value: interface {}(nil)")
    return str(value)


def _scalar(node: Scalar) -> Any:
    value = node.value(by_kubectl)
    if node.tag in SCALAR_TAGS and not isinstance(value, SCALAR_TAGS[node.tag]):
        tag = node.tag.rpartition(":")[2]
        raise NotYaml(f"yaml: cannot decode !!str `{node.text}` as a !!{tag}")
    if isinstance(value, float) and not math.isfinite(value):
        shown = "NaN" if math.isnan(value) else f"{'+' if value > 0 else '-'}Inf"
        raise NotYaml(f"json: unsupported value: {shown}")
    return value
