"""The doing of provisioning: hand a claim to its external provisioner, or make its host-path volume.

Owns the order of writes and events of one provisioning. Mirrors `provisionClaim` of
pkg/controller/volume/persistentvolume/pv_controller.go.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.actors.controllers.persistentvolume.operations import OperationFailed, Operations
from harness.actors.controllers.persistentvolume.provisioning import (
    HOST_PATH,
    host_path_volume,
    plan,
    unsupported,
    waiting_for,
)
from harness.actors.controllers.persistentvolume.written import provisioner_named
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control import flags
from harness.control.controller import Process
from harness.control.events import NORMAL, WARNING, Recorder
from harness.kernel.loop import sleep
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi_migration import DRIVERS
from harness.objects.node import Node
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_classes import class_of
from harness.objects.volume_binding import (
    MIGRATED_TO,
    SELECTED_NODE,
    annotated,
    provisioned_name,
    without_annotation,
)
from harness.objects.volume_matching import is_block

_CREATE_ATTEMPTS = 5
_CREATE_PAUSE_MS = 10_000


class Provisioner:
    """Provisions for the claims of one controller, beside its queue."""

    def __init__(self, process: Process, operations: Operations, recorder: Recorder) -> None:
        self._operations = operations
        self._recorder = recorder
        self._classes = process.informers.of(StorageClass)
        self._nodes = process.informers.of(Node)
        self._enabled = flags.is_on(process.flags, "enable-hostpath-provisioner")

    def provision(self, claim: PersistentVolumeClaim, client: Client) -> None:
        """Begin what the claim's class asks for; the claim must have a class."""
        name = class_of(claim)
        storage_class = self._classes.get("", name)
        chosen = plan(storage_class, name)
        if chosen.refusal or storage_class is None:
            self._tell(claim, client, chosen.refusal)
            return
        metadata = claim.metadata
        self._operations.start(
            f"provision-{metadata.namespace}/{metadata.name}[{metadata.uid}]",
            lambda: (
                self._leave_to_other(claim, storage_class, chosen.external, client)
                if chosen.external
                else self._make(claim, storage_class, client)
            ),
        )

    def _tell(self, claim: PersistentVolumeClaim, client: Client, text: str) -> None:
        self._recorder.event(claim, WARNING, "ProvisioningFailed", text, cause=client.cause)

    async def _leave_to_other(
        self, claim: PersistentVolumeClaim, storage_class: StorageClass, provisioner: str, client: Client
    ) -> None:
        named = provisioner_named(claim, provisioner)
        if named is not claim:
            if storage_class.provisioner in DRIVERS:
                named = replace(named, metadata=annotated(named.metadata, {MIGRATED_TO: provisioner}))
            claim = await client.update(named)
        self._recorder.event(claim, NORMAL, "ExternalProvisioning", waiting_for(provisioner), cause=client.cause)

    async def _make(self, claim: PersistentVolumeClaim, storage_class: StorageClass, client: Client) -> None:
        if claim.spec.data_source is not None:
            text = f'plugin "{HOST_PATH}" is not a CSI plugin. Only CSI plugin can provision a claim with a datasource'
            self._fail(claim, client, text)
        named = provisioner_named(claim, HOST_PATH)
        if named is not claim:
            claim = await client.update(named)
        if await client.get(PersistentVolume, "", provisioned_name(claim)) is not None:
            return
        obstacle = unsupported(storage_class, enabled=self._enabled)
        if obstacle is not None:
            self._fail(claim, client, obstacle)
        node = claim.metadata.annotations.get(SELECTED_NODE)
        if node is not None and self._nodes.get("", node) is None:
            await self._reschedule(claim, client)
            return
        if is_block(claim):
            await self._reschedule(claim, client)
            name = storage_class.metadata.name
            text = f"{HOST_PATH} does not support block volume provisioning"
            self._fail(claim, client, f'Failed to provision volume with StorageClass "{name}": {text}')
        await self._store(claim, host_path_volume(claim, storage_class), client)

    def _fail(self, claim: PersistentVolumeClaim, client: Client, text: str) -> None:
        self._tell(claim, client, text)
        raise OperationFailed(text)

    async def _reschedule(self, claim: PersistentVolumeClaim, client: Client) -> None:
        """Have the scheduler choose a node anew, if it had chosen one."""
        metadata = without_annotation(claim.metadata, SELECTED_NODE)
        if metadata is not claim.metadata:
            await client.update(replace(claim, metadata=metadata))

    async def _store(self, claim: PersistentVolumeClaim, volume: PersistentVolume, client: Client) -> None:
        for attempt in range(_CREATE_ATTEMPTS):
            try:
                await client.create(volume)
            except ApiError as problem:
                if problem.reason == "AlreadyExists":
                    break
                if attempt == _CREATE_ATTEMPTS - 1:
                    about = f"{claim.metadata.namespace}/{claim.metadata.name}"
                    text = f"Error creating provisioned PV object for claim {about}: {problem}. Deleting the volume."
                    self._tell(claim, client, text)
                    return
                await sleep(_CREATE_PAUSE_MS)
            else:
                break
        text = f"Successfully provisioned volume {volume.metadata.name} using {HOST_PATH}"
        self._recorder.event(claim, NORMAL, "ProvisioningSucceeded", text, cause=client.cause)
