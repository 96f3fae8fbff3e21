"""apps/v1: StatefulSet and ControllerRevision.

Fields, names and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is
not served. This file owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import field

from harness.objects.claim import VolumeClaimTemplate
from harness.objects.meta import LabelSelector, Object
from harness.objects.pod import PodTemplateSpec
from harness.objects.value import Time, Value


class StatefulSetOrdinals(Value, frozen=True):
    start: int = field(default_factory=int)


class StatefulSetPersistentVolumeClaimRetentionPolicy(Value, frozen=True):
    when_deleted: str = ""
    when_scaled: str = ""


class RollingUpdateStatefulSetStrategy(Value, frozen=True):
    partition: int | None = None
    max_unavailable: int | str | None = None


class StatefulSetUpdateStrategy(Value, frozen=True):
    type: str = ""
    rolling_update: RollingUpdateStatefulSetStrategy | None = None


class StatefulSetSpec(Value, frozen=True):
    replicas: int | None = None
    selector: LabelSelector | None = None
    template: PodTemplateSpec = field(default_factory=PodTemplateSpec)
    volume_claim_templates: tuple[VolumeClaimTemplate, ...] = ()
    service_name: str = ""
    pod_management_policy: str = ""
    update_strategy: StatefulSetUpdateStrategy = field(default_factory=StatefulSetUpdateStrategy)
    revision_history_limit: int | None = None
    min_ready_seconds: int = 0
    persistent_volume_claim_retention_policy: StatefulSetPersistentVolumeClaimRetentionPolicy | None = None
    ordinals: StatefulSetOrdinals | None = None


class StatefulSetCondition(Value, frozen=True):
    type: str = ""
    status: str = ""
    last_transition_time: Time | None = None
    reason: str = ""
    message: str = ""


class StatefulSetStatus(Value, frozen=True):
    observed_generation: int = 0
    replicas: int = field(default_factory=int)
    ready_replicas: int = 0
    current_replicas: int = 0
    updated_replicas: int = 0
    current_revision: str = ""
    update_revision: str = ""
    collision_count: int | None = None
    conditions: tuple[StatefulSetCondition, ...] = ()
    available_replicas: int = field(default_factory=int)


class StatefulSet(Object, frozen=True):
    api_version: ClassVar[str] = "apps/v1"
    kind: ClassVar[str] = "StatefulSet"

    spec: StatefulSetSpec = field(default_factory=StatefulSetSpec)
    status: StatefulSetStatus = field(default_factory=StatefulSetStatus)


class ControllerRevision(Object, frozen=True):
    api_version: ClassVar[str] = "apps/v1"
    kind: ClassVar[str] = "ControllerRevision"

    data: dict[str, Any] = {}
    revision: int = field(default_factory=int)
