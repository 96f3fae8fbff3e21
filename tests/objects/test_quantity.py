"""Amounts are read exactly, stored canonically, and refused in the API's words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.objects import quantity

CANONICAL = {
    "0": "0",
    "0.5": "500m",
    "1000m": "1",
    "1024Mi": "1Gi",
    "3840Mi": "3840Mi",
    "1.5Gi": "1536Mi",
    "1500": "1500",
    "100000": "100k",
    "0.5Ki": "512",
    "1023Ki": "1023Ki",
    "1e3": "1e3",
    "12E6": "12e6",
    "1E": "1E",
    "-1.5": "-1500m",
    "+2": "2",
    "1n": "1m",
    "1.0005": "1001m",
}


@pytest.mark.parametrize(("written", "stored"), CANONICAL.items())
def test_an_amount_is_stored_in_canonical_form(written: str, stored: str) -> None:
    assert quantity.canonical(written) == stored


@pytest.mark.parametrize(("number", "stored"), [(0.1, "100m"), (2, "2"), (1.0, "1"), (1e16, "10e15")])
def test_a_yaml_number_is_an_amount(number: float, stored: str) -> None:
    assert quantity.canonical(number) == stored


def test_amounts_compare_exactly_across_notations() -> None:
    assert quantity.parse("1Gi") == quantity.parse("1073741824") == quantity.parse("1048576Ki")
    assert quantity.parse("1G") < quantity.parse("1Gi")


def test_a_fraction_of_a_unit_counts_as_a_whole_one() -> None:
    assert quantity.value("1500m") == 2
    assert quantity.value("1n") == 1


def test_a_sum_is_written_in_the_notation_of_its_parts() -> None:
    assert quantity.write(quantity.parse("1Gi") + quantity.parse("1Gi"), like="1Gi") == "2Gi"
    assert quantity.write(1500) == "1500m"


@pytest.mark.parametrize("written", ["", "abc", "1 Gi", "0x1", "1Zi", True, None])
def test_a_malformed_amount_is_refused_with_the_expected_pattern(written: object) -> None:
    with pytest.raises(ValueError, match="must match the regular expression"):
        quantity.canonical(written)  # type: ignore[arg-type]


@pytest.mark.parametrize("written", ["1e", "1ee", "1mm", "1ki"])
def test_an_unknown_suffix_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="unable to parse quantity's suffix"):
        quantity.canonical(written)


@given(st.integers(-(10**15), 10**15), st.sampled_from(["m", "", "k", "M", "Ki", "Mi", "Gi", "e2", "E3"]))
def test_canonical_form_keeps_the_amount_and_is_stable(number: int, suffix: str) -> None:
    written = f"{number}{suffix}"
    stored = quantity.canonical(written)
    if abs(quantity.value(written)) < 2**63:
        assert quantity.parse(stored) == quantity.parse(written)
    assert quantity.canonical(stored) == stored
