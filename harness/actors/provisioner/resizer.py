"""The expansions of one CSI driver: grows the volume of each claim that asks for more than it has.

Owns the controller's half: the volume and its capacity. The file system on it is grown by the node that has it mounted.
Mirrors kubernetes-csi's external-resizer, pkg/controller/expand_and_recover.go and resize_status.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec.structs import replace

from harness.actors.provisioner.claims import CSI_BACKOFF
from harness.actors.provisioner.program import Part, Program
from harness.api.client import Client
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Retry
from harness.control.events import NORMAL, WARNING
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi_migration import csi_volume
from harness.objects.expansion import (
    BEFORE_RESIZE,
    CONTROLLER_INFEASIBLE,
    CONTROLLER_RESIZING,
    NODE_PENDING,
    NODE_UP_TO_DATE,
    RESIZE_STATES_OF_NODE,
    capacity_of,
    finished,
    request_of,
    resize_state,
    with_conditions,
    with_state,
)
from harness.objects.storage import PersistentVolume
from harness.objects.volume_binding import annotated, without_annotation

_PENDING_ON_NODE = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
# Answers after which trying again cannot help, and those that leave open what became of the request.
_INFEASIBLE = re.compile(r"code = (InvalidArgument|OutOfRange|NotFound)\b")
_OPEN = re.compile(r"code = (Canceled|DeadlineExceeded|Unavailable|ResourceExhausted|Aborted)\b")
_INFEASIBLE_REST_MS = 300_000


class ExpansionPart(Part[Key]):
    """Keys are claims."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, CSI_BACKOFF)
        informers = program.process.informers
        self._claims = informers.of(PersistentVolumeClaim)
        self._volumes = informers.of(PersistentVolume)
        self._claims.subscribe(self._claim_changed)
        # Until when an expansion that the storage called infeasible is not asked for again.
        self._resting: dict[Key, int] = {}

    def everything(self) -> Iterable[Key]:
        return sorted(self._claims.objects)

    def _claim_changed(self, change: Change) -> None:
        claim: PersistentVolumeClaim = change.object
        previous: PersistentVolumeClaim | None = change.previous
        if change.type == DELETED:
            return
        if previous is None or any(ask(claim) != ask(previous) for ask in (request_of, capacity_of, resize_state)):
            self.queue.add((claim.metadata.namespace, claim.metadata.name), change.sequence)

    async def work(self, key: Key, client: Client) -> None:
        claim = self._claims.get(*key)
        if claim is None or claim.status.phase != "Bound":
            return
        volume = self._volumes.get("", claim.spec.volume_name)
        if volume is None or not self._is_ours(volume, claim):
            return
        if capacity_of(claim) >= quantity.parse(volume.spec.capacity.get("storage", "0")):
            await self._forget_size(volume, client)
        if request_of(claim) > capacity_of(claim):
            await self._expand(key, claim, volume, client)

    def _is_ours(self, volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
        reference = volume.spec.claim_ref
        known = csi_volume(volume)
        ours = known is not None and known.driver == self.program.name
        return ours and reference is not None and reference.uid == claim.metadata.uid

    async def _forget_size(self, volume: PersistentVolume, client: Client) -> None:
        """Take away the mark with the size before, which has served its purpose."""
        if BEFORE_RESIZE in volume.metadata.annotations:
            await client.modify(
                volume, lambda stored: replace(stored, metadata=without_annotation(stored.metadata, BEFORE_RESIZE))
            )

    async def _expand(self, key: Key, claim: PersistentVolumeClaim, volume: PersistentVolume, client: Client) -> None:
        state, allocated = resize_state(claim), claim.status.allocated_resources.get("storage")
        size = claim.spec.resources.requests["storage"]
        grown = quantity.parse(volume.spec.capacity.get("storage", "0")) >= quantity.parse(size)
        if state in RESIZE_STATES_OF_NODE:
            # What the node still has to do comes first.
            return
        if grown and allocated is not None:
            size = allocated
        same = allocated is not None and quantity.parse(allocated) == quantity.parse(size)
        rest_ms = self._resting.get(key, 0) - self.process.loop.now_ms
        if same and state == CONTROLLER_INFEASIBLE and rest_ms > 0:
            self.queue.add_after(key, rest_ms)
            return
        claim = await self._begin(claim, size, same=same, client=client)
        text = f"External resizer is resizing volume {volume.metadata.name}"
        self.recorder.event(claim, NORMAL, "Resizing", text, cause=client.cause)
        problem = await self.program.ask_storage(self.program.behaviour.create_time_ms)
        if problem:
            await self._fail(key, claim, volume, problem, client)
        else:
            self._resting.pop(key, None)
            await self._take_size(claim, volume, size, client)

    async def _begin(
        self, claim: PersistentVolumeClaim, size: str, *, same: bool, client: Client
    ) -> PersistentVolumeClaim:
        """Say in the claim's status that it is being resized."""
        now = self.process.loop.clock.stamp()
        began = with_conditions(claim, {"Resizing": ""}, now, keep=same)
        if not same:
            began = with_state(began, CONTROLLER_RESIZING)
        allocated = {**began.status.allocated_resources, "storage": size}
        began = replace(began, status=replace(began.status, allocated_resources=allocated))
        return await self._write(claim, began, client)

    async def _fail(
        self, key: Key, claim: PersistentVolumeClaim, volume: PersistentVolume, problem: str, client: Client
    ) -> None:
        if not _OPEN.search(problem):
            failed = with_conditions(
                claim,
                {"ControllerResizeError": f"failed to expand pvc with {problem}"},
                self.process.loop.clock.stamp(),
                keep=True,
            )
            if _INFEASIBLE.search(problem):
                self._resting[key] = self.process.loop.now_ms + _INFEASIBLE_REST_MS
                failed = with_state(failed, CONTROLLER_INFEASIBLE)
            await self._write(claim, failed, client)
        text = f'resize volume "{volume.metadata.name}" by resizer "{self.program.name}" failed: {problem}'
        self.recorder.event(claim, WARNING, "VolumeResizeFailed", text, cause=client.cause)
        raise Retry

    async def _take_size(
        self, claim: PersistentVolumeClaim, volume: PersistentVolume, size: str, client: Client
    ) -> None:
        """The volume is as large as that from now on; what lies on it may still have to grow."""
        on_node = claim.spec.volume_mode != "Block"
        before = claim.status.capacity.get("storage", "0")

        def enlarged(stored: PersistentVolume) -> PersistentVolume:
            spec = replace(stored.spec, capacity={**stored.spec.capacity, "storage": size})
            metadata = stored.metadata
            if on_node and BEFORE_RESIZE not in metadata.annotations:
                metadata = annotated(metadata, {BEFORE_RESIZE: before})
            return replace(stored, metadata=metadata, spec=spec)

        await client.modify(volume, enlarged)
        now = self.process.loop.clock.stamp()
        if on_node:
            waiting = with_conditions(claim, {"FileSystemResizePending": _PENDING_ON_NODE}, now, keep=True)
            claim = await self._write(claim, with_state(waiting, NODE_PENDING), client)
            text = "Require file system resize of volume on node"
            self.recorder.event(claim, NORMAL, "FileSystemResizeRequired", text, cause=client.cause)
            return
        done = finished(claim, size)
        marked = annotated(done.metadata, {NODE_UP_TO_DATE: "true"})
        claim = await self._write(claim, replace(done, metadata=marked), client)
        self.recorder.event(claim, NORMAL, "VolumeResizeSuccessful", "Resize volume succeeded", cause=client.cause)

    async def _write(
        self, claim: PersistentVolumeClaim, new: PersistentVolumeClaim, client: Client
    ) -> PersistentVolumeClaim:
        """Have the claim's status be this; its annotations go along with it."""
        return await client.modify(
            claim,
            lambda stored: replace(
                stored,
                metadata=replace(stored.metadata, annotations=new.metadata.annotations),
                status=new.status,
            ),
            status=True,
        )
