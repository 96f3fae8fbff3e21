"""Which events about storage can help which rejected pods.

Owns what a change of a claim, volume, class or driver's report amounts to, and the questions of the four plugins about
volumes. Mirrors the isSchedulableAfter... functions of plugins/volumebinding, volumerestrictions, volumezone and
nodevolumelimits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.actors.scheduler.demand import ClaimUse, demand_of
from harness.actors.scheduler.disks import clash
from harness.actors.scheduler.drivers import MIGRATED_PLUGINS, limits_of, room_bytes
from harness.actors.scheduler.queue import QueuedPod
from harness.actors.scheduler.terms import NamespaceLabels
from harness.actors.scheduler.volume_binding import VOLUME_BINDING
from harness.actors.scheduler.volume_filters import VOLUME_RESTRICTIONS, VOLUME_ZONE, ZONE_LABELS
from harness.actors.scheduler.volume_limits import NODE_VOLUME_LIMITS
from harness.api.store import ADDED, DELETED, Change
from harness.objects.csi import CSIDriver, CSINode, CSIStorageCapacity, VolumeAttachment
from harness.objects.meta import Object
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_classes import waits_for_pod

VOLUME_CHANGED = "volume added or updated"
CLASS_ADDED = "class added"
CLASS_TOPOLOGIES = "allowed topologies of a class changed"
DRIVERS_ADDED = "drivers of a node added"
DRIVERS_LIMIT = "limit of a driver on a node raised"
DRIVERS_MIGRATED = "migrated plugins of a node changed"
ROOM_ADDED = "room for volumes added or raised"
ROOM_UNCOUNTED = "driver no longer counts room"
ATTACHMENT_GONE = "attachment gone"

# A claim wakes only pods that use it: the plugins it may move, and whether a claim made for the pod itself counts.
_CLAIM_ADDED = ((VOLUME_RESTRICTIONS, False), (NODE_VOLUME_LIMITS, True), (VOLUME_BINDING, True), (VOLUME_ZONE, False))
_CLAIM_UPDATED = ((VOLUME_BINDING, True), (VOLUME_ZONE, False))


def helped_by_claim(queued: QueuedPod, change: Change) -> bool:
    """Whether a new or changed claim, one that the pod uses, may help it."""
    uses = [use for use in queued.demand.claims if use.claim == change.object.metadata.name]
    plugins = _CLAIM_ADDED if change.type == ADDED else _CLAIM_UPDATED
    return any(
        plugin in queued.rejectors and any(generated_too or not use.generated for use in uses)
        for plugin, generated_too in plugins
    )


# What a change amounts to


def _volume_happenings(change: Change) -> tuple[str, ...]:
    return () if change.type == DELETED else (VOLUME_CHANGED,)


def _class_happenings(change: Change) -> tuple[str, ...]:
    if change.type == ADDED:
        return (CLASS_ADDED,)
    if change.type != DELETED and change.previous.allowed_topologies != change.object.allowed_topologies:
        return (CLASS_TOPOLOGIES,)
    return ()


def _node_drivers_happenings(change: Change) -> tuple[str, ...]:
    if change.type in (ADDED, DELETED):
        return (DRIVERS_ADDED,) if change.type == ADDED else ()
    before, after = limits_of(change.previous), limits_of(change.object)
    raised = any(count > before.get(driver, 0) for driver, count in after.items())
    annotations = (change.previous.metadata.annotations, change.object.metadata.annotations)
    migrated = annotations[0].get(MIGRATED_PLUGINS, "") != annotations[1].get(MIGRATED_PLUGINS, "")
    return ((DRIVERS_LIMIT,) if raised else ()) + ((DRIVERS_MIGRATED,) if migrated else ())


def _driver_happenings(change: Change) -> tuple[str, ...]:
    if change.type in (ADDED, DELETED):
        return ()
    before, after = change.previous.spec.storage_capacity, change.object.spec.storage_capacity
    return (ROOM_UNCOUNTED,) if before and not after else ()


def _capacity_happenings(change: Change) -> tuple[str, ...]:
    if change.type in (ADDED, DELETED):
        return (ROOM_ADDED,) if change.type == ADDED else ()
    return (ROOM_ADDED,) if room_bytes(change.object) > room_bytes(change.previous) else ()


def _attachment_happenings(change: Change) -> tuple[str, ...]:
    return (ATTACHMENT_GONE,) if change.type == DELETED else ()


HAPPENINGS: Mapping[type[Object], Callable[[Change], tuple[str, ...]]] = {
    StorageClass: _class_happenings,
    PersistentVolume: _volume_happenings,
    CSINode: _node_drivers_happenings,
    CSIDriver: _driver_happenings,
    CSIStorageCapacity: _capacity_happenings,
    VolumeAttachment: _attachment_happenings,
}


# What may help a pod


def pod_frees_volumes(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    """The pod that is gone used a claim or a disk that this one cannot have beside it."""
    gone, demand = demand_of(change.object), queued.demand
    if change.object.metadata.namespace != queued.pod.metadata.namespace:
        return False
    shared = set(_named(demand.claims)).intersection(_named(gone.claims))
    return bool(shared) or clash(demand.disks, gone.disks)


def _named(uses: tuple[ClaimUse, ...]) -> list[str]:
    return [use.claim for use in uses if not use.generated]


def pod_held_volumes(_queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    """The pod that is gone may have counted for the limit of a driver."""
    gone = demand_of(change.object)
    return bool(gone.claims or gone.driver_disks)


def attachment_counted(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    """Whatever was detached, if the pod names a claim; for a disk named without one, only its own driver's."""
    demand = queued.demand
    drivers = [disk.driver for disk in demand.driver_disks]
    return bool(_named(demand.claims)) or change.object.spec.attacher in drivers


def driver_of_pod(queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    """The driver makes a volume for the pod in its own right, without a claim."""
    name = change.object.metadata.name
    return any(volume.csi is not None and volume.csi.driver == name for volume in queued.pod.spec.volumes)


def volume_zone_changed(_queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    if change.type == ADDED or change.previous is None:
        return True
    before, after = change.previous.metadata.labels, change.object.metadata.labels
    return any(before.get(key) != after.get(key) for key in ZONE_LABELS)


def class_waits(_queued: QueuedPod, change: Change, _namespaces: NamespaceLabels) -> bool:
    return waits_for_pod(change.object)
