"""A kuttl test, read as a scenario: a folder whose files begin with the number of the step they belong to.

Owns kuttl's names, its order (deletions, commands, objects, then what must hold and what must not) and its TestStep,
TestAssert and TestSuite. Collectors are left out without a word: they run only where a test fails.
Source: kuttl's internal/step/step.go, internal/file/name.go, docs/testing/reference.md.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from harness.importing.draft import Draft, Imported
from harness.importing.operations import delete, objects_of, run, sound
from harness.importing.written import Written, read
from harness.scenario.model import Location

SUITE_FILES = ("kuttl-test.yaml", "kuttl-test.yml")
_STEP = re.compile(r"(\d+)-+(?P<word>[^-.]+)?[^.]*(?P<rest>\..*)?")
_SUFFIXES = (".yaml", ".yml")
_GROUPS = frozenset({"kuttl.dev", "kudo.dev"})
_ASSERT, _ERRORS = "assert", "errors"
_ELSEWHERE = ("kubeconfig", "context")
_EXPRESSIONS = ("assertAll", "assertAny")


class Suite(NamedTuple):
    """What a TestSuite says of all its tests. `first` are folders of manifests that are there before them."""

    namespace: str = ""
    timeout_seconds: int = 0
    first: tuple[Path, ...] = ()
    commands: tuple[Written, ...] = ()
    tests: tuple[Path, ...] = ()


class _Step(NamedTuple):
    """The objects of a step's files, by what becomes of them."""

    settings: list[Written]
    applied: list[Written]
    asserted: list[Written]
    refuted: list[Written]


def is_test(folder: Path) -> bool:
    """Whether a folder holds the steps of a test."""
    return folder.is_dir() and any(_step_of(path) is not None for path in sorted(folder.iterdir()))


def read_suite(path: Path) -> Suite:
    """The TestSuite in a file; its paths are relative to the file's folder."""
    found = next((one for one in read(path) if one.word("kind") == "TestSuite"), None)
    if found is None:
        return Suite()
    folders = [path.parent / one.text for one in found.items("testDirs")]
    before = [one for one in (found.get("crdDir"), *found.items("manifestDirs")) if one is not None]
    timeout = found.get("timeout")
    return Suite(
        namespace=found.word("namespace"),
        timeout_seconds=(timeout.number or 0) if timeout is not None else 0,
        first=tuple(path.parent / one.text for one in before),
        commands=tuple(found.items("commands")),
        tests=tuple(test for folder in folders if folder.is_dir() for test in _within(folder)),
    )


def _within(folder: Path) -> list[Path]:
    return [inner for inner in sorted(folder.iterdir()) if is_test(inner)]


def import_test(folder: Path, suite: Suite) -> Imported:
    """The scenario of a test folder. Raises ScenarioError."""
    draft = Draft("kuttl", folder.as_posix(), suite.namespace)
    draft.description = f"What the kuttl test {folder.resolve().name} asserts."
    for first in suite.first:
        draft.heading(f"before every test: {first.as_posix()}")
        found = objects_of(".", first, Location(first.as_posix(), 1, 1), draft)
        draft.upsert(sound(found, draft))
    for command in suite.commands:
        _command(command, folder, draft)
    steps: dict[int, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        number = _step_of(path)
        if number is not None:
            steps.setdefault(number, []).append(path)
    for _, paths in sorted(steps.items()):
        _play(paths, folder, suite, draft)
    return draft.finish()


def _step_of(path: Path) -> int | None:
    match = _STEP.fullmatch(path.name)
    if match is None or not (path.is_dir() or match["rest"]):
        return None
    return int(match[1])


def _play(paths: list[Path], folder: Path, suite: Suite, draft: Draft) -> None:
    step = _Step([], [], [], [])
    checks = [path for path in paths if path.is_file() and _word(path) in (_ASSERT, _ERRORS)]
    draft.heading(", ".join(_title(path) for path in paths if path not in checks) or _title(paths[0]))
    for path in paths:
        _sort(path, step, draft)
    for settings in step.settings:
        for reference in settings.items("delete"):
            delete(reference, draft)
    for settings in step.settings:
        for key in _ELSEWHERE:
            if settings.get(key) is not None:
                draft.leave(settings.key(key), f"{key}: a scenario has one cluster")
        for command in settings.items("commands"):
            _command(command, folder, draft)
    named = [(settings, key) for settings in step.settings for key in ("apply", "assert", "error")]
    for settings, key in named:
        into = {"apply": step.applied, "assert": step.asserted, "error": step.refuted}[key]
        for named_file in settings.items(key):
            into += objects_of(named_file.text, folder, named_file.at, draft)
    draft.upsert(sound(step.applied, draft))
    timeout = suite.timeout_seconds
    for one in step.asserted:
        if _is_kuttls(one):
            given = one.get("timeout")
            timeout = (given.number if given is not None else None) or timeout
    draft.wait_at_most(timeout * 1000)
    for one in step.asserted:
        if _is_kuttls(one):
            _check(one, draft)
    for one in step.asserted:
        if not _is_kuttls(one):
            draft.ask(one.data, one.at)
    for one in step.refuted:
        if not _is_kuttls(one):
            draft.ask(one.data, one.at, absent=True)


def _word(path: Path) -> str:
    """The word after a file's number, which says what the file is for."""
    match = _STEP.fullmatch(path.name)
    return (match["word"] or "") if match is not None else ""


def _title(path: Path) -> str:
    return path.name.removesuffix(path.suffix) if path.is_file() else f"{path.name}/"


def _sort(path: Path, step: _Step, draft: Draft) -> None:
    """Put the objects of a step's file or folder where its name says."""
    if path.is_dir():
        for inner in sorted(path.iterdir()):
            if inner.suffix in _SUFFIXES:
                _put(inner, inner.name.partition(".")[0].partition("-")[0], step, draft)
        return
    if path.suffix not in _SUFFIXES or ".gotmpl" in path.name:
        at = Location(path.as_posix(), 1, 1)
        if path.suffix not in (".md", ".txt"):
            draft.leave(at, "the file is no plain YAML: render it first")
        return
    _put(path, _word(path), step, draft)


def _put(path: Path, word: str, step: _Step, draft: Draft) -> None:
    into = {_ASSERT: step.asserted, _ERRORS: step.refuted}.get(word, step.applied)
    for one in read(path):
        if not _is_kuttls(one):
            into.append(one)
        elif one.word("kind") == "TestStep":
            step.settings.append(one)
        elif one.word("kind") == "TestFile":
            draft.leave(one.at, "a TestFile chooses the runs that a file takes part in; a scenario has one")
        else:
            into.append(one)


def _is_kuttls(one: Written) -> bool:
    return one.word("apiVersion").partition("/")[0] in _GROUPS


def _check(settings: Written, draft: Draft) -> None:
    """What a TestAssert checks besides objects."""
    for command in settings.items("commands"):
        run(_line(command), command.at, draft)
    for key in _EXPRESSIONS:
        if settings.get(key) is not None:
            draft.leave(settings.key(key), f"{key}: expressions")


def _line(command: Written) -> str:
    return command.word("script") or command.word("command")


def _command(command: Written, folder: Path, draft: Draft) -> None:
    def read_file(path: str) -> None:
        draft.upsert(sound(objects_of(path, folder, command.at, draft), draft))

    ignored = command.get("ignoreFailure")
    failing = ignored is not None and ignored.is_true
    run(_line(command), command.at, draft, read_file, rejected=None if failing else False)
