"""The two queues of the persistent-volume controller, what wakes them, and the resync that finds what nothing woke.

Owns the triggers. New volumes and classes wake no claim: a claim that waits meets them at the next resync, as in a real
cluster. Mirrors pkg/controller/volume/persistentvolume/pv_controller_base.go.
"""

from __future__ import annotations

from harness.actors.controllers.persistentvolume.candidates import Candidates
from harness.actors.controllers.persistentvolume.claims import ClaimSync
from harness.actors.controllers.persistentvolume.operations import Operations
from harness.actors.controllers.persistentvolume.provisioner import Provisioner
from harness.actors.controllers.persistentvolume.reclaimer import Reclaimer
from harness.actors.controllers.persistentvolume.volumes import VolumeSync
from harness.api.store import DELETED, Change
from harness.control import flags
from harness.control.controller import Process
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import Object
from harness.objects.pod import Pod
from harness.objects.pod_claims import claim_keys
from harness.objects.storage import PersistentVolume

_RESYNC_MS = 15_000


class PersistentVolumeController:
    """Binds, provisions and reclaims. `pvclaimbinder-sync-period` and `enable-hostpath-provisioner` are its flags."""

    def __init__(self, process: Process) -> None:
        self._loop = process.loop
        self._claims = process.informers.of(PersistentVolumeClaim)
        self._volumes = process.informers.of(PersistentVolume)
        self._resync_ms = flags.duration_ms(process.flags, "pvclaimbinder-sync-period", _RESYNC_MS)
        pods_by_claim = process.informers.of(Pod).index(claim_keys)
        operations = Operations(process.loop)
        recorder = process.recorders.recorder(ClaimSync.name)
        provisioner = Provisioner(process, operations, recorder)
        reclaimer = Reclaimer(process, operations, recorder, pods_by_claim)
        self._claim_sync = ClaimSync(process, recorder, Candidates(self._volumes), provisioner, pods_by_claim)
        self._volume_sync = VolumeSync(process, recorder, self._claim_sync, reclaimer)
        self._claims.subscribe(self._claim_changed)
        self._volumes.subscribe(self._volume_changed)
        # Whether the last resync found nothing to do, and nothing has happened since.
        self._quiet = False
        process.loop.after(0, self._resync)

    def _claim_changed(self, change: Change) -> None:
        claim: PersistentVolumeClaim = change.object
        self._quiet = False
        if change.type != DELETED:
            self._claim_sync.queue.add((claim.metadata.namespace, claim.metadata.name), change.sequence)
        elif claim.spec.volume_name:
            self._volume_sync.queue.add(claim.spec.volume_name, change.sequence)

    def _volume_changed(self, change: Change) -> None:
        volume: PersistentVolume = change.object
        self._quiet = False
        if change.type != DELETED:
            self._volume_sync.queue.add(volume.metadata.name, change.sequence)
        elif volume.spec.claim_ref is not None:
            reference = volume.spec.claim_ref
            self._claim_sync.queue.add((reference.namespace, reference.name), change.sequence)

    def _resync(self) -> None:
        """Have everything synced again, oldest first; what a sync would find in order need not be."""
        if not self._quiet:
            claims = [claim for claim in self._claims.objects.values() if not self._claim_sync.is_settled(claim)]
            volumes = [volume for volume in self._volumes.objects.values() if not self._volume_sync.is_settled(volume)]
            self._quiet = not claims and not volumes
            for claim in sorted(claims, key=_age):
                self._claim_sync.queue.add((claim.metadata.namespace, claim.metadata.name))
            for volume in sorted(volumes, key=_age):
                self._volume_sync.queue.add(volume.metadata.name)
        self._loop.after(self._resync_ms, self._resync)


def _age(obj: Object) -> tuple[str, str, str]:
    metadata = obj.metadata
    return (metadata.creation_timestamp or "", metadata.namespace, metadata.name)
