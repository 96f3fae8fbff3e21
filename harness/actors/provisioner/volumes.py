"""What the volume for a claim looks like, by style of provisioner, and which claims a style refuses.

Pure: the order in, the volume to be stored or the refusal out. Mirrors nfs-subdir-external-provisioner's provisioner.go
and rancher's local-path-provisioner's provisioner.go; CSI drivers have a file of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from posixpath import normpath

from msgspec.structs import replace

from harness.actors.provisioner.csi_volume import csi_volume
from harness.actors.provisioner.order import Order, Refused, affinity_to, in_bytes
from harness.actors.world.provisioners import CSI, LOCAL_PATH, NFS, ProvisionerBehaviour
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi_migration import in_tree
from harness.objects.meta import ObjectMeta
from harness.objects.node_labels import HOSTNAME
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec, StorageClass
from harness.objects.storage_classes import class_of
from harness.objects.volume import (
    HostPathVolumeSource,
    LocalVolumeSource,
    NFSVolumeSource,
)
from harness.objects.volume_binding import PROVISIONED_BY, claim_reference, provisioned_name
from harness.objects.volume_matching import FILESYSTEM, READ_WRITE_ONCE, READ_WRITE_ONCE_POD

_LOCAL_PATH_NODE = "local.path.provisioner/selected-node"
_SINGLE_NODE = (READ_WRITE_ONCE, READ_WRITE_ONCE_POD)
_CLAIM_FIELD = re.compile(r"\$\{\.PVC\.(?:(labels|annotations)\.(.*?)|(.*?))\}")


def provisioned(behaviour: ProvisionerBehaviour, order: Order) -> PersistentVolume:
    """The volume as the provisioner stores it. Raises Refused, LeftToOthers."""
    claim, storage_class = order.claim, order.storage_class
    metadata, source = _MAKERS[behaviour.style](behaviour, order)
    if storage_class.provisioner != behaviour.name:
        source = in_tree(source, storage_class.provisioner)
    annotations = {**metadata.annotations, PROVISIONED_BY: storage_class.provisioner}
    spec = replace(
        source,
        capacity={"storage": _asked(claim, behaviour)},
        access_modes=claim.spec.access_modes,
        claim_ref=claim_reference(claim),
        persistent_volume_reclaim_policy=storage_class.reclaim_policy or "Delete",
        storage_class_name=class_of(claim),
    )
    return PersistentVolume(
        metadata=replace(metadata, name=provisioned_name(claim), annotations=annotations),
        spec=spec,
    )


def _nfs(behaviour: ProvisionerBehaviour, order: Order) -> tuple[ObjectMeta, PersistentVolumeSpec]:
    claim, storage_class = order.claim, order.storage_class
    if claim.spec.selector is not None:
        raise Refused("claim Selector is not supported")
    metadata = claim.metadata
    folder = f"{metadata.namespace}-{metadata.name}-{provisioned_name(claim)}"
    pattern = storage_class.parameters.get("pathPattern", "")
    # An empty result falls back on the usual name.
    path = _below(behaviour.path, _filled_in(pattern, metadata) or folder)
    source = NFSVolumeSource(server=behaviour.server, path=path)
    return ObjectMeta(), PersistentVolumeSpec(nfs=source, mount_options=storage_class.mount_options)


def _below(folder: str, name: str) -> str:
    """The path of what has that name in the folder, whatever either looks like."""
    return "/" + normpath(f"{folder}/{name}").lstrip("/")


def _filled_in(pattern: str, metadata: ObjectMeta) -> str:
    """The pattern with what it names of the claim; what the claim lacks is empty."""
    plain = {"name": metadata.name, "namespace": metadata.namespace}
    tables = {"labels": metadata.labels, "annotations": metadata.annotations}

    def value(match: re.Match[str]) -> str:
        table, key, field = match.groups()
        return tables[table].get(key, "") if table else plain.get(field, "")

    return _CLAIM_FIELD.sub(value, pattern)


def _local_path(behaviour: ProvisionerBehaviour, order: Order) -> tuple[ObjectMeta, PersistentVolumeSpec]:
    claim, parameters, name = order.claim, order.storage_class.parameters, order.selected
    if claim.spec.selector is not None:
        raise Refused("claim.Spec.Selector is not supported")
    if any(mode not in _SINGLE_NODE for mode in claim.spec.access_modes):
        raise Refused("NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes")
    if not name:
        raise Refused("configuration error, no node was specified")
    wanted = parameters.get("nodePath", "")
    if wanted and wanted != behaviour.path:
        raise Refused(f"config doesn't contain path {wanted} on node {name}")
    metadata = claim.metadata
    path = _below(behaviour.path, f"{provisioned_name(claim)}_{metadata.namespace}_{metadata.name}")
    spec = _on_path(path, _volume_type(metadata, order.storage_class))
    key = parameters.get("nodeAffinityKey") or HOSTNAME
    affinity = affinity_to(((key, order.nodes[name].get(key, name)),))
    spec = replace(spec, volume_mode=FILESYSTEM, node_affinity=affinity)
    return ObjectMeta(annotations={_LOCAL_PATH_NODE: name}), spec


def _volume_type(metadata: ObjectMeta, storage_class: StorageClass) -> str:
    """What a local path is stored as: as the claim says, else its class, else a host path."""
    usual = storage_class.metadata.annotations.get("defaultVolumeType", "hostPath")
    return metadata.annotations.get("volumeType", usual)


def _on_path(path: str, type_: str) -> PersistentVolumeSpec:
    if type_.lower() == "local":
        return PersistentVolumeSpec(local=LocalVolumeSource(path=path))
    if type_.lower() == "hostpath":
        return PersistentVolumeSpec(host_path=HostPathVolumeSource(path=path, type="DirectoryOrCreate"))
    raise Refused(f'failed to create persistent volume source: "{type_}" is not a recognised volume type')


_MAKERS: Mapping[str, Callable[[ProvisionerBehaviour, Order], tuple[ObjectMeta, PersistentVolumeSpec]]] = {
    NFS: _nfs,
    LOCAL_PATH: _local_path,
    CSI: csi_volume,
}


def _asked(claim: PersistentVolumeClaim, behaviour: ProvisionerBehaviour) -> str:
    """The capacity: what was asked for; a CSI driver counts it in bytes."""
    asked = claim.spec.resources.requests.get("storage", "0")
    return in_bytes(asked) if behaviour.style == CSI else asked
