"""From bytes to a tree of nodes, strictly: every limit, every ban and every position of the YAML reader is here.

The tree is built from the parser's events, never by the parser itself: libyaml composes recursively, and 100,000
nested brackets overrun its stack. Knows YAML; knows nothing of scenarios or Kubernetes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from harness.errors import ScenarioError
from harness.objects import go_text
from harness.scenario.complaints import Complaints, quoted
from harness.scenario.nodes import CORE_TAGS, Mapping, Node, Scalar, Sequence
from harness.scenario.scalars import by_kubectl

SCENARIO_BYTES = 1_000_000
MANIFEST_BYTES = 4_000_000
MOST_LEVELS = 64
MOST_EXPANDED = 100_000

_PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG_PREFIX = "tag:yaml.org,2002:"
_TEXT_TAG = f"{_TAG_PREFIX}str"

# What is wrong with an alias: as this reader says it, and as kubectl does.
_UNKNOWN_ANCHOR = ("found the alias *{0}, expected an anchor &{0} before it", "unknown anchor '{0}' referenced")
_OWN_ANCHOR = ("the alias *{0} stands inside its own anchor", "anchor '{0}' value contains itself")


def read_text(path: Path, file: str, limit: int) -> str:
    """The text of a file of at most `limit` bytes of UTF-8; `file` is its name in complaints. Raises ScenarioError."""
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise ScenarioError("found a folder or a device, expected a file", file=file)
        refuse_size(size, file, limit)
        return decode(path.read_bytes(), file)
    except OSError as error:
        raise ScenarioError(f"cannot be read: {error.strerror or error}", file=file) from None


def refuse_size(size: int, file: str, limit: int) -> None:
    """Raises ScenarioError if `size` bytes are more than `limit`."""
    if size > limit:
        raise ScenarioError(f"the file has {size:,} bytes, more than the {limit:,} that may be read", file=file)


def decode(data: bytes, file: str) -> str:
    """UTF-8 with or without a byte order mark. Raises ScenarioError naming the first byte that is not."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The offset counts in the bytes after a byte order mark, so the mark's own length is put back.
        offset = error.start + len(data) - len(error.object)
        before = error.object[: error.start]
        line_start = before.rfind(b"\n") + 1
        raise ScenarioError(
            f"found byte 0x{data[offset]:02x} at offset {offset}, expected UTF-8 text: save the file as UTF-8",
            file=file,
            line=before.count(b"\n") + 1,
            column=len(before[line_start:].decode("utf-8", "replace")) + 1,
        ) from None


def compose(text: str, file: str, complaints: Complaints, doubled: Complaints | None = None) -> list[Node]:
    """The documents of a text, empty ones left out. Duplicate keys and foreign tags go to `complaints`.

    With `doubled`, duplicate keys go there, and the last of them counts.

    Raises ScenarioError for what cannot be read at all: broken syntax, nesting too deep, an expansion too large.
    """
    try:
        return [root for root in _Composer(file, complaints, doubled=doubled).documents(text) if not _is_empty(root)]
    except yaml.YAMLError as error:
        raise _explained(error, text, file) from None


class NotYaml(Exception):
    """A text that kubectl cannot read; `str()` is what it says of it (go.yaml.in/yaml/v2, yaml.go and decode.go)."""


def compose_as_kubectl(text: str, file: str, first_line: int) -> Node | None:
    """The first document of a text, as kubectl's reader of YAML takes it; None if there is none.

    The last of two equal keys counts, and tags that nobody knows mean nothing. `first_line` is where the text begins in
    its file. Raises NotYaml, and ScenarioError for what this reader will not take on: too deep, an expansion too large.
    """
    composer = _KubectlComposer(file, first_line)
    try:
        return next(composer.documents(text), None)
    except yaml.reader.ReaderError as error:
        raise NotYaml(f"yaml: {error.reason}") from None
    except yaml.MarkedYAMLError as error:
        raise NotYaml(f"yaml: {_line_by_go(error)}{error.problem}") from None


def _line_by_go(error: yaml.MarkedYAMLError) -> str:
    """The line as Go's reader counts it: from one for its scanner, from zero, and so one less, for its parser."""
    if error.problem_mark is not None and error.problem_mark.line:
        line = error.problem_mark.line + isinstance(error, yaml.scanner.ScannerError)
    else:
        line = error.context_mark.line if error.context_mark is not None else 0
    return f"line {line}: " if line else ""


def _is_empty(root: Node) -> bool:
    return isinstance(root, Scalar) and root.value() is None


class _Composer:
    """Builds nodes from events with its own stack, holding every limit as it goes."""

    def __init__(
        self, file: str, complaints: Complaints, first_line: int = 1, doubled: Complaints | None = None
    ) -> None:
        self._file = file
        self._complaints = complaints
        self._doubled = doubled
        self._first_line = first_line
        self._stack: list[Mapping | Sequence] = []
        self._keys: list[Scalar | None] = []  # beside the stack: the key of a mapping that waits for its value
        self._seen: list[dict[str, Scalar]] = []  # beside the stack: the keys a mapping has
        self._anchors: dict[str, Node] = {}
        self._expanded = 0

    def documents(self, text: str) -> Iterator[Node]:
        for event in yaml.parse(text, Loader=_PARSER):
            if isinstance(event, yaml.NodeEvent):
                root = self._node(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                root = self._close()
            else:
                if isinstance(event, yaml.DocumentStartEvent):
                    self._anchors = {}
                    self._expanded = 0
                continue
            if root is not None:
                yield root

    def _node(self, event: Any) -> Node | None:
        """Takes one node up; returns it if it is a whole document."""
        line, column, anchor = event.start_mark.line + self._first_line, event.start_mark.column + 1, event.anchor
        if isinstance(event, yaml.AliasEvent):
            return self._place(self._alias(anchor, line, column))
        tag = self._tag(event.tag, line, column)
        if not isinstance(event, yaml.ScalarEvent):
            self._open(Mapping if isinstance(event, yaml.MappingStartEvent) else Sequence, event, tag)
            return None
        node = Scalar(event.value, event.implicit[0], line, column, tag)
        if anchor is not None:
            self._anchors[anchor] = node
        return self._place(node)

    def _tag(self, tag: str | None, line: int, column: int) -> str | None:
        """The tag as far as it means something."""
        if tag is None or tag in CORE_TAGS:
            return tag
        self._complain(f"found the tag {quoted(_shown(tag))}, expected none: only YAML's own are known", line, column)
        return None

    def _open(self, shape: type[Mapping] | type[Sequence], event: Any, tag: str | None) -> None:
        node = shape(event.start_mark.line + self._first_line, event.start_mark.column + 1, tag)
        if len(self._stack) >= MOST_LEVELS:
            raise self._fatal(f"nested deeper than {MOST_LEVELS} levels", node.line, node.column)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._stack.append(node)
        self._keys.append(None)
        self._seen.append({})

    def _close(self) -> Node | None:
        node = self._stack.pop()
        self._keys.pop()
        self._seen.pop()
        return self._place(node)

    def _place(self, node: Node) -> Node | None:
        """Hangs a finished node where it belongs; returns it if that is nowhere: it is the document."""
        if not self._stack:
            return node
        parent = self._stack[-1]
        parent.size += node.size
        parent.height = max(parent.height, node.height + 1)
        if isinstance(parent, Sequence):
            parent.items.append(node)
            return None
        key = self._keys[-1]
        if key is None:
            self._keys[-1] = self._key(node)
            return None
        self._keys[-1] = None
        self._enter(parent, key, node)
        return None

    def _enter(self, parent: Mapping, key: Scalar, node: Node) -> None:
        if self._seen[-1].setdefault(key.text, key) is not key:
            if self._doubled is None:
                return
            parent.entries[:] = [entry for entry in parent.entries if entry[0].text != key.text]
        parent.entries.append((key, node))

    def _key(self, node: Node) -> Scalar:
        if not isinstance(node, Scalar):
            shape = "mapping" if isinstance(node, Mapping) else "list"
            raise self._fatal(f"found a {shape} as a key, expected a text", node.line, node.column)
        earlier = self._seen[-1].get(node.text)
        if earlier is not None:
            place = f"line {earlier.line}, column {earlier.column}"
            message = f"the key {quoted(node.text)} is there twice, first at {place}"
            (self._complaints if self._doubled is None else self._doubled).add(
                self._fatal(message, node.line, node.column)
            )
        return Scalar(node.text, node.plain, node.line, node.column, node.tag) if earlier is node else node

    def _alias(self, name: str, line: int, column: int) -> Node:
        node = self._anchors.get(name)
        if node is None:
            raise self._wrong_alias(_UNKNOWN_ANCHOR, name, line, column)
        if any(open_node is node for open_node in self._stack):
            raise self._wrong_alias(_OWN_ANCHOR, name, line, column)
        if len(self._stack) + node.height > MOST_LEVELS:
            raise self._fatal(f"nested deeper than {MOST_LEVELS} levels once *{name} is expanded", line, column)
        self._expanded += node.size
        if self._expanded > MOST_EXPANDED:
            message = (
                f"the aliases expand to more than {MOST_EXPANDED:,} values (an alias bomb); *{name} is one too many"
            )
            raise self._fatal(message, line, column)
        return node

    def _wrong_alias(self, words: tuple[str, str], name: str, line: int, column: int) -> Exception:
        return self._fatal(words[0].format(name), line, column)

    def _complain(self, message: str, line: int, column: int) -> None:
        self._complaints.add(self._fatal(message, line, column))

    def _fatal(self, message: str, line: int, column: int) -> ScenarioError:
        return ScenarioError(message, file=self._file, line=line, column=column)


class _KubectlComposer(_Composer):
    """Takes what kubectl takes. A collection as a key is remembered, and refused once the document is known whole."""

    def __init__(self, file: str, first_line: int) -> None:
        super().__init__(file, Complaints(), first_line)
        self._first_wrong_key: Node | None = None

    def documents(self, text: str) -> Iterator[Node]:
        for root in super().documents(text):
            if self._first_wrong_key is not None:
                raise NotYaml(f"yaml: invalid map key: {go_text.dumped(_decoded(self._first_wrong_key))}")
            yield root

    def _tag(self, tag: str | None, line: int, column: int) -> str | None:
        del line, column
        return tag if tag is None or tag in CORE_TAGS else _TEXT_TAG

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        if self._first_wrong_key is None:
            self._first_wrong_key = node
        return Scalar("", False, node.line, node.column)

    def _enter(self, parent: Mapping, key: Scalar, node: Node) -> None:
        parent.entries.append((key, node))

    def _wrong_alias(self, words: tuple[str, str], name: str, line: int, column: int) -> Exception:
        del line, column
        return NotYaml(f"yaml: {words[1].format(name)}")


def _decoded(node: Node) -> Any:
    """The node as Go's decoder holds it, keys as they are."""
    if isinstance(node, Scalar):
        return node.value(by_kubectl)
    if isinstance(node, Sequence):
        return [_decoded(item) for item in node.items]
    assert isinstance(node, Mapping)
    return {key.value(by_kubectl): _decoded(value) for key, value in node.entries}


def _shown(tag: str) -> str:
    return f"!!{tag.removeprefix(_TAG_PREFIX)}" if tag.startswith(_TAG_PREFIX) else tag


def _explained(error: yaml.YAMLError, text: str, file: str) -> ScenarioError:
    """The parser's error in our words, and where it stands."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    if mark is None:
        return _unprintable(error, text, file)
    lines = text.splitlines() or [""]
    line = lines[mark.line] if mark.line < len(lines) else ""
    indentation = line[: len(line) - len(line.lstrip())]
    tab = mark.column if line[mark.column : mark.column + 1] == "\t" else indentation.find("\t")
    if tab >= 0:
        message = "found a tab, expected spaces: YAML does not allow tabs in indentation"
        return ScenarioError(message, file=file, line=mark.line + 1, column=tab + 1)
    context, problem = getattr(error, "context", None), getattr(error, "problem", None)
    reason = ", ".join(part for part in (context, problem) if part)
    return ScenarioError(f"not valid YAML: {reason}", file=file, line=mark.line + 1, column=mark.column + 1)


def _unprintable(error: yaml.YAMLError, text: str, file: str) -> ScenarioError:
    """Control characters, which the parser reports by offset and not by line."""
    for line, content in enumerate(text.split("\n"), 1):
        for column, character in enumerate(content, 1):
            if character < " " and character not in "\t\r":
                found = f"found the control character U+{ord(character):04X}"
                return ScenarioError(f"{found}, expected printable text", file=file, line=line, column=column)
    return ScenarioError(f"not valid YAML: {' '.join(str(error).split())}", file=file)
