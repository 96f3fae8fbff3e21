"""Who provisions a class, and what an in-tree host-path volume looks like: the decisions, without the doing.

Mirrors `findProvisionablePlugin` of pkg/controller/volume/persistentvolume, and pkg/volume/hostpath/host_path.go.
"""

from __future__ import annotations

import msgspec

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi_migration import DRIVERS
from harness.objects.finalizers import (
    EXTERNAL_PROVISIONER,
    IN_TREE_PROVISIONER,
    with_finalizer,
    without_finalizer,
)
from harness.objects.meta import ObjectMeta
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec, StorageClass
from harness.objects.storage_classes import class_of
from harness.objects.volume import HostPathVolumeSource
from harness.objects.volume_binding import (
    BOUND_BY_CONTROLLER,
    PROVISIONED_BY,
    YES,
    claim_reference,
    provisioned_name,
)

HOST_PATH = "kubernetes.io/host-path"
NFS = "kubernetes.io/nfs"
IN_TREE_PREFIX = "kubernetes.io/"

_CREATED_BY = "kubernetes.io/createdby"
_HOST_PATH_CREATOR = "hostpath-dynamic-provisioner"
_HOST_PATH_ROOT = "/tmp/hostpath_pv"


class Plan(msgspec.Struct, frozen=True):
    """Who provisions: an external provisioner by this name, the host-path plugin (neither), or nobody, and why."""

    external: str = ""
    refusal: str = ""


_REFUSED = {NFS: "no provisionable volume plugin matched"}


def plan(storage_class: StorageClass | None, name: str) -> Plan:
    """Who provisions claims of the class of this name, which may not exist."""
    if storage_class is None:
        return Plan(refusal=f'storageclass.storage.k8s.io "{name}" not found')
    provisioner = storage_class.provisioner
    if provisioner in DRIVERS:
        return Plan(external=DRIVERS[provisioner])
    if provisioner == HOST_PATH:
        return Plan()
    if provisioner.startswith(IN_TREE_PREFIX):
        return Plan(refusal=_REFUSED.get(provisioner, f"no volume plugin matched name: {provisioner}"))
    return Plan(external=provisioner)


def waiting_for(provisioner: str) -> str:
    """What a claim is told while somebody else provisions it."""
    return (
        f"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the "
        "system administrator. If volume creation is delayed, please verify that the provisioner is running and "
        "correctly registered."
    )


def unsupported(storage_class: StorageClass, *, enabled: bool) -> str | None:
    """What keeps the host-path plugin from even trying, in its own words; None if nothing does."""
    if storage_class.mount_options:
        options = " ".join(storage_class.mount_options)
        return (
            f'Mount options are not supported by the provisioner but StorageClass "{storage_class.metadata.name}" '
            f"has mount options [{options}]"
        )
    if not enabled:
        return f'Failed to create provisioner: provisioning in volume plugin "{HOST_PATH}" is disabled'
    return None


def host_path_volume(claim: PersistentVolumeClaim, storage_class: StorageClass) -> PersistentVolume:
    """The volume that the host-path plugin makes for a claim."""
    policy = storage_class.reclaim_policy or "Delete"
    return PersistentVolume(
        metadata=ObjectMeta(
            name=provisioned_name(claim),
            annotations={
                _CREATED_BY: _HOST_PATH_CREATOR,
                BOUND_BY_CONTROLLER: YES,
                PROVISIONED_BY: HOST_PATH,
            },
            finalizers=(IN_TREE_PROVISIONER,) if policy == "Delete" else (),
        ),
        spec=PersistentVolumeSpec(
            capacity={"storage": claim.spec.resources.requests["storage"]},
            host_path=HostPathVolumeSource(path=f"{_HOST_PATH_ROOT}/{_directory(claim)}"),
            access_modes=claim.spec.access_modes,
            claim_ref=claim_reference(claim),
            persistent_volume_reclaim_policy=policy,
            storage_class_name=class_of(claim),
        ),
    )


def _directory(claim: PersistentVolumeClaim) -> str:
    """A uid for the directory; a real plugin draws one, this one is the claim's in another version."""
    return claim.metadata.uid.replace("-4000-", "-4fff-", 1)


def held_by_owner(volume: PersistentVolume) -> PersistentVolume:
    """The volume with the finalizers that one provisioned in-tree is to have: its owner is the one to delete it."""
    provisioner = volume.metadata.annotations.get(PROVISIONED_BY, "")
    if not provisioner.startswith(IN_TREE_PREFIX):
        return volume
    if provisioner in DRIVERS:
        return without_finalizer(volume, IN_TREE_PROVISIONER)
    volume = without_finalizer(volume, EXTERNAL_PROVISIONER)
    if volume.spec.persistent_volume_reclaim_policy == "Delete":
        return with_finalizer(volume, IN_TREE_PROVISIONER)
    return without_finalizer(volume, IN_TREE_PROVISIONER)
