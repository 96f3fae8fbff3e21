"""`harness lint`: which fields of a user's manifests will not be acted on, and what the API server would refuse.

Owns the options of the command, which files are manifests, and how remarks are grouped and printed; what there is to
remark is `fidelity`'s.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.complaining import FINE, NOT_AS_EXPECTED, WRONG_INPUT, complain, guarded
from harness.errors import HarnessError, ScenarioError, UsageError

if TYPE_CHECKING:
    from harness.api.kinds import Kind
    from harness.fidelity.lint import Remark, Report

SUMMARY = "tell which fields of manifests are not acted on, and what the API server would refuse"
EPILOG = """\
A PATH is a manifest file, or a folder: every .yaml, .yml and .json file below it, of which what is no Kubernetes object
is passed over; - is stdin. Nothing is played, so what depends on what else a cluster holds is not judged. A field that
says what it would be anyway, and the status, are not remarked on. docs/fields.md has every field. Objects of custom
kinds are held against their CustomResourceDefinition, if that is in any of the files.

Fields that are not acted on for the same reason are told once a file.

exit status: 0 if nothing would be refused, 1 with --strict if anything is not acted on, 2 if something would be refused
or cannot be read, 3 for a bug of harness itself

examples:
  harness lint manifests/
  helm template ledger | harness lint -
  harness lint --strict --output jsonl manifests/ > remarks.jsonl
"""
_STDIN = "-"
_STDIN_NAME = "<stdin>"
_SUFFIXES = (".yaml", ".yml", ".json")
_MOST_NAMED = 4
_INDEX = re.compile(r"\[\d+\]")


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of the command."""
    command.add_argument("paths", nargs="+", metavar="PATH", help="a manifest, a folder of manifests, or - for stdin")
    command.add_argument("--strict", action="store_true", help="exit with 1 if anything is not acted on")
    command.add_argument(
        "--output",
        choices=("text", "jsonl"),
        default="text",
        help="text: a line for each reason in each file (the default); jsonl: every field, one JSON object a line",
    )


def run(options: argparse.Namespace) -> int:
    """Look at the manifests, and print what there is to say. Returns the exit status."""
    status = FINE
    look = _Look(_as_text if options.output == "text" else _as_jsonl)
    named: list[tuple[Path, Callable[[Path], int]]] = []
    for path in options.paths:
        try:
            named += [(file, look.at if path == file.as_posix() else look.within) for file in _files(path)]
        except UsageError as error:
            complain(error)
            status = WRONG_INPUT
    for file, _ in named:
        look.for_definitions(file)
    for file, at in named:
        status = max(status, guarded(file, at))
    if options.output == "text":
        print(look.summary())
    return max(status, NOT_AS_EXPECTED) if options.strict and look.remarks else status


def _files(path: str) -> list[Path]:
    """The files that a path stands for, in order. Raises UsageError for what is not there, or holds none."""
    folder = Path(path)
    if path == _STDIN or folder.is_file():
        return [Path(path)]
    if not folder.is_dir():
        raise UsageError(f"{path} does not exist")
    found: list[Path] = []
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [Path(parent, name) for name in names if name.endswith(_SUFFIXES) and not name.startswith(".")]
    if not found:
        raise UsageError(f"{path} holds no manifest: no .yaml, .yml or .json file")
    return sorted(found, key=lambda file: file.parts)


class _Look:
    """What has been looked at so far. `show` says how remarks are printed."""

    def __init__(self, show: Callable[[Sequence[Remark]], Iterator[str]]) -> None:
        self._show = show
        self.objects = 0
        self.remarks = 0
        self._brought: dict[tuple[str, str], Kind] = {}
        self._stdin: str | None = None

    def for_definitions(self, path: Path) -> None:
        """Take note of the custom kinds that a file brings. What is wrong with the file is told when it is its turn."""
        from harness.fidelity.lint import brought_by

        with suppress(HarnessError):
            self._brought.update(brought_by(self._read(path), path.as_posix()))

    def at(self, path: Path) -> int:
        """Look at a file that somebody named: it must hold manifests."""
        return self._tell(self._report(path, strays=False))

    def within(self, path: Path) -> int:
        """Look at a file of a folder, which may be anything."""
        return self._tell(self._report(path, strays=True))

    def summary(self) -> str:
        return f"{_counted(self.objects, 'object')}, {_counted(self.remarks, 'remark')}"

    def _report(self, path: Path, *, strays: bool) -> Report:
        from harness.fidelity.lint import lint

        name = _STDIN_NAME if path.as_posix() == _STDIN else path.as_posix()
        return lint(self._read(path), name, strays=strays, brought=self._brought)

    def _read(self, path: Path) -> str:
        from harness.scenario.text import MANIFEST_BYTES, decode, read_text, refuse_size

        if path.as_posix() != _STDIN:
            return read_text(path, path.as_posix(), MANIFEST_BYTES)
        if self._stdin is None:
            data = sys.stdin.buffer.read(MANIFEST_BYTES + 1)
            refuse_size(len(data), _STDIN_NAME, MANIFEST_BYTES)
            self._stdin = decode(data, _STDIN_NAME)
        return self._stdin

    def _tell(self, report: Report) -> int:
        self.objects += report.objects
        self.remarks += len(report.remarks)
        for line in self._show(report.remarks):
            print(line)
        for twice in report.doubled:
            complain(_but_the_last(twice))
        for refusal in report.refusals:
            complain(refusal)
        return WRONG_INPUT if report.refusals else FINE


def _but_the_last(twice: ScenarioError) -> ScenarioError:
    """What is told of a key that is there twice, which kubectl passes over in silence."""
    message = f"{twice.message}; only the last counts, as for kubectl"
    return ScenarioError(message, file=twice.file, line=twice.line, column=twice.column)


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"


def _as_text(remarks: Sequence[Remark]) -> Iterator[str]:
    """A line for each reason, at the first field that has it; the others are named as far as there is room."""
    groups: dict[str, list[Remark]] = {}
    for remark in remarks:
        groups.setdefault(remark.row.note, []).append(remark)
    for note, alike in groups.items():
        first = alike[0]
        others = [name for name in dict.fromkeys(map(_name, alike)) if name != _name(first)]
        named = ", ".join(others[:_MOST_NAMED])
        more = len(others) - _MOST_NAMED
        also = f" (also {named}{f' and {more} more' if more > 0 else ''})" if others else ""
        where = f"{first.file}:{first.line}:{first.column}"
        yield f"{where}: {first.path}: {first.row.verdict}, not acted on: {note}{also}"


def _name(remark: Remark) -> str:
    """The last two words of a path, which mostly tell it from others: `env.value`; an object has its own name."""
    if remark.path == remark.subject:
        return remark.subject
    return ".".join(_INDEX.sub("", remark.path).split(".")[-2:])


def _as_jsonl(remarks: Sequence[Remark]) -> Iterator[str]:
    for remark in remarks:
        row = {
            "file": remark.file,
            "line": remark.line,
            "column": remark.column,
            "object": remark.subject,
            "path": remark.path,
            "verdict": remark.row.verdict,
            "note": remark.row.note,
        }
        yield json.dumps(row, ensure_ascii=False)
