"""Claims, volumes and classes as the scheduler sees them, together with what it has decided but not yet written.

Owns the assumptions: a volume or claim as it will be once a chosen pod is bound. Whatever the API says later about the
object replaces the assumption. Mirrors pkg/scheduler/util/assumecache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from harness.actors.scheduler.drivers import Drivers
from harness.actors.scheduler.free_volumes import FreeVolumes
from harness.api.store import ADDED, Change, Key
from harness.control.informer import Informers
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_classes import class_of, waits_for_pod


class VolumePlan(NamedTuple):
    """What to do for a pod's unbound claims on one node: volumes to reserve, and claims to have provisioned."""

    bindings: tuple[tuple[PersistentVolumeClaim, PersistentVolume], ...]
    provisioned: tuple[PersistentVolumeClaim, ...]


class Storage:
    """The view. Assumptions go before what is written. `drivers` is what the drivers of the volumes report."""

    def __init__(self, informers: Informers) -> None:
        self._claims = informers.of(PersistentVolumeClaim)
        self._volumes = informers.of(PersistentVolume)
        self._classes = informers.of(StorageClass)
        self.drivers = Drivers(informers)
        self._free = FreeVolumes()
        self._reserved = self._volumes.index(_by_claim)
        self._assumed_volumes: dict[str, PersistentVolume] = {}
        self._assumed_claims: dict[Key, PersistentVolumeClaim] = {}
        self._claims.subscribe(self._claim_changed)
        self._volumes.subscribe(self._volume_changed)
        for volume in self._volumes.objects.values():
            self._free.changed(Change(ADDED, volume, None, 0))

    def claim(self, namespace: str, name: str) -> PersistentVolumeClaim | None:
        """The claim, as assumed if it is."""
        return self._assumed_claims.get((namespace, name)) or self._claims.get(namespace, name)

    def volume(self, name: str) -> PersistentVolume | None:
        """The volume, as assumed if it is."""
        return self._assumed_volumes.get(name) or self._volumes.get("", name)

    def written_claim(self, namespace: str, name: str) -> PersistentVolumeClaim | None:
        """The claim as the API has it."""
        return self._claims.get(namespace, name)

    def written_volume(self, name: str) -> PersistentVolume | None:
        """The volume as the API has it."""
        return self._volumes.get("", name)

    def storage_class(self, claim: PersistentVolumeClaim) -> StorageClass | None:
        name = class_of(claim)
        return self._classes.get("", name) if name else None

    def waits_for_pod(self, claim: PersistentVolumeClaim) -> bool:
        """Whether the claim's class leaves the choice of its volume to the scheduling of a pod."""
        found = self.storage_class(claim)
        return found is not None and waits_for_pod(found)

    def free_volumes(self, claim: PersistentVolumeClaim, labels: Mapping[str, str]) -> Iterator[PersistentVolume]:
        """Volumes that nobody claims, that suit the claim and that a node with these labels can use, best first."""
        for volume in self._free.of(claim, labels):
            if volume.metadata.name not in self._assumed_volumes:
                yield volume

    def reserved_volumes(self, claim: PersistentVolumeClaim) -> list[PersistentVolume]:
        """Volumes of the claim's class whose claimRef bears the claim's name, be it only assumed."""
        metadata, class_name = claim.metadata, class_of(claim)
        key = (metadata.namespace, metadata.name)
        assumed = [volume for volume in self._assumed_volumes.values() if key in _by_claim(volume)]
        named = (volume for volume in self._reserved.of(key) if volume.metadata.name not in self._assumed_volumes)
        return [volume for volume in (*assumed, *named) if class_of(volume) == class_name]

    def assume(self, volumes: Iterable[PersistentVolume], claims: Iterable[PersistentVolumeClaim]) -> None:
        """From now on see these as if they had been written."""
        for volume in volumes:
            self._assumed_volumes[volume.metadata.name] = volume
        for claim in claims:
            self._assumed_claims[(claim.metadata.namespace, claim.metadata.name)] = claim

    def restore(self, volumes: Iterable[PersistentVolume], claims: Iterable[PersistentVolumeClaim]) -> None:
        """See these again as the API has them."""
        for volume in volumes:
            self._assumed_volumes.pop(volume.metadata.name, None)
        for claim in claims:
            self._assumed_claims.pop((claim.metadata.namespace, claim.metadata.name), None)

    def _claim_changed(self, change: Change) -> None:
        metadata = change.object.metadata
        self._assumed_claims.pop((metadata.namespace, metadata.name), None)

    def _volume_changed(self, change: Change) -> None:
        self._assumed_volumes.pop(change.object.metadata.name, None)
        self._free.changed(change)


def _by_claim(volume: PersistentVolume) -> tuple[Key, ...]:
    reference = volume.spec.claim_ref
    return () if reference is None else ((reference.namespace, reference.name),)
