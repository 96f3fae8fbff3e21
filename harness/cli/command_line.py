"""The commands, their options, and what they exit with.

Owns the words of the help and where output goes: results to stdout, complaints to stderr. Exit codes are those of
`complaining.py`, and 130 for who was interrupted. A command with much to say for itself has a file beside this one.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness import __version__
from harness.cli import fuzzing, importing, linting
from harness.cli.complaining import FINE, NOT_AS_EXPECTED, WRONG_INPUT, complain, guarded
from harness.errors import HarnessError, UsageError

if TYPE_CHECKING:
    from harness.outcome import Outcome
    from harness.scenario.model import Scenario

INTERRUPTED, NOBODY_READS = 130, 141

_DESCRIPTION = "Rehearse Kubernetes changes: play scenarios in a simulated v1.36 cluster and see what would happen."
_EPILOG = """\
examples:
  harness run scenarios/partition.yaml              what happens, step by step
  harness run scenarios/ --output jsonl | jq .      every change, one JSON object a line
  harness check scenarios/                          read the scenarios without playing them
  harness lint manifests/                           which fields of manifests are not acted on
  harness import tests/e2e --output scenarios/      write tests of kuttl and chainsaw as scenarios
  harness fuzz --examples 5000                      look for a scenario that breaks an invariant
  pytest                                            hold every scenario against its golden file
  pytest --golden-update                            accept what happens now; review the change like code
"""
_RUN_EPILOG = """\
A PATH is a scenario file, or a folder: every .yaml or .yml file below it, except in folders named manifests.

exit status: 0 if every expect held, 1 if one did not, 2 for a scenario that cannot be read or played, 3 for a bug of
harness itself; of several files, the highest

examples:
  harness run scenarios/partition.yaml
  harness run scenarios/statefulset --check all
  harness run scenarios/partition.yaml --output jsonl > changes.jsonl
"""
_EXPLAIN_EPILOG = """\
For each attempt to place a pod: which nodes fell to which plugin of the scheduler and why, what the others earned from
each plugin with its weight taken in, best first, and which pods have to go for it.

exit status: as for run

example:
  harness explain scenarios/scheduling --pod api
"""
_CHECK_EPILOG = """\
Everything that is wrong is told, one complaint a line, as file:line:column: message.

exit status: 0 if all scenarios can be played, 2 if not, 3 for a bug of harness itself

example:
  harness check scenarios/
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; `arguments` are those of the process where left out. Returns the exit status."""
    options = parser().parse_args(arguments)
    _speak_utf8()
    try:
        status: int = options.command(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever reads went away. Nothing may be written while Python shuts down, or it complains after all.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except HarnessError as error:
        complain(error)
        return WRONG_INPUT
    return status


def parser() -> argparse.ArgumentParser:
    """The parser of the command line; what it gives also holds, as `command`, what there is to do."""
    whole = argparse.ArgumentParser(
        prog="harness",
        description=_DESCRIPTION,
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"harness {__version__}")
    commands = whole.add_subparsers(title="commands", metavar="COMMAND", required=True)
    run = _command(commands, "run", "play scenarios and show what happens", _RUN_EPILOG, _run)
    run.add_argument(
        "--output",
        choices=("text", "jsonl"),
        default="text",
        help="text: a log to read (the default); jsonl: every change, one JSON object a line",
    )
    run.add_argument(
        "--check",
        action="append",
        default=[],
        metavar="NAME",
        help="an invariant that must hold at every instant; `all` for every one (may be repeated)",
    )
    run.add_argument(
        "--golden-less", action="store_true", help="do not say how the outcome stands to its golden file (text only)"
    )
    _command(
        commands, "check", "read scenarios and tell all that is wrong, without playing them", _CHECK_EPILOG, _check
    )
    linting.add_options(_command(commands, "lint", linting.SUMMARY, linting.EPILOG, linting.run, of_scenarios=False))
    importing.add_options(
        _command(commands, "import", importing.SUMMARY, importing.EPILOG, importing.run, of_scenarios=False)
    )
    explain = _command(commands, "explain", "say why pods went where they went, or nowhere", _EXPLAIN_EPILOG, _explain)
    explain.add_argument(
        "--pod", action="append", default=[], metavar="NAME", help="only pods of this name (may be repeated)"
    )
    fuzzing.add_options(_command(commands, "fuzz", fuzzing.SUMMARY, fuzzing.EPILOG, fuzzing.run, of_scenarios=False))
    return whole


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    epilog: str,
    run: Callable[[argparse.Namespace], int],
    *,
    of_scenarios: bool = True,
) -> argparse.ArgumentParser:
    """A command; one that is about scenarios takes their paths."""
    command = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    command.set_defaults(command=run)
    if of_scenarios:
        command.add_argument("paths", nargs="+", metavar="PATH", help="a scenario, or a folder of scenarios")
        command.add_argument(
            "--allow-outside", action="store_true", help="let scenarios apply manifests from outside the project"
        )
    return command


def _speak_utf8() -> None:
    """What is printed is the same whatever the locale."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="backslashreplace")


def _each(paths: Sequence[str], do: Callable[[Path], int]) -> int:
    """The worst status of all scenarios that the paths stand for; what is wrong with one does not stop the others."""
    from harness.scenario.reading import find_scenarios

    status = FINE
    scenarios: dict[Path, None] = {}
    for path in paths:
        try:
            scenarios.update(dict.fromkeys(find_scenarios([path])))
        except UsageError as error:
            complain(error)
            status = WRONG_INPUT
    for scenario in sorted(scenarios, key=lambda path: path.parts):
        status = max(status, guarded(scenario, do))
    return status


def _run(options: argparse.Namespace) -> int:
    from harness.checks import chosen
    from harness.runner import play
    from harness.scenario.reading import read_scenario
    from harness.verify import ALL_CHECKS

    chosen([name for name in options.check if name != ALL_CHECKS])

    def run(path: Path) -> int:
        scenario = read_scenario(path, allow_outside=options.allow_outside)
        return _show(path, scenario, play(scenario), options)

    return _each(options.paths, run)


def _show(path: Path, scenario: Scenario, outcome: Outcome, options: argparse.Namespace) -> int:
    from harness.verify import violations

    broken = violations(outcome, options.check)
    if options.output == "jsonl":
        from harness.report.jsonl import stream

        sys.stdout.flush()
        sys.stdout.buffer.writelines(stream(outcome))
        sys.stdout.buffer.flush()
    else:
        from harness.report.terminal import show

        show(outcome, sys.stdout)
        if not options.golden_less:
            print(_golden(path, scenario, outcome))
    for text in broken:
        print(f"{path.as_posix()}: {text}", file=sys.stderr)
    return NOT_AS_EXPECTED if outcome.failed or broken else FINE


def _explain(options: argparse.Namespace) -> int:
    from harness.objects.scheduling import SchedulingCycle
    from harness.report.scheduling import tell
    from harness.runner import play
    from harness.scenario.reading import read_scenario

    def explain(path: Path) -> int:
        cycles: list[SchedulingCycle] = []
        outcome = play(read_scenario(path, allow_outside=options.allow_outside), on_scheduling=cycles.append)
        for line in tell(outcome, cycles, options.pod):
            print(line)
        return NOT_AS_EXPECTED if outcome.failed else FINE

    return _each(options.paths, explain)


def _golden(path: Path, scenario: Scenario, outcome: Outcome) -> str:
    """How the outcome stands to its golden file, in a line."""
    from harness.golden.places import Places
    from harness.golden.verdict import State, judge
    from harness.verify import golden_text, told

    places = Places.around(path)
    golden = places.golden_of(path) if places is not None else None
    if places is None or golden is None:
        return "no golden file: the scenario lies below no folder named scenarios"
    state = judge(golden_text(scenario, outcome, places.title_of(path)), golden).state
    name = told(golden, Path())
    return {
        State.MATCHING: f"golden file {name} matches",
        State.CHANGED: f"golden file {name} differs; pytest {path.as_posix()} tells where",
        State.MISSING: f"golden file {name} is missing; pytest {path.as_posix()} --golden-update writes it",
    }[state]


def _check(options: argparse.Namespace) -> int:
    from harness.runner import unplayable
    from harness.scenario.reading import read_scenario

    playable = 0

    def check(path: Path) -> int:
        nonlocal playable
        complaints = unplayable(read_scenario(path, allow_outside=options.allow_outside))
        for complaint in complaints:
            complain(complaint)
        playable += not complaints
        return WRONG_INPUT if complaints else FINE

    status = _each(options.paths, check)
    if status == FINE:
        print(f"{playable} scenario{'s' if playable != 1 else ''} can be played")
    return status
