"""The options of a command line: how each is written, and which value it has.

Owns the notation (`--name=value`, `--name value`, `-n value`, `-nvalue`, `-Aowide`, `--`) and the readers of values.
Which options a command has is written in its table. Mirrors github.com/spf13/pflag (flag.go).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, NoReturn

from harness.kernel.durations import milliseconds
from harness.scenario.complaints import nearest, one_of, quoted

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
INT32_MOST = 2**31 - 1


class Wrong(Exception):
    """What is wrong with a line, as a complaint says it."""


class Option(NamedTuple):
    """One option. `read` gives its value; an option of truth may stand alone, as may one with a `lone` value.

    What may be written several times (`many`) gathers its values. `refused` says why an option of kubectl cannot be
    played.
    """

    name: str
    read: Callable[[str], Any]
    short: str = ""
    truth: bool = False
    lone: str | None = None
    many: bool = False
    refused: str = ""

    def __str__(self) -> str:
        return f"--{self.name}"


class Written(NamedTuple):
    """A command line taken apart: plain words, those after `--`, and the options that were written, by name."""

    words: list[str]
    after_dashes: list[str]
    values: dict[str, Any]


def text(name: str, short: str = "") -> Option:
    return Option(name, lambda written: written, short)


def truth(name: str, short: str = "") -> Option:
    return Option(name, _truth, short, truth=True)


def whole(name: str, short: str = "", least: int = -INT32_MOST - 1, most: int = INT32_MOST) -> Option:
    def read(written: str) -> int:
        if not _WHOLE.fullmatch(written):
            raise Wrong(f"found {quoted(written)}, expected a whole number")
        if not least <= int(written) <= most:
            bound = f"at least {least}" if int(written) < least else f"at most {most}"
            raise Wrong(f"found {written}, expected {bound}")
        return int(written)

    return Option(name, read, short)


def choice(name: str, *words: str, short: str = "", lone: str | None = None) -> Option:
    def read(written: str) -> str:
        if written not in words:
            meant = nearest(written, words)
            guess = f"; did you mean {quoted(meant)}?" if meant else ""
            raise Wrong(f"found {quoted(written)}, expected {one_of(words)}{guess}")
        return written

    return Option(name, read, short, lone=lone)


def duration(name: str) -> Option:
    """A duration in milliseconds; one below zero is -1."""
    return Option(name, _duration_ms)


def listed(name: str, short: str = "") -> Option:
    """Values with commas between them, and the option as often as one likes."""
    return Option(name, lambda written: tuple(written.split(",")), short, many=True)


def repeated(name: str, short: str = "") -> Option:
    """One value each time it is written, commas and all."""
    return Option(name, lambda written: (written,), short, many=True)


def refused(name: str, why: str, short: str = "", *, truth: bool = False) -> Option:
    """An option that kubectl has and that is not played."""
    return Option(name, lambda written: written, short, truth=truth, refused=why)


def _truth(written: str) -> bool:
    if written not in _TRUE | _FALSE:
        raise Wrong(f"found {quoted(written)}, expected true or false")
    return written in _TRUE


def _duration_ms(written: str) -> int:
    if written.startswith("-") and milliseconds(written[1:]):
        return -1
    found = milliseconds(written)
    if found is None or found.denominator != 1:
        guess = f"; did you mean {quoted(written + 's')}?" if milliseconds(f"{written}s") is not None else ""
        raise Wrong(f"found {quoted(written)}, expected a duration such as 30s or 2m{guess}")
    return int(found)


class _Reader:
    """Reads words left to right."""

    def __init__(self, words: Iterable[str], options: Iterable[Option], command: str) -> None:
        self._left = list(words)
        self._long: Mapping[str, Option] = {option.name: option for option in options}
        self._short = {option.short: option for option in self._long.values() if option.short}
        self._command = command
        self.values: dict[str, Any] = {}
        self.words: list[str] = []
        self.after_dashes: list[str] = []

    def read(self) -> Written:
        while self._left:
            word = self._left.pop(0)
            if word == "--":
                self.after_dashes, self._left = self._left, []
            elif word.startswith("--"):
                self._long_option(word)
            elif word.startswith("-") and word != "-":
                self._short_options(word)
            else:
                self.words.append(word)
        return Written(self.words, self.after_dashes, self.values)

    def _long_option(self, word: str) -> None:
        name, equals, value = word[2:].partition("=")
        option = self._long.get(name)
        if option is None:
            self._unknown(f"--{name}")
        self._take(option, f"--{name}", value if equals else None)

    def _short_options(self, word: str) -> None:
        rest = word[1:]
        while rest:
            letter, rest = rest[0], rest[1:]
            option = self._short.get(letter)
            if option is None:
                self._unknown(f"-{letter}")
            if rest.startswith("="):
                self._take(option, f"-{letter}", rest[1:])
                return
            if not option.truth and option.lone is None and rest:
                self._take(option, f"-{letter}", rest)
                return
            self._take(option, f"-{letter}", None)

    def _take(self, option: Option, written: str, value: str | None) -> None:
        if option.refused:
            raise Wrong(f"found the option {quoted(written)}, which is not played: {option.refused}")
        if value is None:
            if option.truth:
                value = "true"
            elif option.lone is not None:
                value = option.lone
            elif self._left:
                value = self._left.pop(0)
            else:
                raise Wrong(f"found the option {quoted(written)} at the end, expected a value after it")
        try:
            found = option.read(value)
        except Wrong as wrong:
            raise Wrong(f"{wrong} for the option {quoted(written)}") from None
        self.values[option.name] = (*self.values.get(option.name, ()), *found) if option.many else found

    def _unknown(self, written: str) -> NoReturn:
        known = [str(option) for option in self._long.values() if not option.refused]
        meant = nearest(written, known)
        guess = f"did you mean {quoted(meant)}?" if meant else f"expected {one_of(sorted(known))}"
        raise Wrong(
            f"found the option {quoted(written)} of {quoted('kubectl ' + self._command)}, which is none; {guess}"
        )


def read(words: Iterable[str], options: Iterable[Option], command: str) -> Written:
    """The words of a command, taken apart. Raises Wrong for an option that the command does not have."""
    return _Reader(words, options, command).read()
