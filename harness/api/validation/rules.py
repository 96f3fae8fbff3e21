"""What the rules of a kind look like: those of a new object, and those of a change.

Owns the shape only; the files of each subject fill it, and the package's table finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from harness.api.problems import FieldProblem

Rules: TypeAlias = tuple[Callable[[Any], list[FieldProblem]], Callable[[Any, Any], list[FieldProblem]]]
"""(rules of a new object, rules of a change: new, stored)"""
