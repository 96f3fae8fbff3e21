"""Kinds of storage that were once built in and that CSI drivers serve now: which driver, and how it names a volume.

Owns the names of the plugins that are served this way, and what their volumes are called there. What is counted,
attached or grown under these names is the business of whoever asks.

Mirrors csi-translation-lib/plugins and the scheduler's plugins/nodevolumelimits/utils.go (`isCSIMigrationOn`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias

from msgspec.structs import replace

from harness.objects.node_labels import BETA_ZONE, ZONE
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec
from harness.objects.volume import (
    AWSElasticBlockStoreVolumeSource,
    CinderPersistentVolumeSource,
    PortworxVolumeSource,
    Volume,
    VsphereVirtualDiskVolumeSource,
)

ZONE_SEPARATOR = "__"

_UNSPECIFIED = "UNSPECIFIED"

# What a source is called at its driver, given the labels of the volume that it is the source of.
_Handle: TypeAlias = Callable[[Any, Mapping[str, str]], str]


class CsiVolume(NamedTuple):
    """A volume as its driver knows it."""

    driver: str
    handle: str


class _Plugin(NamedTuple):
    """`source` is the field of its volumes, `handle` how the driver calls one.

    `restore` makes a source of a handle and a file system, where the handle says all there is. `counted` says whether
    the scheduler counts its volumes for the limits of nodes.
    """

    name: str
    driver: str
    source: str
    handle: _Handle
    restore: Callable[[str, str], Any] | None = None
    counted: bool = True


def _google_handle(source: Any, labels: Mapping[str, str]) -> str:
    zones = (labels.get(ZONE) or labels.get(BETA_ZONE, "")).split(ZONE_SEPARATOR)
    if len(zones) > 1:
        return f"projects/{_UNSPECIFIED}/regions/{zones[0].rpartition('-')[0]}/disks/{source.pd_name}"
    return f"projects/{_UNSPECIFIED}/zones/{zones[0] or _UNSPECIFIED}/disks/{source.pd_name}"


_PLUGINS = (
    _Plugin(
        "kubernetes.io/aws-ebs",
        "ebs.csi.aws.com",
        "aws_elastic_block_store",
        lambda source, _: source.volume_id.rpartition("/")[2],
        lambda handle, fs_type: AWSElasticBlockStoreVolumeSource(volume_id=handle, fs_type=fs_type),
    ),
    _Plugin("kubernetes.io/azure-disk", "disk.csi.azure.com", "azure_disk", lambda source, _: source.disk_uri),
    _Plugin(
        "kubernetes.io/azure-file",
        "file.csi.azure.com",
        "azure_file",
        # Resource group, account and namespace are known to the driver alone.
        lambda source, _: f"##{source.share_name}#",
        counted=False,
    ),
    _Plugin(
        "kubernetes.io/cinder",
        "cinder.csi.openstack.org",
        "cinder",
        lambda source, _: source.volume_id,
        lambda handle, fs_type: CinderPersistentVolumeSource(volume_id=handle, fs_type=fs_type),
    ),
    _Plugin("kubernetes.io/gce-pd", "pd.csi.storage.gke.io", "gce_persistent_disk", _google_handle),
    _Plugin(
        "kubernetes.io/portworx-volume",
        "pxd.portworx.com",
        "portworx_volume",
        lambda source, _: source.volume_id,
        lambda handle, fs_type: PortworxVolumeSource(volume_id=handle, fs_type=fs_type),
    ),
    _Plugin(
        "kubernetes.io/vsphere-volume",
        "csi.vsphere.vmware.com",
        "vsphere_volume",
        lambda source, _: source.volume_path,
        lambda handle, fs_type: VsphereVirtualDiskVolumeSource(volume_path=handle, fs_type=fs_type),
        counted=False,
    ),
)
_sources = attrgetter(*(plugin.source for plugin in _PLUGINS))
_NO_SOURCES = (None,) * len(_PLUGINS)
DRIVERS: Mapping[str, str] = {plugin.name: plugin.driver for plugin in _PLUGINS}
"""The driver that serves each plugin that was once part of Kubernetes."""


def serving_driver(provisioner: str) -> str:
    """The driver that makes the volumes of a class with this provisioner; mostly the provisioner itself."""
    return DRIVERS.get(provisioner, provisioner)


def provisioner_before(driver: str) -> str:
    """The plugin whose classes this driver serves beside its own, and whose volumes it can make; "" if there is none.

    The handles of some drivers have project, zone or resource group in them: those volumes cannot be written back.
    """
    return next((plugin.name for plugin in _PLUGINS if plugin.driver == driver and plugin.restore is not None), "")


def in_tree(spec: PersistentVolumeSpec, provisioner: str) -> PersistentVolumeSpec:
    """A CSI volume's spec as a volume of that former plugin is stored."""
    plugin = next(plugin for plugin in _PLUGINS if plugin.name == provisioner)
    assert spec.csi is not None and plugin.restore is not None, provisioner
    return replace(spec, csi=None, **{plugin.source: plugin.restore(spec.csi.volume_handle, spec.csi.fs_type)})


def former_plugin(volume: PersistentVolume) -> str:
    """The plugin that served the volume once; empty for a volume of any other source."""
    plugin = _plugin_of(volume.spec)
    return plugin.name if plugin is not None else ""


def csi_volume(volume: PersistentVolume) -> CsiVolume | None:
    """The volume as a driver knows it; None if no driver has to do with it."""
    source = volume.spec.csi
    if source is not None:
        return CsiVolume(source.driver, source.volume_handle)
    plugin = _plugin_of(volume.spec)
    return _as_known(plugin, volume.spec, volume.metadata.labels) if plugin is not None else None


def counted_volume(volume: PersistentVolume) -> CsiVolume | None:
    """The volume as it counts for what a node can hold; None if it does not."""
    plugin = _plugin_of(volume.spec)
    return csi_volume(volume) if plugin is None or plugin.counted else None


def inline_volume(volume: Volume) -> CsiVolume | None:
    """The disk that a pod names without a claim, as it counts; None for anything that is no disk of a driver."""
    plugin = _plugin_of(volume)
    return _as_known(plugin, volume, {}) if plugin is not None and plugin.counted else None


def _as_known(plugin: _Plugin, holder: object, labels: Mapping[str, str]) -> CsiVolume:
    return CsiVolume(plugin.driver, plugin.handle(getattr(holder, plugin.source), labels))


def _plugin_of(holder: object) -> _Plugin | None:
    sources = _sources(holder)
    # Asked of every volume there is, and mostly they are all None.
    if sources == _NO_SOURCES:
        return None
    return next(plugin for plugin, source in zip(_PLUGINS, sources, strict=True) if source is not None)
