"""The eviction subresource: a deletion of a pod that first asks its disruption budget.

Owns whether a pod may go, and the three writes of letting it go: what is left of the budget, the pod's condition, the
deletion. How much a budget allows is counted elsewhere. Source: pkg/registry/core/pod/storage/eviction.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.api import admission, kinds
from harness.api.problems import ApiError
from harness.kernel.trace import Cause
from harness.objects import conditions
from harness.objects.budgets import DISRUPTION_ALLOWED, SYNC_FAILED, guarding, with_verdict
from harness.objects.disruption import DISRUPTION_TARGET
from harness.objects.pod import Pod, PodCondition
from harness.objects.pods import PENDING, has_ended
from harness.objects.policy import PodDisruptionBudget

if TYPE_CHECKING:
    from harness.api.server import Server

_REFUSED = "Cannot evict pod as it would violate the pod's disruption budget."
_CAUSE = "DisruptionBudget"
_BUSY_RETRY_SECONDS = 10
_SEVERAL = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support."
_ALWAYS_ALLOW = "AlwaysAllow"
_TARGETED = PodCondition(
    type=DISRUPTION_TARGET, status="True", reason="EvictionByEvictionAPI", message="Eviction API: evicting"
)


def evict(
    server: Server, namespace: str, name: str, cause: Cause | None = None, *, grace_seconds: int | None = None
) -> None:
    """Evict the pod of that name, within a grace period if one is given.

    Raises `ApiError`: NotFound, TooManyRequests, or 500 for a pod of several budgets.
    """
    kind = kinds.BY_TYPE[Pod]
    pod = server.get(kind, namespace, name)
    assert isinstance(pod, Pod)
    admission.admit_namespace(kind, pod.metadata, server)
    budget = _spent(pod, server)
    if budget is not None:
        server.update_status(_without_one(budget, name, server.clock.stamp()), cause)
    server.modify(pod, lambda stored: _marked(stored, server.clock.stamp()), cause, status=True)
    server.delete(kind, namespace, name, cause, grace_seconds=grace_seconds)


def _spent(pod: Pod, server: Server) -> PodDisruptionBudget | None:
    """The budget that pays for the eviction, if one has to. Raises `ApiError` for a pod that has to stay."""
    if pod.metadata.deletion_timestamp is not None or pod.status.phase == PENDING or has_ended(pod):
        return None
    budgets = guarding(pod, server.list(kinds.BY_TYPE[PodDisruptionBudget], pod.metadata.namespace))
    if len(budgets) > 1:
        raise ApiError(500, "", _SEVERAL)
    if not budgets or (not conditions.is_ready(pod) and _lets_unready_go(budgets[0])):
        return None
    budget = budgets[0]
    if budget.status.observed_generation < budget.metadata.generation:
        text = f"The disruption budget {budget.metadata.name} is still being processed by the server."
        raise ApiError.too_many_requests(_REFUSED, _CAUSE, text, _BUSY_RETRY_SECONDS)
    if budget.status.disruptions_allowed == 0:
        raise ApiError.too_many_requests(_REFUSED, _CAUSE, _why_not(budget))
    return budget


def _lets_unready_go(budget: PodDisruptionBudget) -> bool:
    """Whether a pod that is not ready, and so is not counted as healthy, may go without being paid for."""
    status = budget.status
    return budget.spec.unhealthy_pod_eviction_policy == _ALWAYS_ALLOW or (
        status.current_healthy >= status.desired_healthy > 0
    )


def _why_not(budget: PodDisruptionBudget) -> str:
    """What programs are told of a budget that is used up; people see the refusal alone."""
    status, name = budget.status, budget.metadata.name
    condition = conditions.find(status.conditions, DISRUPTION_ALLOWED)
    said = condition if condition is not None and condition.status == "False" and condition.message else None
    if said is not None and said.reason == SYNC_FAILED:
        # The counts are those of the last count that worked.
        return (
            f"The disruption budget {name} does not allow evicting pods currently "
            f"because it failed sync: {said.message}"
        )
    if status.current_healthy <= status.desired_healthy:
        return (
            f"The disruption budget {name} needs {status.desired_healthy} healthy pods "
            f"and has {status.current_healthy} currently"
        )
    why = f" ({said.reason}): {said.message}" if said is not None else ""
    return f"The disruption budget {name} does not allow evicting pods currently{why}"


def _without_one(budget: PodDisruptionBudget, pod: str, stamp: str) -> PodDisruptionBudget:
    """The budget with one disruption fewer, and the pod on the list of those that are about to go."""
    status = replace(
        budget.status,
        disruptions_allowed=budget.status.disruptions_allowed - 1,
        disrupted_pods={**budget.status.disrupted_pods, pod: stamp},
    )
    return replace(budget, status=status if status.disruptions_allowed else with_verdict(status, stamp))


def _marked(pod: Pod, stamp: str) -> Pod:
    marked = conditions.with_condition(pod.status.conditions, _TARGETED, stamp)
    return replace(pod, status=replace(pod.status, conditions=marked))
