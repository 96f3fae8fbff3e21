"""What the API server refuses: an object that breaks the rules of its kind, or a change that its kind does not allow.

Owns the table from a kind to its rules. The rules are pure; they see an object with its defaults filled in, and for a
change also what is stored. Whatever an update leaves as it was is not looked at again. Texts and order of the problems
are the API server's, since users see them.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from harness.api.problems import FieldProblem
from harness.api.validation import (
    claims,
    configuration,
    persistent_volumes,
    pod_changes,
    pods,
    policies,
    quotas,
    services,
    statefulsets,
    storage_class,
    storage_drivers,
)
from harness.api.validation.metadata import metadata_problems, metadata_update_problems
from harness.api.validation.names import NameRule, dns_label, dns_subdomain
from harness.api.validation.rules import Rules
from harness.objects import resources
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import ConfigMap, Namespace, Secret
from harness.objects.csi import CSIDriver, CSINode, CSIStorageCapacity, VolumeAttachment, VolumeAttributesClass
from harness.objects.event import Event
from harness.objects.meta import CustomObject, Object
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.policy import PodDisruptionBudget, PriorityClass
from harness.objects.quota import LimitRange, ResourceQuota
from harness.objects.service import Service
from harness.objects.statefulset import StatefulSet
from harness.objects.storage import PersistentVolume, StorageClass

__all__ = ["validate_create", "validate_update"]

# kind -> (rules of a new object, rules of a change: new, stored)
_RULES: Mapping[type[Object], Rules] = {
    CSIDriver: (storage_drivers.driver_problems, storage_drivers.driver_update_problems),
    CSINode: (storage_drivers.node_problems, storage_drivers.node_update_problems),
    Event: (configuration.event_problems, configuration.event_update_problems),
    CSIStorageCapacity: (storage_drivers.capacity_problems, storage_drivers.capacity_update_problems),
    ConfigMap: (configuration.config_map_problems, configuration.config_map_update_problems),
    LimitRange: (quotas.limit_range_problems, quotas.limit_range_update_problems),
    Node: (configuration.node_problems, configuration.node_update_problems),
    PersistentVolume: (persistent_volumes.volume_problems, persistent_volumes.volume_update_problems),
    PersistentVolumeClaim: (claims.claim_problems, claims.claim_update_problems),
    Pod: (pods.new_pod_problems, pod_changes.pod_update_problems),
    PodDisruptionBudget: (policies.budget_problems, policies.budget_update_problems),
    PriorityClass: (policies.priority_class_problems, policies.priority_class_update_problems),
    ResourceQuota: (quotas.quota_problems, quotas.quota_update_problems),
    Secret: (configuration.secret_problems, configuration.secret_update_problems),
    Service: (services.service_problems, services.service_update_problems),
    StatefulSet: (statefulsets.statefulset_problems, statefulsets.statefulset_update_problems),
    StorageClass: (storage_class.class_problems, storage_class.class_update_problems),
    VolumeAttachment: (storage_drivers.attachment_problems, storage_drivers.attachment_update_problems),
    VolumeAttributesClass: (storage_class.attributes_class_problems, storage_class.attributes_class_update_problems),
}
# The rules of kinds that few runs use: file of harness/objects, or a type in it -> file here, loaded at their first
# object.
_LOADED_LATER = {
    "harness.objects.apps": "workloads",
    "harness.objects.autoscaling": "autoscaling",
    "harness.objects.batch": "jobs",
    "harness.objects.admission_registration": "webhooks",
    "harness.objects.endpoints": "endpoints",
    "harness.objects.lease": "node_services",
    "harness.objects.networking": "networking",
    "harness.objects.custom_definition": "definitions",
    "harness.objects.rbac": "rbac",
    "harness.objects.runtime_class": "node_services",
    "harness.objects.service.EndpointSlice": "endpoints",
    "harness.objects.replication": "workloads",
}
# Kinds without rules of their own whose names are not subdomains.
_NAME_RULES: Mapping[type[Object], NameRule] = {Namespace: dns_label}


@cache
def _rules_of(type_: type[Object]) -> Rules | None:
    file = _LOADED_LATER.get(f"{type_.__module__}.{type_.__name__}") or _LOADED_LATER.get(type_.__module__)
    if file is None:
        return _RULES.get(type_)
    table: Mapping[type[Object], Rules] = import_module(f"{__name__}.{file}").RULES
    return table.get(type_)


def validate_create(obj: Object) -> tuple[FieldProblem, ...]:
    """What is wrong with a new object that has its name and its defaults; nothing, if it may be stored."""
    rules = _rules_of(type(obj))
    if rules is not None:
        return tuple(rules[0](obj))
    rule = _NAME_RULES.get(type(obj), dns_subdomain)
    return tuple(metadata_problems(obj.metadata, _is_namespaced(obj), rule, "metadata"))


def validate_update(new: Object, old: Object) -> tuple[FieldProblem, ...]:
    """What is wrong with replacing `old` by `new`; nothing, if it may be stored."""
    rules = _rules_of(type(new))
    if rules is not None:
        return tuple(rules[1](new, old))
    return tuple(metadata_update_problems(new.metadata, old.metadata))


def _is_namespaced(obj: Object) -> bool:
    if isinstance(obj, CustomObject):
        return bool(obj.metadata.namespace)
    return _kind_is_namespaced(obj.api_version, obj.kind)


@cache
def _kind_is_namespaced(api_version: str, kind: str) -> bool:
    resource = resources.of_kind(api_version, kind)
    return resource is not None and resource.namespaced
