"""What the API server fills into a StatefulSet. Mirrors pkg/apis/apps/v1/defaults.go.

A `maxUnavailable` is taken out again: it belongs to a feature that is off in 1.36, and the server drops such a field
without a word.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.filling import each, filled, missing_fields
from harness.api.defaulting.pods import default_template
from harness.api.defaulting.volumes import VOLUME_MODE
from harness.objects.claim import VolumeClaimTemplate
from harness.objects.statefulset import (
    RollingUpdateStatefulSetStrategy,
    StatefulSet,
    StatefulSetPersistentVolumeClaimRetentionPolicy,
    StatefulSetUpdateStrategy,
)

_SPEC = (
    ("replicas", None, 1),
    ("pod_management_policy", "", "OrderedReady"),
    ("revision_history_limit", None, 10),
)
_RETENTION = (("when_deleted", "", "Retain"), ("when_scaled", "", "Retain"))
_RETAIN = StatefulSetPersistentVolumeClaimRetentionPolicy(when_deleted="Retain", when_scaled="Retain")
_CLAIM_TEMPLATE = (("kind", "", "PersistentVolumeClaim"), ("api_version", "", "v1"))
_CLAIM_STATUS = (("phase", "", "Pending"),)


def default_statefulset(owner: StatefulSet) -> StatefulSet:
    spec = owner.spec
    changes: dict[str, Any] = missing_fields(spec, _SPEC)
    parts = {
        "template": default_template(spec.template),
        "volume_claim_templates": each(spec.volume_claim_templates, _default_claim_template),
        "update_strategy": _default_strategy(spec.update_strategy),
        "persistent_volume_claim_retention_policy": _default_retention(spec.persistent_volume_claim_retention_policy),
    }
    changes.update((field, part) for field, part in parts.items() if part is not getattr(spec, field))
    return replace(owner, spec=replace(spec, **changes)) if changes else owner


def _default_claim_template(template: VolumeClaimTemplate) -> VolumeClaimTemplate:
    changes: dict[str, Any] = missing_fields(template, _CLAIM_TEMPLATE)
    spec = filled(template.spec, VOLUME_MODE)
    status = filled(template.status, _CLAIM_STATUS)
    if spec is not template.spec or status is not template.status:
        changes.update(spec=spec, status=status)
    return replace(template, **changes) if changes else template


def _default_strategy(strategy: StatefulSetUpdateStrategy) -> StatefulSetUpdateStrategy:
    rolling = strategy.rolling_update
    if rolling is not None and rolling.max_unavailable is not None:
        rolling = replace(rolling, max_unavailable=None)
    if not strategy.type:
        rolling = rolling or RollingUpdateStatefulSetStrategy()
    type_ = strategy.type or "RollingUpdate"
    if rolling is not None and rolling.partition is None and type_ == "RollingUpdate":
        rolling = replace(rolling, partition=0)
    if type_ == strategy.type and rolling is strategy.rolling_update:
        return strategy
    return replace(strategy, type=type_, rolling_update=rolling)


def _default_retention(
    policy: StatefulSetPersistentVolumeClaimRetentionPolicy | None,
) -> StatefulSetPersistentVolumeClaimRetentionPolicy:
    return _RETAIN if policy is None else filled(policy, _RETENTION)
