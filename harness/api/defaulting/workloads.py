"""What the API server fills into workloads that have a pod template, and into templates of their own.

Mirrors pkg/apis/apps/v1/defaults.go and, for ReplicationController and PodTemplate, pkg/apis/core/v1/defaults.go.
StatefulSets have a file of their own, and so have jobs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.filling import filled, filled_in, with_spec
from harness.api.defaulting.pods import default_template
from harness.objects.apps import (
    DaemonSet,
    DaemonSetUpdateStrategy,
    Deployment,
    DeploymentStrategy,
    ReplicaSet,
    RollingUpdateDaemonSet,
    RollingUpdateDeployment,
)
from harness.objects.meta import Object
from harness.objects.replication import PodTemplate, ReplicationController

_ROLLING = "RollingUpdate"
_REPLICAS = (("replicas", None, 1),)
_DEPLOYMENT = (*_REPLICAS, ("revision_history_limit", None, 10), ("progress_deadline_seconds", None, 600))
_DEPLOYMENT_ROLLING = (("max_unavailable", None, "25%"), ("max_surge", None, "25%"))
_DAEMON_SET = (("revision_history_limit", None, 10),)
_DAEMON_SET_ROLLING = (("max_unavailable", None, 1), ("max_surge", None, 0))


def _default_deployment(deployment: Deployment) -> Deployment:
    spec = filled_in(filled(deployment.spec, _DEPLOYMENT), "template", default_template)
    return with_spec(deployment, filled_in(spec, "strategy", _deployment_strategy))


def _deployment_strategy(strategy: DeploymentStrategy) -> DeploymentStrategy:
    type_ = strategy.type or _ROLLING
    if type_ != _ROLLING:
        return strategy
    rolling = filled(strategy.rolling_update or RollingUpdateDeployment(), _DEPLOYMENT_ROLLING)
    if type_ == strategy.type and rolling is strategy.rolling_update:
        return strategy
    return replace(strategy, type=type_, rolling_update=rolling)


def _default_replica_set(replica_set: ReplicaSet) -> ReplicaSet:
    return with_spec(replica_set, filled_in(filled(replica_set.spec, _REPLICAS), "template", default_template))


def _default_daemon_set(daemon_set: DaemonSet) -> DaemonSet:
    spec = filled_in(filled(daemon_set.spec, _DAEMON_SET), "template", default_template)
    return with_spec(daemon_set, filled_in(spec, "update_strategy", _daemon_set_strategy))


def _daemon_set_strategy(strategy: DaemonSetUpdateStrategy) -> DaemonSetUpdateStrategy:
    type_ = strategy.type or _ROLLING
    if type_ != _ROLLING:
        return strategy
    rolling = filled(strategy.rolling_update or RollingUpdateDaemonSet(), _DAEMON_SET_ROLLING)
    if type_ == strategy.type and rolling is strategy.rolling_update:
        return strategy
    return replace(strategy, type=type_, rolling_update=rolling)


def _default_replication_controller(controller: ReplicationController) -> ReplicationController:
    """The template's labels also stand in for a selector, and for labels, that nobody gave."""
    spec = filled_in(filled(controller.spec, _REPLICAS), "template", default_template)
    labels = spec.template.metadata.labels if spec.template is not None else {}
    if labels and not spec.selector:
        spec = replace(spec, selector=labels)
    if labels and not controller.metadata.labels:
        controller = replace(controller, metadata=replace(controller.metadata, labels=labels))
    return with_spec(controller, spec)


def _default_pod_template(template: PodTemplate) -> PodTemplate:
    return filled_in(template, "template", default_template)


DEFAULTS: Mapping[type[Object], Callable[[Any], Any]] = {
    DaemonSet: _default_daemon_set,
    Deployment: _default_deployment,
    PodTemplate: _default_pod_template,
    ReplicaSet: _default_replica_set,
    ReplicationController: _default_replication_controller,
}
