"""Finalizers: the names that several parts of the cluster know, and putting one on an object or taking it off.

Pure functions; who holds an object by a finalizer, and for how long, is not known here. Mirrors
pkg/volume/util/finalizer.go and sig-storage-lib-external-provisioner's controller.go (finalizerPV).
"""

from __future__ import annotations

from typing import TypeVar

from msgspec.structs import replace

from harness.objects.meta import Object

O = TypeVar("O", bound=Object)  # noqa: E741

CLAIM_PROTECTION = "kubernetes.io/pvc-protection"
VOLUME_PROTECTION = "kubernetes.io/pv-protection"
ATTRIBUTES_CLASS_PROTECTION = "kubernetes.io/vac-protection"
IN_TREE_PROVISIONER = "kubernetes.io/pv-controller"
EXTERNAL_PROVISIONER = "external-provisioner.volume.kubernetes.io/finalizer"


def with_finalizer(obj: O, name: str) -> O:
    """The object with the finalizer; itself if it has it."""
    present = obj.metadata.finalizers
    if name in present:
        return obj
    return replace(obj, metadata=replace(obj.metadata, finalizers=(*present, name)))


def without_finalizer(obj: O, name: str) -> O:
    """The object without the finalizer; itself if it has none of that name."""
    present = obj.metadata.finalizers
    if name not in present:
        return obj
    return replace(obj, metadata=replace(obj.metadata, finalizers=tuple(one for one in present if one != name)))
