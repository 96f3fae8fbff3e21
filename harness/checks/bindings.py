"""What the API says about claims and volumes: who points at whom, how they came together, whether one suits the other.

Owns readings that several witnesses share, re-derived from the objects alone; asks no controller, and none of the
matching that the binder and the scheduler run on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from harness.checks.scene import ADDED, DELETED, Past, by_person
from harness.kernel.trace import Record
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import LabelSelector, ObjectReference
from harness.objects.node_selector import NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume, StorageClass

BINDER = "persistentvolume-controller"
BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
STORAGE_PROVISIONER = "volume.kubernetes.io/storage-provisioner"

# How a volume came to its claim.
PLAIN = "found"
RESERVED = "reserved by hand"
AGREED = "reserved by hand on both sides"
NAMED = "asked for by name"
MADE = "made for it"
REPAIRED = "bound before"
BY_HAND = "by hand"


class Binding(msgspec.Struct, frozen=True):
    """The moment a volume begins to point at this very claim. `claim` is None if there is no such claim by then."""

    volume: PersistentVolume
    before: PersistentVolume | None
    reference: ObjectReference
    claim: PersistentVolumeClaim | None
    manner: str


def binding(record: Record, past: Past) -> Binding | None:
    """The binding that a record about a volume is, if it is one."""
    volume = record.subject
    if not isinstance(volume, PersistentVolume) or record.type == DELETED:
        return None
    reference = volume.spec.claim_ref
    before: PersistentVolume | None = record.previous
    held = before.spec.claim_ref if before is not None else None
    if reference is None or not reference.uid or (held is not None and held.uid == reference.uid):
        return None
    claim = claim_meant(reference, past)
    return Binding(volume, before, reference, claim, _manner(record, held, reference, claim))


def _manner(
    record: Record, held: ObjectReference | None, reference: ObjectReference, claim: PersistentVolumeClaim | None
) -> str:
    if by_person(record):
        return BY_HAND
    if record.type == ADDED:
        return MADE
    if claim is not None and BIND_COMPLETED in claim.metadata.annotations:
        return REPAIRED
    if held is not None and not held.uid and (held.namespace, held.name) == (reference.namespace, reference.name):
        return AGREED if claim is not None and claim.spec.volume_name else RESERVED
    if claim is not None and claim.spec.volume_name:
        return NAMED
    return PLAIN


def claim_meant(reference: ObjectReference, past: Past) -> PersistentVolumeClaim | None:
    """The claim a volume points at, if it is there and still the same."""
    claim = past.get(PersistentVolumeClaim, reference.namespace, reference.name)
    return claim if claim is not None and claim.metadata.uid == reference.uid else None


def holds(volume: PersistentVolume | None, claim: PersistentVolumeClaim) -> bool:
    """Whether the volume points at this very claim."""
    reference = volume.spec.claim_ref if volume is not None else None
    return (
        reference is not None
        and reference.uid == claim.metadata.uid
        and (reference.namespace, reference.name) == (claim.metadata.namespace, claim.metadata.name)
    )


def class_name(obj: PersistentVolumeClaim | PersistentVolume) -> str:
    return obj.metadata.annotations.get("volume.beta.kubernetes.io/storage-class", obj.spec.storage_class_name or "")


def waits_for_consumer(claim: PersistentVolumeClaim, past: Past) -> bool:
    """Whether the claim's class says that it is not to be bound before a pod needs it."""
    storage_class = past.get(StorageClass, "", class_name(claim))
    return storage_class is not None and storage_class.volume_binding_mode == "WaitForFirstConsumer"


def size(volume: PersistentVolume) -> int:
    """In thousandths of a byte."""
    return quantity.parse(volume.spec.capacity.get("storage", "0"))


def _is_too_small(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    return size(volume) < quantity.parse(claim.spec.resources.requests.get("storage", "0"))


def _is_of_another_class(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    return class_name(volume) != class_name(claim)


def _lacks_a_mode(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    return any(mode not in volume.spec.access_modes for mode in claim.spec.access_modes)


def _is_of_another_volume_mode(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    return (volume.spec.volume_mode or "Filesystem") != (claim.spec.volume_mode or "Filesystem")


def _is_of_another_attributes_class(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    offered, wanted = volume.spec.volume_attributes_class_name, claim.spec.volume_attributes_class_name
    return (offered or "") != (wanted or "")


def _is_not_selected(volume: PersistentVolume, claim: PersistentVolumeClaim) -> bool:
    return claim.spec.selector is not None and not selects(claim.spec.selector, volume.metadata.labels)


def _is_going_away(volume: PersistentVolume, _claim: PersistentVolumeClaim) -> bool:
    return volume.metadata.deletion_timestamp is not None


_TOO_SMALL = ("is smaller than asked for", _is_too_small)
_CLASS = ("is of another class", _is_of_another_class)
_MODES = ("lacks an access mode", _lacks_a_mode)
_VOLUME_MODE = ("is of another volume mode", _is_of_another_volume_mode)
_ATTRIBUTES = ("is of another VolumeAttributesClass", _is_of_another_attributes_class)
_SELECTOR = ("has labels that the claim does not select", _is_not_selected)
_GOING = ("is being deleted", _is_going_away)

# What must not be so, by how the two came together; a reservation by hand overrides what a person may judge better.
DEMANDS = {
    PLAIN: (_TOO_SMALL, _CLASS, _MODES, _VOLUME_MODE, _ATTRIBUTES, _SELECTOR, _GOING),
    NAMED: (_TOO_SMALL, _CLASS, _MODES, _VOLUME_MODE, _ATTRIBUTES, _GOING),
    RESERVED: (_TOO_SMALL, _VOLUME_MODE, _ATTRIBUTES),
    AGREED: (),
    MADE: (_TOO_SMALL, _CLASS, _MODES, _VOLUME_MODE),
    REPAIRED: (),
    BY_HAND: (),
}


def unmet(volume: PersistentVolume, claim: PersistentVolumeClaim, manner: str) -> Iterator[str]:
    """What is wrong with the volume for this claim, of what counts when they come together in this manner."""
    for words, is_so in DEMANDS[manner]:
        if is_so(volume, claim):
            yield words


def claims_of(pod: Pod) -> Iterator[str]:
    """The names of the claims that the pod uses."""
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            yield volume.persistent_volume_claim.claim_name
        elif volume.ephemeral is not None:
            yield f"{pod.metadata.name}-{volume.name}"


def admits(volume: PersistentVolume, labels: Mapping[str, str]) -> bool:
    """Whether the volume can be used from a node with these labels."""
    affinity = volume.spec.node_affinity
    if affinity is None or affinity.required is None:
        return True
    return any(_meets_all(term, labels) for term in affinity.required.node_selector_terms)


def _meets_all(term: NodeSelectorTerm, labels: Mapping[str, str]) -> bool:
    return bool(term.match_expressions) and all(_meets(each, labels) for each in term.match_expressions)


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether a selector that is there picks these labels."""
    if any(labels.get(key) != value for key, value in selector.match_labels.items()):
        return False
    return all(
        _meets(NodeSelectorRequirement(key=each.key, operator=each.operator, values=each.values), labels)
        for each in selector.match_expressions
    )


def _meets(requirement: NodeSelectorRequirement, labels: Mapping[str, str]) -> bool:
    found = labels.get(requirement.key)
    match requirement.operator:
        case "In":
            return found in requirement.values
        case "NotIn":
            return found not in requirement.values
        case "Exists":
            return found is not None
        case "DoesNotExist":
            return found is None
        case "Gt":
            return found is not None and int(found) > int(requirement.values[0])
        case "Lt":
            return found is not None and int(found) < int(requirement.values[0])
    return False
