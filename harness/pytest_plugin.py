"""A scenario file is a test: collecting, running and summing up under pytest.

Owns the options and what a run of many scenarios says about golden files as a whole. What a single scenario must be is
decided in `verify`. This module is loaded in every run of pytest where harness is installed, so nothing heavy is
imported before there is a scenario to read.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from harness.golden.places import Places
    from harness.scenario.model import Scenario
    from harness.verify import Asked, Verification

MODES = ("check", "pending", "new", "update")
WRITING = ("pending", "new", "update")
MODE_VARIABLE = "HARNESS_GOLDEN"
CI_WRITE_VARIABLE = "HARNESS_GOLDEN_ALLOW_CI_WRITE"
_CI_VARIABLES = ("CI", "BUILDKITE", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "TEAMCITY_VERSION", "TF_BUILD")
_SUFFIXES = (".yaml", ".yml")
_MANIFESTS = "manifests"
_GOLDENS = pytest.StashKey["Goldens"]()


# Options.


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("harness", "Kubernetes scenarios (harness)")
    group.addoption(
        "--golden",
        choices=MODES,
        dest="harness_golden_option",
        help="check: compare only (the default); pending: also write x.new.yaml beside what differs; "
        "new: write what is missing; update: write what is missing or differs",
    )
    group.addoption(
        "--golden-update",
        action="store_const",
        const="update",
        dest="harness_golden_option",
        help="the same as --golden=update",
    )
    group.addoption(
        "--check",
        action="append",
        default=[],
        metavar="NAME",
        dest="harness_checks",
        help="an invariant that every scenario must keep; `all` for every one (may be repeated)",
    )
    group.addoption(
        "--allow-outside",
        action="store_true",
        dest="harness_allow_outside",
        help="let scenarios apply manifests from outside the project",
    )
    parser.addini("harness_scenarios", "folders of scenarios", type="args", default=["scenarios"])
    parser.addini("harness_golden", "folder of golden files", default="golden")
    parser.addini("harness_golden_mode", f"what may be written: {', '.join(MODES)}", default="")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_GOLDENS] = Goldens(config, _mode(config, os.environ))
    if not config.pluginmanager.has_plugin("harness-goldens"):
        config.pluginmanager.register(config.stash[_GOLDENS], "harness-goldens")


def _mode(config: pytest.Config, environment: Mapping[str, str]) -> str:
    """What may be written: the option wins over the environment, which wins over the ini file."""
    sources = (
        (config.getoption("harness_golden_option"), "--golden"),
        (environment.get(MODE_VARIABLE), MODE_VARIABLE),
        (config.getini("harness_golden_mode"), "harness_golden_mode"),
    )
    mode, source = next(((mode, source) for mode, source in sources if mode), ("check", ""))
    if mode not in MODES:
        close = difflib.get_close_matches(mode, MODES, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise pytest.UsageError(f"{source} is {mode!r}, expected one of {', '.join(MODES)}{hint}")
    if mode in WRITING and in_ci(environment) and environment.get(CI_WRITE_VARIABLE, "") in ("", "0"):
        raise pytest.UsageError(
            f"{source} {mode} writes golden files, which a CI run must not: run it where the change can be reviewed, "
            f"or set {CI_WRITE_VARIABLE}=1"
        )
    return str(mode)


def in_ci(environment: Mapping[str, str]) -> bool:
    """Whether this is an unattended run: one of the usual variables is set to something that means yes."""
    return any(environment.get(name, "").lower() not in ("", "0", "false") for name in _CI_VARIABLES)


# Collecting.


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    if file_path.suffix not in _SUFFIXES:
        return None
    root = parent.config.stash[_GOLDENS].root_of(file_path)
    if root is None or _MANIFESTS in file_path.relative_to(root).parts[:-1]:
        return None
    collector: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return collector


class ScenarioFile(pytest.File):
    """A file that holds one scenario."""

    def collect(self) -> Iterator[ScenarioItem]:
        from harness.errors import HarnessError
        from harness.scenario.reading import read_scenario

        scenario: Scenario | None = None
        error: HarnessError | None = None
        try:
            scenario = read_scenario(self.path, allow_outside=self.config.getoption("harness_allow_outside"))
        except HarnessError as caught:
            error = caught
        item: ScenarioItem = ScenarioItem.from_parent(self, name=self.path.stem, scenario=scenario, error=error)
        for mark in scenario.marks if scenario is not None else ():
            decorator = getattr(pytest.mark, mark.name)
            item.add_marker(decorator(reason=mark.reason) if mark.reason is not None else decorator)
        yield item


class ScenarioFailure(Exception):
    """A scenario that is not as it must be; `str()` of it is the whole report."""


class ScenarioItem(pytest.Item):
    """One scenario as a test. What is wrong with the file itself is told when the test runs."""

    def __init__(self, *, scenario: Scenario | None, error: Exception | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scenario = scenario
        self.error = error
        self.verification: Verification | None = None

    def runtest(self) -> None:
        from harness.verify import verify

        if self.error is not None:
            raise self.error
        goldens = self.config.stash[_GOLDENS]
        self.verification = verify(self.path, goldens.places_of(self.path), goldens.asked(), self.scenario)
        if self.verification.failure:
            raise ScenarioFailure(self.verification.failure)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        from harness.errors import HarnessError

        error = excinfo.value
        if isinstance(error, ScenarioFailure):
            return _told(str(error), self.path, 0)
        if isinstance(error, HarnessError):
            from harness.verify import complaint

            return _told(complaint(error, self.config.invocation_params.dir), self.path, getattr(error, "line", 1) - 1)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        line = self.scenario.steps[0].at.line if self.scenario is not None and self.scenario.steps else 1
        return self.path, max(0, line - 1), f"scenario: {self.name}"


def _told(text: str, path: Path, line: int) -> Any:
    """A report in plain text whose first line is what a summary of the run shows, also when a worker sends it."""
    from _pytest._code.code import ExceptionChainRepr, ReprEntryNative, ReprFileLocation, ReprTraceback

    crash = ReprFileLocation(str(path), line, text.split("\n", 1)[0])
    traceback = ReprTraceback([ReprEntryNative([f"{text}\n"])], None, "native")
    return ExceptionChainRepr([(traceback, crash, None)])


# The run as a whole.


class Goldens:
    """What a run knows of golden files: where they lie, what may be written, what was, and what nobody owns."""

    def __init__(self, config: pytest.Config, mode: str) -> None:
        self.config = config
        self.mode = mode
        self.roots = tuple((config.rootpath / folder).absolute() for folder in config.getini("harness_scenarios"))
        self.golden = (config.rootpath / config.getini("harness_golden")).absolute()
        self.told: dict[str, list[str]] = {}
        self.strays: tuple[Path, ...] = ()
        self.deleted: tuple[Path, ...] = ()
        self._partial = False
        self._asked: Asked | None = None

    def root_of(self, path: Path) -> Path | None:
        """The folder of scenarios that holds a file. Without an ini file, any folder named `scenarios` is one."""
        root = next((root for root in self.roots if path.is_relative_to(root)), None)
        if root is None and self.config.inipath is None:
            root = next((parent for parent in path.parents if parent.name in map(_name, self.roots)), None)
        return root

    def places_of(self, path: Path) -> Places:
        from harness.golden.places import Places

        root = self.root_of(path)
        if root is None or root in self.roots:
            return Places(self.roots, self.golden)
        return Places((root,), root.parent / self.golden.name)

    def asked(self) -> Asked:
        if self._asked is None:
            from harness.golden.explaining import ALL, BRIEF
            from harness.golden.verdict import Mode
            from harness.verify import Asked

            option = self.config.getoption
            self._asked = Asked(
                mode=Mode(self.mode),
                allow_outside=option("harness_allow_outside"),
                checks=tuple(option("harness_checks")),
                limits=ALL if option("verbose") >= 2 else BRIEF,
                base=self.config.invocation_params.dir,
            )
        return self._asked

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if isinstance(item, ScenarioItem) and call.when == "call" and item.verification is not None:
            report.harness_golden = _what(item.verification, self.asked().base)  # type: ignore[attr-defined]
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        what = getattr(report, "harness_golden", None)
        if what is not None:
            self.told.setdefault(what[0], []).append(what[1])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._partial = self._partial or report.failed

    def pytest_deselected(self) -> None:
        self._partial = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if hasattr(self.config, "workerinput") or not self.golden.is_dir() or not self._complete(session, exitstatus):
            return
        from harness.golden import files
        from harness.golden.places import Places

        strays = Places(self.roots, self.golden).strays()
        if self.mode == "update":
            for path in strays:
                files.remove(path, self.golden)
            self.deleted = strays
        elif strays:
            self.strays = strays
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _complete(self, session: pytest.Session, exitstatus: int) -> bool:
        """Whether this run was about every scenario there is, and came to its end."""
        if self._partial or session.shouldstop or session.shouldfail or exitstatus not in (0, 1, 5):
            return False
        option = self.config.option
        narrowing = ("keyword", "markexpr", "deselect", "ignore", "ignore_glob", "lf", "stepwise", "collectonly")
        if any(getattr(option, name, None) for name in narrowing):
            return False
        here = self.config.invocation_params.dir
        asked = [Path(os.path.normpath(here / argument)) for argument in self.config.args if "::" not in argument]
        roots = [root for root in self.roots if root.is_dir()]
        return bool(asked) and all(any(root.is_relative_to(path) for path in asked) for root in roots)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        rows = list(self._summary())
        if rows:
            terminalreporter.section("golden files")
            for row in rows:
                terminalreporter.line(row)

    def _summary(self) -> Iterator[str]:
        from_here = self.config.invocation_params.dir
        paths = {"deleted, no scenario owns it": self.deleted, "no scenario owns it": self.strays}
        lost = {what: [_relative(path, from_here) for path in found] for what, found in paths.items() if found}
        for what, names in {**{what: self.told[what] for what in _TOLD if what in self.told}, **lost}.items():
            yield f"{what} ({len(names)}):"
            yield from (f"  {name}" for name in sorted(names))
        if "changed" in self.told or "missing" in self.told:
            yield "accept: run pytest with --golden-update, then review the change like code"
        if self.strays:
            yield "golden files that no scenario owns: delete them, or run all tests with --golden-update"


_TOLD = ("written", "rewritten", "waiting for a decision", "changed", "missing")


def _what(verification: Verification, base: Path) -> tuple[str, str] | None:
    """What a scenario did to its golden file, or found of it; nothing where it matches."""
    state = verification.state.value
    name = _relative(verification.written or verification.golden, base)
    if state == "matching":
        return None
    if verification.written is None:
        return state, name
    if verification.failure:
        return "waiting for a decision", name
    return "written" if state == "missing" else "rewritten", name


def _name(path: Path) -> str:
    return path.name


def _relative(path: Path, base: Path) -> str:
    return path.relative_to(base).as_posix() if path.is_relative_to(base) else path.as_posix()
