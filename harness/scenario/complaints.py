"""Complaints: collected while a scenario is read, so that its author hears of all of them at once.

Owns the collecting, the order and the words every complaint shares ("did you mean"). Knows places, but not what a
scenario may say.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from difflib import get_close_matches

from harness.errors import ScenarioError, ScenarioErrors

_LONGEST_QUOTE = 60


class Refused(Exception):
    """A part cannot be read, and the complaint about it is already on the list: whoever can goes on with the next."""


class Complaints:
    """The list of what is wrong with one scenario."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int, int, str], ScenarioError] = {}

    def add(self, error: ScenarioError) -> None:
        for one in error.complaints:
            self._found.setdefault((one.file, one.line, one.column, one.message), one)

    def raise_if_any(self, first_file: str) -> None:
        """Raises ScenarioErrors if anything is wrong: what stands in `first_file` first, each file from its top."""
        if self._found:
            raise ScenarioErrors(self.in_order(first_file))

    def in_order(self, first_file: str) -> tuple[ScenarioError, ...]:
        """All that is wrong: what stands in `first_file` first, each file from its top."""
        found = self._found.values()
        return tuple(sorted(found, key=lambda one: (one.file != first_file, one.file, one.line, one.column)))


def quoted(text: str) -> str:
    """The text in double quotes on one line, cut where it is long."""
    if len(text) > _LONGEST_QUOTE:
        text = text[: _LONGEST_QUOTE - 1] + "…"
    return json.dumps(text, ensure_ascii=False)


def nearest(word: str, options: Iterable[str]) -> str | None:
    """The option that the word was most likely meant to be, capitals aside."""
    by_lower = {option.lower(): option for option in sorted(options)}
    close = get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def did_you_mean(word: str, options: Iterable[str]) -> str:
    """`; did you mean "steps"?`, or nothing where no option is near."""
    meant = nearest(word, options)
    return f"; did you mean {quoted(meant)}?" if meant is not None else ""


def one_of(options: Iterable[str]) -> str:
    """`a, b or c`"""
    words = list(options)
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))
