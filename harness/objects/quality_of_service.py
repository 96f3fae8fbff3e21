"""The quality-of-service class of a pod, from what its containers request and may use at most.

Mirrors kubernetes' pkg/apis/core/v1/helper/qos. Expects a pod whose requests are already defaulted from its limits.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.objects import quantity
from harness.objects.pod import PodSpec, ResourceRequirements

BEST_EFFORT, BURSTABLE, GUARANTEED = "BestEffort", "Burstable", "Guaranteed"

# Only these two decide.
_RESOURCES = ("cpu", "memory")


def quality_of_service(spec: PodSpec) -> str:
    """One of "BestEffort", "Burstable" and "Guaranteed"; the pod's own resources decide alone where it has any."""
    every = [container.resources for container in (*spec.containers, *spec.init_containers)]
    if spec.resources is not None:
        every = [spec.resources]
    requests = _totals(resources.requests for resources in every)
    limits = _totals(resources.limits for resources in every)
    if not requests and not limits:
        return BEST_EFFORT
    if requests == limits and all(_is_limited(resources) for resources in every):
        return GUARANTEED
    return BURSTABLE


def _is_limited(resources: ResourceRequirements) -> bool:
    return all(quantity.parse(resources.limits.get(name, "0")) > 0 for name in _RESOURCES)


def _totals(amounts: Iterable[dict[str, str]]) -> dict[str, int]:
    """Thousandths of each deciding resource that is asked for at all."""
    totals: dict[str, int] = {}
    for amount in amounts:
        for name in _RESOURCES:
            milli = quantity.parse(amount.get(name, "0"))
            if milli > 0:
                totals[name] = totals.get(name, 0) + milli
    return totals
