"""Strategic merge patch: making one from two documents, in the two halves that a three-way comparison needs.

Owns which differences a patch names and how; applying it is `harness.objects.strategic`. Works on plain JSON data and
leaves its arguments alone. Mirrors apimachinery's pkg/util/strategicpatch/patch.go (diffMaps and below).
"""

from __future__ import annotations

from typing import Any

from harness.objects import go_text
from harness.objects.merge_keys import PRIMITIVES
from harness.objects.shape import Shape, struct
from harness.objects.strategic import (
    DELETE_PREFIX,
    DIRECTIVE,
    ORDER_PREFIX,
    RETAIN,
    Field,
    distinct,
    field_of,
    key_of,
    name_of,
)
from harness.objects.value import Value

Document = dict[str, Any]


def changes(old: Document, new: Document, cls: type[Value]) -> Document:
    """The patch that sets what `new` adds to or has different from `old`, and deletes nothing."""
    return _Difference(additions=True).maps(old, new, struct(cls), retain_keys=False)


def deletions(old: Document, new: Document, cls: type[Value]) -> Document:
    """The patch that deletes what `new` no longer has of `old`, and sets nothing."""
    return _Difference(additions=False).maps(old, new, struct(cls), retain_keys=False)


class _Difference:
    """One half of a three-way comparison: either the additions and changes, or the deletions."""

    def __init__(self, *, additions: bool) -> None:
        self._additions = additions

    def maps(self, old: Document, new: Document, shape: Shape, *, retain_keys: bool) -> Document:
        patch: Document = {}
        for key, item in new.items():
            if key not in old:
                if self._additions:
                    patch[key] = item
                continue
            before, field = old[key], field_of(shape, key)
            if isinstance(before, dict) and isinstance(item, dict):
                below = self._map(before, item, field)
                if below:
                    patch[key] = below
            elif isinstance(before, list) and isinstance(item, list) and field.merge_key is not None:
                patch.update(self._list(key, before, item, field))
            elif self._additions and not _same(before, item):
                patch[key] = item
        if not self._additions:
            patch.update({key: None for key in old if key not in new})
        return _retaining(patch, old, new) if retain_keys else patch

    def _map(self, old: Document, new: Document, field: Field) -> Document:
        if field.replaced:
            # sent even when it is the same: an apply of such an object always says "configured"
            return new if self._additions else {}
        return self.maps(old, new, field.shape, retain_keys=field.retain_keys)

    def _list(self, name: str, old: list[Any], new: list[Any], field: Field) -> Document:
        """The members of a patch that turn one merging list into another."""
        if not old:
            return {name: new} if new and self._additions else {}
        key = field.merge_key or PRIMITIVES
        if key == PRIMITIVES:
            return self._primitives(name, old, new)
        items, gone = self._items(old, new, key, field)
        if self._additions:
            touched = bool(items) or [key_of(item, key) for item in old] != [key_of(item, key) for item in new]
        else:
            items += [{key: each, DIRECTIVE: "delete"} for each in gone]
            touched = bool(items)
        patch: Document = {name: items} if items else {}
        if touched and new:
            patch[ORDER_PREFIX + name] = [{key: key_of(item, key)} for item in new]
        return patch

    def _items(self, old: list[Any], new: list[Any], key: str, field: Field) -> tuple[list[Any], list[Any]]:
        """The patches of a list's items, and the names of those that are gone.

        Names can repeat (a port number, once for TCP and once for UDP); then the last goes with the last.
        """
        left: dict[Any, list[Document]] = {}
        for item in old:
            left.setdefault(name_of(item, key), []).append(item)
        patches: list[Any] = []
        for item in reversed(new):
            name = name_of(item, key)
            if left.get(name):
                below = self.maps(left[name].pop(), item, field.shape, retain_keys=field.retain_keys)
                if below:
                    patches.append({**below, key: item[key]})
            elif self._additions:
                patches.append(item)
        gone = sorted((item[key] for items in left.values() for item in items), key=go_text.printed)
        return patches[::-1], gone

    def _primitives(self, name: str, old: list[Any], new: list[Any]) -> Document:
        patch: Document = {}
        if self._additions:
            added = [item for item in new if item not in old]
            if added:
                patch[name] = added
            touched = old != new
        else:
            gone = sorted(distinct([item for item in old if item not in new]), key=go_text.printed)
            if gone:
                patch[DELETE_PREFIX + name] = gone
            touched = bool(gone)
        if touched and new:
            patch[ORDER_PREFIX + name] = new
        return patch


def _retaining(patch: Document, old: Document, new: Document) -> Document:
    """The patch of an item that is one of several alternatives, with the keys to keep where it matters."""
    keys = sorted(key for key, item in new.items() if item is not None)
    lost = any(item is not None and key not in new for key, item in old.items())
    return {**patch, RETAIN: keys} if keys and (patch or lost) else patch


def _same(one: Any, other: Any) -> bool:
    """Equality of JSON data, in which true is not 1."""
    return go_text.json_bytes(one) == go_text.json_bytes(other)
