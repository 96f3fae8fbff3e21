"""Which volumes must be attached to a node before a pod can use them there, and what such an attachment is called.

Owns the names that the attach/detach controller, the attachers, the kubelets and the scheduler must agree on. When
something is attached is their business.

Mirrors pkg/volume/csi (`getAttachmentName`, `CanAttach`) and pkg/volume/util (`GetUniqueVolumeName`).
"""

from __future__ import annotations

from hashlib import sha256

from harness.objects.csi import CSIDriver
from harness.objects.storage import PersistentVolume

_SHARED_MODES = frozenset({"ReadOnlyMany", "ReadWriteMany"})


def unique_volume_name(volume: PersistentVolume) -> str:
    """The name of a CSI volume in a node's status; "" for a volume of any other source."""
    source = volume.spec.csi
    return f"kubernetes.io/csi/{source.driver}^{source.volume_handle}" if source is not None else ""


def attachment_name(volume: PersistentVolume, node: str) -> str:
    """The name of the VolumeAttachment of a CSI volume on a node."""
    source = volume.spec.csi
    assert source is not None, volume.metadata.name
    return f"csi-{sha256((source.volume_handle + source.driver + node).encode()).hexdigest()}"


def is_attachable(volume: PersistentVolume, driver: CSIDriver | None) -> bool:
    """Whether the volume must be attached. `driver` is the CSIDriver object of its source, if there is one.

    Of what is attached in-tree (fc, iscsi), nothing is seen in the API but the events; those sources count as mounted
    by the node alone.
    """
    return volume.spec.csi is not None and (driver is None or driver.spec.attach_required is not False)


def is_exclusive(volume: PersistentVolume) -> bool:
    """Whether the volume may be attached to one node only at a time."""
    return not _SHARED_MODES.intersection(volume.spec.access_modes)
