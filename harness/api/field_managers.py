"""Server-side apply: who owns which fields of each object, and what an apply makes of it.

Owns the record of owners. Nothing is kept while objects are written: who wrote what is read from the history of an
object when somebody first applies it, and only what the history does not tell is noted. Mirrors apimachinery's
pkg/util/managedfields/internal.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from harness.api import kinds
from harness.api.defaulting import default
from harness.api.kinds import Kind
from harness.api.problems import ApiError, Details, FieldProblem
from harness.api.store import DELETED, Store
from harness.kernel.trace import Cause, Record
from harness.objects import go_text
from harness.objects.applying import LAST_APPLIED
from harness.objects.field_owners import (
    APPLY,
    UPDATE,
    Applied,
    Conflicts,
    Filter,
    Manager,
    Owners,
    after_apply,
    after_update,
    migrated,
    outside,
)
from harness.objects.field_sets import NOTHING, FieldSet, Path, spelled
from harness.objects.meta import CustomObject, Object
from harness.objects.structured_merge import compare, fields_of, misfits
from harness.objects.value import Value
from harness.objects.wire import to_wire

Document = dict[str, Any]

KUBECTL = "kubectl"
LAST_APPLIED_KEEPER = "kubectl-last-applied"
SCALE = "scale"
STATUS = "status"

_ANNOTATION: Path = ("metadata", "annotations", LAST_APPLIED)
# What the programs of a cluster call themselves; whoever is not here is a part of the controller manager or a driver.
_PROGRAMS = {KUBECTL: KUBECTL, "kubelet": "kubelet", "default-scheduler": "kube-scheduler"}
_CONTROLLERS = ("-controller", "volume_expand", "ephemeral_volume")
# Fields that the endpoints do not write (the strategies' GetResetFields).
_UNWRITTEN = {"": (STATUS,), SCALE: (STATUS,), STATUS: ("spec",)}


class _Written(NamedTuple):
    """What the history does not tell of a write: through which subresource it came, and what was sent."""

    subresource: str = ""
    sent: Object | None = None


class _Known(NamedTuple):
    """Who owned an object after so many records of the history."""

    records: int
    owners: Owners


class FieldManagers:
    """The owners of the fields of every object in a store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._written: dict[str, _Written] = {}
        self._known: dict[str, _Known] = {}

    def note(self, after: Object, subresource: str = "", sent: Object | None = None) -> None:
        """Remember of the write that made `after` through which subresource it came, and what was sent."""
        self._written[after.metadata.resource_version] = _Written(subresource, sent)

    def of(self, obj: Object) -> Owners:
        """Who owns the fields of a stored object."""
        uid, records = obj.metadata.uid, self._store.trace.records
        known = self._known.get(uid)
        own = [record for record in records[known.records if known else 0 :] if _is_about(record, uid)]
        owners = known.owners if known else self._at_first(obj, own)
        for record in own:
            owners = self._after(owners, record)
        self._known[uid] = _Known(len(records), owners)
        return owners

    def become(self, obj: Object, owners: Owners) -> None:
        """Set who owns the fields of an object as it is stored now."""
        self._known[obj.metadata.uid] = _Known(len(self._store.trace.records), owners)

    def migrate(self, obj: Object, manager: str) -> bool:
        """Hand what kubectl's client-side apply owns to an applier; whether there was anything (util/csaupgrade)."""
        owners = self.of(obj)
        handed = _after_migration(owners, manager)
        self.become(obj, handed)
        return handed is not owners

    def _at_first(self, obj: Object, own: list[Record]) -> Owners:
        """The owners of an object that was there before the history began; none of one that was created in it."""
        first = own[0].previous if own else obj
        if first is None:
            return {}
        name = "kubelet" if first.kind == "Node" else "kube-apiserver"
        manager = Manager(name, UPDATE, kinds.of_object(first).resource.api_version)
        return after_update({}, {}, to_wire(first), manager, _type(first), outside(STATUS))

    def _after(self, owners: Owners, record: Record) -> Owners:
        obj: Object = record.subject
        written = self._written.get(obj.metadata.resource_version, _Written())
        previous = record.previous
        kind = kinds.of_object(obj)
        subresource = written.subresource
        if not subresource and previous is not None and kind.status:
            is_status = obj.status != previous.status  # type: ignore[attr-defined]
            subresource = STATUS if is_status else ""
        manager = Manager(_program(record.cause), UPDATE, kind.resource.api_version, subresource)
        after = default(written.sent) if written.sent is not None else obj
        before = {} if previous is None else to_wire(previous)
        return after_update(owners, before, to_wire(after), manager, _type(obj), _writes(subresource, kind))


def _is_about(record: Record, uid: str) -> bool:
    subject = record.subject
    return isinstance(subject, Object) and subject.metadata.uid == uid and record.type != DELETED


def _program(cause: Cause | None) -> str:
    if cause is None:
        return "unknown"
    if cause.alias:
        return cause.alias
    if cause.actor.endswith(_CONTROLLERS):
        return "kube-controller-manager"
    return _PROGRAMS.get(cause.actor, cause.actor)


def _type(obj: Object) -> type[Value] | None:
    return None if isinstance(obj, CustomObject) else type(obj)


def _writes(subresource: str, kind: Kind) -> Filter:
    return outside(*_UNWRITTEN.get(subresource, ())) if kind.status else outside()


# Applying


def merged(owners: Owners, live: Document, document: Document, kind: Kind, manager: str, *, force: bool) -> Applied:
    """What applying a document makes of the live object (`{}` if there is none), and who owns it then.

    Raises `ApiError`: BadRequest for a document that cannot be applied, Conflict for fields of others.
    """
    cls = None if kind.type is CustomObject else kind.type
    _check(document, kind, cls)
    me = Manager(manager, APPLY)
    writes = _writes("", kind)
    try:
        applied = _applied(owners, live, document, me, cls, writes, force)
    except Conflicts as problem:
        causes = tuple(
            FieldProblem(field=spelled(path), reason="FieldManagerConflict", body=f"conflict with {other}")
            for other, path in problem.conflicts
        )
        raise ApiError(409, "Conflict", str(problem), Details(causes=causes)) from None
    if manager == KUBECTL and _annotation(applied.document):
        return applied._replace(document=_with_last_applied(applied.document, document))
    return applied


def _check(document: Document, kind: Kind, cls: type[Value] | None) -> None:
    metadata = document.get("metadata")
    if isinstance(metadata, dict) and metadata.get("managedFields") is not None:
        raise ApiError.bad_request("metadata.managedFields must be nil")
    wrong = misfits(document, cls)
    if wrong:
        metadata = metadata if isinstance(metadata, dict) else {}
        place = f"{metadata.get('namespace', '')}/{metadata.get('name', '')}"
        resource = kind.resource
        listed = wrong[0] if len(wrong) == 1 else "\n  ".join(["errors:", *wrong])
        text = f"failed to create typed patch object ({place}; {resource.api_version}, Kind={resource.kind}): {listed}"
        raise ApiError(500, "", text)


def _applied(
    owners: Owners,
    live: Document,
    document: Document,
    me: Manager,
    cls: type[Value] | None,
    writes: Filter,
    force: bool,
) -> Applied:
    """kubectl takes over what it applied on the client before; from anybody else it takes only by force."""
    try:
        return after_apply(owners, live, document, me, cls, writes, force=force)
    except Conflicts as problem:
        own = _from_last_applied(live, cls) if me.name == KUBECTL else NOTHING
        if not own:
            raise
        foreign = tuple(conflict for conflict in problem.conflicts if conflict.path not in own)
        if foreign:
            raise Conflicts(foreign) from None
        return after_apply(owners, live, document, me, cls, writes, force=True)


def _from_last_applied(live: Document, cls: type[Value] | None) -> FieldSet:
    """What the last client-side apply set and is still so."""
    text = _annotation(live)
    if not text:
        return NOTHING
    try:
        last = json.loads(text)
    except ValueError:
        return NOTHING
    if not isinstance(last, dict) or last.get("apiVersion") != live.get("apiVersion") or misfits(last, cls):
        return NOTHING
    return fields_of(last, cls).difference(*compare(last, live, cls))


def _annotation(document: Document) -> str:
    annotations = (document.get("metadata") or {}).get("annotations") or {}
    text = annotations.get(LAST_APPLIED) or ""
    return text if isinstance(text, str) else ""


def _with_last_applied(live: Document, applied: Document) -> Document:
    """The object with its last-applied annotation kept up to date, for those who go back to the client's apply."""
    metadata = dict(applied.get("metadata") or {})
    if isinstance(metadata.get("annotations"), dict):
        metadata["annotations"] = {key: text for key, text in metadata["annotations"].items() if key != LAST_APPLIED}
    text = go_text.json_bytes({**applied, "metadata": metadata}).decode() + "\n"
    annotations = {**live["metadata"]["annotations"], LAST_APPLIED: text}
    return {**live, "metadata": {**live["metadata"], "annotations": annotations}}


# kubectl's migration of what was applied on the client


def keeps_annotation(owners: Owners) -> bool:
    """Whether an applier owns the last-applied annotation."""
    return any(manager.operation == APPLY and _ANNOTATION in fields for manager, fields in owners.items())


def _after_migration(owners: Owners, manager: str) -> Owners:
    """The owners once what the client's apply owned is handed to kubectl's server-side one; the same if nothing is."""
    old = frozenset(each.name for each, fields in owners.items() if each.operation == UPDATE and _ANNOTATION in fields)
    return migrated(owners, old, Manager(manager, APPLY)) if old else owners
