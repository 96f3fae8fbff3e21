"""What the API server adds to a request after defaulting, and what it refuses besides what validation does.

Owns the order of the plugins. Each plugin stands in a file of its own and decides from the object and what is stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from harness.api.admission import namespaces, pods, services, storage
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import VolumeAttributesClass
from harness.objects.meta import Object
from harness.objects.pod import Pod
from harness.objects.service import Service
from harness.objects.storage import PersistentVolume

if TYPE_CHECKING:
    from harness.api.server import Server

O = TypeVar("O", bound=Object)  # noqa: E741

admit_namespace = namespaces.admit_namespace
admit_delete = namespaces.admit_delete
topology_labelled = pods.topology_labelled

# In the order the server runs its plugins (pkg/kubeapiserver/options/plugins.go).
_ON_CREATE: dict[type[Object], tuple[Any, ...]] = {
    Pod: (pods.service_account, pods.priority, pods.default_toleration_seconds),
    PersistentVolumeClaim: (storage.default_storage_class, storage.protect_claim),
    PersistentVolume: (storage.protect_volume,),
    VolumeAttributesClass: (storage.protect_attributes_class,),
}
_ON_UPDATE: dict[type[Object], tuple[Any, ...]] = {
    PersistentVolumeClaim: (storage.claim_resize,),
}


def admit(obj: O, server: Server) -> O:
    """The object as the plugins for its kind leave it; `ApiError` Forbidden where one refuses."""
    for plugin in _ON_CREATE.get(type(obj), ()):
        obj = plugin(obj, server)
    return obj


def admit_update(new: Object, stored: Object, server: Server) -> None:
    """Let the plugins for the kind refuse a change; `ApiError` Forbidden where one does."""
    for plugin in _ON_UPDATE.get(type(new), ()):
        plugin(new, stored, server)


def allocate(obj: O, server: Server) -> O:
    """The object with what the registry hands out on creation: the addresses of a service."""
    return services.with_addresses(obj, server) if isinstance(obj, Service) else obj
