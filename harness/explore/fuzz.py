"""Look for a scenario in which a property does not hold, make it small, and write it down as a scenario file.

Owns the search and what is told of it. What is generated, what is checked and how a scenario shrinks stand elsewhere.
The same examples and seed find the same: nothing is remembered between two runs. Needs the extra `fuzz`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec.structs import replace

from harness.checks import CHECKS, chosen, report
from harness.errors import InternalError, UsageError
from harness.explore.shrinking import shrunk
from harness.runner.session import play
from harness.scenario.model import Scenario
from harness.scenario.reading import parse_scenario
from harness.scenario.writing import to_yaml

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

_CRASH = "crash"


class Failure(msgspec.Struct, frozen=True, kw_only=True):
    """What went wrong: `key` is the check's name (or the simulator's own error), `text` the sentence."""

    key: str
    text: str


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A failure with the smallest scenario that shows it; `path` is where that was written."""

    failure: Failure
    scenario: Scenario
    example: int
    plays: int
    path: Path | None = None


class FuzzReport(msgspec.Struct, frozen=True, kw_only=True):
    """`tally` says how often each check's condition came true in the examples that were played."""

    examples: int
    findings: tuple[Finding, ...]
    tally: dict[str, int]


class _Counterexample(Exception):
    """The one exception that Hypothesis shrinks towards."""


def failures_of(scenario: Scenario, names: Sequence[str] | None = None) -> tuple[Failure, ...]:
    """What goes wrong in a scenario, one for each check, in the order seen; an error of the simulator is one too."""
    return _judged(scenario, names, Counter())


def _judged(scenario: Scenario, names: Sequence[str] | None, tally: Counter[str]) -> tuple[Failure, ...]:
    try:
        outcome = play(scenario)
    except Exception as error:
        return (Failure(key=f"{_CRASH}-{type(error).__name__}", text=str(error)),)
    found = report(outcome, names)
    tally.update(found.tally)
    first: dict[str, Failure] = {}
    for violation in found.violations:
        first.setdefault(violation.check, Failure(key=violation.check, text=str(violation)))
    return tuple(first.values())


def fuzz(
    examples: int = 200,
    *,
    seed: int = 0,
    out: Path | None = None,
    names: Sequence[str] | None = None,
    most_findings: int = 3,
    worlds: SearchStrategy[Scenario] | None = None,
) -> FuzzReport:
    """Play `examples` generated scenarios under the checks of these names (all by default).

    The scenarios are of `worlds`, by default of sets and their volumes.

    Each kind of failure found is shrunk, written into the folder `out` and then looked away from, until `most_findings`
    are there or a whole search finds no more. Raises UsageError for a name that is no check, and without Hypothesis.
    """
    names = [check.name for check in chosen(names)]
    tally: Counter[str] = Counter(dict.fromkeys(names, 0))
    findings: list[Finding] = []
    played = 0
    while len(findings) < most_findings:
        search = _Search(names, [finding.failure.key for finding in findings], tally)
        _generate(search.try_, examples, seed, worlds)
        played += search.tried
        if search.key is None or search.failing is None:
            break
        finding = _finding(search, names)
        findings.append(finding if out is None else replace(finding, path=write(finding, out, seed)))
    return FuzzReport(examples=played, findings=tuple(findings), tally=dict(tally))


class _Search:
    """The examples of one search. The first failure settles which one the others are held against."""

    def __init__(self, names: Sequence[str], known: Sequence[str], tally: Counter[str]) -> None:
        self.names = names
        self.known = known
        self.tally = tally
        self.tried = 0
        self.found_at = 0
        self.key: str | None = None
        self.failing: Scenario | None = None

    def try_(self, scenario: Scenario) -> None:
        """Play one; raises _Counterexample if it fails as looked for."""
        if self.key is None:
            self.tried += 1
        keys = [failure.key for failure in _judged(scenario, self.names, self.tally)]
        if self.key is None:
            self.key = next((key for key in keys if key not in self.known), None)
            self.found_at = self.tried
        if self.key is not None and self.key in keys:
            self.failing = scenario
            raise _Counterexample(self.key)


def _generate(
    try_: Callable[[Scenario], None], examples: int, seed: int, worlds: SearchStrategy[Scenario] | None
) -> None:
    """Have Hypothesis call `try_` until it raises _Counterexample, and then with ever smaller scenarios that do."""
    try:
        import hypothesis
    except ImportError:
        raise UsageError("fuzzing needs Hypothesis; install it with: pip install 'kube-harness[fuzz]'") from None
    from harness.explore.strategies import scenarios

    quiet = hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        verbosity=hypothesis.Verbosity.quiet,
        phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
        suppress_health_check=tuple(hypothesis.HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
    )
    try:
        hypothesis.seed(seed)(quiet(hypothesis.given(scenarios() if worlds is None else worlds)(try_)))()
    except _Counterexample:
        return


def _finding(search: _Search, names: Sequence[str]) -> Finding:
    """The failure made as small as it gets."""
    key, failing = search.key, search.failing
    assert key is not None and failing is not None
    plays = 0

    def fails(scenario: Scenario) -> bool:
        nonlocal plays
        plays += 1
        return any(failure.key == key for failure in failures_of(scenario, names))

    small = shrunk(failing, fails)
    failure = next(failure for failure in failures_of(small, names) if failure.key == key)
    return Finding(failure=failure, scenario=small, example=search.found_at, plays=plays)


def write(finding: Finding, out: Path, seed: int) -> Path:
    """Write a finding as a scenario file that shows it when played, and return where; nothing else is overwritten."""
    failure = finding.failure
    check = CHECKS.get(failure.key)
    promise = check.sentence if check is not None else "The simulator plays every scenario to its end."
    scenario = replace(finding.scenario, description=f"Counterexample to: {promise}")
    said = "".join(f"# {line}\n" for line in failure.text.splitlines())
    text = (
        f"{said}"
        f"# Found by fuzzing with seed {seed} in example {finding.example}, shrunk in {finding.plays} plays.\n"
        f"# To see it again, examine this scenario with the check {failure.key}.\n{to_yaml(scenario)}"
    )
    if not any(again.key == failure.key for again in failures_of(parse_scenario(text))):
        raise InternalError(f"the scenario that fails {failure.key} does not fail it any more once it is written")
    out.mkdir(parents=True, exist_ok=True)
    path, number = out / f"{failure.key}.yaml", 1
    while path.exists() and path.read_text(encoding="utf-8") != text:
        number += 1
        path = out / f"{failure.key}-{number}.yaml"
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
