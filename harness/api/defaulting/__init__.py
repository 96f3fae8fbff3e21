"""What the API server fills in before it stores an object: the values a user may leave out.

Owns the table from a kind to its defaults. Every function here is pure, and returns the very same object when nothing
is missing. What a request is refused for stands in `validation`; what depends on other objects, in `admission`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, TypeVar, cast

from harness.api.defaulting.cluster import (
    default_limit_range,
    default_namespace,
    default_node,
    default_priority_class,
    default_secret,
)
from harness.api.defaulting.pods import default_pod, default_template
from harness.api.defaulting.service import default_endpoint_slice, default_service
from harness.api.defaulting.statefulset import default_statefulset
from harness.api.defaulting.storage import default_claim, default_class, default_driver, default_volume
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import Namespace, Secret
from harness.objects.csi import CSIDriver
from harness.objects.meta import Object
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.policy import PriorityClass
from harness.objects.quota import LimitRange
from harness.objects.service import EndpointSlice, Service
from harness.objects.statefulset import StatefulSet
from harness.objects.storage import PersistentVolume, StorageClass

__all__ = ["DEFAULTS", "default", "default_template"]

ObjectType = TypeVar("ObjectType", bound=Object)

DEFAULTS: Mapping[type[Object], Callable[[Any], Any]] = {
    CSIDriver: default_driver,
    EndpointSlice: default_endpoint_slice,
    LimitRange: default_limit_range,
    Namespace: default_namespace,
    Node: default_node,
    PersistentVolume: default_volume,
    PersistentVolumeClaim: default_claim,
    Pod: default_pod,
    PriorityClass: default_priority_class,
    Secret: default_secret,
    Service: default_service,
    StatefulSet: default_statefulset,
    StorageClass: default_class,
}


# The defaults of kinds that few runs use: file of harness/objects -> file here, loaded at the first such object.
_LOADED_LATER = {
    "harness.objects.admission_registration": "registrations",
    "harness.objects.api_registration": "registrations",
    "harness.objects.apps": "workloads",
    "harness.objects.autoscaling": "autoscaling",
    "harness.objects.batch": "jobs",
    "harness.objects.custom_definition": "definitions",
    "harness.objects.dynamic_resources": "devices",
    "harness.objects.endpoints": "networking",
    "harness.objects.flow_control": "flow_control",
    "harness.objects.networking": "networking",
    "harness.objects.rbac": "rbac",
    "harness.objects.replication": "workloads",
}


@cache
def _defaults_of(type_: type[Object]) -> Callable[[Any], Any] | None:
    file = _LOADED_LATER.get(type_.__module__)
    if file is None:
        return DEFAULTS.get(type_)
    table: Mapping[type[Object], Callable[[Any], Any]] = import_module(f"{__name__}.{file}").DEFAULTS
    return table.get(type_)


def default(obj: ObjectType) -> ObjectType:
    """The object with the defaults of its kind; itself when it lacks none, or when its kind has none."""
    fill = _defaults_of(type(obj))
    return obj if fill is None else cast(ObjectType, fill(obj))
