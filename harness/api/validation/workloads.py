"""What the API server demands of workloads that keep pods running, and which of their changes it allows.

Owns Deployments, ReplicaSets, DaemonSets, ReplicationControllers and PodTemplates. Mirrors
pkg/apis/apps/validation/validation.go, pkg/apis/core/validation and the strategies of pkg/registry/apps, which keep
selectors as they are.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.api.problems import FieldProblem, forbidden, invalid, required, unsupported
from harness.api.validation.fields import (
    at_least_zero,
    bound_problems,
    is_empty,
    is_readable,
    is_zero,
    selector_problems,
    share_problems,
    unselected_problems,
)
from harness.api.validation.internal_form import shown
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain
from harness.api.validation.pods import template_problems
from harness.api.validation.rules import Rules
from harness.objects.apps import (
    DaemonSet,
    DaemonSetSpec,
    DaemonSetStatus,
    DaemonSetUpdateStrategy,
    Deployment,
    DeploymentSpec,
    DeploymentStatus,
    DeploymentStrategy,
    ReplicaSet,
    ReplicaSetSpec,
    ReplicaSetStatus,
)
from harness.objects.meta import LabelSelector, Object
from harness.objects.pod import PodTemplateSpec
from harness.objects.replication import (
    PodTemplate,
    ReplicationController,
    ReplicationControllerSpec,
    ReplicationControllerStatus,
)
from harness.objects.value import Value

_TEMPLATE = "spec.template"


def deployment_problems(deployment: Deployment) -> list[FieldProblem]:
    return metadata_problems(deployment.metadata, True, dns_subdomain, "metadata") + _deployment_spec(deployment.spec)


def deployment_update_problems(new: Deployment, old: Deployment) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec != old.spec:
        problems += _deployment_spec(new.spec) + _fixed_selector(new.spec.selector, old.spec.selector)
    return problems if new.status is old.status else problems + _deployment_status(new.status, old.status)


def _deployment_spec(spec: DeploymentSpec) -> list[FieldProblem]:
    problems = at_least_zero(spec.replicas, "spec.replicas")
    problems += _selector(spec.selector, spec.template, "deployment")
    problems += _strategy(spec.strategy)
    problems += at_least_zero(spec.min_ready_seconds, "spec.minReadySeconds")
    problems += at_least_zero(spec.revision_history_limit, "spec.revisionHistoryLimit")
    deadline = spec.progress_deadline_seconds
    if deadline is not None:
        problems += at_least_zero(deadline, "spec.progressDeadlineSeconds")
        if deadline <= spec.min_ready_seconds:
            problems.append(invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
    return problems


def _strategy(strategy: DeploymentStrategy) -> list[FieldProblem]:
    path, rolling = "spec.strategy", strategy.rolling_update
    match strategy.type:
        case "Recreate":
            text = "may not be specified when strategy `type` is 'Recreate'"
            return [] if rolling is None else [forbidden(f"{path}.rollingUpdate", text)]
        case "RollingUpdate" if rolling is not None:
            unavailable, surge = rolling.max_unavailable or 0, rolling.max_surge or 0
            at = f"{path}.rollingUpdate.maxUnavailable"
            problems = bound_problems(unavailable, at) + bound_problems(surge, f"{path}.rollingUpdate.maxSurge")
            if is_zero(unavailable) and is_zero(surge):
                problems.append(invalid(at, unavailable, "may not be 0 when `maxSurge` is 0"))
            return problems + share_problems(unavailable, at)
        case "RollingUpdate":
            return [required(f"{path}.rollingUpdate", "this should be defaulted and never be nil")]
        case _:
            return [unsupported(path, shown(strategy), ("Recreate", "RollingUpdate"))]


def replica_set_problems(replica_set: ReplicaSet) -> list[FieldProblem]:
    return metadata_problems(replica_set.metadata, True, dns_subdomain, "metadata") + _replica_set_spec(
        replica_set.spec
    )


def replica_set_update_problems(new: ReplicaSet, old: ReplicaSet) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec != old.spec:
        problems += _replica_set_spec(new.spec) + _fixed_selector(new.spec.selector, old.spec.selector)
    return problems if new.status is old.status else problems + _replica_counts(new.status)


def _replica_set_spec(spec: ReplicaSetSpec) -> list[FieldProblem]:
    problems = at_least_zero(spec.replicas, "spec.replicas")
    problems += at_least_zero(spec.min_ready_seconds, "spec.minReadySeconds")
    return problems + _selector(spec.selector, spec.template, "deployment")


def daemon_set_problems(daemon_set: DaemonSet) -> list[FieldProblem]:
    return metadata_problems(daemon_set.metadata, True, dns_subdomain, "metadata") + _daemon_set_spec(daemon_set.spec)


def daemon_set_update_problems(new: DaemonSet, old: DaemonSet) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec != old.spec:
        problems += _daemon_set_spec(new.spec) + _fixed_selector(new.spec.selector, old.spec.selector)
    return problems if new.status is old.status else problems + _daemon_set_status(new.status, old.status)


def _daemon_set_spec(spec: DaemonSetSpec) -> list[FieldProblem]:
    selector = spec.selector
    problems = selector_problems(selector, "spec.selector")
    if selector is None or is_readable(selector):
        problems += unselected_problems(selector, spec.template.metadata.labels, f"{_TEMPLATE}.metadata.labels")
    if selector is not None and is_empty(selector):
        problems.append(invalid("spec.selector", shown(selector), "empty selector is invalid for daemonset"))
    problems += template_problems(spec.template, _TEMPLATE) + _lasting_problems(spec.template, "DaemonSet")
    problems += at_least_zero(spec.min_ready_seconds, "spec.minReadySeconds")
    problems += _daemon_strategy(spec.update_strategy)
    return problems + at_least_zero(spec.revision_history_limit, "spec.revisionHistoryLimit")


def _daemon_strategy(strategy: DaemonSetUpdateStrategy) -> list[FieldProblem]:
    path, rolling = "spec.updateStrategy", strategy.rolling_update
    match strategy.type:
        case "OnDelete":
            return []
        case "RollingUpdate" if rolling is not None:
            unavailable, surge = rolling.max_unavailable or 0, rolling.max_surge or 0
            places = ((unavailable, f"{path}.rollingUpdate.maxUnavailable"), (surge, f"{path}.rollingUpdate.maxSurge"))
            problems = [problem for bound, at in places for problem in bound_problems(bound, at)]
            problems += [problem for bound, at in places for problem in share_problems(bound, at)]
            if not is_zero(unavailable) and not is_zero(surge):
                problems.append(invalid(places[1][1], surge, "may not be set when maxUnavailable is non-zero"))
            elif is_zero(unavailable) and is_zero(surge):
                problems.append(required(places[0][1], "cannot be 0 when maxSurge is 0"))
            return problems
        case "RollingUpdate":
            return [required(f"{path}.rollingUpdate")]
        case _:
            return [unsupported(path, shown(strategy), ("RollingUpdate", "OnDelete"))]


def replication_controller_problems(controller: ReplicationController) -> list[FieldProblem]:
    problems = metadata_problems(controller.metadata, True, dns_subdomain, "metadata")
    return problems + _replication_controller_spec(controller.spec)


def replication_controller_update_problems(
    new: ReplicationController, old: ReplicationController
) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec != old.spec:
        problems += _replication_controller_spec(new.spec)
    return problems if new.status is old.status else problems + _replica_counts(new.status)


def _replication_controller_spec(spec: ReplicationControllerSpec) -> list[FieldProblem]:
    problems = at_least_zero(spec.min_ready_seconds, "spec.minReadySeconds")
    if not spec.selector:
        problems.append(required("spec.selector"))
    problems += at_least_zero(spec.replicas, "spec.replicas")
    if spec.template is None:
        return [*problems, required(_TEMPLATE)]
    selector = LabelSelector(match_labels=spec.selector)
    problems += unselected_problems(selector, spec.template.metadata.labels, f"{_TEMPLATE}.metadata.labels")
    return (
        problems
        + template_problems(spec.template, _TEMPLATE)
        + _lasting_problems(spec.template, "ReplicationController")
    )


def pod_template_problems(template: PodTemplate) -> list[FieldProblem]:
    problems = metadata_problems(template.metadata, True, dns_subdomain, "metadata")
    return problems + template_problems(template.template, "template")


def pod_template_update_problems(new: PodTemplate, old: PodTemplate) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    return problems if new.template == old.template else problems + template_problems(new.template, "template")


# What they have in common


def _selector(selector: LabelSelector | None, template: PodTemplateSpec, what: str) -> list[FieldProblem]:
    """A selector and the template whose pods it must select."""
    problems: list[FieldProblem] = []
    if selector is None:
        problems.append(required("spec.selector"))
    else:
        problems += selector_problems(selector, "spec.selector")
        if is_empty(selector):
            problems.append(invalid("spec.selector", shown(selector), f"empty selector is invalid for {what}"))
        if not is_readable(selector):
            return [*problems, invalid("spec.selector", shown(selector), "invalid label selector")]
    problems += unselected_problems(selector, template.metadata.labels, f"{_TEMPLATE}.metadata.labels")
    return problems + template_problems(template, _TEMPLATE) + _lasting_problems(template, "ReplicaSet")


def _lasting_problems(template: PodTemplateSpec, owner: str) -> list[FieldProblem]:
    """Pods that are to run for ever."""
    problems: list[FieldProblem] = []
    if template.spec.restart_policy != "Always":
        problems.append(unsupported(f"{_TEMPLATE}.spec.restartPolicy", template.spec.restart_policy, ("Always",)))
    if template.spec.active_deadline_seconds is not None:
        text = f"activeDeadlineSeconds in {owner} is not Supported"
        problems.append(forbidden(f"{_TEMPLATE}.spec.activeDeadlineSeconds", text))
    return problems


def _fixed_selector(new: LabelSelector | None, old: LabelSelector | None) -> list[FieldProblem]:
    if new == old:
        return []
    return [invalid("spec.selector", shown(new) if new is not None else None, IMMUTABLE)]


# The counts of a status: (field, name as served)
_REPLICA_COUNTS = (
    ("replicas", "replicas"),
    ("fully_labeled_replicas", "fullyLabeledReplicas"),
    ("ready_replicas", "readyReplicas"),
    ("available_replicas", "availableReplicas"),
    ("observed_generation", "observedGeneration"),
)
_DEPLOYMENT_COUNTS = (
    ("observed_generation", "observedGeneration"),
    ("replicas", "replicas"),
    ("updated_replicas", "updatedReplicas"),
    ("ready_replicas", "readyReplicas"),
    ("available_replicas", "availableReplicas"),
    ("unavailable_replicas", "unavailableReplicas"),
    ("terminating_replicas", "terminatingReplicas"),
    ("collision_count", "collisionCount"),
)
_DAEMON_COUNTS = (
    ("current_number_scheduled", "currentNumberScheduled"),
    ("number_misscheduled", "numberMisscheduled"),
    ("desired_number_scheduled", "desiredNumberScheduled"),
    ("number_ready", "numberReady"),
    ("observed_generation", "observedGeneration"),
    ("updated_number_scheduled", "updatedNumberScheduled"),
    ("number_available", "numberAvailable"),
    ("number_unavailable", "numberUnavailable"),
    ("collision_count", "collisionCount"),
)
# (field, name as served, what it may not exceed, that one's name)
_DEPLOYMENT_LIMITS = (
    ("updated_replicas", "updatedReplicas", "replicas", "replicas"),
    ("ready_replicas", "readyReplicas", "replicas", "replicas"),
    ("available_replicas", "availableReplicas", "replicas", "replicas"),
    ("available_replicas", "availableReplicas", "ready_replicas", "readyReplicas"),
)
_REPLICA_LIMITS = (
    ("fully_labeled_replicas", "fullyLabeledReplicas", "replicas", "replicas"),
    *_DEPLOYMENT_LIMITS[1:],
)


def _counts(status: Value, counts: tuple[tuple[str, str], ...]) -> list[FieldProblem]:
    return [problem for field, name in counts for problem in at_least_zero(getattr(status, field), f"status.{name}")]


def _limits(status: Value, limits: tuple[tuple[str, str, str, str], ...]) -> list[FieldProblem]:
    return [
        invalid(f"status.{name}", getattr(status, field), f"cannot be greater than status.{limit_name}")
        for field, name, limit, limit_name in limits
        if getattr(status, field) > getattr(status, limit)
    ]


def _collisions(new: int | None, old: int | None) -> list[FieldProblem]:
    if old is None or (new or 0) >= old:
        return []
    return [invalid("status.collisionCount", new or 0, "cannot be decremented")]


def _replica_counts(status: ReplicaSetStatus | ReplicationControllerStatus) -> list[FieldProblem]:
    return _counts(status, _REPLICA_COUNTS) + _limits(status, _REPLICA_LIMITS)


def _deployment_status(new: DeploymentStatus, old: DeploymentStatus) -> list[FieldProblem]:
    problems = _counts(new, _DEPLOYMENT_COUNTS) + _limits(new, _DEPLOYMENT_LIMITS)
    return problems + _collisions(new.collision_count, old.collision_count)


def _daemon_set_status(new: DaemonSetStatus, old: DaemonSetStatus) -> list[FieldProblem]:
    return _counts(new, _DAEMON_COUNTS) + _collisions(new.collision_count, old.collision_count)


RULES: Mapping[type[Object], Rules] = {
    DaemonSet: (daemon_set_problems, daemon_set_update_problems),
    Deployment: (deployment_problems, deployment_update_problems),
    PodTemplate: (pod_template_problems, pod_template_update_problems),
    ReplicaSet: (replica_set_problems, replica_set_update_problems),
    ReplicationController: (replication_controller_problems, replication_controller_update_problems),
}
