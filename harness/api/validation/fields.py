"""Small rules that many fields share: a set of allowed words, a number that may not be negative, a selector.

Owns no field of its own. Mirrors k8s.io/apimachinery pkg/api/validation and pkg/apis/meta/v1/validation.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.api.problems import FieldProblem, Shown, forbidden, invalid, required, unsupported
from harness.api.validation.metadata import label_problems
from harness.api.validation.names import label_value, qualified_name
from harness.objects.meta import LabelSelector

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
    return [invalid(path, value, text) for text in texts]


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
