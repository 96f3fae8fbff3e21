"""The claims of one provisioner: makes the volume for each that waits for it.

Owns the course of one provisioning: its events, its writes, and what follows a failure. What a volume looks like is
known beside it. Mirrors sig-storage-lib-external-provisioner's controller.go (provisionClaimOperation).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from harness.actors.provisioner.program import Part, Program
from harness.actors.provisioner.volumes import Order, Refused, provisioned, volume_name
from harness.actors.world.provisioners import CSI
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Retry
from harness.control.events import NORMAL, WARNING
from harness.control.workqueue import Backoff
from harness.kernel.loop import sleep
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.node import Node
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_classes import class_of
from harness.objects.volume_binding import (
    BETA_STORAGE_PROVISIONER,
    SELECTED_NODE,
    STORAGE_PROVISIONER,
    without_annotation,
)

CSI_BACKOFF = Backoff(1_000, 300_000)
LIBRARY_BACKOFF = Backoff(15_000, 1_000_000)
_LIBRARY_ATTEMPTS = 15
_STORE_ATTEMPTS = 5
_STORE_PAUSE_MS = 10_000
# A driver that has no room where it was asked to make the volume may have some elsewhere.
_NO_ROOM = "code = ResourceExhausted"


class ClaimPart(Part[Key]):
    """Keys are claims."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, CSI_BACKOFF if program.behaviour.style == CSI else LIBRARY_BACKOFF)
        informers = program.process.informers
        self._claims = informers.of(PersistentVolumeClaim)
        self._volumes = informers.of(PersistentVolume)
        self._classes = informers.of(StorageClass)
        self._nodes = informers.of(Node)
        self._claims.subscribe(self._claim_changed)
        self._started_ms = program.process.server.clock.start_ms

    def everything(self) -> Iterable[Key]:
        return sorted(self._claims.objects)

    def _claim_changed(self, change: Change) -> None:
        claim: PersistentVolumeClaim = change.object
        if change.type != DELETED and self._is_asked(claim):
            self.queue.add((claim.metadata.namespace, claim.metadata.name), change.sequence)

    def _is_asked(self, claim: PersistentVolumeClaim) -> bool:
        annotations = claim.metadata.annotations
        named = annotations.get(STORAGE_PROVISIONER) or annotations.get(BETA_STORAGE_PROVISIONER)
        return not claim.spec.volume_name and named == self.program.name

    async def work(self, key: Key, client: Client) -> None:
        claim = self._claims.get(*key)
        if claim is None or not self._is_asked(claim):
            return
        storage_class = self._classes.get("", class_of(claim))
        if storage_class is None:
            self._try_again(key)
            return
        selected = claim.metadata.annotations.get(SELECTED_NODE, "")
        if storage_class.volume_binding_mode == "WaitForFirstConsumer" and not selected:
            return
        if self._volumes.get("", volume_name(claim)) is not None or storage_class.provisioner != self.program.name:
            return
        behaviour = self.program.behaviour
        if claim.spec.volume_mode == "Block" and behaviour.style != CSI:
            self._complain(claim, f"{self.program.name} does not support block volume provisioning", client)
            return
        node = self._nodes.get("", selected) if selected else None
        if selected and node is None:
            resource = "node" if behaviour.style == CSI else "nodes"
            self._complain(claim, f'{resource} "{selected}" not found', client)
            await self._unselect(claim, client)
            return
        text = f'External provisioner is provisioning volume for claim "{"/".join(key)}"'
        self.recorder.event(claim, NORMAL, "Provisioning", text, cause=client.cause)
        labels = [found.metadata.labels for _, found in sorted(self._nodes.objects.items())]
        order = Order(claim, storage_class, node, labels, self._started_ms)
        problem = ""
        try:
            volume = provisioned(behaviour, order)
            problem = await self.program.ask_storage(behaviour.create_time_ms)
        except Refused as refusal:
            problem = str(refusal)
        if not problem:
            await self._store(claim, volume, client)
            return
        name = storage_class.metadata.name
        self._complain(claim, f'failed to provision volume with StorageClass "{name}": {problem}', client)
        if selected and behaviour.topology and _NO_ROOM in problem:
            await self._unselect(claim, client)
            return
        self._try_again(key)

    def _try_again(self, key: Key) -> None:
        """Have the claim come again after its back-off; a provisioner built on the library gives up some time."""
        if self.program.behaviour.style == CSI or self.queue.failures(key) < _LIBRARY_ATTEMPTS:
            raise Retry

    def _complain(self, claim: PersistentVolumeClaim, text: str, client: Client) -> None:
        self.recorder.event(claim, WARNING, "ProvisioningFailed", text, cause=client.cause)

    async def _unselect(self, claim: PersistentVolumeClaim, client: Client) -> None:
        """Have the scheduler choose a node anew."""
        metadata = without_annotation(claim.metadata, SELECTED_NODE)
        await client.update(replace(claim, metadata=metadata))

    async def _store(self, claim: PersistentVolumeClaim, volume: PersistentVolume, client: Client) -> None:
        name = volume.metadata.name
        for attempt in range(_STORE_ATTEMPTS):
            try:
                await client.create(volume)
                break
            except ApiError as problem:
                if problem.reason == "AlreadyExists":
                    break
                if attempt == _STORE_ATTEMPTS - 1:
                    about = f"{claim.metadata.namespace}/{claim.metadata.name}"
                    text = f"Error creating provisioned PV object for claim {about}: {problem}. Deleting the volume."
                    self._complain(claim, text, client)
                    raise Retry from problem
                await sleep(_STORE_PAUSE_MS)
        text = f"Successfully provisioned volume {name}"
        self.recorder.event(claim, NORMAL, "ProvisioningSucceeded", text, cause=client.cause)
