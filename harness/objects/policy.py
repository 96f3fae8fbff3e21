"""policy/v1 PodDisruptionBudget and scheduling.k8s.io/v1 PriorityClass.

Fields, names and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is
not served. This file owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from harness.objects.meta import Condition, LabelSelector, Object
from harness.objects.value import Time, Value


class PodDisruptionBudgetSpec(Value, frozen=True):
    min_available: int | str | None = None
    selector: LabelSelector | None = None
    max_unavailable: int | str | None = None
    unhealthy_pod_eviction_policy: str | None = None


class PodDisruptionBudgetStatus(Value, frozen=True):
    observed_generation: int = 0
    disrupted_pods: dict[str, Time | None] = {}
    disruptions_allowed: int = field(default_factory=int)
    current_healthy: int = field(default_factory=int)
    desired_healthy: int = field(default_factory=int)
    expected_pods: int = field(default_factory=int)
    conditions: tuple[Condition, ...] = ()


class PodDisruptionBudget(Object, frozen=True):
    api_version: ClassVar[str] = "policy/v1"
    kind: ClassVar[str] = "PodDisruptionBudget"

    spec: PodDisruptionBudgetSpec = field(default_factory=PodDisruptionBudgetSpec)
    status: PodDisruptionBudgetStatus = field(default_factory=PodDisruptionBudgetStatus)


class PriorityClass(Object, frozen=True):
    api_version: ClassVar[str] = "scheduling.k8s.io/v1"
    kind: ClassVar[str] = "PriorityClass"

    value: int = field(default_factory=int)
    global_default: bool = False
    description: str = ""
    preemption_policy: str | None = None
