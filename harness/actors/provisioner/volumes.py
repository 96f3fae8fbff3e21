"""What the volume for a claim looks like, by style of provisioner, and which claims a style refuses.

Pure: the claim, its class and the chosen node, in; the volume to be stored or the refusal, out. Mirrors
nfs-subdir-external-provisioner, rancher's local-path-provisioner and kubernetes-csi's external-provisioner.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from posixpath import join, normpath
from typing import NamedTuple

from msgspec.structs import replace

from harness.actors.provisioner.topology import NoTopology, Segments, preferred
from harness.actors.world.provisioners import CSI, LOCAL_PATH, NFS, ProvisionerBehaviour
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec, StorageClass, VolumeNodeAffinity
from harness.objects.storage_classes import class_of
from harness.objects.volume import (
    CSIPersistentVolumeSource,
    HostPathVolumeSource,
    LocalVolumeSource,
    NFSVolumeSource,
)
from harness.objects.volume_binding import PROVISIONED_BY, claim_reference

FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"

_HOSTNAME = "kubernetes.io/hostname"
_LOCAL_PATH_NODE = "local.path.provisioner/selected-node"
_PROVISIONER_IDENTITY = "storage.kubernetes.io/csiProvisionerIdentity"
_DELETION_SECRET = "volume.kubernetes.io/provisioner-deletion-secret"
_FS_TYPE = "csi.storage.k8s.io/fstype"
_SINGLE_NODE = ("ReadWriteOnce", "ReadWriteOncePod")
_CLAIM_FIELD = re.compile(r"\$\{\.PVC\.(?:(labels|annotations)\.(.*?)|(.*?))\}")
_NO_CLONES = "CSI driver does not support clone operations: controller CLONE_VOLUME capability is not reported"
_NO_SNAPSHOTS = (
    "CSI driver does not support snapshot restore: controller CREATE_DELETE_SNAPSHOT capability is not reported"
)


class Refused(Exception):
    """The provisioner will not make the volume; the text says why."""


class Order(NamedTuple):
    """What is asked for: a volume for `claim` of `storage_class`, on the chosen `node`.

    `labels` are those of all nodes; `started_ms` is when the provisioner's program began, since 1970.
    """

    claim: PersistentVolumeClaim
    storage_class: StorageClass
    node: Node | None
    labels: Sequence[Mapping[str, str]]
    started_ms: int


def volume_name(claim: PersistentVolumeClaim) -> str:
    return f"pvc-{claim.metadata.uid}"


def provisioned(behaviour: ProvisionerBehaviour, order: Order) -> PersistentVolume:
    """The volume as the provisioner stores it. Raises Refused."""
    claim, storage_class = order.claim, order.storage_class
    metadata, source = _MAKERS[behaviour.style](behaviour, order)
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
        metadata=replace(metadata, name=volume_name(claim), annotations=annotations),
        spec=spec,
    )


def _nfs(behaviour: ProvisionerBehaviour, order: Order) -> tuple[ObjectMeta, PersistentVolumeSpec]:
    claim, storage_class = order.claim, order.storage_class
    if claim.spec.selector is not None:
        raise Refused("claim Selector is not supported")
    metadata = claim.metadata
    folder = f"{metadata.namespace}-{metadata.name}-{volume_name(claim)}"
    pattern = storage_class.parameters.get("pathPattern", "")
    # An empty result falls back on the usual name.
    path = normpath(join(behaviour.path, _filled_in(pattern, metadata) or folder))
    source = NFSVolumeSource(server=behaviour.server, path=path)
    return ObjectMeta(), PersistentVolumeSpec(nfs=source, mount_options=storage_class.mount_options)


def _filled_in(pattern: str, metadata: ObjectMeta) -> str:
    """The pattern with what it names of the claim; what the claim lacks is empty."""
    plain = {"name": metadata.name, "namespace": metadata.namespace}
    tables = {"labels": metadata.labels, "annotations": metadata.annotations}

    def value(match: re.Match[str]) -> str:
        table, key, field = match.groups()
        return tables[table].get(key, "") if table else plain.get(field, "")

    return _CLAIM_FIELD.sub(value, pattern)


def _local_path(behaviour: ProvisionerBehaviour, order: Order) -> tuple[ObjectMeta, PersistentVolumeSpec]:
    claim, node = order.claim, order.node
    if claim.spec.selector is not None:
        raise Refused("claim.Spec.Selector is not supported")
    if any(mode not in _SINGLE_NODE for mode in claim.spec.access_modes):
        raise Refused("NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes")
    if node is None:
        raise Refused("configuration error, no node was specified")
    metadata = claim.metadata
    path = join(behaviour.path, f"{volume_name(claim)}_{metadata.namespace}_{metadata.name}")
    kind = metadata.annotations.get("volumeType") or order.storage_class.metadata.annotations.get("defaultVolumeType")
    if kind == "local":
        spec = PersistentVolumeSpec(local=LocalVolumeSource(path=path))
    else:
        spec = PersistentVolumeSpec(host_path=HostPathVolumeSource(path=path, type="DirectoryOrCreate"))
    name = node.metadata.name
    affinity = _affinity(((_HOSTNAME, node.metadata.labels.get(_HOSTNAME, name)),))
    spec = replace(spec, volume_mode="Filesystem", node_affinity=affinity)
    return ObjectMeta(annotations={_LOCAL_PATH_NODE: name}), spec


def _csi(behaviour: ProvisionerBehaviour, order: Order) -> tuple[ObjectMeta, PersistentVolumeSpec]:
    claim, storage_class, node = order.claim, order.storage_class, order.node
    source = claim.spec.data_source
    if source is not None:
        raise Refused(_NO_CLONES if source.kind == "PersistentVolumeClaim" else _NO_SNAPSHOTS)
    if claim.spec.selector is not None:
        raise Refused("claim Selector is not supported")
    affinity = None
    if behaviour.topology:
        selected = (node.metadata.name, node.metadata.labels) if node is not None else None
        try:
            affinity = _affinity(
                preferred(
                    claim.metadata.name,
                    behaviour.topology,
                    storage_class.allowed_topologies,
                    order.labels,
                    selected,
                )
            )
        except NoTopology as problem:
            raise Refused(str(problem)) from None
    csi = CSIPersistentVolumeSource(
        driver=behaviour.name,
        volume_handle=volume_name(claim),
        fs_type=_fs_type(storage_class.parameters),
        volume_attributes={_PROVISIONER_IDENTITY: f"{order.started_ms}-1-{behaviour.name}"},
    )
    metadata = ObjectMeta(
        annotations={f"{_DELETION_SECRET}-name": "", f"{_DELETION_SECRET}-namespace": ""},
        finalizers=(FINALIZER,),
    )
    spec = PersistentVolumeSpec(
        csi=csi,
        mount_options=storage_class.mount_options,
        volume_mode=claim.spec.volume_mode,
        node_affinity=affinity,
        volume_attributes_class_name=claim.spec.volume_attributes_class_name or None,
    )
    return metadata, spec


_MAKERS: Mapping[str, Callable[[ProvisionerBehaviour, Order], tuple[ObjectMeta, PersistentVolumeSpec]]] = {
    NFS: _nfs,
    LOCAL_PATH: _local_path,
    CSI: _csi,
}


def _fs_type(parameters: Mapping[str, str]) -> str:
    return next((value for key, value in parameters.items() if key == _FS_TYPE or key.lower() == "fstype"), "")


def _asked(claim: PersistentVolumeClaim, behaviour: ProvisionerBehaviour) -> str:
    """The capacity: what was asked for; a CSI driver counts it in bytes."""
    asked = claim.spec.resources.requests.get("storage", "0")
    return quantity.write(quantity.value(asked) * 1000, like="1Ki") if behaviour.style == CSI else asked


def _affinity(segments: Segments) -> VolumeNodeAffinity:
    expressions = tuple(NodeSelectorRequirement(key=key, operator="In", values=(value,)) for key, value in segments)
    return VolumeNodeAffinity(
        required=NodeSelector(node_selector_terms=(NodeSelectorTerm(match_expressions=expressions),))
    )
