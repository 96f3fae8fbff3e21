"""The claim queue: find each claim its volume, bind the two, and tell what is missing.

Owns one sync of one claim: which of the cases it is, and the four writes of a binding in their order. Mirrors
`syncClaim` and `bind` of pkg/controller/volume/persistentvolume/pv_controller.go.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.actors.controllers.persistentvolume.candidates import Candidates
from harness.actors.controllers.persistentvolume.provisioner import Provisioner
from harness.actors.controllers.persistentvolume.written import (
    bound_claim,
    claim_status,
    volume_in_phase,
)
from harness.api.client import Client
from harness.api.store import Key
from harness.control.controller import Controller, Process, Retry
from harness.control.events import NORMAL, WARNING, Recorder
from harness.control.informer import Index
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.pod import Pod
from harness.objects.pod_claims import is_terminated
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_classes import BETA_CLASS_ANNOTATION, class_of, default_class, waits_for_pod
from harness.objects.storage_phases import BOUND, LOST, PENDING
from harness.objects.volume_binding import BIND_COMPLETED, BOUND_BY_CONTROLLER, SELECTED_NODE, reserved
from harness.objects.volume_matching import is_claimed_by, unmet_demand

_NO_VOLUMES = "no persistent volumes available for this claim and no storage class is set"
_NO_CONSUMER = "waiting for first consumer to be created before binding"
_LOST_REFERENCE = "Bound claim has lost reference to PersistentVolume. Data on the volume is lost!"
_LOST_VOLUME = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
_MISBOUND = "Two claims are bound to the same volume, this one is bound incorrectly"


class ClaimSync(Controller[Key]):
    """Keys are claims. One is worked on at a time, so that claims are served in the order in which they came."""

    name = "persistentvolume-controller"

    def __init__(
        self,
        process: Process,
        recorder: Recorder,
        candidates: Candidates,
        provisioner: Provisioner,
        pods_by_claim: Index[Pod],
    ) -> None:
        super().__init__(process, workers=1)
        self.recorder = recorder
        self._claims = process.informers.of(PersistentVolumeClaim)
        self._volumes = process.informers.of(PersistentVolume)
        self._classes = process.informers.of(StorageClass)
        self._candidates = candidates
        self._provisioner = provisioner
        self._pods_by_claim = pods_by_claim

    def is_settled(self, claim: PersistentVolumeClaim) -> bool:
        """Whether a sync of the claim would find both sides bound to each other, and do nothing."""
        volume_name = claim.spec.volume_name
        if not volume_name or BIND_COMPLETED not in claim.metadata.annotations:
            return False
        volume = self._volumes.get("", volume_name)
        return (
            volume is not None
            and volume.spec.claim_ref is not None
            and volume.spec.claim_ref.uid == claim.metadata.uid
            and is_claimed_by(volume, claim)
            and volume.status.phase == BOUND
            and claim.status.phase == BOUND
            and claim.status.access_modes == volume.spec.access_modes
        )

    async def reconcile(self, key: Key, client: Client) -> int | None:
        claim = self._claims.get(*key)
        if claim is None or self.is_settled(claim):
            return None
        if BIND_COMPLETED in claim.metadata.annotations:
            await self._sync_bound(claim, client)
        elif claim.spec.volume_name:
            await self._sync_named(claim, client)
        else:
            await self._sync_unbound(claim, client)
        return None

    # A claim that names no volume

    async def _sync_unbound(self, claim: PersistentVolumeClaim, client: Client) -> None:
        late = self._waits_for_consumer(claim)
        volume = self._candidates.best(claim, delay_binding=late)
        if volume is not None:
            await self._bind(volume, claim, client)
            return
        if await self._give_default_class(claim, client):
            return
        if late and SELECTED_NODE not in claim.metadata.annotations:
            self._tell_what_it_waits_for(claim, client)
        elif class_of(claim):
            self._provisioner.provision(claim, client)
            return
        else:
            self.recorder.event(claim, NORMAL, "FailedBinding", _NO_VOLUMES, cause=client.cause)
        await self._set_phase(claim, PENDING, client)

    def _waits_for_consumer(self, claim: PersistentVolumeClaim) -> bool:
        storage_class = self._classes.get("", class_of(claim))
        return storage_class is not None and waits_for_pod(storage_class)

    async def _give_default_class(self, claim: PersistentVolumeClaim, client: Client) -> bool:
        """Write the default class into a claim that came before there was one."""
        if claim.spec.storage_class_name is not None or BETA_CLASS_ANNOTATION in claim.metadata.annotations:
            return False
        found = default_class(self._classes.objects.values())
        if found is None:
            return False
        await client.update(replace(claim, spec=replace(claim.spec, storage_class_name=found.metadata.name)))
        return True

    def _tell_what_it_waits_for(self, claim: PersistentVolumeClaim, client: Client) -> None:
        metadata = claim.metadata
        waiting = sorted(
            pod.metadata.name
            for pod in self._pods_by_claim.of((metadata.namespace, metadata.name))
            if not pod.spec.node_name and not is_terminated(pod)
        )
        if not waiting:
            self.recorder.event(claim, NORMAL, "WaitForFirstConsumer", _NO_CONSUMER, cause=client.cause)
            return
        pods = f"pod {waiting[0]}" if len(waiting) == 1 else f"pods {','.join(waiting)}"
        text = f"waiting for {pods} to be scheduled"
        self.recorder.event(claim, NORMAL, "WaitForPodScheduled", text, cause=client.cause)

    # A claim whose owner named its volume

    async def _sync_named(self, claim: PersistentVolumeClaim, client: Client) -> None:
        name = claim.spec.volume_name
        volume = self._volumes.get("", name)
        if volume is None:
            await self._set_phase(claim, PENDING, client)
        elif volume.spec.claim_ref is None:
            unmet = unmet_demand(volume, claim)
            if unmet is None:
                await self._bind(volume, claim, client)
                return
            text = f'Cannot bind to requested volume "{name}": {unmet}'
            self.recorder.event(claim, WARNING, "VolumeMismatch", text, cause=client.cause)
            await self._set_phase(claim, PENDING, client)
        elif is_claimed_by(volume, claim):
            await self._bind(volume, claim, client)
        elif BOUND_BY_CONTROLLER in claim.metadata.annotations:
            # Somebody took away the mark of a completed binding; upstream keeps trying, and so does this.
            raise Retry
        else:
            text = f'volume "{name}" already bound to a different claim.'
            self.recorder.event(claim, WARNING, "FailedBinding", text, cause=client.cause)
            await self._set_phase(claim, PENDING, client)

    # A claim that was bound

    async def _sync_bound(self, claim: PersistentVolumeClaim, client: Client) -> None:
        name = claim.spec.volume_name
        if not name:
            await self._lose(claim, "ClaimLost", _LOST_REFERENCE, client)
            return
        volume = self._volumes.get("", name)
        if volume is None:
            await self._lose(claim, "ClaimLost", _LOST_VOLUME, client)
        elif volume.spec.claim_ref is None or volume.spec.claim_ref.uid == claim.metadata.uid:
            await self._bind(volume, claim, client)
        else:
            await self._lose(claim, "ClaimMisbound", _MISBOUND, client)

    async def _lose(self, claim: PersistentVolumeClaim, reason: str, text: str, client: Client) -> None:
        if claim.status.phase == LOST:
            return
        lost = await self._set_phase(claim, LOST, client)
        self.recorder.event(lost, WARNING, reason, text, cause=client.cause)

    # Writing

    async def _bind(self, volume: PersistentVolume, claim: PersistentVolumeClaim, client: Client) -> None:
        """The four writes of a binding. What is already so is not written; what fails is taken up by the next sync."""
        pointing = reserved(volume, claim)
        if pointing is not volume:
            volume = await client.update(pointing)
        bound = volume_in_phase(volume, BOUND)
        if bound is not volume:
            volume = await client.update_status(bound)
        named = bound_claim(claim, volume)
        if named is not claim:
            claim = await client.update(named)
        await self._set_phase(claim, BOUND, client, volume)

    async def _set_phase(
        self, claim: PersistentVolumeClaim, phase: str, client: Client, volume: PersistentVolume | None = None
    ) -> PersistentVolumeClaim:
        status = claim_status(claim, phase, volume)
        if status == claim.status:
            return claim
        return await client.update_status(replace(claim, status=status))
