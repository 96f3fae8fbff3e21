"""Keeps a volume that is being deleted for as long as it is bound.

Owns the finalizer `kubernetes.io/pv-protection`. Mirrors pkg/controller/volume/pvprotection.
"""

from __future__ import annotations

from harness.api.client import Client
from harness.api.store import DELETED, Change
from harness.control.controller import Controller, Process
from harness.objects.finalizers import VOLUME_PROTECTION, with_finalizer, without_finalizer
from harness.objects.storage import PersistentVolume
from harness.objects.storage_phases import BOUND


class PersistentVolumeProtection(Controller[str]):
    """Keys are names of volumes."""

    name = "pv-protection-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=1)
        self._volumes = process.informers.of(PersistentVolume)
        self._volumes.subscribe(self._volume_changed)

    def _volume_changed(self, change: Change) -> None:
        volume: PersistentVolume = change.object
        if change.type != DELETED and _as_wanted(volume) is not volume:
            self.queue.add(volume.metadata.name, change.sequence)

    async def reconcile(self, key: str, client: Client) -> int | None:
        volume = self._volumes.get("", key)
        wanted = _as_wanted(volume) if volume is not None else None
        if wanted is not None and wanted is not volume:
            await client.update(wanted)
        return None


def _as_wanted(volume: PersistentVolume) -> PersistentVolume:
    """The volume with the finalizer if it is to have it, and without if not; itself if it is so already."""
    if volume.metadata.deletion_timestamp is None:
        return with_finalizer(volume, VOLUME_PROTECTION)
    return volume if volume.status.phase == BOUND else without_finalizer(volume, VOLUME_PROTECTION)
