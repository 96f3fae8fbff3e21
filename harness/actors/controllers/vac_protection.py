"""Keeps a class of volume attributes that is being deleted for as long as a claim or a volume refers to it.

Owns the finalizer `kubernetes.io/vac-protection`. Mirrors pkg/controller/volume/vacprotection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.api.client import Client
from harness.api.store import DELETED, Change
from harness.control.controller import Controller, Process
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import VolumeAttributesClass
from harness.objects.finalizers import ATTRIBUTES_CLASS_PROTECTION, with_finalizer, without_finalizer
from harness.objects.storage import PersistentVolume


class VolumeAttributesClassProtection(Controller[str]):
    """Keys are names of classes."""

    name = "vac-protection-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=1)
        self._classes = process.informers.of(VolumeAttributesClass)
        claims = process.informers.of(PersistentVolumeClaim)
        volumes = process.informers.of(PersistentVolume)
        self._users = (claims.index(_of_claim), volumes.index(_of_volume))
        self._classes.subscribe(self._class_changed)
        claims.subscribe(self._claim_changed)
        volumes.subscribe(self._volume_changed)

    def _class_changed(self, change: Change) -> None:
        metadata = change.object.metadata
        held = ATTRIBUTES_CLASS_PROTECTION in metadata.finalizers
        if change.type != DELETED and (metadata.deletion_timestamp is None) != held:
            self.queue.add(metadata.name, change.sequence)

    def _claim_changed(self, change: Change) -> None:
        self._take_note(change, _of_claim)

    def _volume_changed(self, change: Change) -> None:
        self._take_note(change, _of_volume)

    def _take_note(self, change: Change, named: Callable[[Any], tuple[str, ...]]) -> None:
        """Look again at the classes that something named and names no more."""
        if change.previous is None:
            return
        still = () if change.type == DELETED else named(change.object)
        for name in named(change.previous):
            if name not in still:
                self.queue.add(name, change.sequence)

    async def reconcile(self, key: str, client: Client) -> int | None:
        found = self._classes.get("", key)
        if found is None:
            return None
        metadata = found.metadata
        held = ATTRIBUTES_CLASS_PROTECTION in metadata.finalizers
        if metadata.deletion_timestamp is None and not held:
            changed = with_finalizer(found, ATTRIBUTES_CLASS_PROTECTION)
        elif metadata.deletion_timestamp is not None and held and not any(users.of(key) for users in self._users):
            changed = without_finalizer(found, ATTRIBUTES_CLASS_PROTECTION)
        else:
            return None
        await client.update(changed)
        return None


def _of_claim(claim: PersistentVolumeClaim) -> tuple[str, ...]:
    """The classes a claim has, had or is on its way to, each once."""
    status = claim.status
    change = status.modify_volume_status
    target = "" if change is None else change.target_volume_attributes_class_name
    named = (claim.spec.volume_attributes_class_name, status.current_volume_attributes_class_name, target)
    return tuple(dict.fromkeys(name for name in named if name)) if any(named) else ()


def _of_volume(volume: PersistentVolume) -> tuple[str, ...]:
    name = volume.spec.volume_attributes_class_name
    return (name,) if name else ()
