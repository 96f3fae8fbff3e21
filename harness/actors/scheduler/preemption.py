"""Whether removing pods would make room for one that finds no node.

Owns the answer of the DefaultPreemption plugin, which for now never removes any: a pod of higher priority waits like
every other. Mirrors plugins/defaultpreemption and framework/preemption.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.actors.scheduler import messages
from harness.actors.scheduler.attempt import Attempt, Rejection

_NEVER = "not eligible due to preemptionPolicy=Never."
_UNHELPFUL = "Preemption is not helpful for scheduling"
_NO_VICTIMS = "No preemption victims found for incoming pod"


def refusal(attempt: Attempt, rejections: Mapping[str, Rejection]) -> str:
    """Why no pods are removed for this one. `rejections` has every node by name."""
    if attempt.pod.spec.preemption_policy == "Never":
        return _NEVER
    reasons = [_UNHELPFUL if rejection.unresolvable else _NO_VICTIMS for rejection in rejections.values()]
    return messages.preemption_unhelpful(attempt.node_count, reasons)
