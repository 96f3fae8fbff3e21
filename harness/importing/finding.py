"""Which tests the paths of a user stand for, and the scenario of each.

Owns how a test is told from other folders and files. Reads nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from harness.errors import UsageError
from harness.importing import chainsaw, kuttl
from harness.importing.draft import Imported


class ForeignTest(NamedTuple):
    """A test of another tool: its name, its folder or file, and, for kuttl, the suite it belongs to."""

    name: str
    path: Path
    suite: kuttl.Suite | None = None


def find_tests(paths: Iterable[Path]) -> tuple[ForeignTest, ...]:
    """The tests that paths stand for, each once.

    A path is a kuttl test folder, a file with a chainsaw Test, a kuttl suite file, or a folder with any of these below
    it. Raises UsageError for a path that is not there or holds no test.
    """
    found: dict[Path, ForeignTest] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path.as_posix()} does not exist")
        here = list(_below(path))
        if not here:
            raise UsageError(
                f"{path.as_posix()} holds no test: expected a chainsaw Test, or files such as 00-install.yaml and "
                "00-assert.yaml of kuttl"
            )
        found.update((test.path, test) for test in here)
    return tuple(found.values())


def import_test(test: ForeignTest) -> Imported:
    """The scenario of a test. Raises UsageError, ScenarioError."""
    return chainsaw.import_test(test.path) if test.suite is None else kuttl.import_test(test.path, test.suite)


def _below(path: Path) -> Iterator[ForeignTest]:
    if path.is_file():
        if path.name in kuttl.SUITE_FILES:
            suite = kuttl.read_suite(path)
            yield from (ForeignTest(test.name, test, suite) for test in suite.tests)
        elif chainsaw.is_test(path):
            yield ForeignTest(path.resolve().parent.name, path)
        return
    named = next((path / name for name in chainsaw.TEST_FILES if (path / name).is_file()), None)
    if named is not None:
        yield ForeignTest(path.resolve().name, named)
        return
    suite_file = next((path / name for name in kuttl.SUITE_FILES if (path / name).is_file()), None)
    suite = kuttl.read_suite(suite_file) if suite_file is not None else kuttl.Suite()
    if suite.tests:
        yield from (ForeignTest(test.name, test, suite) for test in suite.tests)
    elif kuttl.is_test(path):
        yield ForeignTest(path.resolve().name, path, suite)
    else:
        for folder in sorted(path.iterdir()):
            if folder.is_dir() and not folder.name.startswith("."):
                yield from _below(folder)
