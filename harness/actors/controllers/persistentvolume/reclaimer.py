"""The doing of reclaim: what happens to a volume whose claim is gone, by its policy.

Owns the order of writes and events of one deletion or recycling. Mirrors `reclaimVolume` and what it calls of
pkg/controller/volume/persistentvolume/pv_controller.go.
"""

from __future__ import annotations

from harness.actors.controllers.persistentvolume.operations import OperationFailed, Operations
from harness.actors.controllers.persistentvolume.reclaim import deletion
from harness.actors.controllers.persistentvolume.scrubbing import Scrubbing
from harness.actors.controllers.persistentvolume.written import freed_volume, volume_in_phase
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.control.events import NORMAL, WARNING, Recorder
from harness.control.informer import Index
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.finalizers import IN_TREE_PROVISIONER, without_finalizer
from harness.objects.pod import Pod
from harness.objects.pod_claims import is_terminated
from harness.objects.recycler_pod import recycler_pod
from harness.objects.storage import PersistentVolume
from harness.objects.storage_phases import AVAILABLE, FAILED
from harness.objects.volume_binding import MIGRATED_TO

_NO_RECYCLER = "No recycler plugin found for the volume!"
_UNKNOWN_POLICY = "Volume has unrecognized PersistentVolumeReclaimPolicy"


class Reclaimer:
    """Reclaims the volumes of one controller, beside its queue."""

    def __init__(self, process: Process, operations: Operations, recorder: Recorder, pods_by_claim: Index[Pod]) -> None:
        self._loop = process.loop
        self._operations = operations
        self._recorder = recorder
        self._claims = process.informers.of(PersistentVolumeClaim)
        self._pods_by_claim = pods_by_claim

    async def reclaim(self, volume: PersistentVolume, client: Client) -> None:
        """Begin what the volume's policy asks for; the volume must be released."""
        if volume.metadata.annotations.get(MIGRATED_TO):
            return
        match volume.spec.persistent_volume_reclaim_policy:
            case "Retain":
                return
            case "Delete":
                self._operations.start(_operation("delete", volume), lambda: self._delete(volume, client))
            case "Recycle":
                if self._operations.begin(_operation("recycle", volume)):
                    self._loop.spawn(self._recycle(volume, client))
            case _:
                await self._fail(volume, "VolumeUnknownReclaimPolicy", _UNKNOWN_POLICY, client)

    async def _delete(self, volume: PersistentVolume, client: Client) -> None:
        stored = await client.get(PersistentVolume, "", volume.metadata.name)
        if stored is None or not self._is_released(stored):
            return
        outcome = deletion(stored)
        if outcome.failure:
            await self._fail(stored, "VolumeFailedDelete", outcome.failure, client)
            raise OperationFailed(outcome.failure)
        if outcome.external:
            return
        freed = without_finalizer(stored, IN_TREE_PROVISIONER)
        if freed is not stored:
            stored = await client.update(freed)
        await client.delete(stored)

    async def _recycle(self, volume: PersistentVolume, client: Client) -> None:
        """Have the volume scrubbed, which goes on beside this, or say why not."""
        stored = await client.get(PersistentVolume, "", volume.metadata.name)
        if stored is None or not self._is_released(stored):
            self._operations.end(_operation("recycle", volume))
            return
        users = self._users(stored)
        pod = recycler_pod(stored)
        if users:
            text = f"Volume is used by pods: {','.join(users)}"
            self._recorder.event(stored, NORMAL, "VolumeFailedRecycle", text, cause=client.cause)
            self._operations.end(_operation("recycle", volume))
        elif pod is None:
            await self._end_recycling(stored, _NO_RECYCLER, client)
        else:
            await Scrubbing(
                self._loop,
                pod,
                client,
                echo=lambda type_, message: self._recorder.event(
                    stored, type_, "RecyclerPod", f"Recycler pod: {message}", cause=client.cause
                ),
                then=lambda problem: self._end_recycling(
                    stored, f"Recycle failed: {problem}" if problem else "", client
                ),
            ).run()

    async def _end_recycling(self, volume: PersistentVolume, problem: str, client: Client) -> None:
        """Offer the scrubbed volume again, or mark it as failed. One changed meanwhile is left to its next sync."""
        try:
            if problem:
                await self._fail(volume, "VolumeFailedRecycle", problem, client)
            else:
                self._recorder.event(volume, NORMAL, "VolumeRecycled", "Volume recycled", cause=client.cause)
                volume = await client.update(freed_volume(volume))
                await client.update_status(volume_in_phase(volume, AVAILABLE))
        except ApiError:
            pass
        self._operations.end(_operation("recycle", volume))

    async def _fail(self, volume: PersistentVolume, reason: str, text: str, client: Client) -> None:
        """Mark the volume as failed and say so, once; later failures are silent."""
        failed = volume_in_phase(volume, FAILED, text)
        if failed is not volume:
            failed = await client.update_status(failed)
            self._recorder.event(failed, WARNING, reason, text, cause=client.cause)

    def _is_released(self, volume: PersistentVolume) -> bool:
        """Whether the very claim that the volume points at is gone, or is bound to another volume."""
        reference = volume.spec.claim_ref
        if reference is None or not reference.uid:
            return False
        claim = self._claims.get(reference.namespace, reference.name)
        if claim is None or claim.metadata.uid != reference.uid:
            return True
        return claim.spec.volume_name not in ("", volume.metadata.name)

    def _users(self, volume: PersistentVolume) -> list[str]:
        """Running pods that still use the claim that is gone; pods of a new claim of that name do not count."""
        reference = volume.spec.claim_ref
        if reference is None or self._claims.get(reference.namespace, reference.name) is not None:
            return []
        return sorted(
            f"{pod.metadata.namespace}/{pod.metadata.name}"
            for pod in self._pods_by_claim.of((reference.namespace, reference.name))
            if not is_terminated(pod)
        )


def _operation(verb: str, volume: PersistentVolume) -> str:
    return f"{verb}-{volume.metadata.name}[{volume.metadata.uid}]"
