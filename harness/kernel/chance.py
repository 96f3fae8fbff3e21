"""The one door for chance: every place where a real cluster could go either way asks here.

Owns who answers. The plain answer is the first option, so a plain run is one readable story; other choosers come in
through the same door and make the same run explorable, reproducible and shrinkable.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias, TypeVar

T = TypeVar("T")

# (what is being chosen, how many options there are) -> the index of the one taken
Chooser: TypeAlias = Callable[[str, int], int]


def first(_what: str, _count: int) -> int:
    """The plain chooser."""
    return 0


class Chance:
    """Asks a chooser, and remembers every answer so that a run can be told again."""

    __slots__ = ("_chooser", "taken")

    def __init__(self, chooser: Chooser = first) -> None:
        self._chooser = chooser
        self.taken: list[tuple[str, int, int]] = []

    def choose(self, what: str, options: Sequence[T]) -> T:
        """One of `options`, which must not be empty. `what` names the kind of choice, for whoever explores it."""
        if len(options) == 1:
            return options[0]
        index = self._chooser(what, len(options))
        if not 0 <= index < len(options):
            raise IndexError(f"a chooser took option {index} of {len(options)} for {what!r}")
        if self._chooser is not first:
            self.taken.append((what, len(options), index))
        return options[index]
