"""Manifests: files, folders, patterns and inline objects, and the fence around the files that may be read.

Owns finding, fencing and reading them. An inline object is part of the scenario and must have what every object
needs; of a file, what kubectl would refuse becomes part of the manifest, in kubectl's words. Does not judge anything
else about an object: that is the API server's.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from harness.errors import ScenarioError
from harness.objects import go_text
from harness.scenario import streams
from harness.scenario.complaints import Refused, quoted
from harness.scenario.model import STDIN, Fault, Location, Manifest, Plain
from harness.scenario.nodes import Mapping, Node, Scalar, Sequence, found, plain
from harness.scenario.scalars import by_kubectl
from harness.scenario.schema import Reading
from harness.scenario.text import MANIFEST_BYTES, read_text

_PROJECT_MARKERS = ("pyproject.toml", ".git")
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PATTERN_SIGNS = frozenset("*?[")
_SUFFIXES = (".yaml", ".yml", ".json")
_KUSTOMIZATIONS = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_STOP_VALIDATING = "if you choose to ignore these errors, turn validation off with --validate=false"


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
    return (
        text.endswith(_SUFFIXES)
        or text.startswith(("./", "../"))
        or text in (".", "..")
        or not _PATTERN_SIGNS.isdisjoint(text)
    )


def read_manifests(
    node: Node, reading: Reading, fence: Fence, *, may_generate_name: bool, recursive: bool
) -> tuple[Manifest, ...] | None:
    """What an `apply`, `create` or `delete` names with `node`: files, or an object. None after a complaint."""
    if isinstance(node, Mapping):
        inline = _inline(node, reading, may_generate_name)
        if inline is not None and not inline.documents:
            reading.complain(node, "the List holds no object")
        return None if inline is None else (inline,)
    if not isinstance(node, Scalar) or not isinstance(node.value(), str) or not node.text.strip():
        reading.complain(node, f"found {found(node)}, expected the path of a manifest, or a manifest")
        return None
    try:
        written = list(_files(node.text, fence, recursive))
    except _Refusal as refusal:
        reading.complain(node, f"{quoted(refusal.written)} {refusal}")
        return None
    manifests = []
    for source in written:
        file = str(PurePosixPath(PurePosixPath(reading.file).parent, source))
        try:
            text = read_text(fence.folder / source, file, MANIFEST_BYTES)
            manifests.append(_of_file(source, text, file))
        except ScenarioError as error:
            reading.complaints.add(error)
            return None
    return tuple(manifests)


def read_named_text(node: Scalar, reading: Reading, fence: Fence) -> str | None:
    """The text of a file that is no manifest, named by `node`. None after a complaint."""
    try:
        with _readable(node.text):
            _refuse_outside(node.text, fence)
            _refuse_obstacle(node.text, fence)
        file = str(PurePosixPath(PurePosixPath(reading.file).parent, node.text))
        return read_text(fence.folder / node.text, file, MANIFEST_BYTES)
    except _Refusal as refusal:
        reading.complain(node, f"{quoted(refusal.written)} {refusal}")
    except ScenarioError as error:
        reading.complaints.add(error)
    return None


class _Refusal(Exception):
    """A path that cannot or may not be read; `written` is which of those that were found."""

    def __init__(self, written: str, why: str) -> None:
        super().__init__(why)
        self.written = written


def _files(written: str, fence: Fence, recursive: bool) -> Iterator[str]:
    """The files a path stands for, as `kubectl -f` takes them. Raises _Refusal."""
    if written == "-":
        raise _Refusal(written, "is standard input, which a step does not have: name a file")
    if _URL.match(written):
        raise _Refusal(written, "is a URL, and URLs are not followed: save the manifest in the project")
    for path in _matches(written, fence):
        with _readable(path):
            _refuse_outside(path, fence)
            if not (fence.folder / path).is_dir():
                _refuse_obstacle(path, fence)
                yield path
                continue
            found_files = list(_below(path, fence, recursive))
            if not found_files:
                raise _Refusal(path, "is a folder without a manifest: no .yaml, .yml or .json file")
            yield from found_files


@contextmanager
def _readable(written: str) -> Iterator[None]:
    """Turns what keeps a path from being looked at into a refusal."""
    try:
        yield
    except OSError as error:
        raise _Refusal(written, f"cannot be read: {error.strerror or error}") from None
    except (RuntimeError, ValueError):  # a loop of links, a name no file can have
        raise _Refusal(written, "cannot be read: expected the path of a file") from None


def _refuse_outside(path: str, fence: Fence) -> None:
    """Raises _Refusal for a path that the fence keeps out."""
    outside = fence.outside(fence.folder / path)
    if outside is not None:
        raise _Refusal(path, f"{outside}; --allow-outside lifts this")


def _refuse_obstacle(written: str, fence: Fence) -> None:
    """Raises _Refusal for what is there in place of a file that can be opened, OSError if it cannot be."""
    path = fence.folder / written
    if path.is_file():
        with path.open("rb"):
            return
    if path.exists():
        raise _Refusal(written, "is no ordinary file, expected the path of one")
    raise _Refusal(written, "does not exist; a path is relative to the scenario's folder")


def _matches(written: str, fence: Fence) -> list[str]:
    """The path itself, or what there is that fits the pattern, by name (Go's filepath.Glob). Raises _Refusal."""
    with _readable(written):
        if _PATTERN_SIGNS.isdisjoint(written) or (fence.folder / written).exists():
            return [written]
        paths = ["/"] if written.startswith("/") else [""]
        for part in PurePosixPath(written).parts[written.startswith("/") :]:
            paths = [one for path in paths for one in _fitting(path, part, fence)]
    if not paths:
        raise _Refusal(written, "is a pattern that no file fits; a path is relative to the scenario's folder")
    return paths


def _fitting(path: str, part: str, fence: Fence) -> list[str]:
    """The paths below `path` whose last part fits the pattern `part`."""
    below = f"{path}{'/' if path and not path.endswith('/') else ''}"
    folder = fence.folder / path
    if _PATTERN_SIGNS.isdisjoint(part):
        return [f"{below}{part}"] if (folder / part).exists() else []
    if path:
        _refuse_outside(path, fence)
    if not folder.is_dir():
        return []
    names = sorted(entry.name for entry in folder.iterdir())
    # Go negates a class with ^ where Python has !.
    fits = re.compile(fnmatch.translate(part.replace("[^", "[!")))
    return [f"{below}{name}" for name in names if fits.match(name)]


def _below(path: str, fence: Fence, recursive: bool) -> Iterator[str]:
    """The manifests in a folder, by name; those of folders in it too, where their name stands, if `recursive`."""
    folder = fence.folder / path
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    for entry in entries:
        if entry.name in _KUSTOMIZATIONS:
            raise _Refusal(
                path,
                f"is a folder for kustomize (it has a {entry.name}), which is not built here: "
                "save what `kubectl kustomize` prints and apply that",
            )
    for entry in entries:
        written = str(PurePosixPath(path, entry.name))
        if entry.is_dir() and not entry.is_symlink():
            if recursive:
                yield from _below(written, fence, recursive)
        elif entry.suffix in _SUFFIXES:
            _refuse_outside(written, fence)
            _refuse_obstacle(written, fence)
            yield written


# Files: what kubectl would say is part of what is read.


def _of_file(source: str, text: str, file: str) -> Manifest:
    """The manifest in a file. Raises ScenarioError for what is not taken on here."""
    found_objects: list[tuple[Plain, Location]] = []
    listed: list[str] = []
    faults: list[Fault] = []
    try:
        for read in streams.documents(text, file):
            place = Location(file, read.line, read.column)
            wrong = _without_kind(read.data)
            if wrong:
                faults.append(Fault(f"error validating {go_text.quoted(source)}: {wrong}", len(listed), place))
                break
            for item, within in _taken_apart(read.data):
                found_objects.append((item, place))
                listed.append(within)
    except streams.Unreadable as problem:
        faults.append(Fault(f"error parsing {source}: {problem}", len(listed), Location(file, problem.line, 1)))
    return Manifest(
        source=source,
        documents=tuple(document for document, _ in found_objects),
        places=tuple(place for _, place in found_objects),
        lists=tuple(listed) if any(listed) else (),
        faults=tuple(faults),
    )


def _without_kind(data: Any) -> str:
    """What kubectl says of a document that does not tell what it is (kubectl's pkg/validation/validation.go)."""
    if not isinstance(data, dict):
        wrong = ["invalid object to validate"]
    else:
        problems = (_wrong_text(data, "apiVersion") or _wrong_version(data), _wrong_text(data, "kind"))
        wrong = [problem for problem in problems if problem]
    if not wrong:
        return ""
    said = wrong[0] if len(wrong) == 1 else f"[{', '.join(wrong)}]"
    return f"error validating data: {said}; {_STOP_VALIDATING}"


def _wrong_text(data: Plain, key: str) -> str:
    if data.get(key) is None:
        return f"{key} not set"
    return "" if isinstance(data[key], str) else f"{key} isn't string type"


def _wrong_version(data: Plain) -> str:
    version = data.get("apiVersion")
    return f"unexpected GroupVersion string: {version}" if isinstance(version, str) and version.count("/") > 1 else ""


def _taken_apart(document: Plain) -> Iterator[tuple[Plain, str]]:
    """The objects of a document, each with the apiVersion and kind of the list it stands in, "" if in none.

    Items of a typed list that do not say what they are take it from the list. Lists in lists come after what stands in
    the outer one (cli-runtime's FlattenListVisitor).
    """
    if not isinstance(document.get("items"), list):
        yield document, ""
        return
    within = f"{document['apiVersion']} {document['kind']}"
    lists = [document]
    while lists:
        outer = lists.pop(0)
        for item in outer["items"]:
            if not isinstance(item, dict):
                continue
            if not item.get("kind") and not item.get("apiVersion"):
                item = {"apiVersion": outer["apiVersion"], "kind": outer["kind"].removesuffix("List"), **item}
            if isinstance(item.get("items"), list):
                lists.append(item)
            else:
                yield item, within


# Objects in the scenario: what they lack is complained about where it is written.


def read_objects(document: Node, reading: Reading) -> Iterator[tuple[Mapping, Plain]]:
    """The objects of a document of a manifest file, each as written and as data; what is none is complained of."""
    try:
        for node in _objects(document, reading):
            data = _document(node, reading, may_generate_name=True)
            if data is not None and isinstance(node, Mapping):
                yield node, data
    except Refused:
        return


def _inline(root: Node, reading: Reading, may_generate_name: bool) -> Manifest | None:
    try:
        objects = list(_objects(root, reading))
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
    return Manifest(source=STDIN, documents=tuple(documents), places=tuple(places)) if sound else None


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
