"""What a CSI driver's volume for a claim looks like, and which claims its provisioner refuses.

Pure. Mirrors kubernetes-csi's external-provisioner, pkg/controller/controller.go (prepareProvision, Provision), and a
driver that copies nothing and makes a volume exactly as large as it was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.actors.provisioner.order import LeftToOthers, Order, Refused, affinity_to
from harness.actors.provisioner.topology import NoTopology, preferred
from harness.actors.world.provisioners import ProvisionerBehaviour
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.finalizers import EXTERNAL_PROVISIONER
from harness.objects.meta import ObjectMeta
from harness.objects.storage import PersistentVolumeSpec, VolumeNodeAffinity
from harness.objects.volume import CSIPersistentVolumeSource
from harness.objects.volume_binding import provisioned_name
from harness.objects.volume_matching import is_block

_PROVISIONER_IDENTITY = "storage.kubernetes.io/csiProvisionerIdentity"
_DELETION_SECRET = "volume.kubernetes.io/provisioner-deletion-secret"
_RESERVED = "csi.storage.k8s.io/"
_FS_TYPE = f"{_RESERVED}fstype"
_SECRETS = (
    "",
    "provisioner-",
    "controller-publish-",
    "node-stage-",
    "node-publish-",
    "controller-expand-",
    "node-expand-",
    "controller-modify-",
)
_PARAMETERS = frozenset(
    {_FS_TYPE, *(f"{_RESERVED}{use}secret-{part}" for use in _SECRETS for part in ("name", "namespace"))}
)
_SNAPSHOTS = "snapshot.storage.k8s.io"
_NO_CLONES = "CSI driver does not support clone operations: controller CLONE_VOLUME capability is not reported"
_NO_SNAPSHOTS = (
    "CSI driver does not support snapshot restore: controller CREATE_DELETE_SNAPSHOT capability is not reported"
)


def csi_volume(behaviour: ProvisionerBehaviour, order: Order) -> tuple[ObjectMeta, PersistentVolumeSpec]:
    """What is particular to the volume. Raises Refused, LeftToOthers."""
    claim, storage_class = order.claim, order.storage_class
    _refuse_source(claim)
    if claim.spec.selector is not None:
        raise Refused("claim Selector is not supported")
    fs_type = _fs_type(storage_class.parameters)
    affinity = _reachable(behaviour, order)
    _refuse_parameters(storage_class.parameters)
    _refuse_attributes_class(behaviour, order)
    csi = CSIPersistentVolumeSource(
        driver=behaviour.name,
        volume_handle=provisioned_name(claim),
        fs_type="" if is_block(claim) else fs_type,
        volume_attributes={_PROVISIONER_IDENTITY: f"{order.started_ms}-1-{behaviour.name}"},
    )
    metadata = ObjectMeta(
        annotations={f"{_DELETION_SECRET}-name": "", f"{_DELETION_SECRET}-namespace": ""},
        finalizers=(EXTERNAL_PROVISIONER,),
    )
    spec = PersistentVolumeSpec(
        csi=csi,
        mount_options=storage_class.mount_options,
        volume_mode=claim.spec.volume_mode,
        node_affinity=affinity,
        volume_attributes_class_name=claim.spec.volume_attributes_class_name or None,
    )
    return metadata, spec


def _refuse_source(claim: PersistentVolumeClaim) -> None:
    """Refuse to copy what is elsewhere; what is neither a volume nor a snapshot is filled in by somebody else."""
    source = claim.spec.data_source or claim.spec.data_source_ref
    if source is None:
        return
    if source.kind == "PersistentVolumeClaim":
        raise Refused(_NO_CLONES)
    if source.kind != "VolumeSnapshot":
        raise LeftToOthers
    group = source.api_group or ""
    if group != _SNAPSHOTS:
        raise Refused(f"the PVC source does not belong to the right APIGroup. Expected {_SNAPSHOTS}, Got {group}")
    raise Refused(_NO_SNAPSHOTS)


def _reachable(behaviour: ProvisionerBehaviour, order: Order) -> VolumeNodeAffinity | None:
    """From which nodes the volume will be reachable; None for all."""
    if not behaviour.topology:
        return None
    selected = order.selected
    if selected and selected not in order.keys:
        missing = f'csinode.storage.k8s.io "{selected}" not found'
        raise Refused(f"failed to get selected CSINode {selected}: {missing}", elsewhere=True)
    with_keys = (keys for _, keys in sorted(order.keys.items()) if keys)
    try:
        segments = preferred(
            order.claim.metadata.name,
            order.keys[selected] if selected else next(with_keys, ()),
            order.storage_class.allowed_topologies,
            order.nodes.values(),
            (selected, order.nodes.get(selected, {})) if selected else None,
        )
    except NoTopology as problem:
        raise Refused(str(problem)) from None
    return affinity_to(segments) if segments else None


def _refuse_parameters(parameters: Mapping[str, str]) -> None:
    for key in parameters:
        if key.startswith(_RESERVED) and key not in _PARAMETERS:
            raise Refused(
                "failed to strip CSI Parameters of prefixed keys: "
                f'found unknown parameter key "{key}" with reserved namespace {_RESERVED}'
            )


def _refuse_attributes_class(behaviour: ProvisionerBehaviour, order: Order) -> None:
    name, found = order.claim.spec.volume_attributes_class_name, order.attributes_class
    if not name:
        return
    if found is None:
        raise Refused(f'volumeattributesclasses.storage.k8s.io "{name}" not found')
    if found.driver_name != behaviour.name:
        raise Refused(
            f"VAC {name} referenced in PVC is for driver {found.driver_name} "
            f"which does not match driver name {behaviour.name}"
        )


def _fs_type(parameters: Mapping[str, str]) -> str:
    found = [value for key, value in parameters.items() if key == _FS_TYPE or key.lower() == "fstype"]
    if len(found) > 1:
        raise Refused(f'fstype specified in parameters with both "fstype" and "{_FS_TYPE}" keys')
    return found[0] if found else ""
