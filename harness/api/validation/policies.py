"""What the API server demands of PodDisruptionBudgets and PriorityClasses, and which of their changes it allows.

Mirrors pkg/apis/policy/validation and pkg/apis/scheduling/validation.
"""

from __future__ import annotations

from harness.api.problems import FieldProblem, forbidden, invalid, required, unsupported
from harness.api.validation.fields import (
    AT_LEAST_ZERO,
    bound_problems,
    one_of,
    selector_problems,
    share_problems,
)
from harness.api.validation.internal_form import shown
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain
from harness.objects.policy import (
    PodDisruptionBudget,
    PodDisruptionBudgetSpec,
    PodDisruptionBudgetStatus,
    PriorityClass,
)

HIGHEST_USER_PRIORITY = 1_000_000_000

_SYSTEM_CLASSES = {"system-node-critical": 2_000_001_000, "system-cluster-critical": 2_000_000_000}
_EVICTION_POLICIES = ("AlwaysAllow", "IfHealthyBudget")
_PREEMPTION_POLICIES = ("PreemptLowerPriority", "Never")
_COUNTS = (
    ("disruptions_allowed", "disruptionsAllowed"),
    ("current_healthy", "currentHealthy"),
    ("desired_healthy", "desiredHealthy"),
    ("expected_pods", "expectedPods"),
)


def budget_problems(budget: PodDisruptionBudget) -> list[FieldProblem]:
    problems = metadata_problems(budget.metadata, True, dns_subdomain, "metadata")
    return problems + _budget_spec_problems(budget.spec)


def budget_update_problems(new: PodDisruptionBudget, old: PodDisruptionBudget) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec is not old.spec and new.spec != old.spec:
        problems += _budget_spec_problems(new.spec)
    if new.status is not old.status:
        problems += _budget_status_problems(new.status)
    return problems


def _budget_spec_problems(spec: PodDisruptionBudgetSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if spec.min_available is not None and spec.max_unavailable is not None:
        text = "minAvailable and maxUnavailable cannot be both set"
        problems.append(invalid("spec", shown(spec), text))
    for name, bound in (("minAvailable", spec.min_available), ("maxUnavailable", spec.max_unavailable)):
        if bound is not None:
            problems += [*bound_problems(bound, f"spec.{name}"), *share_problems(bound, f"spec.{name}")]
    problems += selector_problems(spec.selector, "spec.selector")
    policy = spec.unhealthy_pod_eviction_policy
    if policy is not None and policy not in _EVICTION_POLICIES:
        problems.append(unsupported("spec.unhealthyPodEvictionPolicy", policy, _EVICTION_POLICIES))
    return problems


def _budget_status_problems(status: PodDisruptionBudgetStatus) -> list[FieldProblem]:
    return [
        invalid(f"status.{name}", getattr(status, field), AT_LEAST_ZERO)
        for field, name in _COUNTS
        if getattr(status, field) < 0
    ]


def priority_class_problems(priority_class: PriorityClass) -> list[FieldProblem]:
    problems = metadata_problems(priority_class.metadata, False, dns_subdomain, "metadata")
    name, value = priority_class.metadata.name, priority_class.value
    if name.startswith("system-"):
        if name not in _SYSTEM_CLASSES or value != _SYSTEM_CLASSES[name] or priority_class.global_default:
            text = (
                "priority class names with 'system-' prefix are reserved for system use only. "
                f"error: {_reserved_text(name)}"
            )
            problems.append(forbidden("metadata.name", text))
    elif value > HIGHEST_USER_PRIORITY:
        text = f"maximum allowed value of a user defined priority is {HIGHEST_USER_PRIORITY}"
        problems.append(forbidden("value", text))
    if priority_class.preemption_policy is None:
        problems.append(required("preemptionPolicy"))
    elif priority_class.preemption_policy not in _PREEMPTION_POLICIES:
        problems += one_of(priority_class.preemption_policy, _PREEMPTION_POLICIES, "preemptionPolicy")
    return problems


def _reserved_text(name: str) -> str:
    if name not in _SYSTEM_CLASSES:
        return f"{name} is not a known system priority class"
    return f"value of {name} PriorityClass must be {_SYSTEM_CLASSES[name]}"


def priority_class_update_problems(new: PriorityClass, old: PriorityClass) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.value != old.value:
        problems.append(forbidden("value", "may not be changed in an update."))
    if new.preemption_policy != old.preemption_policy:
        problems.append(invalid("preemptionPolicy", new.preemption_policy, IMMUTABLE))
    return problems
