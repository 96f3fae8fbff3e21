"""What the API server demands of a StatefulSet, and which of its changes it allows.

Mirrors pkg/apis/apps/validation/validation.go.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.api.problems import FieldProblem, forbidden, invalid, required, unsupported
from harness.api.validation.claims import claim_spec_problems
from harness.api.validation.fields import (
    at_least_zero,
    complaints,
    is_empty,
    is_readable,
    selector_problems,
    unselected_problems,
)
from harness.api.validation.internal_form import shown
from harness.api.validation.metadata import metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_label
from harness.api.validation.pods import template_problems
from harness.objects.pod import PodTemplateSpec
from harness.objects.statefulset import StatefulSet, StatefulSetSpec, StatefulSetStatus
from harness.objects.volume import PersistentVolumeClaimVolumeSource, Volume

_RETENTION = ("Delete", "Retain")
_CHANGEABLE = (
    "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', "
    "'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden"
)
# (field of the status, name as served, what it may not exceed)
_COUNTS = (
    ("replicas", "replicas"),
    ("ready_replicas", "readyReplicas"),
    ("current_replicas", "currentReplicas"),
    ("updated_replicas", "updatedReplicas"),
    ("available_replicas", "availableReplicas"),
)


def statefulset_problems(owner: StatefulSet) -> list[FieldProblem]:
    problems = metadata_problems(owner.metadata, True, dns_label, "metadata")
    problems += _spec_problems(owner.spec)
    for index, template in enumerate(owner.spec.volume_claim_templates):
        problems += claim_spec_problems(template.spec, f"spec.volumeClaimTemplates[{index}].spec")
    service = owner.spec.service_name
    return problems + (complaints("spec.serviceName", service, dns_label(service)) if service else [])


def statefulset_update_problems(new: StatefulSet, old: StatefulSet) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.status is not old.status:
        problems += _status_problems(new.status, old.status)
    if new.spec is old.spec or new.spec == old.spec:
        return problems
    known_template = new.spec.template is old.spec.template or new.spec.template == old.spec.template
    problems += _spec_problems(new.spec, with_template=not known_template and not _spec_problems(old.spec))
    allowed = replace(
        old.spec,
        replicas=new.spec.replicas,
        ordinals=new.spec.ordinals,
        template=new.spec.template,
        update_strategy=new.spec.update_strategy,
        revision_history_limit=new.spec.revision_history_limit,
        persistent_volume_claim_retention_policy=new.spec.persistent_volume_claim_retention_policy,
        min_ready_seconds=new.spec.min_ready_seconds,
    )
    return problems if allowed == new.spec else [*problems, forbidden("spec", _CHANGEABLE)]


def _spec_problems(spec: StatefulSetSpec, *, with_template: bool = True) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not spec.pod_management_policy:
        problems.append(required("spec.podManagementPolicy"))
    elif spec.pod_management_policy not in ("OrderedReady", "Parallel"):
        text = "must be 'OrderedReady' or 'Parallel'"
        problems.append(invalid("spec.podManagementPolicy", spec.pod_management_policy, text))
    problems += _strategy_problems(spec)
    problems += _retention_problems(spec)
    problems += at_least_zero(spec.replicas, "spec.replicas")
    problems += at_least_zero(spec.min_ready_seconds, "spec.minReadySeconds")
    if spec.ordinals is not None:
        problems += at_least_zero(spec.ordinals.start, "spec.ordinals.start")
    problems += _selector_problems(spec)
    problems += _template_problems(spec, with_template)
    return problems


def _strategy_problems(spec: StatefulSetSpec) -> list[FieldProblem]:
    strategy = spec.update_strategy
    match strategy.type:
        case "":
            return [required("spec.updateStrategy")]
        case "OnDelete":
            if strategy.rolling_update is None:
                return []
            text = "only allowed for updateStrategy 'RollingUpdate'"
            rolling = replace(strategy.rolling_update, partition=strategy.rolling_update.partition or 0)
            return [invalid("spec.updateStrategy.rollingUpdate", shown(rolling), text)]
        case "RollingUpdate":
            if strategy.rolling_update is None:
                return []
            return at_least_zero(strategy.rolling_update.partition, "spec.updateStrategy.rollingUpdate.partition")
        case _:
            return [invalid("spec.updateStrategy", shown(strategy), "must be 'RollingUpdate' or 'OnDelete'")]


def _retention_problems(spec: StatefulSetSpec) -> list[FieldProblem]:
    policy = spec.persistent_volume_claim_retention_policy
    if policy is None:
        return []
    path = "spec.persistentVolumeClaimRetentionPolicy"
    return [
        unsupported(f"{path}.{name}", value, _RETENTION)
        for name, value in (("whenDeleted", policy.when_deleted), ("whenScaled", policy.when_scaled))
        if value not in _RETENTION
    ]


def _selector_problems(spec: StatefulSetSpec) -> list[FieldProblem]:
    if spec.selector is None:
        return [required("spec.selector")]
    problems = selector_problems(spec.selector, "spec.selector")
    if is_empty(spec.selector):
        problems.append(invalid("spec.selector", shown(spec.selector), "empty selector is invalid for statefulset"))
    return problems


def _template_problems(spec: StatefulSetSpec, with_template: bool) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    selector, path = spec.selector, "spec.template"
    if selector is not None and not is_readable(selector):
        problems.append(invalid("spec.selector", shown(selector), ""))
    else:
        problems += unselected_problems(selector, spec.template.metadata.labels, f"{path}.metadata.labels")
        if with_template:
            problems += template_problems(_without_names(spec.template), path, _claimed_volumes(spec))
    if spec.template.spec.restart_policy != "Always":
        problems.append(unsupported(f"{path}.spec.restartPolicy", spec.template.spec.restart_policy, ("Always",)))
    if spec.template.spec.active_deadline_seconds is not None:
        text = "activeDeadlineSeconds in StatefulSet is not Supported"
        problems.append(forbidden(f"{path}.spec.activeDeadlineSeconds", text))
    return problems


def _without_names(template: PodTemplateSpec) -> PodTemplateSpec:
    """The set names its pods itself, so what the template says of it is not looked at."""
    if not template.spec.hostname and not template.spec.subdomain:
        return template
    return replace(template, spec=replace(template.spec, hostname="", subdomain=""))


def _claimed_volumes(spec: StatefulSetSpec) -> dict[str, Volume]:
    """The volumes that each pod will get for its claims."""
    source = PersistentVolumeClaimVolumeSource(claim_name="a-claim")
    return {
        template.metadata.name: Volume(name=template.metadata.name, persistent_volume_claim=source)
        for template in spec.volume_claim_templates
    }


def _status_problems(new: StatefulSetStatus, old: StatefulSetStatus) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for field, name in _COUNTS:
        problems += at_least_zero(getattr(new, field), f"status.{name}")
    problems += at_least_zero(new.observed_generation, "status.observedGeneration")
    problems += at_least_zero(new.collision_count, "status.collisionCount")
    for field, name in _COUNTS[1:]:
        if getattr(new, field) > new.replicas:
            text = "cannot be greater than status.replicas"
            problems.append(invalid(f"status.{name}", getattr(new, field), text))
    if new.available_replicas > new.ready_replicas:
        text = "cannot be greater than status.readyReplicas"
        problems.append(invalid("status.availableReplicas", new.available_replicas, text))
    if old.collision_count is not None and (new.collision_count or 0) < old.collision_count:
        problems.append(invalid("status.collisionCount", new.collision_count or 0, "cannot be decremented"))
    return problems
