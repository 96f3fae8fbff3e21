"""Which volumes must be attached to a node before a pod can use them there, and what such an attachment is called.

Owns the names that the attach/detach controller, the attachers, the kubelets and the scheduler must agree on. When
something is attached is their business.

Mirrors pkg/volume/csi (`getAttachmentName`, `CanAttach`) and pkg/volume/util (`GetUniqueVolumeName`).
"""

from __future__ import annotations

from hashlib import sha256

from harness.objects.csi import CSIDriver
from harness.objects.csi_migration import csi_volume
from harness.objects.storage import PersistentVolume

_SHARED_MODES = frozenset({"ReadOnlyMany", "ReadWriteMany"})


def unique_volume_name(volume: PersistentVolume) -> str:
    """The name of an attachable volume in a node's status; "" for a volume that nothing attaches."""
    spec, known = volume.spec, csi_volume(volume)
    if known is not None:
        return f"kubernetes.io/csi/{known.driver}^{known.handle}"
    if spec.iscsi is not None:
        return f"kubernetes.io/iscsi/{spec.iscsi.target_portal}:{spec.iscsi.iqn}:{spec.iscsi.lun}"
    if spec.fc is not None:
        names, lun = spec.fc.target_ww_ns, spec.fc.lun
        return (
            f"kubernetes.io/fc/[{' '.join(names)}]:{lun}" if names else f"kubernetes.io/fc/[{' '.join(spec.fc.wwids)}]"
        )
    return ""


def attachment_name(volume: PersistentVolume, node: str) -> str:
    """The name of the VolumeAttachment of a CSI volume on a node."""
    known = csi_volume(volume)
    assert known is not None, volume.metadata.name
    return f"csi-{sha256((known.handle + known.driver + node).encode()).hexdigest()}"


def is_attachable(volume: PersistentVolume, driver: CSIDriver | None) -> bool:
    """Whether the volume must be attached. `driver` is the CSIDriver object of its source, if there is one."""
    if csi_volume(volume) is None:
        return volume.spec.iscsi is not None or volume.spec.fc is not None
    return driver is None or driver.spec.attach_required is not False


def is_exclusive(volume: PersistentVolume) -> bool:
    """Whether the volume may be attached to one node only at a time; a volume without modes is taken leniently."""
    modes = volume.spec.access_modes
    return bool(modes) and not _SHARED_MODES.intersection(modes)
