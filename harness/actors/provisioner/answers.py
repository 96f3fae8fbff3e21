"""What it means when a CSI driver's answer is an error: the gRPC code in it, and what is to be expected after that.

Pure. Mirrors `checkError` of external-provisioner's pkg/controller/controller.go and `IsFinalError` and
`IsInfeasibleError` of external-resizer's pkg/util/util.go.
"""

from __future__ import annotations

import re
from typing import Final

NO_ROOM: Final = "ResourceExhausted"
IN_USE: Final = "FailedPrecondition"
INVALID: Final = "InvalidArgument"

# By their numbers, from 1.
_CODES = (
    "Canceled",
    "Unknown",
    INVALID,
    "DeadlineExceeded",
    "NotFound",
    "AlreadyExists",
    "PermissionDenied",
    NO_ROOM,
    IN_USE,
    "Aborted",
    "OutOfRange",
    "Unimplemented",
    "Internal",
    "Unavailable",
    "DataLoss",
    "Unauthenticated",
)
_CODE = re.compile(rf"\bcode = ({'|'.join(_CODES)})\b")
# After these a request may still be carried out.
_OPEN = frozenset({"Canceled", "DeadlineExceeded", "Unavailable", "Aborted"})
# An expansion that was refused for one of these will always be.
_INFEASIBLE = frozenset({INVALID, "OutOfRange", "NotFound"})


def answered(text: str) -> str:
    """The error as it comes out of a call: one that carries no code of its own is of an unknown kind."""
    return text if _CODE.search(text) else f"rpc error: code = Unknown desc = {text}"


def code(problem: str) -> str:
    """The code of an error; "" for one that did not come from the driver."""
    found = _CODE.search(problem)
    return found[1] if found is not None else ""


def number(problem: str) -> int | None:
    """The code of an error as a number; None for one that did not come from the driver."""
    found = code(problem)
    return _CODES.index(found) + 1 if found else None


def may_still_be_made(problem: str) -> bool:
    """Whether the volume that was asked for may come to be all the same."""
    return code(problem) in _OPEN


def may_still_grow(problem: str) -> bool:
    """Whether an expansion that was asked for may take place all the same."""
    return code(problem) in _OPEN or code(problem) == NO_ROOM


def is_infeasible(problem: str) -> bool:
    """Whether asking for that expansion again cannot help."""
    return code(problem) in _INFEASIBLE
