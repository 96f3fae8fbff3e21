"""What the API server adds to a request after defaulting, and what it refuses besides what validation does.

Owns the order of the plugins. Each plugin stands in a file of its own and decides from the object and what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from harness.api.admission import limits, namespaces, nodes, pod_security, pods, quotas, services, storage
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import Namespace
from harness.objects.csi import VolumeAttributesClass
from harness.objects.meta import Object
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.policy import PriorityClass
from harness.objects.service import Service
from harness.objects.storage import PersistentVolume

if TYPE_CHECKING:
    from harness.api.server import Server
    from harness.kernel.trace import Cause

O = TypeVar("O", bound=Object)  # noqa: E741

admit_namespace = namespaces.admit_namespace
admit_delete = namespaces.admit_delete
topology_labelled = pods.topology_labelled

# In the order the server runs its plugins (pkg/kubeapiserver/options/plugins.go).
_ON_CREATE: dict[type[Object], tuple[Any, ...]] = {
    Pod: (limits.fill_in, pods.service_account, pods.priority, pods.default_toleration_seconds),
    Node: (nodes.not_ready_taint,),
    PersistentVolumeClaim: (storage.default_storage_class, storage.protect_claim),
    PersistentVolume: (storage.protect_volume,),
    VolumeAttributesClass: (storage.protect_attributes_class,),
}
_ON_UPDATE: dict[type[Object], tuple[Any, ...]] = {Pod: (pods.default_toleration_seconds,)}
# What looks at an object once it is complete and valid. A quota comes after all of them.
_CHECKS: dict[type[Object], tuple[Any, ...]] = {
    Namespace: (pod_security.check_namespace,),
    PersistentVolumeClaim: (limits.check_claim, storage.claim_resize),
    Pod: (limits.check_pod, pod_security.check_pod),
    PriorityClass: (pods.one_default_class,),
}


def admit(obj: O, server: Server) -> O:
    """The object as the plugins for its kind leave it; `ApiError` Forbidden where one refuses."""
    for plugin in _ON_CREATE.get(type(obj), ()):
        obj = plugin(obj, server)
    return obj


def admit_change(obj: O, server: Server) -> O:
    """A changed object as the plugins for its kind leave it."""
    for plugin in _ON_UPDATE.get(type(obj), ()):
        obj = plugin(obj, server)
    return obj


def check(new: Object, stored: Object | None, server: Server, cause: Cause | None) -> None:
    """Let the plugins for the kind refuse a valid object, or a change of what is stored; `ApiError` where one does.

    What the object uses up is then booked in the quotas of its namespace: a write that names `cause`.
    """
    for plugin in _CHECKS.get(type(new), ()):
        plugin(new, stored, server)
    quotas.charge(new, stored, server, cause)


def warnings(obj: Object, previous: Object | None, server: Server) -> Iterator[str]:
    """What a request that was accepted is warned of for what else is stored."""
    return pod_security.warnings(obj, previous, server)


def allocate(obj: O, server: Server) -> O:
    """The object with what the registry hands out on creation: the addresses of a service."""
    return services.with_addresses(obj, server) if isinstance(obj, Service) else obj
