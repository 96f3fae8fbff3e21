"""What a binding looks like on both of its sides: the annotations, the reference, and how to tell that it is complete.

Owns the written form only. Which volume goes to which claim is `volume_matching`'s question, and when to write what is
that of the controllers and the scheduler.

Mirrors component-helpers' storage/volume/{helpers,pv_helpers}.go.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import ObjectMeta, ObjectReference
from harness.objects.storage import PersistentVolume
from harness.objects.volume_matching import is_claimed_by

BIND_COMPLETED = "pv.kubernetes.io/bind-completed"
BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
PROVISIONED_BY = "pv.kubernetes.io/provisioned-by"
MIGRATED_TO = "pv.kubernetes.io/migrated-to"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
STORAGE_PROVISIONER = "volume.kubernetes.io/storage-provisioner"
BETA_STORAGE_PROVISIONER = "volume.beta.kubernetes.io/storage-provisioner"

# Only the presence of the two binding marks means anything; this is what the controllers write.
YES = "yes"


def is_fully_bound(claim: PersistentVolumeClaim) -> bool:
    """Whether pods may use the claim: it names its volume, and both sides know. The phase plays no part."""
    return bool(claim.spec.volume_name) and BIND_COMPLETED in claim.metadata.annotations


def claim_reference(claim: PersistentVolumeClaim) -> ObjectReference:
    """The reference by which a volume points at the claim as it is now."""
    metadata = claim.metadata
    return ObjectReference(
        kind=claim.kind,
        namespace=metadata.namespace,
        name=metadata.name,
        uid=metadata.uid,
        api_version=claim.api_version,
        resource_version=metadata.resource_version,
    )


def provisioned_name(claim: PersistentVolumeClaim) -> str:
    """The name of the volume that whoever provisions makes for the claim."""
    return f"pvc-{claim.metadata.uid}"


def reserved(volume: PersistentVolume, claim: PersistentVolumeClaim) -> PersistentVolume:
    """The volume pointing at the claim, marked if it did not already; itself if it points there completely."""
    reference = volume.spec.claim_ref
    if reference is not None and reference.uid == claim.metadata.uid and is_claimed_by(volume, claim):
        return volume
    metadata = volume.metadata
    if not is_claimed_by(volume, claim):
        metadata = annotated(metadata, {BOUND_BY_CONTROLLER: YES})
    return replace(volume, metadata=metadata, spec=replace(volume.spec, claim_ref=claim_reference(claim)))


def annotated(metadata: ObjectMeta, annotations: dict[str, str]) -> ObjectMeta:
    """The metadata with these annotations; itself if it has them all."""
    present = metadata.annotations
    if all(present.get(key) == text for key, text in annotations.items()):
        return metadata
    return replace(metadata, annotations={**present, **annotations})


def without_annotation(metadata: ObjectMeta, name: str) -> ObjectMeta:
    """The metadata without this annotation; itself if it has none."""
    if name not in metadata.annotations:
        return metadata
    return replace(metadata, annotations={key: text for key, text in metadata.annotations.items() if key != name})
