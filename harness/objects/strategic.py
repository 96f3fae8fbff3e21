"""Strategic merge patch: merging one into a document.

Owns the directives (`$patch`, `$retainKeys`, `$setElementOrder/…`, `$deleteFromPrimitiveList/…`) and the order that
lists end up in. Which lists merge, and by which key, comes from the types and `harness.objects.merge_keys`. Works on
plain JSON data and leaves its arguments alone. Mirrors apimachinery's pkg/util/strategicpatch/patch.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from harness.objects import go_text
from harness.objects.merge_keys import MERGE_KEYS, PRIMITIVES, REPLACED, RETAIN_KEYS
from harness.objects.patches import PatchError
from harness.objects.shape import List, Map, Shape, Struct, struct
from harness.objects.value import Value

DIRECTIVE = "$patch"
RETAIN = "$retainKeys"
ORDER_PREFIX = "$setElementOrder/"
DELETE_PREFIX = "$deleteFromPrimitiveList/"

Document = dict[str, Any]


class Field(NamedTuple):
    """How one field merges: what it (or each of its items) holds, and the tags the API gives it."""

    shape: Shape
    merge_key: str | None = None  # None: a list is replaced as a whole
    retain_keys: bool = False
    replaced: bool = False


def strategic_merge(target: Document, patch: Document, cls: type[Value]) -> Document:
    """`target`, a document of type `cls`, with the patch merged in. Raises PatchError."""
    return _Merge(keep_directives=False).maps(target, patch, struct(cls))


def merge_of_patches(first: Document, second: Document, cls: type[Value]) -> Document:
    """One patch that does what both do; nulls and directives stay in it. Raises PatchError."""
    return _Merge(keep_directives=True).maps(first, second, struct(cls))


def field_of(shape: Shape, name: str) -> Field:
    """A field of a struct or an entry of a map; what is of no known type merges as plain JSON."""
    if isinstance(shape, Struct):
        found = shape.fields.get(name, Shape())
        tag = (shape.name, name)
        below = found.element if isinstance(found, List) else found
        return Field(below, MERGE_KEYS.get(tag), tag in RETAIN_KEYS, tag in REPLACED)
    return Field(shape.element if isinstance(shape, Map) else Shape())


# --- merging --------------------------------------------------------------------------------------------------------


class _Merge:
    """One merge. `keep_directives` is for a target that is itself a patch: what it asks for is still to be done."""

    def __init__(self, *, keep_directives: bool) -> None:
        self._keep = keep_directives

    def maps(self, target: Document, patch: Document, shape: Shape) -> Document:
        if DIRECTIVE in patch:
            return _obey(patch)
        merged, patch = self._retain(dict(target), dict(patch))
        for key in [key for key in patch if key.startswith(ORDER_PREFIX)]:
            self._order(merged, patch, key, shape)
        for key, item in patch.items():
            self._member(merged, key, item, shape)
        return merged

    def _member(self, merged: Document, key: str, item: Any, shape: Shape) -> None:
        deleting = key.startswith(DELETE_PREFIX)
        if deleting and self._keep:
            merged[key] = item
            return
        key = key.removeprefix(DELETE_PREFIX)
        if item is None:
            merged.pop(key, None)
            if self._keep:
                merged[key] = None
            return
        if deleting:
            doomed = _expect_list(item, "$deleteFromPrimitiveList")
            if key in merged:
                merged[key] = [each for each in merged[key] if each not in doomed]
        elif key not in merged:
            merged[key] = self._fresh(item)
        else:
            merged[key] = self._pair(merged[key], item, field_of(shape, key))

    def _pair(self, old: Any, new: Any, field: Field) -> Any:
        if isinstance(old, dict) and isinstance(new, dict) and not field.replaced:
            return self.maps(old, new, field.shape)
        if isinstance(old, list) and isinstance(new, list) and field.merge_key is not None:
            return self.lists(old, new, field)
        return self._fresh(new)

    def _fresh(self, item: Any) -> Any:
        """What becomes of a patch's value where there is nothing to merge it with."""
        return item if self._keep else _obeyed(item)

    def lists(self, old: list[Any], new: list[Any], field: Field) -> list[Any]:
        key = field.merge_key or PRIMITIVES
        if not old and not new:
            return old
        if key == PRIMITIVES:
            return _in_order(distinct([*old, *new]), new, old, key)
        old, new = _without_deleted(old, new, key)
        merged = list(old)
        for item in new:
            at = _find(merged, key, name_of(item, key))
            if at is None:
                merged.append(self._fresh(item))
            else:
                merged[at] = self.maps(merged[at], item, field.shape)
        return _in_order(merged, new, old, key)

    def _retain(self, target: Document, patch: Document) -> tuple[Document, Document]:
        """Drops the keys that `$retainKeys` does not name."""
        if RETAIN not in patch:
            return target, patch
        retained = patch.pop(RETAIN)
        if self._keep:
            return {**target, RETAIN: retained}, patch
        if not isinstance(retained, list) or any(
            item is not None and key not in retained and not key.startswith((DELETE_PREFIX, ORDER_PREFIX))
            for key, item in patch.items()
        ):
            raise PatchError("invalid patch format of retainKeys")
        return {key: item for key, item in target.items() if key in retained}, patch

    def _order(self, merged: Document, patch: Document, directive: str, shape: Shape) -> None:
        """Merges the list an order directive is about, and sorts it; both leave the patch."""
        wanted = _expect_list(patch.pop(directive), "$setElementOrder")
        if self._keep and merged.setdefault(directive, wanted) != wanted:
            raise PatchError("invalid patch format of setElementOrder list")
        name = directive.removeprefix(ORDER_PREFIX)
        field = field_of(shape, name)
        if name not in merged and name not in patch:
            return
        key = field.merge_key or PRIMITIVES
        old = _expect_list(merged.get(name, []), name)
        new = _expect_list(patch.pop(name, []), name)
        _check_order(new, wanted, key)
        if name in merged and new:
            items = self.lists(old, new, field) if field.merge_key is not None else new
        else:
            items = old if name in merged else self._fresh(new)
        merged[name] = _in_order(items, wanted, old, key)


def _obey(patch: Document) -> Document:
    """The document that a map with a `$patch` directive stands for."""
    match patch[DIRECTIVE]:
        case "replace":
            return {key: item for key, item in patch.items() if key != DIRECTIVE}
        case "delete":
            return {}
        case other:
            raise PatchError(f"Unknown patch type '{go_text.printed(other)}' in {go_text.printed(patch)}")


def _obeyed(item: Any) -> Any:
    """A value new to the target, without the directives that have nothing to act on there."""
    if isinstance(item, list):
        return [_obeyed(each) for each in item if not (isinstance(each, dict) and DIRECTIVE in each)]
    if not isinstance(item, dict):
        return item
    if DIRECTIVE in item:
        item = _obey(item)
    return {
        key: _obeyed(each)
        for key, each in item.items()
        if each is not None and key != RETAIN and not key.startswith((ORDER_PREFIX, DELETE_PREFIX))
    }


def _without_deleted(old: list[Any], new: list[Any], key: str) -> tuple[list[Any], list[Any]]:
    """Old items that no `$patch: delete` names, and new items that are no directives."""
    plain, replace = [], False
    for item in new:
        directive = item.get(DIRECTIVE) if isinstance(item, dict) else None
        match directive:
            case None:
                plain.append(item)
            case "delete":
                doomed = name_of(item, key)
                old = [each for each in old if name_of(each, key) != doomed]
            case "replace":
                replace = True
            case "merge":
                raise PatchError("merging lists cannot yet be specified in the patch")
            case other:
                raise PatchError(f"Unknown patch type '{go_text.printed(other)}' in {go_text.printed(item)}")
    return ([], plain) if replace else (old, plain)


# --- lists ----------------------------------------------------------------------------------------------------------


def _expect_list(item: Any, what: str) -> list[Any]:
    if not isinstance(item, list):
        raise PatchError(f"invalid patch format of {what}: expected a list, but got {go_text.printed(item)}")
    return item


def key_of(item: Any, key: str) -> Any:
    """What identifies an item of a merging list: the value of its key, or a primitive itself."""
    if key == PRIMITIVES:
        return item
    if not isinstance(item, dict):
        raise PatchError(f"expected a map with merge key {key}, but got {go_text.printed(item)}")
    if key not in item:
        raise PatchError(f"map: {go_text.printed(item)} does not contain declared merge key: {key}")
    return item[key]


def _find(items: list[Any], key: str, wanted: Any) -> int | None:
    return next((index for index, item in enumerate(items) if name_of(item, key) == wanted), None)


def name_of(item: Any, key: str) -> Any:
    """What identifies an item, as something that can be looked up: a list or a map by what Go prints of it."""
    identity = key_of(item, key)
    return go_text.printed(identity) if isinstance(identity, list | dict) else identity


def distinct(items: list[Any]) -> list[Any]:
    """Each primitive once, where it first stands."""
    distinct: dict[Any, Any] = {}
    for item in items:
        distinct.setdefault(name_of(item, PRIMITIVES), item)
    return list(distinct.values())


def _positions(items: Iterable[Any], key: str) -> dict[Any, int]:
    positions: dict[Any, int] = {}
    for index, item in enumerate(items):
        positions.setdefault(name_of(item, key), index)
    return positions


def _in_order(items: list[Any], wanted: list[Any], before: list[Any], key: str) -> list[Any]:
    """Items in the wanted order; those it does not name keep their order, each before what it used to precede."""
    wish, was = _positions(wanted, key), _positions(before, key)
    named = sorted((item for item in items if name_of(item, key) in wish), key=lambda item: wish[name_of(item, key)])
    others = [item for item in items if name_of(item, key) not in wish]
    others.sort(key=lambda item: was.get(name_of(item, key), -1))
    merged: list[Any] = []
    for item in named:
        place = was.get(name_of(item, key), -1)
        while others and -1 < was.get(name_of(others[0], key), -1) < place:
            merged.append(others.pop(0))
        merged.append(item)
    return merged + others


def _check_order(items: list[Any], wanted: list[Any], key: str) -> None:
    """The patch's items must come in the order it asks for, and all be named there."""
    names = [name_of(item, key) for item in items if not (isinstance(item, dict) and DIRECTIVE in item)]
    if not names or not wanted:
        return
    remaining = iter([name_of(item, key) for item in wanted])
    if not all(any(name == each for each in remaining) for name in names):
        raise PatchError(
            f"The order in patch list:\n{go_text.printed(items)}\n doesn't match $setElementOrder list:\n"
            f"{go_text.printed(wanted)}\n"
        )
