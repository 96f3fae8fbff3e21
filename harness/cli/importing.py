"""`harness import`: write the tests of kuttl and chainsaw as scenarios.

Owns the options of the command and where scenarios are written: whole, or not at all, and over nothing unless told so.
What a test says is `importing`'s.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.complaining import FINE, guarded
from harness.errors import UsageError

if TYPE_CHECKING:
    from harness.importing.finding import ForeignTest

SUMMARY = "write tests of kuttl and chainsaw as scenarios"
EPILOG = """\
A PATH is a kuttl test folder (00-install.yaml, 00-assert.yaml, …), a kuttl suite file, a chainsaw Test, or a folder
with any of these below it. What cannot be carried over is told on stderr, with its place, and stands as a comment in
the scenario. docs/migrating.md says what becomes of what.

exit status: 0 if the scenarios were written, also where something was left out; 2 for a test that cannot be read, or a
file that is there already; 3 for a bug of harness itself

examples:
  harness import tests/e2e/scale-up --output scenarios/scale-up.yaml
  harness import tests/e2e --output scenarios/imported/
"""
_STDOUT = "-"


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of the command."""
    command.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a test, or a folder of tests")
    command.add_argument(
        "--output",
        default=_STDOUT,
        metavar="FILE",
        help="where to write the scenario; a folder, for one file a test; - for stdout (the default)",
    )
    command.add_argument("--force", action="store_true", help="write over files that are there")


def run(options: argparse.Namespace) -> int:
    """Write the scenarios of all tests. Returns the exit status; raises UsageError before anything is written."""
    from harness.importing.finding import find_tests

    tests = find_tests(options.paths)
    places = _places(tests, options.output)
    if not options.force:
        there = [place.as_posix() for place in places if place is not None and place.exists()]
        if there:
            raise UsageError(f"{', '.join(there)} is there already; --force writes over it")
    status = FINE
    for test, place in zip(tests, places, strict=True):
        status = max(status, guarded(test.path, lambda _, test=test, place=place: _import(test, place)))  # type: ignore[misc]
    return status


def _places(tests: tuple[ForeignTest, ...], output: str) -> list[Path | None]:
    """Where each scenario goes; None for stdout. Raises UsageError if two would go to one place."""
    if output == _STDOUT:
        if len(tests) > 1:
            raise UsageError(f"{len(tests)} tests were found, and stdout takes one: name a folder with --output")
        return [None]
    folder = Path(output)
    if not folder.is_dir() and not output.endswith("/"):
        if len(tests) > 1:
            raise UsageError(f"{len(tests)} tests were found, and {output} takes one: name a folder, as {output}/")
        return [folder]
    places: dict[Path, ForeignTest] = {}
    for test in tests:
        place = folder / f"{test.name}.yaml"
        if place in places:
            raise UsageError(
                f"{test.path.as_posix()} and {places[place].path.as_posix()} would both be written to "
                f"{place.as_posix()}: import them one by one"
            )
        places[place] = test
    return list(places)


def _import(test: ForeignTest, place: Path | None) -> int:
    from harness.importing.finding import import_test
    from harness.scenario.reading import parse_scenario

    imported = import_test(test)
    # What does not read back would be of no use to anybody.
    parse_scenario(imported.text, place.as_posix() if place is not None else "scenario.yaml")
    for left in imported.left:
        print(left, file=sys.stderr)
    if place is None:
        sys.stdout.write(imported.text)
    else:
        _write(place, imported.text)
    return FINE


def _write(place: Path, text: str) -> None:
    """Write the file whole, or not at all. Raises UsageError if it cannot be written."""
    temporary = ""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}.")
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(temporary).chmod(0o644)
        Path(temporary).replace(place)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise UsageError(f"{place.as_posix()} cannot be written: {error.strerror or error}") from None
