"""Invariants: what must hold whatever a scenario does, watched over the trace by witnesses that share no actor's code.

`examine(outcome)` says what did not hold, `tally(outcome)` how often there was anything to hold, `CHECKS` names them
all. A property whose condition never came true has not held; it was not put to the test.
"""

from harness.checks.check import Check, Violation
from harness.checks.examination import CHECKS, Report, chosen, examine, report, tally

__all__ = ["CHECKS", "Check", "Report", "Violation", "chosen", "examine", "report", "tally"]
