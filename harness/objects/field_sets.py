"""Sets of fields: which places of an object somebody owns, and how a place is written.

Owns paths, their order and their spelling. Knows no kinds and no data. Mirrors structured-merge-diff's fieldpath.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from harness.objects.go_text import quoted

Scalar: TypeAlias = str | int | float | bool | None


class Item(NamedTuple):
    """An item of a list, told apart by the values of its keys, which are sorted by name."""

    keys: tuple[tuple[str, Scalar], ...]


class Member(NamedTuple):
    """An item of a set of scalars."""

    value: Scalar


Element: TypeAlias = str | Item | Member
"""A step downwards: the name of a field or the key of a map, or an item of a list."""

Path: TypeAlias = tuple[Element, ...]
FieldSet: TypeAlias = frozenset[Path]

NOTHING: FieldSet = frozenset()


def spelled(path: Path) -> str:
    """The path as people read it: `.spec.template.spec.containers[name="web"].image`."""
    return "".join(_spelled(element) for element in path)


def _spelled(element: Element) -> str:
    if isinstance(element, str):
        return f".{element}"
    if isinstance(element, Item):
        return f"[{','.join(f'{name}={_value(value)}' for name, value in element.keys)}]"
    return f"[={_value(element.value)}]"


def _value(value: Scalar) -> str:
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def in_order(paths: Iterable[Path]) -> list[Path]:
    """The paths as a walk through their tree meets them: at each place first what ends there, then what goes on."""
    return sorted(paths, key=_place)


_Rank: TypeAlias = tuple[int, str, tuple[tuple[str, float, str], ...]]


def _place(path: Path) -> tuple[tuple[bool, _Rank], ...]:
    last = len(path) - 1
    return tuple((depth < last, _rank(element)) for depth, element in enumerate(path))


def _rank(element: Element) -> _Rank:
    """Fields come before items."""
    if isinstance(element, str):
        return 0, element, ()
    if isinstance(element, Item):
        return 1, "", tuple(_comparable(name, value) for name, value in element.keys)
    return 2, "", (_comparable("", element.value),)


def _comparable(name: str, value: Scalar) -> tuple[str, float, str]:
    """Numbers come before texts."""
    return (name, math.inf, value) if isinstance(value, str) else (name, float(value or 0), "")
