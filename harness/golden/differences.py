"""Which fields of plain data differ: paths with what stood there before and after.

Owns the pairing of list items by name. Knows no kinds and no words.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple


class _Missing:
    def __repr__(self) -> str:
        return "missing"


MISSING: Any = _Missing()


class Difference(NamedTuple):
    """One field that differs; MISSING stands for nothing there.

    A path is a tuple of keys; an item of a list of named things is `=name`.
    """

    path: tuple[str, ...]
    before: Any
    after: Any


def differences(before: Any, after: Any, path: tuple[str, ...] = ()) -> Iterator[Difference]:
    """Every difference, in the order of the fields; a list of unnamed things differs as a whole."""
    if before == after and type(before) is type(after):
        return
    old, new = _fields(before), _fields(after)
    if old is None or new is None:
        yield Difference(path, before, after)
        return
    for key in [*old, *(key for key in new if key not in old)]:
        left, right = old.get(key, MISSING), new.get(key, MISSING)
        if left is MISSING or right is MISSING:
            yield Difference((*path, key), left, right)
        else:
            yield from differences(left, right, (*path, key))


def _fields(data: Any) -> dict[str, Any] | None:
    """The parts that differences can be told of; None for what only differs as a whole."""
    if isinstance(data, dict):
        return {str(key): item for key, item in data.items()}
    if isinstance(data, list) and data and all(isinstance(item, dict) and "name" in item for item in data):
        named = {f"={item['name']}": item for item in data}
        return named if len(named) == len(data) else None
    return None
