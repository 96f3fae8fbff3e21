"""An outcome as a person reads it in a terminal: the same lines as in the golden file, with colour where there is one.

Owns colours and layout. What the lines say stands in `golden`, so that log and golden file never tell it differently.
"""

from __future__ import annotations

from itertools import chain
from typing import IO

from rich.console import Console
from rich.text import Text

from harness.golden import log
from harness.golden.stand_ins import StandIns
from harness.outcome import LIMIT, NOT_AWAITED, Outcome, StepOutcome

_QUIET_VERBS = ("expect", "wait")
# The first word of what happened, and how it looks.
_STYLES = {
    "created": "green",
    "ready": "green",
    "Running,": "green",
    "Bound": "green",
    "terminating": "yellow",
    "terminating,": "yellow",
    "deleted": "yellow",
    "!": "red",
    "Lost": "red",
    "Failed": "red",
    "Failed,": "red",
    "not": "red",
}


def show(outcome: Outcome, out: IO[str]) -> None:
    """Print an outcome. Lines are never wrapped, so that what is printed does not depend on the terminal's width."""
    console = Console(file=out, highlight=False, soft_wrap=True)
    stand_ins = StandIns(chain(outcome.before, *(step.records for step in outcome.steps)))
    console.print(Text(outcome.path, style="bold"))
    if outcome.description:
        console.print(Text(outcome.description, style="italic"))
    for step in outcome.steps:
        _show_step(console, step, stand_ins)
    console.print(_summary(outcome))
    if outcome.unattended:
        idle = ", ".join(outcome.unattended)
        console.print(Text(f"stored, but nobody here acts on them: {idle}", style="yellow"))


def _show_step(console: Console, step: StepOutcome, stand_ins: StandIns) -> None:
    console.print()
    console.print(Text.assemble((f"{step.index + 1:>2}  ", "dim"), (step.did, "bold"), _verdict(step)))
    for line in stand_ins.text(step.message).splitlines():
        console.print(Text(f"    {line}", style="dim"))
    for line in stand_ins.text(step.warned).splitlines():
        console.print(Text(f"    {line}", style="yellow"))
    for line in stand_ins.text(step.rejected or "").splitlines():
        console.print(Text(f"    {line}", style="red"))
    for line in step.text.splitlines():
        console.print(Text(f"    {line}", style="red"))
    for row in log.columns(log.lines(step.records), step.began_ms, stand_ins):
        console.print(_row(row))
    if step.verb not in _QUIET_VERBS:
        _show_end(console, step, stand_ins)


def _verdict(step: StepOutcome) -> tuple[str, str]:
    if step.held is not None:
        return ("  held", "green") if step.held else ("  did not hold", "bold red")
    if not step.failed:
        return ("", "")
    return ("  was not rejected, but must be" if step.rejected is None else "  must not be rejected", "bold red")


def _row(row: str) -> Text:
    time, _, rest = row.partition("  ")
    label, _, what = rest.strip().partition("  ")
    first = what.split(maxsplit=1)[0] if what.strip() else ""
    text = Text(f"    {row}")
    text.stylize("dim", 4, 4 + len(time))
    start = 4 + row.index(label, len(time))
    text.stylize("cyan", start, start + len(label))
    if first in _STYLES:
        text.stylize(_STYLES[first], start + len(label))
    return text


def _show_end(console: Console, step: StepOutcome, stand_ins: StandIns) -> None:
    elapsed = log.relative(step.settled_ms - step.began_ms)
    if step.reason == LIMIT:
        console.print(Text(f"    still changing at {elapsed}; repeating:", style="bold yellow"))
        for line in step.cycle:
            console.print(Text(f"      {stand_ins.text(line)}", style="yellow"))
    elif step.reason == NOT_AWAITED:
        console.print(Text("    not awaited", style="dim"))
    else:
        console.print(Text(f"    settled {elapsed}", style="dim"))


def _summary(outcome: Outcome) -> Text:
    failed = sum(step.failed for step in outcome.steps)
    counted = f"\n{len(outcome.steps)} step{'s' if len(outcome.steps) != 1 else ''}"
    if failed:
        return Text.assemble(counted, (f", {failed} not as expected", "bold red"))
    return Text.assemble(counted, (", all as expected", "green"))
