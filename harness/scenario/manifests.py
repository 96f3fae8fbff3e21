"""Manifests: files and inline objects, read as kubectl reads them, and the fence around the files that may be read.

Owns finding, fencing and reading them, and what every object must have before it can be sent. Does not judge
anything else about an object: that is the API server's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from harness.errors import ScenarioError
from harness.scenario.complaints import Complaints, Refused, quoted
from harness.scenario.model import STDIN, Location, Manifest, Plain
from harness.scenario.nodes import Mapping, Node, Scalar, Sequence, found, node_of, plain
from harness.scenario.scalars import by_kubectl
from harness.scenario.schema import Reading
from harness.scenario.text import MANIFEST_BYTES, MOST_LEVELS, compose, read_text

_PROJECT_MARKERS = ("pyproject.toml", ".git")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PATTERN_SIGNS = frozenset("*?[")
_SUFFIXES = (".yaml", ".yml", ".json")


class Fence:
    """Which files a scenario may read: those of its project, symlinks followed."""

    def __init__(self, scenario: Path, *, root: Path | None = None, allow_outside: bool = False) -> None:
        self.folder = scenario.parent
        self._root = (root or _project_root(self.folder.resolve())).resolve()
        self._allow_outside = allow_outside

    def outside(self, path: Path) -> str | None:
        """Why the path may not be read, or None if it may."""
        if self._allow_outside or path.resolve().is_relative_to(self._root):
            return None
        return f"lies outside {self._root.name or 'the root'}/, the folder whose files this scenario may read"


def _project_root(folder: Path) -> Path:
    """The nearest folder from here upwards that is a project, else the folder itself."""
    for candidate in (folder, *folder.parents):
        if any((candidate / marker).exists() for marker in _PROJECT_MARKERS):
            return candidate
    return folder


def looks_like_path(text: str) -> bool:
    """Whether a text that could be a path or a target is a path."""
    return text.endswith(_SUFFIXES)


def read_manifest(node: Node, reading: Reading, fence: Fence, *, may_generate_name: bool) -> Manifest | None:
    """What an `apply`, `create` or `delete` names with `node`: a path or an object. None after a complaint."""
    if isinstance(node, Mapping):
        inline = _manifest(STDIN, [node], reading, may_generate_name)
        if inline is not None and not inline.documents:
            reading.complain(node, "the List holds no object")
        return inline
    if not isinstance(node, Scalar) or not isinstance(node.value(), str) or not node.text.strip():
        reading.complain(node, f"found {found(node)}, expected the path of a manifest, or a manifest")
        return None
    path = fence.folder / node.text
    refusal = _refusal(node.text, path, fence)
    if refusal is not None:
        reading.complain(node, f"{quoted(node.text)} {refusal}")
        return None
    file = str(PurePosixPath(PurePosixPath(reading.file).parent, node.text))
    inside = Reading(file, reading.complaints)
    try:
        roots = read_documents(read_text(path, file, MANIFEST_BYTES), file, reading.complaints)
    except ScenarioError as error:
        reading.complaints.add(error)
        return None
    manifest = _manifest(node.text, roots, inside, may_generate_name)
    if manifest is not None and not manifest.documents:
        reading.complain(node, f"{quoted(node.text)} holds no object")
    return manifest


def _refusal(written: str, path: Path, fence: Fence) -> str | None:
    """Why the file cannot or may not be read, or None."""
    if _URL.match(written):
        return "is a URL, and URLs are not followed: save the manifest in the project"
    try:
        outside = fence.outside(path)
        if outside is not None:
            return f"{outside}; --allow-outside lifts this"
        return _obstacle(written, path)
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    except (RuntimeError, ValueError):  # a loop of links, a name no file can have
        return "cannot be read: expected the path of a file"


def _obstacle(written: str, path: Path) -> str | None:
    """What is there in place of a file that can be opened, or None. Raises OSError if it cannot be."""
    if path.is_dir():
        return "is a folder, expected the path of a file: name each manifest"
    if path.is_file():
        with path.open("rb"):
            return None
    if path.exists():
        return "is no ordinary file, expected the path of one"
    if not _PATTERN_SIGNS.isdisjoint(written):
        return "is a pattern, and patterns are not followed: name each manifest"
    return "does not exist; a path is relative to the scenario's folder"


def read_documents(text: str, file: str, complaints: Complaints) -> list[Node]:
    """The documents of a manifest file, YAML or JSON. Raises ScenarioError for what is neither."""
    if not text.lstrip().startswith("{"):
        return compose(text, file, complaints)
    try:
        return compose(text, file, complaints)
    except ScenarioError as error:
        documents = _json_documents(text)
        if documents is None:
            raise error from None
        return documents


def read_objects(document: Node, reading: Reading) -> Iterator[tuple[Mapping, Plain]]:
    """The objects of a document of a manifest file, each as written and as data; what is none is complained of."""
    try:
        for node in _objects(document, reading):
            data = _document(node, reading, may_generate_name=True)
            if data is not None and isinstance(node, Mapping):
                yield node, data
    except Refused:
        return


def _json_documents(text: str) -> list[Node] | None:
    """JSON objects one after the other; what JSON allows and YAML does not gets through here. None if it is no JSON."""
    decoder = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    documents, offset = [], 0
    try:
        while (rest := text[offset:].lstrip()) != "":
            start = len(text) - len(rest)
            data, offset = decoder.raw_decode(text, start)
            before = text[:start]
            documents.append(node_of(data, before.count("\n") + 1, start - before.rfind("\n")))
        return documents if all(_levels(node) <= MOST_LEVELS for node in documents) else None
    except (ValueError, RecursionError):
        return None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key is there twice")
    return data


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _levels(node: Node) -> int:
    if isinstance(node, Sequence):
        below = node.items
    else:
        below = [value for _, value in node.entries] if isinstance(node, Mapping) else []
    return 1 + max(map(_levels, below), default=0)


def _manifest(source: str, roots: list[Node], reading: Reading, may_generate_name: bool) -> Manifest | None:
    try:
        objects = [one for root in roots for one in _objects(root, reading)]
    except Refused:
        return None
    documents, places, sound = [], [], True
    for node in objects:
        document = _document(node, reading, may_generate_name)
        if document is None:
            sound = False
            continue
        documents.append(document)
        places.append(Location(reading.file, node.line, node.column))
    return Manifest(source=source, documents=tuple(documents), places=tuple(places)) if sound else None


def _objects(root: Node, reading: Reading) -> Iterator[Node]:
    """The objects of a document: itself, or the items of a list; a List without items has none."""
    kind = root.get("kind") if isinstance(root, Mapping) else None
    items = root.get("items") if isinstance(root, Mapping) else None
    word = kind.text if isinstance(kind, Scalar) else ""
    if word.endswith("List") and isinstance(items, Sequence):
        for item in items.items:
            yield from _objects(item, reading)
    elif word != "List":
        yield root
    elif items is not None and not (isinstance(items, Scalar) and items.value(by_kubectl) is None):
        reading.refuse(items, f"found {found(items, by_kubectl)} as items of the List, expected a list of objects")


def _document(node: Node, reading: Reading, may_generate_name: bool) -> Plain | None:
    """The object as data, if it has what every object needs."""
    if not isinstance(node, Mapping):
        reading.complain(
            node, f"found {found(node, by_kubectl)}, expected an object with apiVersion, kind and metadata"
        )
        return None
    document: Plain = plain(node, by_kubectl, reading.complain)
    typed = _has_text("apiVersion", node, document, reading, "the object")
    sound = _has_text("kind", node, document, reading, "the object") and typed
    metadata, data = node.get("metadata") or node, document.get("metadata")
    if not isinstance(data, dict):
        wrong = f"has {found(metadata, by_kubectl)} as metadata" if "metadata" in document else "has no metadata"
        reading.complain(metadata, f"{_called(document)} {wrong}, expected a mapping with a name")
        return None
    if may_generate_name and "name" not in data and isinstance(data.get("generateName"), str):
        return document if sound else None
    named = _has_text("name", metadata, data, reading, f"metadata of {_called(document)}")
    return document if sound and named else None


def _called(document: Plain) -> str:
    kind = document.get("kind")
    return f"the {kind}" if isinstance(kind, str) and kind else "the object"


def _has_text(key: str, node: Node, data: Plain, reading: Reading, where: str) -> bool:
    """Whether the data has a text there; the node is where the data was written, if it was not merged in."""
    if key not in data:
        reading.complain(node, f"{where} has no {quoted(key)}")
        return False
    if isinstance(data[key], str) and data[key]:
        return True
    value = (node.get(key) if isinstance(node, Mapping) else None) or node
    reading.complain(value, f"found {found(value, by_kubectl)} as {key}, expected a text")
    return False
