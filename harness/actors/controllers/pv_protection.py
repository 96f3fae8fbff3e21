"""Keeps a volume that is being deleted for as long as it is bound.

Owns the finalizer `kubernetes.io/pv-protection`. Mirrors pkg/controller/volume/pvprotection.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.api.client import Client
from harness.api.store import DELETED, Change
from harness.control.controller import Controller, Process
from harness.objects.storage import PersistentVolume

FINALIZER = "kubernetes.io/pv-protection"


class PersistentVolumeProtection(Controller[str]):
    """Keys are names of volumes."""

    name = "pv-protection-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=1)
        self._volumes = process.informers.of(PersistentVolume)
        self._volumes.subscribe(self._volume_changed)

    def _volume_changed(self, change: Change) -> None:
        volume: PersistentVolume = change.object
        if change.type != DELETED and _finalizers(volume) != volume.metadata.finalizers:
            self.queue.add(volume.metadata.name, change.sequence)

    async def reconcile(self, key: str, client: Client) -> int | None:
        volume = self._volumes.get("", key)
        if volume is not None:
            finalizers = _finalizers(volume)
            if finalizers != volume.metadata.finalizers:
                await client.update(replace(volume, metadata=replace(volume.metadata, finalizers=finalizers)))
        return None


def _finalizers(volume: PersistentVolume) -> tuple[str, ...]:
    """The finalizers the volume is to have."""
    present = volume.metadata.finalizers
    if volume.metadata.deletion_timestamp is None:
        return present if FINALIZER in present else (*present, FINALIZER)
    if volume.status.phase == "Bound":
        return present
    return tuple(name for name in present if name != FINALIZER)
