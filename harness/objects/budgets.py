"""Disruption budgets: which guard a pod, how many pods they ask for, and the condition that says what they allow.

Pure, and shared by those who meet in a budget's status: the server, which spends what it allows, and the controller,
which counts it anew. Mirrors component-helpers/apps/poddisruptionbudget and apimachinery's util/intstr.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from harness.objects import conditions, selector
from harness.objects.meta import Condition
from harness.objects.pod import Pod
from harness.objects.policy import PodDisruptionBudget, PodDisruptionBudgetStatus
from harness.objects.value import Time

DISRUPTION_ALLOWED = "DisruptionAllowed"
SUFFICIENT_PODS = "SufficientPods"
INSUFFICIENT_PODS = "InsufficientPods"
SYNC_FAILED = "SyncFailed"


def guarding(pod: Pod, budgets: Iterable[PodDisruptionBudget]) -> list[PodDisruptionBudget]:
    """Those of the budgets that select the pod, by name. An empty selector selects its whole namespace."""
    namespace, labels = pod.metadata.namespace, pod.metadata.labels
    found = [
        budget
        for budget in budgets
        if budget.metadata.namespace == namespace and selector.matches(budget.spec.selector, labels)
    ]
    return sorted(found, key=lambda budget: budget.metadata.name)


def rounded_up(bound: int | str, total: int) -> int:
    """The bound as a number of pods; a share such as `25%` is one of `total`, rounded up."""
    return bound if isinstance(bound, int) else -(-int(bound.removesuffix("%")) * total // 100)


def with_verdict(status: PodDisruptionBudgetStatus, now: Time) -> PodDisruptionBudgetStatus:
    """The status with the condition that follows from the number of disruptions it allows."""
    allowed = status.disruptions_allowed > 0
    return _with_condition(status, allowed, SUFFICIENT_PODS if allowed else INSUFFICIENT_PODS, "", now)


def with_failure(status: PodDisruptionBudgetStatus, message: str, now: Time) -> PodDisruptionBudgetStatus:
    """The status of a budget that could not be counted: it allows nothing, and says why."""
    return _with_condition(replace(status, disruptions_allowed=0), False, SYNC_FAILED, message, now)


def _with_condition(
    status: PodDisruptionBudgetStatus, allowed: bool, reason: str, message: str, now: Time
) -> PodDisruptionBudgetStatus:
    condition = Condition(
        type=DISRUPTION_ALLOWED,
        status="True" if allowed else "False",
        observed_generation=status.observed_generation,
        reason=reason,
        message=message,
    )
    return replace(status, conditions=conditions.with_condition(status.conditions, condition, now))
