"""The text of plain data: what it says is read back as it was, by readers of YAML 1.1 and 1.2 alike."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.golden.yaml_text import WIDTH, block, flow, scalar

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30)
KEYS = st.text(min_size=1, max_size=12)
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)
TRICKY = [
    *(
        "y",
        "no",
        "On",
        "null",
        "~",
        "",
        " x",
        "x ",
        "1",
        "0x1f",
        "0o17",
        "1e3",
        "1E",
        "1_000",
        "1:30",
        "2026-01-01",
        ".5",
    ),
    *(
        "-",
        "- x",
        "? x",
        "a: b",
        "a #b",
        "#",
        "a,b",
        "[x]",
        "{x}",
        "*a",
        "&a",
        "!x",
        "|",
        ">",
        "%",
        "@x",
        "`x",
        "<<",
        "=",
    ),
    *(
        "tab\t",
        "nel\x85",
        "bom\ufeff",
        "sep\u2028",
        "\x00",
        "\x7f",
        "é",
        "\U0001f600",
        'say "x"',
        "it's",
        "C:\\x",
        "a\nb\n",
    ),
    *(
        "500m",
        "1Gi",
        "1.28",
        "10.0.0.1",
        "yes:",
        "a\n",
        "\na",
        "a\n\nb",
        "  a\nb",
        "a \nb",
        "a\n\n",
        "\t\na",
        "---",
        "...",
    ),
]


def read(text: str) -> Any:
    return yaml.safe_load(text)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(KEYS, DATA, max_size=5))
def test_whatever_is_written_is_read_back(data: dict[str, Any]) -> None:
    assert read("\n".join(block(data)) or "{}") == data


@pytest.mark.parametrize("text", TRICKY)
def test_a_string_stays_a_string(text: str) -> None:
    data = {"key": text, "list": [text], "flow": {"inner": text, text: 1}}
    assert read("\n".join(block(data))) == data
    assert read(flow(data)) == data


@pytest.mark.parametrize("text", ["y", "on", "1:30", "0o17", "1e3", "017", "2026-01-01", "0x1f", "null"])
def test_what_any_reader_would_misread_is_quoted(text: str) -> None:
    assert scalar(text) == f'"{text}"'


@pytest.mark.parametrize(
    "text", ["web-6578754d74", "500m", "1Gi", "ReadWriteOnce", "/data/volumes", "<ignored>", "node-1"]
)
def test_plain_words_are_not_quoted(text: str) -> None:
    assert scalar(text) == text


def test_a_mapping_that_fits_stands_on_one_line() -> None:
    assert list(block({"spec": {"replicas": 3, "images": ["a", "b"]}})) == ["spec: {replicas: 3, images: [a, b]}"]


def test_a_mapping_that_does_not_fit_stands_below_its_key() -> None:
    lines = list(block({"spec": dict.fromkeys(("one", "two", "three"), "x" * 40)}))
    assert lines[0] == "spec:"
    assert all(len(line) <= WIDTH for line in lines)


def test_a_text_of_lines_is_shown_as_lines() -> None:
    assert list(block({"data": {"my.cnf": "[mysqld]\nlog-bin\n"}})) == [
        "data:",
        "  my.cnf: |",
        "    [mysqld]",
        "    log-bin",
    ]
