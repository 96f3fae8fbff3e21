"""Conditions of a status: finding one by type, and replacing one without losing when it last changed.

Works on every kind's own condition type; owns no meaning of any condition but a pod's Ready.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol, TypeVar

import msgspec

from harness.objects.pod import Pod
from harness.objects.value import Time


class Condition(Protocol):
    """What the conditions of every kind have in common."""

    @property
    def type(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def last_transition_time(self) -> Time | None: ...


ConditionType = TypeVar("ConditionType", bound=Condition)


def find(conditions: Iterable[ConditionType], type_: str) -> ConditionType | None:
    """The condition of that type."""
    for condition in conditions:
        if condition.type == type_:
            return condition
    return None


def is_true(conditions: Iterable[Condition], type_: str) -> bool:
    """Whether the condition of that type is there and "True"."""
    condition = find(conditions, type_)
    return condition is not None and condition.status == "True"


def with_condition(conditions: tuple[ConditionType, ...], new: ConditionType, now: Time) -> tuple[ConditionType, ...]:
    """The conditions with `new` in the place of the one of its type, or at the end.

    The transition is dated `now`, unless the status is as before: then the older instant stays. Where nothing changes,
    the very same tuple comes back. Mirrors podutil.UpdatePodCondition and its siblings.
    """
    for index, old in enumerate(conditions):
        if old.type == new.type:
            kept = old.last_transition_time if old.status == new.status else None
            dated = _dated(new, kept or now)
            return conditions if dated == old else (*conditions[:index], dated, *conditions[index + 1 :])
    return (*conditions, _dated(new, now))


def is_ready(pod: Pod) -> bool:
    """Whether the pod's Ready condition is true."""
    return is_true(pod.status.conditions, "Ready")


def _dated(condition: ConditionType, instant: Time) -> ConditionType:
    if condition.last_transition_time == instant:
        return condition
    return msgspec.structs.replace(condition, last_transition_time=instant)  # type: ignore[type-var]
