"""A command line from its text to an action.

Owns the order in which a line is read: which command it is, its options, its words. Raises Wrong, with a complaint, for
whatever kubectl or the simulator would not take.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any, NamedTuple

from harness.objects import resources
from harness.scenario.complaints import nearest, one_of, quoted
from harness.scenario.kubectl_line.command import GLOBAL, Command
from harness.scenario.kubectl_line.commands import ALIASES, COMMANDS, UNPLAYED
from harness.scenario.kubectl_line.options import Option, Wrong
from harness.scenario.kubectl_line.options import read as read_options
from harness.scenario.kubectl_line.selecting import Scope
from harness.scenario.model import Kubectl

_MOST_WORDS = 3
_FIRST_WORDS = tuple(dict.fromkeys(name.split()[0] for name in COMMANDS))
# Options that name files, and whether those are manifests.
_OF_FILES = {"filename": True, "patch-file": False, "from-file": False}
# What stands after `--` is a container's for these, and for all others one word more.
_WITH_ARGUMENTS = frozenset({"create cronjob", "create deployment", "create job", "run"})


def kubectl(line: str, scope: Scope) -> Kubectl:
    """What a line says. Raises Wrong."""
    name, command, words = _command(line)
    written = read_options(words, (*command.options, *GLOBAL), name)
    for option in command.required:
        if option not in written.values:
            raise Wrong(f"found no option {quoted('--' + option)}, expected it for {quoted('kubectl ' + name)}")
    namespace = written.values.pop("namespace", None)
    if namespace is not None:
        scope.namespace = namespace
    if written.after_dashes and name not in _WITH_ARGUMENTS:
        written.words.extend(written.after_dashes)
    found = command.read(written, scope)
    return Kubectl(
        line=line,
        command=name,
        selection=found.selection,
        words=found.words,
        options=found.options,
        namespace=namespace,
    )


def command_line(line: str, namespace: str | None = None) -> Kubectl:
    """The action of a line about built-in kinds and without files, for scenarios built in Python. Raises ValueError."""

    def unread(file: str) -> Any:
        raise Wrong(f"found the file {quoted(file)}, expected a line without files")

    try:
        return kubectl(line, Scope(resources.find, unread, unread, namespace))
    except Wrong as wrong:
        raise ValueError(str(wrong)) from None


class File(NamedTuple):
    """A file that a line names; of manifests, whether objects may do without a name and folders are gone down into."""

    path: str
    is_manifest: bool
    may_generate_name: bool
    recursive: bool


def files(line: str) -> Iterator[File]:
    """The files that a line names.

    Gives nothing for a line that is wrong: that is told when it is read.
    """
    try:
        name, command, words = _command(line)
        values = read_options(words, (*command.options, *GLOBAL), name).values
    except Wrong:
        return
    for option, is_manifest in _OF_FILES.items():
        given = values.get(option, ())
        for path in (given,) if isinstance(given, str) else given:
            yield File(
                path if is_manifest else path.rpartition("=")[2],
                is_manifest,
                may_generate_name=name == "create",
                recursive=values.get("recursive", False),
            )


def _command(line: str) -> tuple[str, Command, list[str]]:
    """Which command a line is, and what else stands in it."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise Wrong(f"expected one command line: {str(error).lower()}") from None
    if words[:1] == ["kubectl"]:
        raise Wrong("expected the command line without kubectl")
    places = _plain_places(words)
    leading = [words[place] for place in places[:_MOST_WORDS]]
    if not leading:
        raise Wrong(f"found no command, expected one of {one_of(_FIRST_WORDS)}")
    for count in range(len(leading), 0, -1):
        name = _known(leading[:count])
        if name == "create" and len(leading) > 1:
            break
        if name is not None:
            own = places[:count]
            return name, COMMANDS[name], [word for place, word in enumerate(words) if place not in own]
    raise Wrong(_no_command(leading))


def _known(words: list[str]) -> str | None:
    """The command that these words name, by any of its names."""
    joined = " ".join(words)
    for alias, name in ALIASES.items():
        if joined == alias or joined.startswith(f"{alias} "):
            joined = name + joined[len(alias) :]
            break
    return joined if joined in COMMANDS else None


def _plain_places(words: list[str]) -> list[int]:
    """Where the words stand that are neither options nor values of global ones."""
    places = []
    taking = {f"--{option.name}" for option in GLOBAL if not option.truth}
    taking.update(f"-{option.short}" for option in GLOBAL if option.short)
    skip = False
    for place, word in enumerate(words):
        if word == "--":
            break
        if skip or word.startswith("-"):
            skip = not skip and word in taking
            continue
        places.append(place)
    return places


def _no_command(words: list[str]) -> str:
    first, second = words[0], words[1] if len(words) > 1 else ""
    subcommands = sorted({name.split()[1] for name in COMMANDS if name.startswith(f"{first} ")})
    if first in UNPLAYED:
        return f"found {quoted(first)}, a command of kubectl that is not played: {UNPLAYED[first]}"
    if subcommands:
        meant = nearest(second, subcommands) if second else None
        guess = f"; did you mean {quoted(meant)}?" if meant else ""
        found = quoted(second) if second else "nothing"
        return f"found {found} after {quoted(first)}, expected {one_of(subcommands)}{guess}"
    meant = nearest(first, [*_FIRST_WORDS, *UNPLAYED])
    guess = f"; did you mean {quoted(meant)}?" if meant else f" such as {one_of(_FIRST_WORDS)}"
    return f"found {quoted(first)}, expected a command of kubectl{guess}"


def options_of(command: str) -> tuple[Option, ...]:
    """The options that a command takes, but for those that are refused."""
    return tuple(option for option in COMMANDS[command].options if not option.refused)
