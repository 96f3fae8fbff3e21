"""The table of kinds: what the server must know of each to store it as Kubernetes does.

Owns the per-kind facts that differ (is there a status, what moves the generation, what a new object starts with).
What fields default to and what is refused stands in `defaulting` and `validation`, by the same types.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import msgspec
from msgspec.structs import replace

from harness.kernel.clock import Clock
from harness.objects import resources
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimStatus
from harness.objects.config import ConfigMap, Namespace, NamespaceStatus, Secret, ServiceAccount
from harness.objects.csi import (
    CSIDriver,
    CSINode,
    CSIStorageCapacity,
    VolumeAttachment,
    VolumeAttachmentStatus,
    VolumeAttributesClass,
)
from harness.objects.event import Event
from harness.objects.meta import CustomObject, Object
from harness.objects.node import Node
from harness.objects.pod import Pod, PodCondition, PodStatus
from harness.objects.policy import PodDisruptionBudget, PodDisruptionBudgetStatus, PriorityClass
from harness.objects.quality_of_service import quality_of_service
from harness.objects.quota import LimitRange, ResourceQuota, ResourceQuotaStatus
from harness.objects.resources import Resource
from harness.objects.service import EndpointSlice, Service, ServiceStatus
from harness.objects.statefulset import ControllerRevision, StatefulSet, StatefulSetStatus
from harness.objects.storage import PersistentVolume, PersistentVolumeStatus, StorageClass


def _unchanged(obj: Any, _clock: Clock) -> Any:
    return obj


def _new_pod(pod: Pod, _clock: Clock) -> Pod:
    conditions: tuple[PodCondition, ...] = ()
    if pod.spec.scheduling_gates:
        conditions = (
            PodCondition(
                type="PodScheduled",
                status="False",
                reason="SchedulingGated",
                message="Scheduling is blocked due to non-empty scheduling gates",
            ),
        )
    status = PodStatus(phase="Pending", qos_class=quality_of_service(pod.spec), conditions=conditions)
    return replace(pod, status=status)


def _new_volume(volume: PersistentVolume, clock: Clock) -> PersistentVolume:
    return replace(volume, status=PersistentVolumeStatus(phase="Pending", last_phase_transition_time=clock.stamp()))


def _new_claim(claim: PersistentVolumeClaim, _clock: Clock) -> PersistentVolumeClaim:
    return replace(claim, status=PersistentVolumeClaimStatus(phase="Pending"))


def _new_namespace(namespace: Namespace, _clock: Clock) -> Namespace:
    given = namespace.spec.finalizers
    finalizers = given if "kubernetes" in given else (*given, "kubernetes")
    return replace(
        namespace, spec=replace(namespace.spec, finalizers=finalizers), status=NamespaceStatus(phase="Active")
    )


class Kind(msgspec.Struct, frozen=True):
    """One kind: its names, its type, and how the server treats it.

    `key` is what its objects are stored under. `generation` is "spec" when a change of the spec moves it, "object" when
    any change outside metadata does, "" when the kind has none. `begin` gives a new object the status it starts with.
    """

    key: str
    resource: Resource
    type: type[Object]
    status: bool = False
    generation: str = ""
    begin: Callable[[Any, Clock], Any] = _unchanged


def _kind(
    type_: type[Object], *, status: bool = False, generation: str = "", begin: Callable[[Any, Clock], Any] = _unchanged
) -> Kind:
    resource = resources.of_kind(type_.api_version, type_.kind)
    assert resource is not None, type_
    return Kind(resource.group_resource, resource, type_, status, generation, begin)


KINDS: tuple[Kind, ...] = (
    _kind(Pod, status=True, generation="spec", begin=_new_pod),
    _kind(Node, status=True),
    _kind(Namespace, status=True, begin=_new_namespace),
    _kind(Service, status=True, begin=lambda service, _: replace(service, status=ServiceStatus())),
    _kind(EndpointSlice, generation="object"),
    _kind(ConfigMap),
    _kind(Secret),
    _kind(ServiceAccount),
    _kind(PersistentVolume, status=True, begin=_new_volume),
    _kind(PersistentVolumeClaim, status=True, begin=_new_claim),
    _kind(StorageClass),
    _kind(VolumeAttributesClass),
    _kind(CSIDriver, generation="spec"),
    _kind(CSINode),
    _kind(CSIStorageCapacity),
    _kind(
        VolumeAttachment,
        status=True,
        begin=lambda attachment, _: replace(attachment, status=VolumeAttachmentStatus()),
    ),
    _kind(
        StatefulSet,
        status=True,
        generation="spec",
        begin=lambda stateful_set, _: replace(stateful_set, status=StatefulSetStatus()),
    ),
    _kind(ControllerRevision),
    _kind(Event),
    _kind(
        PodDisruptionBudget,
        status=True,
        generation="spec",
        begin=lambda budget, _: replace(budget, status=PodDisruptionBudgetStatus()),
    ),
    _kind(PriorityClass),
    _kind(LimitRange),
    _kind(ResourceQuota, status=True, begin=lambda quota, _: replace(quota, status=ResourceQuotaStatus())),
)

BY_TYPE: dict[type[Object], Kind] = {kind.type: kind for kind in KINDS}
_BY_RESOURCE: dict[str, Kind] = {kind.key: kind for kind in KINDS}


@cache
def of_resource(resource: Resource) -> Kind:
    """The kind of a resource; one the simulator does not act on is stored as it came."""
    key = resource.group_resource
    return _BY_RESOURCE.get(key) or Kind(key, resource, CustomObject)


@cache
def _of_custom(api_version: str, kind: str) -> Kind:
    return of_resource(resources.of_kind(api_version, kind) or resources.custom(api_version, kind))


def of_object(obj: Object) -> Kind:
    """The kind of an object."""
    found = BY_TYPE.get(type(obj))
    if found is None:
        assert isinstance(obj, CustomObject)
        found = _of_custom(obj.group_version, obj.kind_name)
    return found


def of_manifest(api_version: str, kind: str) -> Kind:
    """The kind a manifest names."""
    return _of_custom(api_version, kind)
