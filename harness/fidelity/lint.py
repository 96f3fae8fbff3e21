"""Manifests held against the table: what of them will not be acted on, and what the API server would refuse.

Owns the walk through a manifest, and which remarks are worth making: none about a field that says what it would be
anyway, none about a name that only tells one item from others, none about a status, none about what is refused in other
words already. Refusals are the API's own decoding and
validation, in its words; objects of custom kinds are held against the definitions that the caller found. Plays
nothing, so what depends on what else a cluster holds (namespaces, quotas, classes) is not judged.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias, cast

import msgspec
from msgspec.structs import replace

from harness.api import kinds, patching
from harness.api.custom.making import kinds_of
from harness.api.defaulting import default
from harness.api.kinds import Kind
from harness.api.problems import ApiError, quoted
from harness.api.validation import validate_create
from harness.errors import ScenarioError
from harness.fidelity.ledger import Place, root
from harness.fidelity.table import ACTED, STORED, UNATTENDED, Row
from harness.kernel.clock import Clock
from harness.objects import resources
from harness.objects.meta import CustomObject, Object
from harness.objects.shape import List, Map, OneOrOther, Shape, Struct
from harness.objects.wire import DecodeError, from_wire, to_wire, unknown_fields
from harness.outcome import ATTENDED, has_rules
from harness.scenario import nodes
from harness.scenario.complaints import Complaints
from harness.scenario.manifests import read_objects
from harness.scenario.nodes import Node, Scalar, Sequence
from harness.scenario.placed_documents import read_documents
from harness.scenario.scalars import by_kubectl
from harness.scenario.schema import Reading

Document = dict[str, Any]

# What stands beside manifests and is read by a client, never by a cluster.
_OF_CLIENTS = frozenset({"kustomize.config.k8s.io"})
_UNDEFINED = Row(
    "", STORED, "", "its definition is not among the files, so its schema is not checked; no operator of it runs here"
)
_DEFINED = Row("", STORED, "", "its schema is checked; no operator of it runs here")
_RULED = Row("", STORED, "", "its schema is checked, but for its rules in CEL; no operator of it runs here")
_DEFINITION = "CustomResourceDefinition"
_NOTHING: Mapping[Any, Any] = MappingProxyType({})
_MERGE = "<<"
_STATUS = "status"
_SOME_UID = "00000000-0000-4000-8000-000000000001"
_SOME_SUFFIX = "xxxxx"


Brought: TypeAlias = Mapping[tuple[str, str], Kind]
"""(apiVersion, kind) -> a custom kind, as its definition has it."""


class Remark(NamedTuple):
    """A field that is not acted on, or an object of a kind that nobody attends to; then `path` is its kind and name."""

    file: str
    line: int
    column: int
    path: str
    row: Row
    subject: str


class Report(NamedTuple):
    """What there is to say of one file, in its order; `doubled` are keys that are there twice."""

    objects: int
    remarks: tuple[Remark, ...]
    refusals: tuple[ScenarioError, ...]
    doubled: tuple[ScenarioError, ...] = ()


def brought_by(text: str, file: str) -> Brought:
    """The custom kinds whose definitions stand in a manifest file; none of a definition that would be refused.

    Raises ScenarioError for what cannot be read at all.
    """
    found: dict[tuple[str, str], Kind] = {}
    if _DEFINITION not in text:
        return found
    complaints = Complaints()
    for document in read_documents(text, file, complaints, Complaints()):
        if not _looks_like_object(document):
            continue
        for node, data in read_objects(document, Reading(file, complaints)):
            if data["kind"] == _DEFINITION and not any(_refusals(node, data, {})):
                found.update(_kinds_of(data))
    return found


def _kinds_of(data: Document) -> Iterator[tuple[tuple[str, str], Kind]]:
    kind = kinds.of_manifest(data["apiVersion"], data["kind"])
    definition: Any = default(from_wire(data, kind.type))
    for each in kinds_of(definition).values():
        yield (each.resource.api_version, each.resource.kind), each


def lint(text: str, file: str, *, strays: bool = False, brought: Brought = _NOTHING) -> Report:
    """What there is to say of a manifest file. `strays` passes over documents that are no objects.

    Raises ScenarioError for what cannot be read at all.
    """
    complaints, doubled = Complaints(), Complaints()
    reading = Reading(file, complaints)
    objects = 0
    remarks: list[Remark] = []
    for document in read_documents(text, file, complaints, doubled):
        if _is_of_clients(document) or (strays and not _looks_like_object(document)):
            continue
        for node, data in read_objects(document, reading):
            objects += 1
            remarks += _remarks(node, data, file, brought)
            for place, words in _refusals(node, data, brought):
                complaints.add(ScenarioError(words, file=file, line=place.line, column=place.column))
    return Report(objects, tuple(remarks), complaints.in_order(file), doubled.in_order(file))


def _looks_like_object(document: Node) -> bool:
    return isinstance(document, nodes.Mapping) and all(document.get(key) is not None for key in ("apiVersion", "kind"))


def _is_of_clients(document: Node) -> bool:
    version = document.get("apiVersion") if isinstance(document, nodes.Mapping) else None
    return isinstance(version, Scalar) and version.text.partition("/")[0] in _OF_CLIENTS


# What is not acted on


def _remarks(node: Node, data: Document, file: str, brought: Brought) -> Iterator[Remark]:
    api_version, kind = data["apiVersion"], data["kind"]
    metadata = data["metadata"]
    subject = f"{kind}/{metadata.get('name') or metadata.get('generateName')}"
    if not _may_be_served(api_version, kind, brought):
        return
    place = root(api_version, kind)
    if place is None or not place.attended:
        row = _row_of_kind(api_version, kind, brought)
        if row is not None:
            at = _key_of(node, "kind")
            yield Remark(file, at.line, at.column, subject, row, subject)
        return
    found = [
        one
        for one in _unacted(node, place, "", ())
        if one.row.verdict == STORED and one.steps[0] != _STATUS and not _is_name_of_item(one.steps)
    ]
    unusual = _unusual([one.steps for one in found], data, kinds.of_manifest(api_version, kind))
    for one, is_unusual in zip(found, unusual, strict=True):
        if is_unusual:
            yield Remark(file, one.key.line, one.key.column, one.path, one.row, subject)


def _row_of_kind(api_version: str, kind: str, brought: Brought) -> Row | None:
    """What is said of all objects of a kind whose fields have no rows; nothing of one that all is done for."""
    known = resources.of_kind(api_version, kind)
    if known is not None:
        return None if (known.api_version, kind) in ATTENDED else UNATTENDED
    custom = brought[api_version, kind].custom if (api_version, kind) in brought else None
    if custom is None:
        return _UNDEFINED
    return _RULED if custom.schema is not None and has_rules(to_wire(custom.schema)) else _DEFINED


def _may_be_served(api_version: str, kind: str, brought: Brought) -> bool:
    """Whether a cluster with these definitions could have the kind in that version."""
    if (api_version, kind) in brought:
        return True
    group = api_version.rpartition("/")[0]
    if any(named == kind and version.rpartition("/")[0] == group for version, named in brought):
        return False
    return resources.may_be_served(api_version, kind)


_Step = str | int


class _Found(NamedTuple):
    """A field that is stored or refused: where its key stands, the path as text and in steps, and the row."""

    key: Node
    path: str
    steps: tuple[_Step, ...]
    row: Row


def _unacted(node: Node, place: Place, path: str, steps: tuple[_Step, ...]) -> Iterator[_Found]:
    """The fields below a node that are stored or refused."""
    if not isinstance(node, nodes.Mapping):
        return
    for key, value in node.entries:
        if key.text == _MERGE and key.plain:
            for merged in value.items if isinstance(value, Sequence) else [value]:
                yield from _unacted(merged, place, path, steps)
            continue
        name = key.text
        row = place.row(name) if name in place.plan.fields else None
        if row is None or _says_nothing(value, place, name):
            continue
        at = f"{path}.{name}" if path else name
        below = place.below(name)
        if row.verdict != ACTED:
            yield _Found(key, at, (*steps, name), row)
        elif below is not None:
            for item, where, walked in _structs(value, place.plan.fields[name], at, (*steps, name)):
                yield from _unacted(item, below, where, walked)


def _is_name_of_item(steps: tuple[_Step, ...]) -> bool:
    return steps[-1] == "name" and len(steps) > 1 and isinstance(steps[-2], int)


def _structs(
    node: Node, shape: Shape, path: str, steps: tuple[_Step, ...]
) -> Iterator[tuple[Node, str, tuple[_Step, ...]]]:
    """The structs that a value is made of: itself, or those of a list or a map."""
    if isinstance(shape, OneOrOther):
        if isinstance(node, nodes.Mapping):
            yield from _structs(node, shape.struct, path, steps)
    elif isinstance(shape, Struct):
        yield node, path, steps
    elif isinstance(shape, List) and isinstance(node, Sequence):
        for index, item in enumerate(node.items):
            yield from _structs(item, shape.element, f"{path}[{index}]", (*steps, index))
    elif isinstance(shape, Map) and isinstance(node, nodes.Mapping):
        for key, item in node.entries:
            yield from _structs(item, shape.element, f"{path}.{key.text}", (*steps, key.text))


def _says_nothing(node: Node, place: Place, name: str) -> bool:
    """Whether a value is the same as none: null, nothing in it, or the zero of a field that is no pointer."""
    if isinstance(node, nodes.Mapping):
        return not node.entries and not isinstance(place.plan.fields[name], Struct)
    if isinstance(node, Sequence):
        return not node.items
    assert isinstance(node, Scalar)
    value = node.value(by_kubectl)
    if value is None:
        return True
    field = next(one for one in msgspec.structs.fields(place.plan.cls) if one.encode_name == name)
    zero = field.default if field.default is not msgspec.NODEFAULT else None
    return zero is not None and value == zero


def _unusual(paths: list[tuple[_Step, ...]], data: Document, kind: Kind) -> list[bool]:
    """Of each field, whether it would be another if the document named none of them, by the API server's defaults."""
    without = copy.deepcopy(data)
    for steps in paths:
        holder: Any = _at(without, steps[:-1])
        if isinstance(holder, dict):
            holder.pop(steps[-1], None)
    full, left = (_defaulted(one, kind) for one in (data, without))
    if full is None or left is None:
        return [True] * len(paths)
    return [_at(full, steps) != _at(left, steps) for steps in paths]


def _defaulted(data: Document, kind: Kind) -> Document | None:
    try:
        return to_wire(default(from_wire(data, kind.type)))
    except DecodeError:
        return None


def _at(data: Any, steps: tuple[_Step, ...]) -> Any:
    """What stands there in plain data; None if nothing does."""
    for step in steps:
        if isinstance(step, int):
            data = data[step] if isinstance(data, list) and step < len(data) else None
        else:
            data = data.get(step) if isinstance(data, dict) else None
    return data


# What the API server would refuse


def _refusals(node: Node, data: Document, brought: Brought) -> Iterator[tuple[Node, str]]:
    """What is wrong with an object, and where."""
    api_version, kind_name = data["apiVersion"], data["kind"]
    if not _may_be_served(api_version, kind_name, brought):
        words = f"no matches for kind {quoted(kind_name)} in version {quoted(api_version)}"
        yield _key_of(node, "apiVersion"), words
        return
    kind = brought.get((api_version, kind_name)) or kinds.of_manifest(api_version, kind_name)
    try:
        obj = patching.read(data, kind)
    except ApiError as problem:
        yield _located(node, _unreadable(data, kind)), problem.message
        return
    name = obj.metadata.name or obj.metadata.generate_name + _SOME_SUFFIX
    new = _new(obj, kind, name)
    for found in validate_create(new) if kind.custom is None else kind.custom.problems(new):
        words = f"The {kind_name} {quoted(obj.metadata.name)} is invalid: {found}"
        yield _located(node, found.field), words


def _unreadable(data: Document, kind: Kind) -> str:
    """The path of what cannot be decoded."""
    try:
        from_wire(data, kind.type)
    except DecodeError as problem:
        return problem.path
    unknown = unknown_fields(data, kind.type)
    if not unknown and kind.custom is not None:
        unknown = kind.custom.read(cast(CustomObject, from_wire(data, kind.type)))[1]
    return unknown[0]


def _new(obj: Object, kind: Kind, name: str) -> Object:
    """The object as it is when the server looks whether it is valid."""
    obj = default(obj)
    namespace = (obj.metadata.namespace or "default") if kind.resource.namespaced else ""
    obj = replace(obj, metadata=replace(obj.metadata, name=name, namespace=namespace, uid=_SOME_UID))
    new: Object = kind.begin(obj, Clock(0))
    return new


def _key_of(node: Node, name: str) -> Node:
    """The key of a field, or the node where it was merged in from elsewhere."""
    return (node.key(name) if isinstance(node, nodes.Mapping) else None) or node


def _located(node: Node, path: str) -> Node:
    """Where the field of a path stands, or the nearest thing around it that does."""
    place = node
    while path:
        if isinstance(node, Sequence) and path.startswith("["):
            number, _, path = path[1:].partition("]")
            if not number.isdecimal() or int(number) >= len(node.items):
                return place
            place = node = node.items[int(number)]
        elif isinstance(node, nodes.Mapping):
            # Keys may have dots and brackets in them themselves, so the longest that fits is it.
            path = path.removeprefix("[") if path.startswith("[") else path
            fitting = [entry for entry in node.entries if _begins(path, entry[0].text)]
            if not fitting:
                return place
            key, node = max(fitting, key=lambda entry: len(entry[0].text))
            place, path = key, path[len(key.text) :].removeprefix("]")
        else:
            return place
        path = path.removeprefix(".")
    return place


def _begins(path: str, key: str) -> bool:
    return path.startswith(key) and path[len(key) : len(key) + 1] in ("", ".", "[", "]")
