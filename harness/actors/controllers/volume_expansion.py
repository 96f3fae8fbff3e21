"""The expand controller: a claim that asks for more than it has is left to somebody outside, and told so.

Owns that one Event, and who is asked: no kind of volume has a plugin in the controller any more that could grow it.
Source: pkg/controller/volume/expand/expand_controller.go (enqueuePVC, syncHandler).
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.api.client import Client
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.control.events import NORMAL
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi_migration import former_plugin, serving_driver
from harness.objects.expansion import capacity_of
from harness.objects.storage import PersistentVolume
from harness.objects.storage_phases import BOUND
from harness.objects.volume_binding import annotated
from harness.objects.volume_matching import request

_WAITING = "waiting for an external controller to expand this PVC"
_MIGRATED = "CSI migration enabled for {}; waiting for external resizer to expand the pvc"
_RESIZER = "volume.kubernetes.io/storage-resizer"


class ExpandController(Controller[Key]):
    """Keys are (namespace, name) of claims."""

    name = "volume_expand"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=10)
        self._claims = process.informers.of(PersistentVolumeClaim)
        self._volumes = process.informers.of(PersistentVolume)
        self._claims.subscribe(self._claim_changed)

    def _claim_changed(self, change: Change) -> None:
        claim: PersistentVolumeClaim = change.object
        previous: PersistentVolumeClaim | None = change.previous
        if change.type == DELETED or claim.status.phase != BOUND:
            return
        if previous is None or request(claim) > request(previous) or capacity_of(claim) > capacity_of(previous):
            self.queue.add((claim.metadata.namespace, claim.metadata.name), change.sequence)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        claim = self._claims.objects.get(key)
        volume = self._volumes.get("", claim.spec.volume_name) if claim is not None else None
        if claim is None or volume is None or request(claim) <= capacity_of(claim):
            return None
        plugin = former_plugin(volume)
        text = _MIGRATED.format(plugin) if plugin else _WAITING
        self.recorder.event(claim, NORMAL, "ExternalExpanding", text, cause=client.cause)
        if plugin:
            resizer = {_RESIZER: serving_driver(plugin)}
            await client.modify(claim, lambda stored: replace(stored, metadata=annotated(stored.metadata, resizer)))
        return None
