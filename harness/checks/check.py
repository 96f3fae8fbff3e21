"""What a check is: a property in one sentence, and a witness that watches whether it holds.

Owns the shapes that all witnesses share. Knows none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from harness.checks.scene import Scene
from harness.kernel.trace import Record
from harness.objects.meta import Object

# When a property is judged.
EVERY_STEP = "at every step"
ACTION = "at an action"
SETTLED = "when settled"


class Sighting(NamedTuple):
    """What a witness saw: which object, and what was wrong with it, in a sentence without its subject's name."""

    about: Object
    text: str


class Witness:
    """Watches one property during one run. `came_true` counts how often its condition did: zero is no evidence."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.came_true = 0

    def see(self, record: Record) -> Iterator[Sighting]:  # noqa: ARG002
        """Judge the record that the scene took last. Only kinds of the check's `types` are shown."""
        yield from ()

    def settled(self) -> Iterator[Sighting]:
        """Judge the scene, in which nothing moves any more."""
        yield from ()


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A property. `property` is its short sign (P1, S2), `condition` says when there is anything to judge."""

    name: str
    property: str
    judged: str
    sentence: str
    condition: str
    types: tuple[type[Any], ...]
    watch: Callable[[Scene], Witness]


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """A property that did not hold. `step` is its step's index, -1 before the first; `record` a sequence, or 0."""

    check: str
    time_ms: int
    step: int
    about: str
    text: str
    record: int = 0

    def __str__(self) -> str:
        where = f"step {self.step}" if self.step >= 0 else "before the first step"
        return f"{self.check}: {self.about} {self.text} ({where}, +{self.time_ms / 1000:.3f}s)"
