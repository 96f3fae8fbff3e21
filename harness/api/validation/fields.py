"""Small rules that many fields share: a set of allowed words, a number that may not be negative, a selector.

Owns no field of its own. Mirrors k8s.io/apimachinery pkg/api/validation and pkg/apis/meta/v1/validation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.api.problems import FieldProblem, Shown, forbidden, invalid, required, unsupported
from harness.api.validation.metadata import label_problems
from harness.api.validation.names import label_value, percentage, qualified_name
from harness.objects.meta import LabelSelector
from harness.objects.selector import matches

OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
AT_LEAST_ZERO = "must be greater than or equal to 0"


def at_least_zero(value: int | None, path: str) -> list[FieldProblem]:
    return [] if value is None or value >= 0 else [invalid(path, value, AT_LEAST_ZERO)]


def one_of(value: str, supported: Sequence[str], path: str) -> list[FieldProblem]:
    """A word that must be given and must be one of `supported`, which an error lists in this order."""
    if value in supported:
        return []
    return [unsupported(path, value, supported)] if value else [required(path)]


def supported(value: str, words: Sequence[str], path: str) -> list[FieldProblem]:
    """A word that must be one of `words`; an empty one is unsupported like any other."""
    return [] if value in words else [unsupported(path, value, words)]


def complaints(path: str, value: Shown, texts: Sequence[str]) -> list[FieldProblem]:
    return [invalid(path, value, text) for text in texts] if texts else []


def selector_problems(selector: LabelSelector | None, path: str) -> list[FieldProblem]:
    if selector is None:
        return []
    problems = label_problems(selector.match_labels, f"{path}.matchLabels")
    for index, term in enumerate(selector.match_expressions):
        at = f"{path}.matchExpressions[{index}]"
        problems += _operand_problems(term.operator, term.values, at)
        problems += complaints(f"{at}.key", term.key, qualified_name(term.key))
        for position, value in enumerate(term.values):
            problems += complaints(f"{at}.values[{position}]", value, label_value(value))
    return problems


def _operand_problems(operator: str, values: Sequence[str], path: str) -> list[FieldProblem]:
    match operator:
        case "In" | "NotIn":
            needed = "must be specified when `operator` is 'In' or 'NotIn'"
            return [] if values else [required(f"{path}.values", needed)]
        case "Exists" | "DoesNotExist":
            unneeded = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            return [forbidden(f"{path}.values", unneeded)] if values else []
        case _:
            return [invalid(f"{path}.operator", operator, "not a valid selector operator")]


def is_readable(selector: LabelSelector) -> bool:
    """Whether the server can select anything by it, be it nothing."""
    return all(term.operator in OPERATORS for term in selector.match_expressions)


def is_empty(selector: LabelSelector) -> bool:
    return not selector.match_labels and not selector.match_expressions


def unselected_problems(selector: LabelSelector | None, labels: Mapping[str, str], path: str) -> list[FieldProblem]:
    """The labels of a template, which its owner must select."""
    if matches(selector, labels):
        return []
    return [invalid(path, labels or None, "`selector` does not match template `labels`")]


def bound_problems(bound: int | str, path: str) -> list[FieldProblem]:
    """A number, or a share in percent (ValidatePositiveIntOrPercent)."""
    return at_least_zero(bound, path) if isinstance(bound, int) else complaints(path, bound, percentage(bound))


def share_problems(bound: int | str, path: str) -> list[FieldProblem]:
    """A share that may not be more than everything (IsNotMoreThan100Percent)."""
    if isinstance(bound, int) or percentage(bound) or int(bound[:-1]) <= 100:
        return []
    return [invalid(path, bound, "must not be greater than 100%")]


def is_zero(bound: int | str | None) -> bool:
    """Whether a number or a share is literally nothing."""
    if isinstance(bound, str):
        digits = bound.removesuffix("%")
        return not digits.isdigit() or int(digits) == 0
    return not bound
