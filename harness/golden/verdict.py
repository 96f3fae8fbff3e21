"""The verdict on an outcome: its text against the golden file, and what may be written in which mode.

Owns the states and the modes. A golden file matches when the text is the same, to the byte; why it is not is told in
`explaining`.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

import msgspec

from harness.golden import files


class State(StrEnum):
    """How an outcome stands to its golden file."""

    MATCHING = "matching"
    CHANGED = "changed"
    MISSING = "missing"


class Mode(StrEnum):
    """What may be written: nothing, what waits for a decision, what is missing, what is missing or changed."""

    CHECK = "check"
    PENDING = "pending"
    NEW = "new"
    UPDATE = "update"

    def accepts(self, state: State) -> bool:
        """Whether this mode makes an outcome in this state the golden file."""
        return state in _ACCEPTED[self]


_ACCEPTED: Mapping[Mode, frozenset[State]] = {
    Mode.CHECK: frozenset(),
    Mode.PENDING: frozenset(),
    Mode.NEW: frozenset({State.MISSING}),
    Mode.UPDATE: frozenset({State.MISSING, State.CHANGED}),
}


class Verdict(msgspec.Struct, frozen=True):
    """What is expected (None: no golden file) and what came."""

    golden: Path
    expected: str | None
    actual: str

    @property
    def state(self) -> State:
        if self.expected is None:
            return State.MISSING
        return State.MATCHING if self.expected == self.actual else State.CHANGED


def judge(actual: str, golden: Path) -> Verdict:
    """Hold a text against the golden file at a path."""
    return Verdict(golden, files.read(golden), actual)


def first_difference(one: str, other: str) -> tuple[int, str, str]:
    """The number (from 1) of the first line in which two texts differ, and that line of each; empty past the end."""
    left, right = one.split("\n"), other.split("\n")
    for number in range(max(len(left), len(right))):
        pair = [lines[number] if number < len(lines) else "" for lines in (left, right)]
        if pair[0] != pair[1]:
            return number + 1, pair[0], pair[1]
    return 0, "", ""
