"""Who owns which fields of an object, and what an update or an apply does to that.

Owns the rules of ownership: what a writer takes over, what an applier may not take, and which fields go when the last
applier gives them up. Pure; where owners are kept is known elsewhere. Mirrors structured-merge-diff's merge/update.go
and apimachinery's pkg/util/managedfields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from harness.objects import go_text
from harness.objects.field_sets import NOTHING, FieldSet, Path, in_order, spelled
from harness.objects.structured_merge import Document, compare, fields_of, merge, with_structs, without
from harness.objects.value import Value

APPLY = "Apply"
UPDATE = "Update"

# What nobody owns.
_UNOWNED: FieldSet = frozenset(
    [("apiVersion",), ("kind",), ("metadata",)]
    + [
        ("metadata", name)
        for name in (
            "name",
            "namespace",
            "creationTimestamp",
            "selfLink",
            "uid",
            "generation",
            "managedFields",
            "resourceVersion",
        )
    ]
)


class Manager(NamedTuple):
    """A writer of fields. An applier is the same whatever version it writes, so it has none here."""

    name: str
    operation: str
    api_version: str = ""
    subresource: str = ""

    @property
    def identifier(self) -> str:
        """What managers are sorted by."""
        said = [("manager", self.name), ("operation", self.operation)]
        said += [("apiVersion", self.api_version), ("subresource", self.subresource)]
        inner = ",".join(f'"{key}":{go_text.json_bytes(value).decode()}' for key, value in said if value)
        return f"{{{inner}}}"

    def __str__(self) -> str:
        called = go_text.quoted(self.name)
        if self.subresource:
            called += f" with subresource {go_text.quoted(self.subresource)}"
        return called if self.operation == APPLY else f"{called} using {self.api_version}"


Owners: TypeAlias = Mapping[Manager, FieldSet]


class Conflict(NamedTuple):
    manager: Manager
    path: Path


class Conflicts(Exception):
    """Fields that an applier would take from others; `str()` is the API server's text."""

    def __init__(self, conflicts: tuple[Conflict, ...]) -> None:
        super().__init__(_told(conflicts))
        self.conflicts = conflicts

    @property
    def fields(self) -> FieldSet:
        return frozenset(conflict.path for conflict in self.conflicts)


def _told(conflicts: tuple[Conflict, ...]) -> str:
    if len(conflicts) == 1:
        (manager, path), *_ = conflicts
        return f"Apply failed with 1 conflict: conflict with {manager}: {spelled(path)}"
    lines = []
    for manager in dict.fromkeys(conflict.manager for conflict in conflicts):
        lines.append(f"conflicts with {manager}:")
        lines += [f"- {spelled(conflict.path)}" for conflict in conflicts if conflict.manager == manager]
    return f"Apply failed with {len(conflicts)} conflicts: " + "\n".join(lines)


Filter: TypeAlias = Callable[[FieldSet], FieldSet]


def outside(*names: str) -> Filter:
    """Of a set, what lies outside these fields of the object: those that an endpoint does not write."""
    return lambda fields: frozenset(path for path in fields if path[0] not in names) if names else fields


def after_update(
    owners: Owners, before: Document, after: Document, manager: Manager, cls: type[Value] | None, writes: Filter
) -> Owners:
    """Whoever changes a field owns it from then on, alone; what is removed nobody owns."""
    removed, modified, added = (writes(fields) for fields in compare(before, after, cls))
    taken = modified | added
    left = {each: fields - taken - removed for each, fields in owners.items()}
    mine = taken - _UNOWNED
    if mine:
        left[manager] = left.get(manager, NOTHING) | mine
    return {each: fields for each, fields in left.items() if fields}


class Applied(NamedTuple):
    """What an apply makes of an object, and of who owns it."""

    document: Document
    owners: Owners


def after_apply(
    owners: Owners,
    live: Document,
    applied: Document,
    manager: Manager,
    cls: type[Value] | None,
    writes: Filter,
    *,
    force: bool,
) -> Applied:
    """The live object with what is applied, and without what the manager applied before and nobody else owns.

    Raises Conflicts for fields that others own and that would change, unless `force` takes them over.
    """
    last = owners.get(manager, NOTHING)
    mine = writes(fields_of(applied, cls))
    merged = _pruned(merge(live, applied, cls), last, {**owners, manager: mine}, cls)
    removed, modified, added = (writes(fields) for fields in compare(live, merged, cls))
    others = {each: fields for each, fields in owners.items() if each != manager}
    taken = modified | added
    conflicts = tuple(
        Conflict(each, path)
        for each in sorted(others, key=lambda each: each.identifier)
        for path in in_order(others[each] & taken)
    )
    if conflicts and not force:
        raise Conflicts(conflicts)
    left = {each: fields - taken - removed for each, fields in others.items()}
    left[manager] = mine - _UNOWNED
    return Applied(merged, {each: fields for each, fields in left.items() if fields})


def _pruned(merged: Document, last: FieldSet, owners: Owners, cls: type[Value] | None) -> Document:
    """Without what was applied last time, is not now, and is not claimed by anybody else."""
    if not last:
        return merged
    last = with_structs(last, cls)
    everything = with_structs(fields_of(merged, cls), cls)
    kept = with_structs(fields_of(without(merged, last, cls), cls), cls)
    claimed = with_structs(frozenset().union(*owners.values()), cls)
    pruned = without(merged, everything - kept - claimed, cls)
    kept = with_structs(fields_of(pruned, cls), cls)
    return without(merged, (everything - kept) & last, cls)


def migrated(owners: Owners, old: frozenset[str], new: Manager) -> Owners:
    """The owners with all that writers of these names own handed to one applier (client-go's util/csaupgrade)."""
    moved = [
        each for each in owners if each.name in old and each.operation == UPDATE and each.subresource == new.subresource
    ]
    if not moved:
        return owners
    left = {each: fields for each, fields in owners.items() if each not in moved}
    left[new] = left.get(new, NOTHING).union(*(owners[each] for each in moved))
    return left
