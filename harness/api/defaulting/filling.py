"""Filling in what a value leaves out, without making a new value when nothing is missing.

Owns the mechanics only; which field defaults to what stands in the tables of the neighbouring files.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from msgspec.structs import replace

from harness.objects.value import Value

T = TypeVar("T")
V = TypeVar("V", bound=Value)

Missing: TypeAlias = tuple[tuple[str, Any, Any], ...]
"""(field, what it holds when the user left it out, what it then becomes)"""


def missing_fields(value: Value, table: Missing) -> dict[str, Any]:
    """The fields of the table that the value leaves out, with their defaults."""
    return {field: default for field, empty, default in table if getattr(value, field) == empty}


def filled(value: V, table: Missing) -> V:
    """The value with the defaults of the table; the very same one when it has them all."""
    changes = missing_fields(value, table)
    return replace(value, **changes) if changes else value


def filled_in(value: V, field: str, fill: Callable[[Any], Any]) -> V:
    """The value with the optional part `field` filled by `fill`."""
    part = getattr(value, field)
    if part is None:
        return value
    changed = fill(part)
    return value if changed is part else replace(value, **{field: changed})


def each(items: tuple[T, ...], fill: Callable[[T], T]) -> tuple[T, ...]:
    """Every item filled; the very same tuple when no item changes."""
    for index, item in enumerate(items):
        changed = fill(item)
        if changed is not item:
            return (*items[:index], changed, *map(fill, items[index + 1 :]))
    return items


def with_spec(obj: V, spec: Value) -> V:
    """The object with this spec; the very same object when it has it."""
    return obj if spec is getattr(obj, "spec", None) else replace(obj, spec=spec)


def by_table(fill_table: Missing) -> Callable[[Any], Any]:
    """A function that fills a value by one table."""

    def fill(value: Any) -> Any:
        return filled(value, fill_table)

    return fill
