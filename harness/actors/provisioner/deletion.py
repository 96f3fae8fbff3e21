"""The volumes of one provisioner: removes each that is released, and keeps the finalizer that holds it until then.

Owns the course of one deletion. Mirrors sig-storage-lib-external-provisioner's controller.go (syncVolume).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from harness.actors.provisioner.attacher import volume_of
from harness.actors.provisioner.claims import CSI_BACKOFF, LIBRARY_BACKOFF
from harness.actors.provisioner.program import Part, Program
from harness.actors.provisioner.volumes import FINALIZER
from harness.actors.world.provisioners import CSI
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change
from harness.control.controller import Retry
from harness.control.events import WARNING
from harness.objects.csi import VolumeAttachment
from harness.objects.storage import PersistentVolume
from harness.objects.volume_binding import MIGRATED_TO, PROVISIONED_BY


class VolumePart(Part[str]):
    """Keys are names of volumes."""

    def __init__(self, program: Program) -> None:
        self._holds = program.behaviour.style == CSI
        super().__init__(program, CSI_BACKOFF if self._holds else LIBRARY_BACKOFF)
        self._volumes = program.process.informers.of(PersistentVolume)
        self._attachments = program.process.informers.of(VolumeAttachment).index(volume_of)
        self._volumes.subscribe(self._volume_changed)

    def everything(self) -> Iterable[str]:
        return sorted(name for _, name in self._volumes.objects)

    def _volume_changed(self, change: Change) -> None:
        if change.type == DELETED:
            self.queue.forget(change.object.metadata.name)
        elif self._is_ours(change.object):
            self.queue.add(change.object.metadata.name, change.sequence)

    def _is_ours(self, volume: PersistentVolume) -> bool:
        annotations, name = volume.metadata.annotations, self.program.name
        migrated = annotations.get(MIGRATED_TO) == name
        if PROVISIONED_BY in annotations:
            return annotations[PROVISIONED_BY] == name or migrated
        return migrated or (volume.spec.csi is not None and volume.spec.csi.driver == name)

    async def work(self, key: str, client: Client) -> None:
        volume = self._volumes.get("", key)
        if volume is None or not self._is_ours(volume):
            return
        if self._finalizers(volume) != volume.metadata.finalizers:
            volume = await client.modify(
                volume,
                lambda stored: replace(stored, metadata=replace(stored.metadata, finalizers=self._finalizers(stored))),
            )
        if not self._is_due(volume):
            return
        problem = self._obstacle(volume) or await self.program.ask_storage(self.program.behaviour.delete_time_ms)
        if problem:
            self.recorder.event(volume, WARNING, "VolumeFailedDelete", problem, cause=client.cause)
            raise Retry
        await client.delete(volume)
        if self._holds:
            await self._let_go(volume, client)

    def _marked(self, volume: PersistentVolume) -> PersistentVolume:
        return replace(volume, metadata=replace(volume.metadata, finalizers=self._finalizers(volume)))

    def _finalizers(self, volume: PersistentVolume) -> tuple[str, ...]:
        """The finalizers the volume is to have."""
        present = volume.metadata.finalizers
        policy = volume.spec.persistent_volume_reclaim_policy
        if not self._holds or policy in ("Retain", "Recycle"):
            return tuple(name for name in present if name != FINALIZER)
        due = policy == "Delete" and volume.status.phase == "Bound" and volume.metadata.deletion_timestamp is None
        return (*present, FINALIZER) if due and FINALIZER not in present else present

    def _is_due(self, volume: PersistentVolume) -> bool:
        """Whether the storage behind the volume is to be removed now."""
        metadata = volume.metadata
        if metadata.deletion_timestamp is not None and not (self._holds and FINALIZER in metadata.finalizers):
            return False
        return volume.status.phase == "Released" and volume.spec.persistent_volume_reclaim_policy == "Delete"

    def _obstacle(self, volume: PersistentVolume) -> str:
        """Why a CSI driver is not even asked to remove the volume."""
        if not self._holds:
            return ""
        nodes = sorted(attachment.spec.node_name for attachment in self._attachments.of(volume.metadata.name))
        return f"persistentvolume {volume.metadata.name} is still attached to node {nodes[0]}" if nodes else ""

    async def _let_go(self, volume: PersistentVolume, client: Client) -> None:
        """Take the finalizer away, if anything still holds the object."""

        def freed(stored: PersistentVolume) -> PersistentVolume:
            kept = tuple(name for name in stored.metadata.finalizers if name != FINALIZER)
            return replace(stored, metadata=replace(stored.metadata, finalizers=kept))

        try:
            await client.modify(volume, freed)
        except ApiError as problem:
            if problem.reason != "NotFound":
                raise
