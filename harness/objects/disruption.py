"""Pods that are taken away for a reason of the cluster's own: the condition that says so.

Pure functions; who takes a pod away, and when, is not known here. Source: k8s.io/api/core/v1 (DisruptionTarget).
"""

from __future__ import annotations

from harness.objects.conditions import with_condition
from harness.objects.pod import Pod, PodCondition

DISRUPTION_TARGET = "DisruptionTarget"
PREEMPTION_BY_SCHEDULER = "PreemptionByScheduler"


def targeted(pod: Pod, reason: str, message: str, stamp: str) -> tuple[PodCondition, ...]:
    """The pod's conditions with the one that says why it is taken away."""
    condition = PodCondition(
        type=DISRUPTION_TARGET,
        status="True",
        reason=reason,
        message=message,
        observed_generation=pod.metadata.generation,
    )
    return with_condition(pod.status.conditions, condition, stamp)
