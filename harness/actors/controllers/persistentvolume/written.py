"""What each write of the binder looks like: the object as it stands, in; the object as it is to be stored, out.

Pure, and the same object comes back where nothing is to change, so that the caller need not write.
Mirrors `bind`, `unbindVolume` and `updateClaimStatus` of pkg/controller/volume/persistentvolume/pv_controller.go.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimStatus
from harness.objects.expansion import BEFORE_RESIZE
from harness.objects.storage import PersistentVolume
from harness.objects.storage_phases import BOUND, PENDING
from harness.objects.volume_binding import (
    BETA_STORAGE_PROVISIONER,
    BIND_COMPLETED,
    BOUND_BY_CONTROLLER,
    STORAGE_PROVISIONER,
    YES,
    annotated,
)


def volume_in_phase(volume: PersistentVolume, phase: str, message: str = "") -> PersistentVolume:
    """The volume in that phase; a message stays for as long as the phase does."""
    if volume.status.phase == phase:
        return volume
    return replace(volume, status=replace(volume.status, phase=phase, message=message))


def bound_claim(claim: PersistentVolumeClaim, volume: PersistentVolume) -> PersistentVolumeClaim:
    """The claim naming the volume, and marked as bound; also as bound by the controller if it had to be told a name."""
    name = volume.metadata.name
    if claim.spec.volume_name != name:
        marks = {BIND_COMPLETED: YES}
        if BOUND_BY_CONTROLLER not in claim.metadata.annotations:
            marks[BOUND_BY_CONTROLLER] = YES
        return replace(claim, metadata=annotated(claim.metadata, marks), spec=replace(claim.spec, volume_name=name))
    if BIND_COMPLETED in claim.metadata.annotations:
        return claim
    return replace(claim, metadata=annotated(claim.metadata, {BIND_COMPLETED: YES}))


def claim_status(
    claim: PersistentVolumeClaim, phase: str, volume: PersistentVolume | None
) -> PersistentVolumeClaimStatus:
    """The claim's status in that phase, showing what the volume offers, or nothing without one."""
    status = claim.status
    if volume is None:
        return replace(status, phase=phase, access_modes=(), capacity={}, current_volume_attributes_class_name=None)
    shown = replace(status, phase=phase, access_modes=volume.spec.access_modes)
    if phase == BOUND and status.phase != BOUND:
        shown = replace(shown, capacity=_shown_capacity(status.capacity, volume))
        if status.phase == PENDING:
            shown = replace(shown, current_volume_attributes_class_name=volume.spec.volume_attributes_class_name)
    return shown


def _shown_capacity(shown: dict[str, str], volume: PersistentVolume) -> dict[str, str]:
    """What a claim that becomes bound shows; equal amounts are not rewritten, however they are spelt."""
    before_resize = volume.metadata.annotations.get(BEFORE_RESIZE)
    offered = {"storage": before_resize} if before_resize else volume.spec.capacity
    if "storage" in shown and quantity.parse(shown["storage"]) == quantity.parse(offered.get("storage", "0")):
        return shown
    return offered


def freed_volume(volume: PersistentVolume) -> PersistentVolume:
    """The volume let go: open to any claim if the controller had bound it, else kept for the name its owner gave."""
    reference = volume.spec.claim_ref
    if reference is None:
        return volume
    if BOUND_BY_CONTROLLER not in volume.metadata.annotations:
        return replace(volume, spec=replace(volume.spec, claim_ref=replace(reference, uid="")))
    kept = {key: text for key, text in volume.metadata.annotations.items() if key != BOUND_BY_CONTROLLER}
    return replace(
        volume, metadata=replace(volume.metadata, annotations=kept), spec=replace(volume.spec, claim_ref=None)
    )


def provisioner_named(claim: PersistentVolumeClaim, provisioner: str) -> PersistentVolumeClaim:
    """The claim telling who is to provision it."""
    if claim.metadata.annotations.get(STORAGE_PROVISIONER) == provisioner:
        return claim
    names = {BETA_STORAGE_PROVISIONER: provisioner, STORAGE_PROVISIONER: provisioner}
    return replace(claim, metadata=annotated(claim.metadata, names))
