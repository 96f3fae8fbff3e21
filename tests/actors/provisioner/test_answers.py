"""What the error of a CSI driver means."""

from __future__ import annotations

import pytest

from harness.actors.provisioner.answers import answered, code, is_infeasible, may_still_be_made, may_still_grow, number


def error(of: str) -> str:
    return f"rpc error: code = {of} desc = no"


def test_an_error_without_a_code_is_of_an_unknown_kind() -> None:
    assert answered("disk full") == "rpc error: code = Unknown desc = disk full"
    assert answered("rpc error: code = Whatever desc = x") == (
        "rpc error: code = Unknown desc = rpc error: code = Whatever desc = x"
    )
    assert answered(error("Internal")) == error("Internal")


def test_an_error_that_is_not_the_drivers_has_no_code() -> None:
    assert (code("claim Selector is not supported"), number("claim Selector is not supported")) == ("", None)


@pytest.mark.parametrize(("of", "expected"), [("Canceled", 1), ("ResourceExhausted", 8), ("Unauthenticated", 16)])
def test_codes_have_the_numbers_of_grpc(of: str, expected: int) -> None:
    assert (code(error(of)), number(error(of))) == (of, expected)


@pytest.mark.parametrize(
    ("of", "made", "grown", "hopeless"),
    [
        ("DeadlineExceeded", True, True, False),
        ("Aborted", True, True, False),
        ("ResourceExhausted", False, True, False),
        ("Internal", False, False, False),
        ("InvalidArgument", False, False, True),
        ("OutOfRange", False, False, True),
        ("NotFound", False, False, True),
    ],
)
def test_a_code_says_what_to_expect_after_it(of: str, *, made: bool, grown: bool, hopeless: bool) -> None:
    problem = error(of)
    assert (may_still_be_made(problem), may_still_grow(problem), is_infeasible(problem)) == (made, grown, hopeless)
