"""The expansions of one CSI driver: grows the volume of each claim that asks for more than it has.

Owns the controller's half: the volume and its capacity. The file system on it is grown by the node that has it mounted.
Mirrors kubernetes-csi's external-resizer, pkg/controller/expand_and_recover.go and resize_status.go.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from harness.actors.provisioner.answers import IN_USE, answered, code, is_infeasible, may_still_grow
from harness.actors.provisioner.manner import CSI_BACKOFF
from harness.actors.provisioner.order import in_bytes
from harness.actors.provisioner.program import Part, Program
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change, Key
from harness.control.controller import GiveUp, Retry
from harness.control.events import NORMAL, WARNING
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi_migration import csi_volume
from harness.objects.expansion import (
    BEFORE_RESIZE,
    CONTROLLER_INFEASIBLE,
    CONTROLLER_RESIZING,
    NODE_INFEASIBLE,
    NODE_PENDING,
    NODE_UP_TO_DATE,
    RESIZE_STATES_OF_NODE,
    capacity_of,
    finished,
    resize_state,
    with_conditions,
    with_state,
)
from harness.objects.pod import Pod
from harness.objects.pod_claims import named_claim_keys
from harness.objects.pods import has_ended
from harness.objects.storage import PersistentVolume
from harness.objects.storage_phases import BOUND
from harness.objects.volume_binding import annotated, without_annotation
from harness.objects.volume_matching import capacity, is_block, request

_WORKERS = 10
_REST_MS = 300_000
_PENDING_ON_NODE = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."


def size_to_reach(claim: PersistentVolumeClaim, volume: PersistentVolume, *, over: bool) -> str | None:
    """To which size the volume is to grow next; None while it is the node's turn.

    What was begun is brought to its end before the claim's present wish is looked at, for it may have been carried out.
    `over` says that the driver has definitely given up what was begun.
    """
    wish = claim.spec.resources.requests["storage"]
    state = resize_state(claim)
    begun = claim.status.allocated_resources.get("storage", wish)
    held = capacity(volume)
    if held >= quantity.parse(wish):
        return None if state in RESIZE_STATES_OF_NODE else begun
    if state in RESIZE_STATES_OF_NODE:
        return None if held >= quantity.parse(begun) else begun
    if state == NODE_INFEASIBLE or (state == CONTROLLER_RESIZING and not over):
        return begun
    return wish


class ExpansionPart(Part[Key]):
    """Keys are claims."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, _WORKERS, CSI_BACKOFF, says_as=f"external-resizer {program.name}")
        informers = program.process.informers
        self._claims = informers.of(PersistentVolumeClaim)
        self._volumes = informers.of(PersistentVolume)
        self._users = informers.of(Pod).index(_claims_in_use)
        self._claims.subscribe(self._claim_changed)
        # Until when an expansion that the driver called infeasible is not asked for again.
        self._resting: dict[Key, int] = {}
        # Claims whose expansion the driver has definitely refused.
        self._over: set[Key] = set()
        # Uids of claims whose volumes the driver does not expand while they are used.
        self._offline: set[str] = set()

    def everything(self) -> Iterable[Key]:
        return sorted(self._claims.objects)

    def forget_all(self) -> None:
        self._resting.clear()
        self._over.clear()
        self._offline.clear()

    def _claim_changed(self, change: Change) -> None:
        claim: PersistentVolumeClaim = change.object
        previous: PersistentVolumeClaim | None = change.previous
        key = (claim.metadata.namespace, claim.metadata.name)
        if change.type == DELETED:
            self.queue.forget(key)
        elif previous is None or any(ask(claim) != ask(previous) for ask in (request, capacity_of, resize_state)):
            self.queue.add(key, change.sequence)

    async def work(self, key: Key, client: Client) -> None:
        claim = self._claims.get(*key)
        if claim is None or not claim.spec.volume_name:
            return
        volume = self._volumes.get("", claim.spec.volume_name)
        if volume is None:
            raise Retry
        if not self._is_ours(volume, claim):
            return
        if capacity_of(claim) >= capacity(volume):
            volume = await self._without_size_before(volume, client)
        if claim.status.phase == BOUND and request(claim) > capacity_of(claim):
            await self._expand(key, claim, volume, client)

    def _is_ours(self, volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
        reference = volume.spec.claim_ref
        known = csi_volume(volume)
        ours = known is not None and known.driver == self.program.name
        return ours and reference is not None and reference.uid == claim.metadata.uid

    async def _without_size_before(self, volume: PersistentVolume, client: Client) -> PersistentVolume:
        """Take away the mark with the size before, which has served its purpose."""
        if BEFORE_RESIZE not in volume.metadata.annotations:
            return volume
        return await client.modify(
            volume, lambda stored: replace(stored, metadata=without_annotation(stored.metadata, BEFORE_RESIZE))
        )

    async def _expand(self, key: Key, claim: PersistentVolumeClaim, volume: PersistentVolume, client: Client) -> None:
        rest_ms = self._resting.get(key, 0) - self.process.loop.now_ms
        if resize_state(claim) == CONTROLLER_INFEASIBLE and rest_ms <= 0:
            # This attempt is still made; those that follow it wait.
            self._resting[key] = self.process.loop.now_ms + _REST_MS
        size = size_to_reach(claim, volume, over=key in self._over)
        if size is None:
            return
        begun = claim.status.allocated_resources.get("storage")
        again = begun is not None and quantity.parse(begun) == quantity.parse(size)
        if again and rest_ms > 0:
            self.queue.add_after(key, rest_ms)
            raise GiveUp
        claim = await self._begin(claim, size, again=again, client=client)
        uid = claim.metadata.uid
        if uid in self._offline and self._users.of(key):
            driver = f"CSI driver {self.program.name} only supports offline expansion and volume is currently in-use"
            self._complain(claim, f"Unable to expand {'/'.join(key)} because {driver}", client)
            raise Retry
        text = f"External resizer is resizing volume {volume.metadata.name}"
        self.recorder.event(claim, NORMAL, "Resizing", text, cause=client.cause)
        self._offline.discard(uid)
        problem = await self.program.ask_storage(self.program.behaviour.create_time_ms)
        if problem:
            await self._take_failure(key, claim, volume, answered(problem), client)
            raise Retry
        self._resting.pop(key, None)
        self._over.discard(key)
        await self._take_size(claim, volume, size, client)

    async def _begin(
        self, claim: PersistentVolumeClaim, size: str, *, again: bool, client: Client
    ) -> PersistentVolumeClaim:
        """Say in the claim's status that it is being resized; `again`: to the same size as before."""
        now = self.process.loop.clock.stamp()
        began = with_conditions(claim, {"Resizing": ""}, now, keep=again)
        if not again:
            began = with_state(began, CONTROLLER_RESIZING)
        allocated = {**began.status.allocated_resources, "storage": size}
        metadata = without_annotation(began.metadata, NODE_UP_TO_DATE)
        began = replace(began, metadata=metadata, status=replace(began.status, allocated_resources=allocated))
        return await client.update_status(began)

    def _complain(self, claim: PersistentVolumeClaim, text: str, client: Client) -> None:
        self.recorder.event(claim, WARNING, "VolumeResizeFailed", text, cause=client.cause)

    async def _take_failure(
        self, key: Key, claim: PersistentVolumeClaim, volume: PersistentVolume, problem: str, client: Client
    ) -> None:
        if code(problem) == IN_USE:
            self._offline.add(claim.metadata.uid)
        if not is_infeasible(problem):
            self._resting.pop(key, None)
        if may_still_grow(problem):
            self._over.discard(key)
        else:
            self._over.add(key)
            claim = await client.modify(claim, lambda stored: self._refused(stored, problem), status=True)
        text = f'resize volume "{volume.metadata.name}" by resizer "{self.program.name}" failed: {problem}'
        self._complain(claim, text, client)

    def _refused(self, claim: PersistentVolumeClaim, problem: str) -> PersistentVolumeClaim:
        refusal = {"ControllerResizeError": f"failed to expand pvc with {problem}"}
        failed = with_conditions(claim, refusal, self.process.loop.clock.stamp(), keep=True)
        return with_state(failed, CONTROLLER_INFEASIBLE) if is_infeasible(problem) else failed

    async def _take_size(
        self, claim: PersistentVolumeClaim, volume: PersistentVolume, size: str, client: Client
    ) -> None:
        """The volume is as large as that from now on; what lies on it may still have to grow."""
        on_node = not is_block(volume)
        before, size = claim.status.capacity.get("storage", "0"), in_bytes(size)

        def enlarged(stored: PersistentVolume) -> PersistentVolume:
            spec = replace(stored.spec, capacity={**stored.spec.capacity, "storage": size})
            metadata = stored.metadata
            if on_node and BEFORE_RESIZE not in metadata.annotations:
                metadata = annotated(metadata, {BEFORE_RESIZE: before})
            return replace(stored, metadata=metadata, spec=spec)

        await client.modify(volume, enlarged)
        about = f"{claim.metadata.namespace}/{claim.metadata.name}"
        if on_node:
            now = self.process.loop.clock.stamp()
            waiting = with_conditions(claim, {"FileSystemResizePending": _PENDING_ON_NODE}, now, keep=True)
            claim = await self._tell(with_state(waiting, NODE_PENDING), f'"{about}" as node expansion required', client)
            text = "Require file system resize of volume on node"
            self.recorder.event(claim, NORMAL, "FileSystemResizeRequired", text, cause=client.cause)
            return
        done = finished(claim, size)
        marked = replace(done, metadata=annotated(done.metadata, {NODE_UP_TO_DATE: "true"}))
        claim = await self._tell(marked, f'"{about}" as resize finished', client)
        self.recorder.event(claim, NORMAL, "VolumeResizeSuccessful", "Resize volume succeeded", cause=client.cause)

    async def _tell(self, claim: PersistentVolumeClaim, what: str, client: Client) -> PersistentVolumeClaim:
        """Write the status of a claim whose volume has grown. One that was changed meanwhile is looked at anew."""
        try:
            return await client.update_status(claim)
        except ApiError as problem:
            about = f"{claim.metadata.namespace}/{claim.metadata.name}"
            text = f"mark PVC {what} failed: can't patch status of  PVC {about} with {problem}"
            self._complain(claim, text, client)
            raise


def _claims_in_use(pod: Pod) -> tuple[Key, ...]:
    """The claims that a pod names, unless it is over."""
    return () if has_ended(pod) else named_claim_keys(pod)
