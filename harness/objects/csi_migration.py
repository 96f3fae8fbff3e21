"""Storage that was part of Kubernetes and is left to CSI drivers now: which driver, and the shape its volumes keep.

Pure, and shared by the controller that hands claims and volumes over and the drivers that take them. Mirrors
k8s.io/csi-translation-lib (translate.go, plugins/).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from harness.objects.storage import PersistentVolumeSpec
from harness.objects.volume import (
    AWSElasticBlockStoreVolumeSource,
    CinderPersistentVolumeSource,
    CSIPersistentVolumeSource,
    PortworxVolumeSource,
    VsphereVirtualDiskVolumeSource,
)

DRIVERS: Mapping[str, str] = {
    "kubernetes.io/aws-ebs": "ebs.csi.aws.com",
    "kubernetes.io/azure-disk": "disk.csi.azure.com",
    "kubernetes.io/azure-file": "file.csi.azure.com",
    "kubernetes.io/cinder": "cinder.csi.openstack.org",
    "kubernetes.io/gce-pd": "pd.csi.storage.gke.io",
    "kubernetes.io/portworx-volume": "pxd.portworx.com",
    "kubernetes.io/vsphere-volume": "csi.vsphere.vmware.com",
}
"""Provisioners of old, and the drivers that do their work."""


def _aws(spec: PersistentVolumeSpec, csi: CSIPersistentVolumeSource) -> PersistentVolumeSpec:
    source = AWSElasticBlockStoreVolumeSource(volume_id=csi.volume_handle, fs_type=csi.fs_type)
    return replace(spec, csi=None, aws_elastic_block_store=source)


def _cinder(spec: PersistentVolumeSpec, csi: CSIPersistentVolumeSource) -> PersistentVolumeSpec:
    return replace(
        spec, csi=None, cinder=CinderPersistentVolumeSource(volume_id=csi.volume_handle, fs_type=csi.fs_type)
    )


def _portworx(spec: PersistentVolumeSpec, csi: CSIPersistentVolumeSource) -> PersistentVolumeSpec:
    source = PortworxVolumeSource(volume_id=csi.volume_handle, fs_type=csi.fs_type)
    return replace(spec, csi=None, portworx_volume=source)


def _vsphere(spec: PersistentVolumeSpec, csi: CSIPersistentVolumeSource) -> PersistentVolumeSpec:
    source = VsphereVirtualDiskVolumeSource(volume_path=csi.volume_handle, fs_type=csi.fs_type)
    return replace(spec, csi=None, vsphere_volume=source)


# Those whose volumes are named by a handle alone. The others take it apart into project, zone or resource group.
_SHAPES: Mapping[str, Callable[[PersistentVolumeSpec, CSIPersistentVolumeSource], PersistentVolumeSpec]] = {
    "kubernetes.io/aws-ebs": _aws,
    "kubernetes.io/cinder": _cinder,
    "kubernetes.io/portworx-volume": _portworx,
    "kubernetes.io/vsphere-volume": _vsphere,
}


def provisioner_before(driver: str) -> str:
    """The provisioner of old whose classes this driver serves beside its own; "" if there is none."""
    return next((name for name in _SHAPES if DRIVERS[name] == driver), "")


def in_tree(spec: PersistentVolumeSpec, provisioner: str) -> PersistentVolumeSpec:
    """A CSI volume's spec as a volume of that provisioner of old is stored."""
    assert spec.csi is not None, provisioner
    return _SHAPES[provisioner](spec, spec.csi)
