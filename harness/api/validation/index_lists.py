"""Lists of completion indexes as people and controllers write them: `1,3-5,7`.

Pure. Owns what is wrong with such a text, and what two of them have in common. Mirrors
pkg/apis/batch/validation/validation.go (validateIndexesFormat, validateFailedIndexesNotOverlapCompleted).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from harness.api.problems import quoted
from harness.objects.jobs import whole

Run: TypeAlias = tuple[int, int]
"""The first and the last of indexes in a row."""


class Unreadable(ValueError):
    """A list that is none; `str()` is what is wrong with it."""


def counted(text: str, completions: int) -> int:
    """How many indexes below `completions` a text names. Raises Unreadable."""
    total, last = 0, -1
    for part in _parts(text):
        first, final = _run(part, completions)
        if last >= first:
            raise Unreadable(f"non-increasing order, previous: {last}, current: {first}")
        total, last = total + final - first + 1, final
    return total


def shared(one: str, other: str, completions: int) -> int | None:
    """The first index that both texts name; parts that cannot be read are passed over."""
    left, right = _readable(one, completions), _readable(other, completions)
    here, there = next(left, None), next(right, None)
    while here is not None and there is not None:
        if here[0] <= there[1] and there[0] <= here[1]:
            return max(here[0], there[0])
        if here[0] <= there[0]:
            here = next(left, None)
        else:
            there = next(right, None)
    return None


def _readable(text: str, completions: int) -> Iterator[Run]:
    for part in _parts(text):
        try:
            yield _run(part, completions)
        except Unreadable:
            continue


def _parts(text: str) -> list[str]:
    return text.split(",") if text else []


def _run(part: str, completions: int) -> Run:
    ends = part.split("-")
    if len(ends) > 2:
        what = "violates the requirement that an index interval can have at most two parts separated by '-'"
        raise Unreadable(f"the fragment {quoted(part)} {what}")
    numbers = [_index(end, completions) for end in ends]
    first, final = numbers[0], numbers[-1]
    if len(numbers) > 1 and first >= final:
        raise Unreadable(f"non-increasing order, previous: {first}, current: {final}")
    return first, final


def _index(text: str, completions: int) -> int:
    number = whole(text)
    if number is None:
        raise Unreadable(f"cannot convert string to integer for index: {quoted(text)}")
    if number >= completions:
        raise Unreadable(f"too large index: {quoted(text)}")
    return number
