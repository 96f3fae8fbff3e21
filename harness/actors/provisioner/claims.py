"""The claims of one provisioner: makes the volume for each that waits for it.

Owns the course of one provisioning: its events, its writes, and what follows a failure. What a volume looks like is
known beside it. Mirrors sig-storage-lib-external-provisioner's controller.go (syncClaim, provisionClaimOperation) and
volume_store.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import count
from typing import NamedTuple

from msgspec.structs import replace

from harness.actors.provisioner.answers import INVALID, NO_ROOM, answered, code, may_still_be_made
from harness.actors.provisioner.manner import RESYNC_MS
from harness.actors.provisioner.order import LeftToOthers, Order, Refused
from harness.actors.provisioner.program import Part, Program
from harness.actors.provisioner.volumes import provisioned
from harness.actors.world.provisioners import CSI, LOCAL_PATH, NFS, Style
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change
from harness.control.controller import Retry
from harness.control.events import NORMAL, WARNING
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import CSINode, VolumeAttributesClass
from harness.objects.csi_migration import provisioner_before
from harness.objects.node import Node
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_classes import class_of, waits_for_pod
from harness.objects.volume_binding import (
    BETA_STORAGE_PROVISIONER,
    SELECTED_NODE,
    STORAGE_PROVISIONER,
    provisioned_name,
    without_annotation,
)
from harness.objects.volume_matching import is_block

_REST_MS = 300_000
_POPULATORS = "external-provisioner"


class Failure(NamedTuple):
    """Why a volume could not be made; `elsewhere`: it might, on another node."""

    text: str
    elsewhere: bool


class ClaimPart(Part[str]):
    """Keys are uids of claims: a claim made anew under an old name is another one."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, program.manner.workers, program.manner.backoff)
        informers = program.process.informers
        self._claims = informers.of(PersistentVolumeClaim)
        self._by_uid = self._claims.index(lambda claim: (claim.metadata.uid,))
        self._volumes = informers.of(PersistentVolume)
        self._classes = informers.of(StorageClass)
        self._attribute_classes = informers.of(VolumeAttributesClass)
        self._nodes = informers.of(Node)
        self._driver_nodes = informers.of(CSINode)
        self._claims.subscribe(self._claim_changed)
        self._known = (program.name, *filter(None, [provisioner_before(program.name)]))
        # Claims whose volume may come to be without the driver having said so: they are seen through to the end.
        self._underway: dict[str, PersistentVolumeClaim] = {}
        # Claims that the driver called wrong: until when they are left alone, and of which class they were.
        self._resting: dict[str, tuple[int, str]] = {}
        self._for_populators = program.process.recorders.recorder(_POPULATORS)
        self.look_again_every(RESYNC_MS)

    def everything(self) -> Iterable[str]:
        return [claim.metadata.uid for _, claim in sorted(self._claims.objects.items()) if self._is_asked(claim)]

    def forget_all(self) -> None:
        self._underway.clear()
        self._resting.clear()
        self._for_populators = self.process.recorders.recorder(_POPULATORS)

    def describe(self, key: str) -> str:
        claim = self._claim(key)
        return f"{claim.metadata.namespace}/{claim.metadata.name}" if claim is not None else key

    def _claim_changed(self, change: Change) -> None:
        claim: PersistentVolumeClaim = change.object
        if change.type != DELETED and self._is_asked(claim):
            self.queue.add(claim.metadata.uid, change.sequence)

    def _is_asked(self, claim: PersistentVolumeClaim) -> bool:
        annotations = claim.metadata.annotations
        named = annotations.get(STORAGE_PROVISIONER, annotations.get(BETA_STORAGE_PROVISIONER))
        return not claim.spec.volume_name and named == self.program.name

    def _claim(self, uid: str) -> PersistentVolumeClaim | None:
        return next(iter(self._by_uid.of(uid)), None) or self._underway.get(uid)

    async def work(self, key: str, client: Client) -> None:
        claim = self._claim(key)
        if claim is None:
            return
        storage_class = self._classes.get("", class_of(claim))
        if storage_class is not None and self._rests(key, storage_class):
            raise Retry
        if self._is_asked(claim):
            if storage_class is None:
                self.fail(key)
            selected = claim.metadata.annotations.get(SELECTED_NODE, "")
            if selected or not waits_for_pod(storage_class):
                await self._provision(claim, storage_class, selected, client)
        self._underway.pop(key, None)

    def _rests(self, uid: str, storage_class: StorageClass) -> bool:
        until_ms, of_class = self._resting.get(uid, (0, ""))
        if self.process.loop.now_ms < until_ms and of_class == storage_class.metadata.uid:
            return True
        self._resting.pop(uid, None)
        return False

    async def _provision(
        self, claim: PersistentVolumeClaim, storage_class: StorageClass, selected: str, client: Client
    ) -> None:
        style, name = self.program.behaviour.style, self.program.name
        if self._volumes.get("", provisioned_name(claim)) is not None:
            return
        if is_block(claim) and style != CSI:
            self._complain(claim, f"{name} does not support block volume provisioning", client)
            return
        if storage_class.provisioner not in self._known:
            return
        if selected and style != CSI and self._nodes.get("", selected) is None:
            await self._miss_node(claim, selected, client)
            return
        about = f"{claim.metadata.namespace}/{claim.metadata.name}"
        text = f'External provisioner is provisioning volume for claim "{about}"'
        self.recorder.event(claim, NORMAL, "Provisioning", text, cause=client.cause)
        try:
            made = await self._made(self._order(claim, storage_class, selected))
        except LeftToOthers:
            text = "Assuming an external populator will provision the volume"
            self._for_populators.event(claim, NORMAL, "Provisioning", text, cause=client.cause)
            return
        if isinstance(made, Failure):
            await self._take_failure(claim, storage_class, selected, made, client)
        else:
            await self._store(claim, made, client)

    def _order(self, claim: PersistentVolumeClaim, storage_class: StorageClass, selected: str) -> Order:
        topology = self.program.behaviour.topology
        names = sorted(name for _, name in self._nodes.objects) if topology else [selected]
        found = ((name, self._nodes.get("", name)) for name in names)
        return Order(
            claim=claim,
            storage_class=storage_class,
            selected=selected,
            nodes={name: node.metadata.labels for name, node in found if node is not None},
            keys=self._topology_keys() if topology else {},
            attributes_class=self._attribute_classes.get("", claim.spec.volume_attributes_class_name or ""),
            started_ms=self.process.server.clock.start_ms,
        )

    def _topology_keys(self) -> dict[str, tuple[str, ...]]:
        """The keys of the driver on each node where it is registered."""
        return {
            name: driver.topology_keys
            for (_, name), node in sorted(self._driver_nodes.objects.items())
            for driver in node.spec.drivers
            if driver.name == self.program.name
        }

    async def _made(self, order: Order) -> PersistentVolume | Failure:
        """The volume, once the storage has made what is behind it. Raises LeftToOthers, Stopped."""
        behaviour = self.program.behaviour
        try:
            volume = provisioned(behaviour, order)
        except Refused as refusal:
            return Failure(str(refusal), refusal.elsewhere)
        problem = await self.program.ask_storage(behaviour.create_time_ms)
        if not problem:
            return volume
        text = _CREATION_ERRORS[behaviour.style](problem, volume.metadata.name)
        return Failure(text, bool(behaviour.topology) and code(text) == NO_ROOM)

    async def _take_failure(
        self,
        claim: PersistentVolumeClaim,
        storage_class: StorageClass,
        selected: str,
        failure: Failure,
        client: Client,
    ) -> None:
        uid, name, text = claim.metadata.uid, storage_class.metadata.name, failure.text
        is_wrong = self.program.behaviour.style == CSI and code(text) == INVALID
        if is_wrong:
            self._resting.setdefault(uid, (self.process.loop.now_ms + _REST_MS, storage_class.metadata.uid))
            text = f"Volume provisioning failed with infeasible error. Retries will be delayed. {text}"
        elif self.program.manner.names_class:
            text = f'failed to provision volume with StorageClass "{name}": {text}'
        self._complain(claim, text, client)
        if failure.elsewhere and selected:
            await self._unselect(claim, client)
            return
        if self.program.behaviour.style == CSI and may_still_be_made(text):
            self._underway[uid] = claim
        else:
            self._underway.pop(uid, None)
        self.fail(uid)

    async def _miss_node(self, claim: PersistentVolumeClaim, selected: str, client: Client) -> None:
        """What follows when the chosen node is not there any more."""
        missing = f'nodes "{selected}" not found'
        if self.program.manner.moves_on:
            self._complain(claim, missing, client)
            await self._unselect(claim, client)
            return
        self._complain(claim, f"failed to get target node: {missing}", client)
        self.fail(claim.metadata.uid)

    def _complain(self, claim: PersistentVolumeClaim, text: str, client: Client) -> None:
        self.recorder.event(claim, WARNING, "ProvisioningFailed", text, cause=client.cause)

    async def _unselect(self, claim: PersistentVolumeClaim, client: Client) -> None:
        """Have the scheduler choose a node anew."""
        metadata = without_annotation(claim.metadata, SELECTED_NODE)
        await client.update(replace(claim, metadata=metadata))

    async def _store(self, claim: PersistentVolumeClaim, volume: PersistentVolume, client: Client) -> None:
        manner = self.program.manner
        for attempt in count(1):
            problem = await _stored(volume, client)
            if problem is None:
                break
            if attempt == manner.stores:
                about = f"{claim.metadata.namespace}/{claim.metadata.name}"
                text = f"Error creating provisioned PV object for claim {about}: {problem}. Deleting the volume."
                self._complain(claim, text, client)
                await self.program.ask_storage(self.program.behaviour.delete_time_ms)
                self.fail(claim.metadata.uid)
            first_ms, longest_ms = manner.store_backoff
            await self.program.pause(min(first_ms << min(attempt - 1, 30), longest_ms))
        # A claim that went meanwhile has nobody to be told; a volume made for it is released and removed again.
        if self._by_uid.of(claim.metadata.uid):
            text = f"Successfully provisioned volume {volume.metadata.name}"
            self.recorder.event(claim, NORMAL, "ProvisioningSucceeded", text, cause=client.cause)


async def _stored(volume: PersistentVolume, client: Client) -> ApiError | None:
    """Store the volume; why not, if it is not there after that."""
    try:
        await client.create(volume)
    except ApiError as problem:
        return None if problem.reason == "AlreadyExists" else problem
    return None


# What the provisioner says when its storage answers a request to make a volume with an error, by style.
_CREATION_ERRORS: Mapping[Style, Callable[[str, str], str]] = {
    NFS: lambda problem, _: f"unable to create directory to provision new pv: {problem}",
    LOCAL_PATH: lambda problem, name: f"failed to create volume {name}: {problem}",
    CSI: lambda problem, _: answered(problem),
}
