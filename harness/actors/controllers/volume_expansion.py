"""The expand controller: a claim that asks for more than it has is left to somebody outside, and told so.

Owns that one Event: the kinds of volume that are played have no plugin in the controller that could grow them.
Source: pkg/controller/volume/expand/expand_controller.go (enqueuePVC, syncHandler).
"""

from __future__ import annotations

from harness.api.client import Client
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.control.events import NORMAL
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim

_WAITING = "waiting for an external controller to expand this PVC"


class ExpandController(Controller[Key]):
    """Keys are (namespace, name) of claims."""

    name = "volume_expand"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=10)
        self._claims = process.informers.of(PersistentVolumeClaim)
        self._claims.subscribe(self._claim_changed)

    def _claim_changed(self, change: Change) -> None:
        claim: PersistentVolumeClaim = change.object
        previous: PersistentVolumeClaim | None = change.previous
        if change.type == DELETED or claim.status.phase != "Bound":
            return
        if previous is None or _request(claim) > _request(previous) or _capacity(claim) > _capacity(previous):
            self.queue.add((claim.metadata.namespace, claim.metadata.name), change.sequence)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        claim = self._claims.objects.get(key)
        if claim is not None and _request(claim) > _capacity(claim):
            self.recorder.event(claim, NORMAL, "ExternalExpanding", _WAITING, cause=client.cause)
        return None


def _capacity(claim: PersistentVolumeClaim) -> int:
    """The storage it has, in thousandths."""
    return quantity.parse(claim.status.capacity.get("storage", "0"))


def _request(claim: PersistentVolumeClaim) -> int:
    """The storage asked for, in thousandths."""
    return quantity.parse(claim.spec.resources.requests.get("storage", "0"))
