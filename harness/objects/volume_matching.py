"""Which volume fits a claim: the checks one by one, and the search that the scheduler and the binder both make.

Pure questions about values. Who asks when, and what is done with the answer, is the business of whoever asks.

Mirrors component-helpers' storage/volume/pv_helpers.go (`FindMatchingVolume`) and the volume controller's
`checkVolumeSatisfyClaim`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.node_affinity import selector_matches
from harness.objects.selector import matches_if_any
from harness.objects.storage import PersistentVolume
from harness.objects.storage_classes import class_of
from harness.objects.storage_phases import AVAILABLE

FILESYSTEM = "Filesystem"
BLOCK = "Block"
READ_WRITE_ONCE = "ReadWriteOnce"
READ_WRITE_ONCE_POD = "ReadWriteOncePod"

_MODES = (READ_WRITE_ONCE, "ReadOnlyMany", "ReadWriteMany", READ_WRITE_ONCE_POD)


def find_matching_volume(
    claim: PersistentVolumeClaim,
    volumes: Sequence[PersistentVolume],
    *,
    node_labels: Mapping[str, str] | None = None,
    excluded: Collection[str] = (),
    delay_binding: bool,
) -> PersistentVolume | None:
    """The volume reserved for the claim, else the smallest free one that fits; the lowest name among equally small.

    `node_labels` makes it the scheduler's question: the volume must be usable from that node, and must offer every
    access mode. Without them it is the binder's, which asks within volumes of suitable access modes and leaves free
    volumes alone when `delay_binding`. `excluded` are names of volumes that are spoken for.
    """
    smallest: PersistentVolume | None = None
    smallest_rank = (0, "")
    for volume in volumes:
        if volume.metadata.name in excluded or not may_hold(claim, volume):
            continue
        if is_claimed_by(volume, claim):
            return volume if node_labels is None or reaches(volume, node_labels) else None
        if node_labels is None and delay_binding:
            continue
        if not is_offered_to(volume, claim):
            continue
        if node_labels is not None and not (offers_modes(volume, claim) and reaches(volume, node_labels)):
            continue
        rank = (capacity(volume), volume.metadata.name)
        if smallest is None or rank < smallest_rank:
            smallest, smallest_rank = volume, rank
    return smallest


def may_hold(claim: PersistentVolumeClaim, volume: PersistentVolume) -> bool:
    """What must be so even of a volume that is reserved for the claim."""
    return (
        (volume.spec.claim_ref is None or is_claimed_by(volume, claim))
        and volume.metadata.deletion_timestamp is None
        and capacity(volume) >= request(claim)
        and same_volume_mode(volume, claim)
        and same_attributes_class(volume, claim)
    )


def is_offered_to(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    """What must be so, besides, of a volume that is nobody's."""
    return (
        volume.status.phase == AVAILABLE
        and class_of(volume) == class_of(claim)
        and matches_if_any(claim.spec.selector, volume.metadata.labels)
    )


def unmet_demand(volume: PersistentVolume, claim: PersistentVolumeClaim) -> str | None:
    """Why a free volume cannot be the one that the claim asks for by name, in the API's words; None if it can.

    The claim's selector, the volume's phase and its node affinity are no obstacles here.
    """
    if volume.metadata.deletion_timestamp is not None:
        return f'the volume is marked for deletion "{volume.metadata.name}"'
    if _whole_bytes(volume.spec.capacity) < _whole_bytes(claim.spec.resources.requests):
        return "requested PV is too small"
    if class_of(volume) != class_of(claim):
        return "storageClassName does not match"
    if not same_attributes_class(volume, claim):
        return "volumeAttributesClassName does not match"
    if not same_volume_mode(volume, claim):
        return "incompatible volumeMode"
    if not offers_modes(volume, claim):
        return "incompatible accessMode"
    return None


def is_claimed_by(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    """Whether the volume's claimRef means this claim; one without a uid means any claim of that name."""
    reference = volume.spec.claim_ref
    return (
        reference is not None
        and reference.name == claim.metadata.name
        and reference.namespace == claim.metadata.namespace
        and reference.uid in ("", claim.metadata.uid)
    )


def capacity(volume: PersistentVolume) -> int:
    """What the volume holds, in thousandths of a byte."""
    return quantity.parse(volume.spec.capacity.get("storage", "0"))


def request(claim: PersistentVolumeClaim) -> int:
    """What the claim asks for, in thousandths of a byte."""
    return quantity.parse(claim.spec.resources.requests.get("storage", "0"))


def volume_mode_of(obj: PersistentVolumeClaim | PersistentVolume) -> str:
    """The volume mode in effect."""
    return obj.spec.volume_mode or FILESYSTEM


def is_block(obj: PersistentVolumeClaim | PersistentVolume) -> bool:
    """Whether it is a raw device, without a file system."""
    return obj.spec.volume_mode == BLOCK


def attributes_class_of(obj: PersistentVolumeClaim | PersistentVolume) -> str:
    """The VolumeAttributesClass asked for or offered; "" for none."""
    return obj.spec.volume_attributes_class_name or ""


def same_volume_mode(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    return volume_mode_of(volume) == volume_mode_of(claim)


def same_attributes_class(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    return attributes_class_of(volume) == attributes_class_of(claim)


def offers_modes(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    """Whether the volume has every access mode that the claim asks for."""
    offered = volume.spec.access_modes
    return all(mode in offered for mode in claim.spec.access_modes)


def normalised_modes(modes: Iterable[str]) -> tuple[str, ...]:
    """The access modes once each, in the API's own order; volumes with equal ones form a group."""
    given = tuple(modes)
    return tuple(mode for mode in _MODES if mode in given)


def reaches(volume: PersistentVolume, node_labels: Mapping[str, str]) -> bool:
    """Whether the volume's node affinity allows a node with these labels. The node's name plays no part."""
    affinity = volume.spec.node_affinity
    return affinity is None or affinity.required is None or selector_matches(affinity.required, node_labels)


def _whole_bytes(amounts: Mapping[str, str]) -> int:
    return quantity.value(amounts.get("storage", "0"))
