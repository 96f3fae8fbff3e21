"""What is added to new claims, volumes and classes: a class where there is a default, and protection while in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.api import kinds
from harness.api.problems import ApiError
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import VolumeAttributesClass
from harness.objects.finalizers import (
    ATTRIBUTES_CLASS_PROTECTION,
    CLAIM_PROTECTION,
    VOLUME_PROTECTION,
    with_finalizer,
)
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_classes import BETA_CLASS_ANNOTATION, class_of, default_class

if TYPE_CHECKING:
    from harness.api.server import Server


def default_storage_class(claim: PersistentVolumeClaim, server: Server) -> PersistentVolumeClaim:
    """DefaultStorageClass: a claim that names no class at all gets the default one."""
    if claim.spec.storage_class_name is not None or BETA_CLASS_ANNOTATION in claim.metadata.annotations:
        return claim
    found = default_class(server.list(kinds.BY_TYPE[StorageClass]))
    if found is None:
        return claim
    return replace(claim, spec=replace(claim.spec, storage_class_name=found.metadata.name))


def protect_claim(claim: PersistentVolumeClaim, _server: Server) -> PersistentVolumeClaim:
    """StorageObjectInUseProtection, for a claim."""
    return with_finalizer(claim, CLAIM_PROTECTION)


def protect_volume(volume: PersistentVolume, _server: Server) -> PersistentVolume:
    """StorageObjectInUseProtection, for a volume."""
    return with_finalizer(volume, VOLUME_PROTECTION)


def protect_attributes_class(attributes_class: VolumeAttributesClass, _server: Server) -> VolumeAttributesClass:
    """StorageObjectInUseProtection, for a class of attributes."""
    return with_finalizer(attributes_class, ATTRIBUTES_CLASS_PROTECTION)


def claim_resize(new: PersistentVolumeClaim, stored: PersistentVolumeClaim | None, server: Server) -> None:
    """PersistentVolumeClaimResize: a claim may grow only where its class says that it may."""
    if stored is None:
        return
    wanted, had = (claim.spec.resources.requests.get("storage", "0") for claim in (new, stored))
    if wanted == had or quantity.parse(wanted) <= quantity.parse(had):
        return
    resource = kinds.BY_TYPE[PersistentVolumeClaim].resource
    name = class_of(stored)
    found = server.find(StorageClass, "", name) if name and name == class_of(new) else None
    if found is None or not found.allow_volume_expansion:
        text = (
            "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc "
            "must support resize"
        )
        raise ApiError.forbidden(resource, new.metadata.name, text)
