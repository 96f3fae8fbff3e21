"""Label selectors: matching labels, reading kubectl's `-l` notation, and printing one as the API does.

Owns the one meaning of each operator. Mirrors apimachinery's pkg/labels and metav1.LabelSelectorAsSelector.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from harness.objects.meta import LabelSelector

IN, NOT_IN, EXISTS, DOES_NOT_EXIST = "In", "NotIn", "Exists", "DoesNotExist"
EQUALS, NOT_EQUALS, GREATER, LESS = "=", "!=", "Gt", "Lt"

_INTEGER = re.compile(r"[+-]?[0-9]+", re.ASCII)


class Requirement(NamedTuple):
    """One condition on one label. `operator` is a word of the API, or = and != as kubectl users write them."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        return _OPERATORS[self.operator](labels.get(self.key), self.values)

    def __str__(self) -> str:
        return _FORMATS[self.operator].format(key=self.key, value=",".join(sorted(self.values)))


class Selector(NamedTuple):
    """A compiled selector: all requirements must hold, so without any it selects everything."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        return all(requirement.matches(labels) for requirement in self.requirements)

    def __str__(self) -> str:
        """As the API prints it, for instance in status.selector of a scale."""
        ordered = sorted(self.requirements, key=lambda requirement: requirement.key)
        return ",".join(str(requirement) for requirement in ordered)


def matches(selector: LabelSelector | None, labels: Mapping[str, str]) -> bool:
    """Whether an object's selector picks these labels: an empty one picks everything, a missing one nothing."""
    if selector is None:
        return False
    for key, value in selector.match_labels.items():
        if labels.get(key) != value:
            return False
    for expression in selector.match_expressions:
        if not _OPERATORS[expression.operator](labels.get(expression.key), expression.values):
            return False
    return True


def matches_if_any(selector: LabelSelector | None, labels: Mapping[str, str]) -> bool:
    """As `matches`, for the places where a missing selector restricts nothing (a claim's selector of volumes)."""
    return selector is None or matches(selector, labels)


def compiled(selector: LabelSelector) -> Selector:
    """The requirements of an object's selector, in the order in which the API lists them."""
    equalities = [Requirement(key, EQUALS, (value,)) for key, value in selector.match_labels.items()]
    expressions = [Requirement(each.key, each.operator, each.values) for each in selector.match_expressions]
    return Selector((*equalities, *expressions))


def _compare(found: str | None, values: tuple[str, ...], sign: int) -> bool:
    if found is None or len(values) != 1 or not _INTEGER.fullmatch(found) or not _INTEGER.fullmatch(values[0]):
        return False
    return (int(found) - int(values[0])) * sign > 0


# What the label's value (None: no such label) must be to the values of the requirement.
_OPERATORS: dict[str, Callable[[str | None, tuple[str, ...]], bool]] = {
    IN: lambda found, values: found is not None and found in values,
    EQUALS: lambda found, values: found is not None and found in values,
    NOT_IN: lambda found, values: found is None or found not in values,
    NOT_EQUALS: lambda found, values: found is None or found not in values,
    EXISTS: lambda found, _: found is not None,
    DOES_NOT_EXIST: lambda found, _: found is None,
    GREATER: lambda found, values: _compare(found, values, 1),
    LESS: lambda found, values: _compare(found, values, -1),
}

_FORMATS = {
    IN: "{key} in ({value})",
    NOT_IN: "{key} notin ({value})",
    EQUALS: "{key}={value}",
    NOT_EQUALS: "{key}!={value}",
    EXISTS: "{key}",
    DOES_NOT_EXIST: "!{key}",
    GREATER: "{key}>{value}",
    LESS: "{key}<{value}",
}

# --- kubectl's notation ---------------------------------------------------------------------------------------------

_SYMBOLS = {"=": EQUALS, "==": EQUALS, "!=": NOT_EQUALS, ">": GREATER, "<": LESS, "in": IN, "notin": NOT_IN}
_BINARY_OPERATORS = "in, notin, =, ==, !=, gt, lt"
_TOKEN = re.compile(r"\s*(==|!=|[=!<>(),]|[^\s=!<>(),]+|$)")
_PUNCTUATION = frozenset({"==", "!=", "=", "!", "<", ">", "(", ")", ",", ""})


def parse(text: str) -> Selector:
    """The selector that `text` writes, as in `kubectl get -l`. Raises ValueError with the API's own text."""
    return _Parser(text).selector()


class _Parser:
    """Reads tokens left to right; "" is the end. The words `in` and `notin` are operators only where one may stand."""

    def __init__(self, text: str) -> None:
        self._tokens = [match[1] for match in _TOKEN.finditer(text)]
        self._next = 0

    def selector(self) -> Selector:
        requirements: list[Requirement] = []
        while self._peek() != "":
            if self._peek() != "!" and not self._is_word():
                raise ValueError(f"found '{self._peek()}', expected: !, identifier, or 'end of string'")
            try:
                requirements.append(self._requirement())
            except ValueError as error:
                raise ValueError(f"unable to parse requirement: {error}") from None
            following = self._take()
            if following == "":
                break
            if following != ",":
                raise ValueError(f"found '{following}', expected: ',' or 'end of string'")
            if self._peek() != "!" and not self._is_word():
                raise ValueError(f"found '{self._peek()}', expected: identifier after ','")
        return Selector(tuple(requirements))

    def _requirement(self) -> Requirement:
        absent = self._peek() == "!"
        if absent:
            self._take()
        if not self._is_word():
            raise ValueError(f"found '{self._peek()}', expected: identifier")
        key = self._take()
        if absent or self._peek() in ("", ","):
            return Requirement(key, DOES_NOT_EXIST if absent else EXISTS)
        symbol = self._take()
        if symbol not in _SYMBOLS:
            raise ValueError(f"found '{symbol}', expected: {_BINARY_OPERATORS}")
        operator = _SYMBOLS[symbol]
        values = self._listed() if operator in (IN, NOT_IN) else (self._single(),)
        if operator in (GREATER, LESS) and not _INTEGER.fullmatch(values[0]):
            raise ValueError(f"for 'Gt', 'Lt' operators, the value must be an integer: {values[0]!r}")
        return Requirement(key, operator, values)

    def _single(self) -> str:
        if self._peek() in ("", ","):
            return ""
        if not self._is_word():
            raise ValueError(f"found '{self._peek()}', expected: identifier")
        return self._take()

    def _listed(self) -> tuple[str, ...]:
        if self._take() != "(":
            raise ValueError(f"found '{self._tokens[self._next - 1]}' expected: '('")
        values: list[str] = []
        while True:
            values.append(self._take() if self._is_word() else "")
            following = self._take()
            if following == ")":
                return tuple(dict.fromkeys(values))
            if following != ",":
                raise ValueError(f"found '{following}', expected: ',' or ')'")

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self) -> str:
        token = self._peek()
        self._next += 1
        return token

    def _is_word(self) -> bool:
        return self._peek() not in _PUNCTUATION


def go_string(selector: LabelSelector) -> str:
    """As Go's `%v` prints it in Events (k8s.io/apimachinery meta/v1 generated.pb.go, String)."""
    labels = "".join(f"{key}: {selector.match_labels[key]}," for key in sorted(selector.match_labels))
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{each.key},Operator:{each.operator},Values:[{' '.join(each.values)}],}},"
        for each in selector.match_expressions
    )
    return (
        f"&LabelSelector{{MatchLabels:map[string]string{{{labels}}},"
        f"MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"
    )


_SHOWN = {"In": "{0} in ({1})", "NotIn": "{0} notin ({1})", "Exists": "{0}", "DoesNotExist": "!{0}"}


def label_selector_text(selector: LabelSelector | Mapping[str, str] | None) -> str:
    """As a Scale has it (apimachinery, labels.Selector.String): `app=web,tier in (a,b)`, in order of keys."""
    if selector is None:
        return ""
    equal = selector.match_labels if isinstance(selector, LabelSelector) else selector
    shown = [(key, f"{key}={value}") for key, value in equal.items()]
    if isinstance(selector, LabelSelector):
        shown += [
            (each.key, _SHOWN[each.operator].format(each.key, ",".join(sorted(each.values))))
            for each in selector.match_expressions
        ]
    return ",".join(text for _, text in sorted(shown, key=lambda each: each[0]))
