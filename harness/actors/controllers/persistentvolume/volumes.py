"""The volume queue: keep each volume's phase true to its claim, and reclaim it when the claim is gone.

Owns one sync of one volume. Mirrors `syncVolume` of pkg/controller/volume/persistentvolume/pv_controller.go.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.actors.controllers.persistentvolume.claims import ClaimSync
from harness.actors.controllers.persistentvolume.provisioning import held_by_owner
from harness.actors.controllers.persistentvolume.reclaimer import Reclaimer
from harness.actors.controllers.persistentvolume.written import freed_volume, volume_in_phase
from harness.api.client import Client
from harness.control.controller import Controller, Process
from harness.control.events import WARNING, Recorder
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi_migration import DRIVERS
from harness.objects.storage import PersistentVolume
from harness.objects.storage_phases import AVAILABLE, BOUND, FAILED, RELEASED
from harness.objects.volume_binding import MIGRATED_TO, PROVISIONED_BY, annotated
from harness.objects.volume_matching import same_volume_mode


class VolumeSync(Controller[str]):
    """Keys are names of volumes, worked on one at a time."""

    name = "persistentvolume-controller"

    def __init__(self, process: Process, recorder: Recorder, claims: ClaimSync, reclaimer: Reclaimer) -> None:
        super().__init__(process, workers=1)
        self.recorder = recorder
        self._claim_sync = claims
        self._reclaimer = reclaimer
        self._claims = process.informers.of(PersistentVolumeClaim)
        self._volumes = process.informers.of(PersistentVolume)

    def is_settled(self, volume: PersistentVolume) -> bool:
        """Whether a sync of the volume would find everything as it should be, and do nothing."""
        if _with_owner_marks(volume) is not volume:
            return False
        reference, phase = volume.spec.claim_ref, volume.status.phase
        if reference is None or not reference.uid:
            return phase == AVAILABLE
        claim = self._claims.get(reference.namespace, reference.name)
        if claim is not None and claim.metadata.uid == reference.uid:
            return claim.spec.volume_name == volume.metadata.name and phase == BOUND
        return phase in (RELEASED, FAILED) and volume.spec.persistent_volume_reclaim_policy == "Retain"

    async def reconcile(self, key: str, client: Client) -> int | None:
        volume = self._volumes.get("", key)
        if volume is None or self.is_settled(volume):
            return None
        marked = _with_owner_marks(volume)
        if marked is not volume:
            volume = await client.update(marked)
        reference = volume.spec.claim_ref
        if reference is None or not reference.uid:
            await self._set_phase(volume, AVAILABLE, client)
            return None
        claim = self._claims.get(reference.namespace, reference.name)
        if claim is None or claim.metadata.uid != reference.uid:
            await self._release(volume, client)
        elif not claim.spec.volume_name:
            self._hand_over(volume, claim, client)
        elif claim.spec.volume_name == key:
            await self._set_phase(volume, BOUND, client)
        elif _was_made_for_its_claim(volume):
            await self._release(volume, client)
        else:
            await self._set_phase(await client.update(freed_volume(volume)), AVAILABLE, client)
        return None

    async def _release(self, volume: PersistentVolume, client: Client) -> None:
        """Mark the volume as nobody's. One whose reclaim failed stays so, and is tried again."""
        if volume.status.phase not in (RELEASED, FAILED):
            volume = await self._set_phase(volume, RELEASED, client)
        await self._reclaimer.reclaim(volume, client)

    def _hand_over(self, volume: PersistentVolume, claim: PersistentVolumeClaim, client: Client) -> None:
        """Have the claim, which does not know of the volume yet, find it."""
        if same_volume_mode(volume, claim):
            self._claim_sync.queue.add((claim.metadata.namespace, claim.metadata.name), client.cause.woken_by)
            return
        self.recorder.event(
            volume,
            WARNING,
            "VolumeMismatch",
            f'Cannot bind PersistentVolume to requested PersistentVolumeClaim "{claim.metadata.name}" '
            "due to incompatible volumeMode.",
            cause=client.cause,
        )
        self.recorder.event(
            claim,
            WARNING,
            "VolumeMismatch",
            f'Cannot bind PersistentVolume "{volume.metadata.name}" to requested PersistentVolumeClaim '
            "due to incompatible volumeMode.",
            cause=client.cause,
        )

    async def _set_phase(self, volume: PersistentVolume, phase: str, client: Client) -> PersistentVolume:
        moved = volume_in_phase(volume, phase)
        return volume if moved is volume else await client.update_status(moved)


def _was_made_for_its_claim(volume: PersistentVolume) -> bool:
    return PROVISIONED_BY in volume.metadata.annotations and volume.spec.persistent_volume_reclaim_policy == "Delete"


def _with_owner_marks(volume: PersistentVolume) -> PersistentVolume:
    """The volume with the finalizers and the annotation that its in-tree provisioner's owner keeps on it."""
    provisioner = volume.metadata.annotations.get(PROVISIONED_BY)
    if not provisioner:
        return volume
    held = held_by_owner(volume)
    if provisioner not in DRIVERS:
        return held
    metadata = annotated(held.metadata, {MIGRATED_TO: DRIVERS[provisioner]})
    return held if metadata is held.metadata else replace(held, metadata=metadata)
