"""Merging what somebody applies into an object, and telling which fields a document has or a change touched.

Owns the walks over plain JSON data by the shape of its type: the set of its fields, comparing, merging, removing, and
what does not fit. Who owns what is known elsewhere. Leaves its arguments alone. Mirrors structured-merge-diff's typed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from harness.objects import go_names
from harness.objects.field_sets import NOTHING, Element, FieldSet, Item, Member, Path, spelled
from harness.objects.go_text import printed, quoted
from harness.objects.list_types import ATOMIC_MAPS, ATOMIC_STRUCTS, GRANULAR_FIELDS, KEY_DEFAULTS, LIST_KEYS
from harness.objects.shape import Amount, List, Map, Number, NumberOrText, Shape, Struct, Text, Truth, struct
from harness.objects.value import Value

Document = dict[str, Any]


class Place(NamedTuple):
    """What stands at one place of a document: its shape, and whether it is owned as a whole.

    `keys` tell the items of a list apart; none for a set of scalars.
    """

    shape: Shape
    whole: bool = False
    keys: tuple[str, ...] = ()

    def field(self, name: str) -> Place | None:
        """The place of a field, or of an entry of a map; None for a field the struct does not have."""
        shape = self.shape
        if isinstance(shape, Struct):
            return _field(shape, name)
        return Place(shape.element) if isinstance(shape, Map) else _UNTYPED

    @property
    def item(self) -> Place:
        """The place of each item of a list."""
        return _whole_if_atomic(self.shape.element) if isinstance(self.shape, List) else _UNTYPED

    def names(self, name: str) -> bool:
        """Whether this is a struct that has a field of that name."""
        return isinstance(self.shape, Struct) and _field(self.shape, name) is not None


_UNTYPED = Place(Shape())
_TYPE_FIELDS = ("apiVersion", "kind")


def place_of(cls: type[Value] | None) -> Place:
    """The place of a whole object; of one whose fields are not known for None."""
    return Place(struct(cls)) if cls is not None else _UNTYPED


def _field(owner: Struct, name: str) -> Place | None:
    shape = owner.fields.get(name)
    if shape is None:
        is_known = (owner.name, name) in go_names.UNKEPT_FIELDS or (name in _TYPE_FIELDS and "metadata" in owner.fields)
        return _UNTYPED if is_known else None
    tag = (owner.name, name)
    if isinstance(shape, List):
        return Place(shape, tag not in LIST_KEYS, LIST_KEYS.get(tag, ()))
    if isinstance(shape, Map):
        return Place(shape, tag in ATOMIC_MAPS)
    return Place(shape) if tag in GRANULAR_FIELDS else _whole_if_atomic(shape)


def _whole_if_atomic(shape: Shape) -> Place:
    return Place(shape, isinstance(shape, Struct) and shape.name in ATOMIC_STRUCTS)


def _is_leaf(value: Any, place: Place) -> bool:
    """Whether a value has nothing below it that could be owned apart."""
    if isinstance(value, list):
        return place.whole or not isinstance(place.shape, List)
    return place.whole or not isinstance(value, dict)


# Which item an item is


class Unindexed(ValueError):
    """An item that has none of the keys of its list, or cannot be an item of it."""


def element_of(item: Any, place: Place) -> Element:
    """What tells an item of the list at `place` apart. Raises Unindexed."""
    if not place.keys:
        if isinstance(item, dict):
            raise Unindexed("associative list without keys has an element that's a map type")
        if isinstance(item, list):
            raise Unindexed("not supported: associative list with lists as elements")
        if item is None:
            raise Unindexed("associative list without keys has an element that's an explicit null")
        return Member(item)
    if item is None:
        raise Unindexed("associative list with keys may not have a null element")
    if not isinstance(item, dict):
        raise Unindexed("associative list with keys may not have non-map elements")
    inner = place.item.shape
    name = inner.name if isinstance(inner, Struct) else ""
    found = {key: item[key] if key in item else KEY_DEFAULTS.get((name, key)) for key in place.keys}
    keys = tuple((key, found[key]) for key in sorted(found) if key in item or found[key] is not None)
    if not keys:
        wanted = " ".join(quoted(key) for key in place.keys)
        raise Unindexed(
            f"associative list with keys has an element that omits all key fields [{wanted}] "
            "(and doesn't have default values for any key fields)"
        )
    return Item(keys)


def _indexed(items: list[Any] | None, place: Place) -> dict[Element, Any]:
    """Items by what tells them apart; of equal ones, which only old objects may have, the first."""
    found: dict[Element, Any] = {}
    for item in items or ():
        found.setdefault(element_of(item, place), item)
    return found


# The fields of a document


def fields_of(document: Document, cls: type[Value] | None) -> FieldSet:
    """Every place of the document that can be owned."""
    found: set[Path] = set()
    _collect(document, place_of(cls), (), found)
    return frozenset(found)


def _collect(value: Any, place: Place, path: Path, found: set[Path]) -> None:
    if _is_leaf(value, place):
        if value is not None or not isinstance(place.shape, List | Map | Struct) or place.whole:
            found.add(path)
    elif isinstance(value, list):
        for element, item in _indexed(value, place).items():
            _collect(item, place.item, (*path, element), found)
            found.add((*path, element))
    else:
        for name, item in value.items():
            below = place.field(name) or _UNTYPED
            _collect(item, below, (*path, name), found)
            if item is None or item == {} or not place.names(name):
                found.add((*path, name))


def with_structs(fields: FieldSet, cls: type[Value] | None) -> FieldSet:
    """The set, and every named field of a struct on the way to its members."""
    found = set(fields)
    for path in fields:
        place: Place | None = place_of(cls)
        for depth, element in enumerate(path[:-1], 1):
            if place is None:
                break
            if isinstance(element, str):
                if place.names(element):
                    found.add(path[:depth])
                place = place.field(element)
            else:
                place = place.item
    return frozenset(found)


# Comparing


class Comparison(NamedTuple):
    """Places that only the old document has, that both have but differ, and that only the new one has."""

    removed: FieldSet = NOTHING
    modified: FieldSet = NOTHING
    added: FieldSet = NOTHING


def compare(old: Document, new: Document, cls: type[Value] | None) -> Comparison:
    """What became of each place."""
    removed: set[Path] = set()
    modified: set[Path] = set()
    added: set[Path] = set()
    _Comparing(removed, modified, added).pair(old, new, place_of(cls), ())
    return Comparison(frozenset(removed), frozenset(modified), frozenset(added))


class _Absent:
    """Where one of two documents has nothing, which is not the same as null."""


_ABSENT: Any = _Absent()


class _Comparing:
    def __init__(self, removed: set[Path], modified: set[Path], added: set[Path]) -> None:
        self.removed, self.modified, self.added = removed, modified, added

    def pair(self, old: Any, new: Any, place: Place, path: Path) -> None:
        if old is not _ABSENT and new is not _ABSENT and old == new and isinstance(old, bool) == isinstance(new, bool):
            return
        shown = old if new is _ABSENT or new is None else new
        if _is_leaf(shown, place) or (not _filled(old) and not _filled(new)) or _differ_in_kind(old, new):
            self._leaf(old, new, path)
            return
        if isinstance(shown, list):
            self._lists(_items(old), _items(new), place, path)
        else:
            self._maps(_entries(old), _entries(new), place, path)
        if old is _ABSENT:
            self.added.add(path)
        elif new is _ABSENT:
            self.removed.add(path)

    def _leaf(self, old: Any, new: Any, path: Path) -> None:
        into = self.added if old is _ABSENT else self.removed if new is _ABSENT else self.modified
        into.add(path)

    def _maps(self, old: Document, new: Document, place: Place, path: Path) -> None:
        for name in dict.fromkeys((*old, *new)):
            below = place.field(name) or _UNTYPED
            self.pair(old.get(name, _ABSENT), new.get(name, _ABSENT), below, (*path, name))

    def _lists(self, old: list[Any], new: list[Any], place: Place, path: Path) -> None:
        was, now = _indexed(old, place), _indexed(new, place)
        for element in dict.fromkeys((*was, *now)):
            self.pair(was.get(element, _ABSENT), now.get(element, _ABSENT), place.item, (*path, element))


def _filled(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def _differ_in_kind(old: Any, new: Any) -> bool:
    """Whether one is a list and the other a mapping, or a scalar."""
    present = [value for value in (old, new) if value is not _ABSENT and value is not None]
    return len({dict if isinstance(value, dict) else list if isinstance(value, list) else str for value in present}) > 1


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _entries(value: Any) -> Document:
    return value if isinstance(value, dict) else {}


# Merging


def merge(live: Document, applied: Document, cls: type[Value] | None) -> Document:
    """The live document with everything that is applied in it."""
    return _entries(_merged(live, applied, place_of(cls)))


def _merged(old: Any, new: Any, place: Place) -> Any:
    if old is _ABSENT or new is _ABSENT:
        return old if new is _ABSENT else new
    if _is_leaf(new, place) or _differ_in_kind(old, new) or not (_filled(old) or _filled(new)):
        return new
    if isinstance(new, list):
        return _merged_lists(_items(old), new, place)
    merged: Document = {}
    entries = _entries(old)
    for name in dict.fromkeys((*entries, *new)):
        below = place.field(name) or _UNTYPED
        merged[name] = _merged(entries.get(name, _ABSENT), new.get(name, _ABSENT), below)
    return merged


def _merged_lists(old: list[Any], new: list[Any], place: Place) -> list[Any]:
    """Both lists' items: those that are applied in their order, the others where they stood between them."""
    was, now = _indexed(old, place), _indexed(new, place)
    left, right = list(was), list(now)
    shared = [element for element in right if element in was]
    merged: list[Any] = []
    done: set[Element] = set()

    def take(element: Element) -> None:
        merged.append(_merged(was.get(element, _ABSENT), now.get(element, _ABSENT), place.item))

    at = to = 0
    while at < len(left) or to < len(right):
        if at < len(left) and to < len(right):
            if left[at] == right[to]:
                done.add(left[at])
                take(left[at])
                shared = shared[1:]
                at, to = at + 1, to + 1
                continue
            if left[at] in now and shared and shared[0] != left[at]:
                at += 1
                continue
        if at < len(left):
            if left[at] not in now:
                take(left[at])
                at += 1
                continue
            if left[at] in done:
                at += 1
        if to < len(right):
            done.add(right[to])
            take(right[to])
            if shared and shared[0] == right[to]:
                shared = shared[1:]
            to += 1
    return merged


# Removing


def without(document: Document, fields: FieldSet, cls: type[Value] | None) -> Document:
    """The document without these places; what is emptied by that goes too."""
    if not fields:
        return document
    return _entries(_without(document, _tree(fields), place_of(cls)))


class _Tree(dict[Element, "_Tree"]):
    """Paths by their first element; `ends` says that one ends here."""

    ends = False


def _tree(fields: FieldSet) -> _Tree:
    root = _Tree()
    for path in fields:
        at = root
        for element in path:
            at = at.setdefault(element, _Tree())
        at.ends = True
    return root


def _without(value: Any, doomed: _Tree, place: Place) -> Any:
    """What is left; _ABSENT for nothing."""
    if _is_leaf(value, place):
        return value
    if isinstance(value, list):
        items = []
        for item in value:
            below = doomed.get(element_of(item, place), _Tree())
            if not below.ends:
                items.append(_without(item, below, place.item) if below else item)
        return [item for item in items if item is not _ABSENT] or _ABSENT
    entries: Document = {}
    for name, item in value.items():
        below = doomed.get(name, _Tree())
        if not below.ends:
            kept = _without(item, below, place.field(name) or _UNTYPED) if below else item
            if kept is not _ABSENT:
                entries[name] = kept
    return entries or _ABSENT


# What does not fit


def misfits(document: Document, cls: type[Value] | None) -> list[str]:
    """What keeps a document from being applied, each with its place, in order of keys."""
    found: list[str] = []
    if cls is not None:
        _misfits(document, place_of(cls), (), found)
    return found


def _misfits(value: Any, place: Place, path: Path, found: list[str]) -> None:
    shape = place.shape
    if value is None or type(shape) is Shape:
        return
    wrong = _wrong(value, shape)
    if wrong:
        found.append(f"{spelled(path)}: {wrong}")
    elif isinstance(value, dict):
        for name in sorted(value):
            below = place.field(name)
            if below is None:
                # The walk over the fields of one struct ends at the first that it does not have.
                found.append(f"{spelled((*path, name))}: field not declared in schema")
                return
            _misfits(value[name], below, (*path, name), found)
    elif isinstance(value, list):
        _misfitting_items(value, place, path, found)


def _misfitting_items(items: list[Any], place: Place, path: Path, found: list[str]) -> None:
    seen: set[Element] = set()
    for index, item in enumerate(items):
        try:
            element = Member(index) if place.whole else element_of(item, place)
        except Unindexed as problem:
            found.append(f"{spelled(path)}: element {index}: {problem}")
            return
        if element in seen:
            found.append(f"{spelled(path)}: duplicate entries for key {spelled((element,))}")
        seen.add(element)
        at = f"{spelled(path)}[{index}]" if place.whole else ""
        below: list[str] = []
        _misfits(item, place.item, () if place.whole else (*path, element), below)
        found += [f"{at}{each}" for each in below]


def _wrong(value: Any, shape: Shape) -> str:
    if isinstance(shape, List):
        return "" if isinstance(value, list) else f"expected list, got {_go_value(value)}"
    if isinstance(shape, Map | Struct):
        return "" if isinstance(value, dict) else f"expected map, got {_go_value(value)}"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if isinstance(shape, Number):
        return "" if is_number else f"expected numeric (int or float), got {_go_type(value)}"
    if isinstance(shape, Text):
        return (
            ""
            if isinstance(value, str)
            else f"expected string, got &value.valueUnstructured{{Value:{_go_syntax(value)}}}"
        )
    if isinstance(shape, Truth):
        return "" if isinstance(value, bool) else f"expected boolean, got {_go_value(value)}"
    if isinstance(shape, Amount | NumberOrText):
        is_scalar = is_number or isinstance(value, str | bool)
        return "" if is_scalar else f"expected any scalar, got {_go_value(value)}"
    return ""


_GO_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "bool"),
    (int, "int64"),
    (float, "float64"),
    (str, "string"),
    (dict, "map[string]interface {}"),
    (list, "[]interface {}"),
)


def _go_type(value: Any) -> str:
    return next(name for type_, name in _GO_TYPES if isinstance(value, type_))


def _go_value(value: Any) -> str:
    """As `%v` prints the value's wrapper."""
    return f"&{{{printed(value)}}}"


def _go_syntax(value: Any) -> str:
    """As `%#v` prints it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        inner = ", ".join(f"{quoted(key)}:{_go_syntax(value[key])}" for key in sorted(value))
        return f"map[string]interface {{}}{{{inner}}}"
    if isinstance(value, list):
        return f"[]interface {{}}{{{', '.join(_go_syntax(item) for item in value)}}}"
    if value is None:
        return "interface {}(nil)"
    return quoted(value) if isinstance(value, str) else printed(value)
