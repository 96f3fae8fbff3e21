"""Flags as they are written in a scenario or on a command line."""

from __future__ import annotations

import pytest

from harness.control.flags import duration_ms, is_on


@pytest.mark.parametrize(
    ("text", "expected_ms"), [("2s", 2_000), ("1m30s", 90_000), ("1.5h", 5_400_000), ("500ms", 500), ("1us", 1)]
)
def test_a_duration_is_read_as_go_reads_it(text: str, expected_ms: int) -> None:
    assert duration_ms({"period": text}, "period", 15_000) == expected_ms


def test_a_flag_that_is_not_given_has_its_default() -> None:
    assert duration_ms({}, "period", 15_000) == 15_000
    assert not is_on({}, "switch")


@pytest.mark.parametrize("text", ["", "2", "soon", "2 s", "-2s"])
def test_what_is_no_duration_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="for flag period"):
        duration_ms({"period": text}, "period", 15_000)


@pytest.mark.parametrize(
    ("given", "expected"), [(True, True), ("true", True), (1, True), (False, False), ("no", False)]
)
def test_a_switch_is_on_however_true_is_written(given: bool | str | int, expected: bool) -> None:
    assert is_on({"switch": given}, "switch") is expected
