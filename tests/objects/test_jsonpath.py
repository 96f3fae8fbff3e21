"""A JSONPath template finds what kubectl's finds, and says what is wrong with one that is none."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.objects import jsonpath

DATA = {
    "items": [
        {"metadata": {"name": "a", "labels": {"x.y/z": "1"}}, "ports": [80, 443, 8080], "ready": True},
        {"metadata": {"name": "b"}, "conditions": [{"type": "Ready", "status": "True"}, {"type": "Old"}], "size": 3},
    ]
}

WRITTEN = [
    ("{.items[*].metadata.name}", "a b"),
    ("{.items[0].metadata.name}", "a"),
    ("{.items[-1:].metadata.name}", "b"),
    ("{.items[0].ports[0:2]}", "80 443"),
    ("{.items[0].ports[::2]}", "80 8080"),
    ("{.items[0].ports[0,2]}", "80 8080"),
    ("{.items[0].metadata.labels.x\\.y/z}", "1"),
    ("{.items[0]['metadata']['name']}", "a"),
    ("{.items[1].conditions[?(@.type=='Ready')].status}", "True"),
    ("{.items[?(@.size>2)].metadata.name}", "b"),
    ("{.items[?(@.ready)].metadata.name}", "a"),
    ("{..name}", "a b"),
    ("{.items[0].ready}", "true"),
    ("{.items[0].ports}", "[80,443,8080]"),
    ("{.items[0].metadata.labels}", '{"x.y/z":"1"}'),
    ("{.nothing.here}", ""),
    ('{range .items[*]}{.metadata.name}{"\\t"}{.size}{"\\n"}{end}', "a\t\nb\t3\n"),
    ("names: {.items[*].metadata.name}.", "names: a b."),
    ("{range .items[*]}{$.items[0].metadata.name}{end}", "aa"),
]


@pytest.mark.parametrize(("template", "text"), WRITTEN, ids=[case[0] for case in WRITTEN])
def test_a_template_writes_what_it_finds(template: str, text: str) -> None:
    assert jsonpath.parse(template).written(DATA) == text


@pytest.mark.parametrize("template", ["{.a", "{.a[1}", "{end}", "{range .a}", "{.a[x]}", "{.a(b)}", "{.a[-]}"])
def test_what_is_no_template_is_refused(template: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        jsonpath.parse(template)


@pytest.mark.parametrize("expression", ["status.phase", ".status.phase", "{status.phase}", "{.status.phase}"])
def test_an_expression_may_do_without_braces_and_dot(expression: str) -> None:
    assert jsonpath.parse_expression(expression).found({"status": {"phase": "Running"}}) == ["Running"]


def test_an_index_beyond_the_end_is_said() -> None:
    with pytest.raises(ValueError, match=r"array index out of bounds: index 7, length 2"):
        jsonpath.parse("{.items[7]}").written(DATA)


_PIECES = st.lists(
    st.sampled_from([*"{}[].*@$?(),:'\"\\-", "range ", "end", "items", "name", "0", "==", "..", "[?(", ")]", " "]),
    max_size=12,
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(_PIECES)
def test_any_text_is_read_or_refused(pieces: list[str]) -> None:
    with suppress(ValueError):
        jsonpath.parse("".join(pieces)).written(DATA)
