"""`harness fuzz`: play scenarios that nobody wrote, and keep those that break an invariant.

Owns the options of the command and how a search is summed up; searching and shrinking are `explore`'s.
"""

from __future__ import annotations

import argparse
from pathlib import Path

SUMMARY = "play generated scenarios, and write down those that break an invariant"
EPILOG = """\
Needs Hypothesis: pip install 'kube-harness[fuzz]'. The same seed and number of examples give the same search.

exit status: 0 if every invariant held, 1 if one did not, 2 for wrong input

examples:
  harness fuzz --examples 5000 --seed 7
  harness fuzz --check volume-serves-one-claim --out scenarios/regressions
"""
_MOST_EXAMPLES = 1_000_000


def add_options(command: argparse.ArgumentParser) -> None:
    """The options of the command."""
    command.add_argument("--examples", type=_count, default=200, metavar="N", help="how many scenarios to try (200)")
    command.add_argument("--seed", type=int, default=0, metavar="S", help="which search, a whole number (0)")
    command.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where counterexamples are written, as scenarios (nowhere)"
    )
    command.add_argument(
        "--check",
        action="append",
        default=[],
        metavar="NAME",
        help="an invariant to hold the scenarios against; every one where left out (may be repeated)",
    )


def run(options: argparse.Namespace) -> int:
    """Search, and print what was found. Returns the exit status; raises UsageError."""
    from harness.explore.fuzz import fuzz

    report = fuzz(options.examples, seed=options.seed, out=options.out, names=options.check or None)
    for finding in report.findings:
        print(f"{finding.failure.key}: {finding.failure.text}")
        where = f", written to {finding.path.as_posix()}" if finding.path is not None else ""
        print(f"  {len(finding.scenario.steps)} steps after shrinking, found at example {finding.example}{where}")
    print(f"{report.examples} scenarios played, {len(report.findings)} invariants broken")
    for name, times in sorted(report.tally.items()):
        print(f"  {name:<42} put to the test {times} times")
    return 1 if report.findings else 0


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= _MOST_EXAMPLES:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to {_MOST_EXAMPLES}")
    return int(text)
