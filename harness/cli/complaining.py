"""How the commands complain: one line each on stderr, and a traceback only for who asks for it.

Owns the exit codes (0, 1 where something is not as expected, 2 for wrong input, 3 for a bug of harness itself) and who
is to blame for what.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path

from harness.errors import HarnessError, InternalError, ScenarioError

# The worst of what came of the files is what a command exits with.
FINE, NOT_AS_EXPECTED, WRONG_INPUT, FAILED = 0, 1, 2, 3
TRACEBACK_VARIABLE = "HARNESS_TRACEBACK"


def complain(error: HarnessError) -> None:
    """Tell what the user can do something about, one complaint a line."""
    for complaint in error.complaints if isinstance(error, ScenarioError) else (error,):
        print(_one_line(complaint), file=sys.stderr)


def guarded(path: Path, do: Callable[[Path], int]) -> int:
    """The status of doing something with a file; what goes wrong is told."""
    try:
        return do(path)
    except BrokenPipeError:
        raise
    except InternalError as error:
        _confess(path, error)
    except HarnessError as error:
        complain(error)
        return WRONG_INPUT
    except Exception as error:
        _confess(path, error)
    return FAILED


def _one_line(error: Exception) -> str:
    return str(error).replace("\n", " ")


def _confess(path: Path, error: Exception) -> None:
    """Say that harness is at fault, and not who wrote the file."""
    failure = f"{path.as_posix()}: harness failed: {type(error).__name__}: {_one_line(error)}"
    if os.environ.get(TRACEBACK_VARIABLE, "") in ("", "0"):
        print(f"{failure} (a bug of harness; set {TRACEBACK_VARIABLE}=1 to see where)", file=sys.stderr)
    else:
        print(f"{failure} (a bug of harness)", file=sys.stderr)
        traceback.print_exception(error)
