"""Label selectors: what they pick, how users write them, how the API prints them."""

from __future__ import annotations

import pytest

from harness.objects.meta import LabelSelector, LabelSelectorRequirement
from harness.objects.selector import compiled, matches, matches_if_any, parse

WEB = {"app": "web", "tier": "front", "n": "5"}


def by_expression(key: str, operator: str, *values: str) -> LabelSelector:
    return LabelSelector(match_expressions=(LabelSelectorRequirement(key=key, operator=operator, values=values),))


def test_an_empty_selector_picks_everything_and_a_missing_one_nothing() -> None:
    assert matches(LabelSelector(), WEB)
    assert not matches(None, WEB)


def test_a_missing_selector_restricts_nothing_where_it_is_optional() -> None:
    assert matches_if_any(None, WEB)
    assert not matches_if_any(LabelSelector(match_labels={"app": "db"}), WEB)


EXPRESSIONS = [
    (("app", "In", "web", "db"), True),
    (("app", "In", "db"), False),
    (("none", "In", "db"), False),
    (("app", "NotIn", "db"), True),
    (("none", "NotIn", "db"), True),
    (("app", "NotIn", "web"), False),
    (("app", "Exists"), True),
    (("none", "Exists"), False),
    (("none", "DoesNotExist"), True),
    (("app", "DoesNotExist"), False),
]


@pytest.mark.parametrize(("expression", "picked"), EXPRESSIONS)
def test_an_expression_picks_by_its_operator(expression: tuple[str, ...], picked: bool) -> None:
    selector = by_expression(*expression)
    assert matches(selector, WEB) is picked
    assert compiled(selector).matches(WEB) is picked


def test_labels_and_expressions_must_all_hold() -> None:
    selector = LabelSelector(
        match_labels={"app": "web"},
        match_expressions=(LabelSelectorRequirement(key="tier", operator="DoesNotExist"),),
    )
    assert not matches(selector, WEB)
    assert matches(selector, {"app": "web"})


WRITTEN = [
    ("app=web", True),
    ("app==web", True),
    ("app!=web", False),
    ("none!=web", True),
    ("app in (web, db),tier", True),
    ("app notin (web)", False),
    ("!app", False),
    ("!none", True),
    ("n>4,n<6", True),
    ("n>5", False),
    ("app>4", False),
    ("", True),
    ("none=", False),
]


@pytest.mark.parametrize(("text", "picked"), WRITTEN)
def test_a_written_selector_picks_as_kubectl_does(text: str, picked: bool) -> None:
    assert parse(text).matches(WEB) is picked


REFUSED = {
    "=a": "found '=', expected: !, identifier, or 'end of string'",
    "a,,b": "found ',', expected: identifier after ','",
    "a=b c": "found 'c', expected: ',' or 'end of string'",
    "a=(": "unable to parse requirement: found '(', expected: identifier",
    "a in b": "unable to parse requirement: found 'b' expected: '('",
    "a in (b": "unable to parse requirement: found '', expected: ',' or ')'",
    "a b": "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
}


@pytest.mark.parametrize(("text", "error"), REFUSED.items())
def test_a_malformed_selector_is_refused_in_the_apis_words(text: str, error: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse(text)
    assert str(raised.value) == error


def test_a_selector_prints_sorted_by_key_with_sorted_values() -> None:
    selector = LabelSelector(
        match_labels={"b": "1"},
        match_expressions=(
            LabelSelectorRequirement(key="c", operator="NotIn", values=("y", "x")),
            LabelSelectorRequirement(key="a", operator="Exists"),
            LabelSelectorRequirement(key="d", operator="DoesNotExist"),
        ),
    )
    assert str(compiled(selector)) == "a,b=1,c notin (x,y),!d"
