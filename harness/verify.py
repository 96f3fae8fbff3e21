"""One scenario from file to verdict: read, play, ask, hold against its golden file, and write where that is wanted.

Owns the order of these, and the text of a failure. Knows neither pytest nor the command line, which both come here.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from harness.checks import examine
from harness.errors import InternalError, UsageError
from harness.golden import files
from harness.golden.explaining import BRIEF, Limits, explain
from harness.golden.places import Places, pending_of
from harness.golden.text import render
from harness.golden.verdict import Mode, State, Verdict, first_difference, judge
from harness.outcome import Outcome, StepOutcome
from harness.runner import play
from harness.scenario.model import Scenario
from harness.scenario.reading import read_scenario

ALL_CHECKS = "all"


class Asked(msgspec.Struct, frozen=True):
    """What is wanted of a verification: what may be written, which invariants must hold, how much is told.

    `base` is the folder that file names in messages are told from.
    """

    mode: Mode = Mode.CHECK
    allow_outside: bool = False
    checks: tuple[str, ...] = ()
    limits: Limits = BRIEF
    base: Path = Path()


class Verification(msgspec.Struct, frozen=True):
    """What came of one scenario. `failure` is empty where all is well; `written` is the file that was written."""

    outcome: Outcome
    golden: Path
    state: State
    failure: str = ""
    written: Path | None = None


def verify(path: Path, places: Places, asked: Asked, scenario: Scenario | None = None) -> Verification:
    """Hold the scenario in a file against its golden file. `scenario` is its content where that was read already.

    Raises ScenarioError for what its author must act on, UsageError where it has no golden file's place or a file
    cannot be written.
    """
    golden = places.golden_of(path)
    if golden is None:
        raise UsageError(f"{told(path, asked.base)} lies in no folder of scenarios, so it has no golden file")
    if scenario is None:
        scenario = read_scenario(path, allow_outside=asked.allow_outside)
    outcome = play(scenario)
    text = golden_text(scenario, outcome, places.title_of(path))
    verdict = judge(text, golden)
    place = told(path, asked.base)
    broken = [*failed_steps(outcome, place), *violations(outcome, asked.checks)]
    if broken:
        return Verification(outcome, golden, verdict.state, _failure(broken, verdict, asked.base))
    if verdict.state is State.MATCHING:
        if asked.mode is not Mode.CHECK:
            files.remove(pending_of(golden), golden.parent)
        return Verification(outcome, golden, verdict.state)
    return _differing(path, places, asked, scenario, outcome, verdict)


def _differing(
    path: Path, places: Places, asked: Asked, scenario: Scenario, outcome: Outcome, verdict: Verdict
) -> Verification:
    """Write what the mode allows; fail for all that it does not accept."""
    golden, state, mode = verdict.golden, verdict.state, asked.mode
    place = told(path, asked.base)
    accepted = mode.accepts(state)
    if accepted or mode is Mode.PENDING:
        unsteady = _unsteady(scenario, verdict.actual, places.title_of(path))
        if unsteady:
            return Verification(outcome, golden, state, f"{unsteady}\n  {place}")
    if accepted:
        files.write(golden, verdict.actual)
        files.remove(pending_of(golden), golden.parent)
        return Verification(outcome, golden, state, written=golden)
    pending = None
    if mode is Mode.PENDING:
        pending = pending_of(golden)
        if pending in map(places.golden_of, path.parent.glob(f"{path.stem}.*")):
            raise UsageError(
                f"{told(pending, asked.base)} is the golden file of another scenario: rename that scenario"
            )
        files.write(pending, verdict.actual)
    failure = "\n".join(_golden_lines(outcome, verdict, place, asked))
    return Verification(outcome, golden, state, failure, pending)


def golden_text(scenario: Scenario, outcome: Outcome, title: str) -> str:
    """The text of a golden file, narrowed as the scenario says."""
    return render(outcome, path=title, kinds=scenario.golden.kinds, ignore=scenario.golden.ignore)


def _unsteady(scenario: Scenario, text: str, title: str) -> str:
    """Play once more before anything is written; a complaint where the same scenario ends in other bytes."""
    again = golden_text(scenario, play(scenario), title)
    number, first, second = first_difference(text, again)
    if not number:
        return ""
    return (
        f"not deterministic: two runs differ, first at line {number} of the golden file, so nothing was written\n"
        f"  first run:  {first}\n  second run: {second}"
    )


# What is wrong, in words.


def failed_steps(outcome: Outcome, place: str) -> list[str]:
    """A complaint for each step that is not as its author said it must be."""
    return [_failed_step(step, place) for step in outcome.steps if step.failed]


def _failed_step(step: StepOutcome, place: str) -> str:
    where = f"{place}:{step.line}"
    if step.held is False:
        lines = step.text.splitlines() or [""]
        more = "".join(f"\n    {line}" for line in lines[1:])
        return f"expect does not hold: {lines[0]}{more}\n  {where}"
    if step.rejected is None:
        return f"{step.did} was not rejected, but must be\n  {where}"
    return f"{step.did} was rejected, but must not be: {step.rejected.splitlines()[0]}\n  {where}"


def violations(outcome: Outcome, names: Sequence[str]) -> list[str]:
    """A complaint for each invariant that does not hold, of those named (`all`: every one). UsageError for no name."""
    if not names:
        return []
    chosen = None if ALL_CHECKS in names else names
    return [f"invariant broken: {violation}" for violation in examine(outcome, chosen)]


def _failure(broken: Sequence[str], verdict: Verdict, base: Path) -> str:
    note = {
        State.MATCHING: "the golden file matches",
        State.MISSING: "there is no golden file, and none is written while this fails",
        State.CHANGED: "the golden file differs too, and is not rewritten while this fails",
    }[verdict.state]
    return "\n".join([*broken, f"  {told(verdict.golden, base)}: {note}"])


def _golden_lines(outcome: Outcome, verdict: Verdict, place: str, asked: Asked) -> list[str]:
    golden = told(verdict.golden, asked.base)
    accept = f"  accept: pytest {place} --golden-update"
    if verdict.expected is None:
        return [f"golden file missing: {golden}", f"  {place}", accept]
    why = explain(verdict.expected, verdict.actual, asked.limits)
    line = f":{outcome.steps[why.step].line}" if why.step is not None and why.step < len(outcome.steps) else ""
    return [
        f"golden file differs: {why.reason}",
        f"  {place}{line}",
        f"  {golden}  (- golden, + now)",
        *why.lines,
        accept,
    ]


def told(path: Path, base: Path) -> str:
    """A path as a person at `base` would write it."""
    try:
        relative = os.path.relpath(path, base)
    except ValueError:
        return path.as_posix()
    return path.as_posix() if relative.startswith(os.pardir + os.sep + os.pardir) else Path(relative).as_posix()


def complaint(error: Exception, base: Path) -> str:
    """The text of an error that a person must act on, with files named from `base`."""
    text = str(error).replace(f"{base.absolute().as_posix()}/", "")
    return (
        f"{text}\n  this is a mistake in harness itself: please report it" if isinstance(error, InternalError) else text
    )
