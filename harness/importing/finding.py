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
    """A test of another tool: its name, its folder or file, and, for kuttl, the suite it belongs to.

    The name has slashes where the test lies deeper in what the user named. `position` counts the tests of a file.
    """

    name: str
    path: Path
    suite: kuttl.Suite | None = None
    position: int = 0


def find_tests(paths: Iterable[Path]) -> tuple[ForeignTest, ...]:
    """The tests that paths stand for, each once.

    A path is a kuttl test folder, a file with a chainsaw Test, a kuttl suite file, or a folder with any of these below
    it. Raises UsageError for a path that is not there or holds no test.
    """
    found: dict[tuple[Path, int], ForeignTest] = {}
    for path in paths:
        if not path.exists():
            raise UsageError(f"{path.as_posix()} does not exist")
        here = [test._replace(name=test.name or path.resolve().name) for test in _below(path)]
        if not here:
            raise UsageError(
                f"{path.as_posix()} holds no test: expected a chainsaw Test, or files such as 00-install.yaml and "
                "00-assert.yaml of kuttl"
            )
        found.update(((test.path, test.position), test) for test in here)
    return tuple(found.values())


def import_test(test: ForeignTest) -> Imported:
    """The scenario of a test. Raises ScenarioError."""
    if test.suite is None:
        return chainsaw.import_test(test.path, test.position)
    return kuttl.import_test(test.path, test.suite)


def _below(path: Path) -> Iterator[ForeignTest]:
    """The tests of a path, named by where they lie below it; not named, if that is the path itself."""
    if path.is_file():
        if path.name in kuttl.SUITE_FILES:
            suite = kuttl.read_suite(path)
            yield from (ForeignTest(test.name, test, suite) for test in suite.tests)
        else:
            yield from _of_chainsaw(path, path.resolve().parent.name)
        return
    named = next((path / name for name in chainsaw.TEST_FILES if (path / name).is_file()), None)
    if named is not None:
        yield from _of_chainsaw(named, "")
        return
    suite_file = next((path / name for name in kuttl.SUITE_FILES if (path / name).is_file()), None)
    suite = kuttl.read_suite(suite_file) if suite_file is not None else kuttl.Suite()
    if suite.tests:
        yield from (ForeignTest(test.name, test, suite) for test in suite.tests)
    elif kuttl.is_test(path):
        yield ForeignTest("", path, suite)
    else:
        for folder in sorted(path.iterdir()):
            if folder.is_dir() and not folder.name.startswith("."):
                for test in _below(folder):
                    yield test._replace(name=f"{folder.name}/{test.name}".removesuffix("/"))


def _of_chainsaw(path: Path, name: str) -> Iterator[ForeignTest]:
    """The Tests of a file; where there are several, each has its own name."""
    names = chainsaw.names_of_tests(path)
    for index, own in enumerate(names):
        alone = own if own and names.count(own) == 1 else f"{own}-{index + 1}".removeprefix("-")
        yield ForeignTest(name if len(names) == 1 else alone, path, None, index)
