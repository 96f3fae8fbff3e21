"""What a job's pod failure policy says of a pod that failed.

Pure. Mirrors pkg/controller/job/pod_failure_policy.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from harness.objects.batch import PodFailurePolicy, PodFailurePolicyOnExitCodesRequirement, PodFailurePolicyRule
from harness.objects.pod import ContainerStatus, Pod

COUNT = "Count"
IGNORE = "Ignore"
FAIL_INDEX = "FailIndex"
FAIL_JOB = "FailJob"


class Judgement(NamedTuple):
    """What to do about a failed pod. `text` says why, where its job fails by it."""

    action: str
    text: str = ""

    @property
    def counts(self) -> bool:
        """Whether the failure counts towards the limits of the job."""
        return self.action != IGNORE


_USUAL = Judgement(COUNT)


def judged(policy: PodFailurePolicy | None, pod: Pod) -> Judgement:
    """By the first rule that the pod meets; a pod that meets none counts."""
    for index, rule in enumerate(policy.rules if policy is not None else ()):
        found = _by_exit_codes(rule, pod) if rule.on_exit_codes is not None else _by_conditions(rule, pod)
        if found:
            return Judgement(rule.action, f"{found} matching {rule.action} rule at index {index}")
    return _USUAL


def _by_exit_codes(rule: PodFailurePolicyRule, pod: Pod) -> str:
    """What is said of a pod one of whose containers ended as the rule wants it; "" if none did."""
    demand = rule.on_exit_codes
    assert demand is not None
    for group in (pod.status.container_statuses, pod.status.init_container_statuses):
        code = _exit_code(group, demand)
        if code is not None:
            container, number = code
            metadata = pod.metadata
            return f"Container {container} for pod {metadata.namespace}/{metadata.name} failed with exit code {number}"
    return ""


def _exit_code(
    statuses: Iterable[ContainerStatus], demand: PodFailurePolicyOnExitCodesRequirement
) -> tuple[str, int] | None:
    for status in statuses:
        ended = status.state.terminated
        if ended is None or not ended.exit_code or demand.container_name not in (None, status.name):
            continue
        if (ended.exit_code in demand.values) is (demand.operator == "In"):
            return status.name, ended.exit_code
    return None


def _by_conditions(rule: PodFailurePolicyRule, pod: Pod) -> str:
    wanted = {(pattern.type, pattern.status) for pattern in rule.on_pod_conditions}
    for condition in pod.status.conditions:
        if (condition.type, condition.status) in wanted:
            return f"Pod {pod.metadata.namespace}/{pod.metadata.name} has condition {condition.type}"
    return ""
