"""Kinds of storage that were once built in and that CSI drivers serve now: which driver, and how it names a volume.

Owns the names of the plugins that are served this way wherever a node has said what its drivers are. What is counted or
attached under these names is the business of whoever asks.

Mirrors csi-translation-lib/plugins and the scheduler's plugins/nodevolumelimits/utils.go (`isCSIMigrationOn`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias

from harness.objects.storage import PersistentVolume
from harness.objects.volume import Volume

ZONE = "topology.kubernetes.io/zone"
BETA_ZONE = "failure-domain.beta.kubernetes.io/zone"
ZONE_SEPARATOR = "__"

_UNSPECIFIED = "UNSPECIFIED"

# What a source is called at its driver, given the labels of the volume that it is the source of.
_Handle: TypeAlias = Callable[[Any, Mapping[str, str]], str]


class CsiVolume(NamedTuple):
    """A volume as its driver knows it."""

    driver: str
    handle: str


class _Plugin(NamedTuple):
    provisioner: str
    driver: str
    source: str
    handle: _Handle


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
    ),
    _Plugin("kubernetes.io/gce-pd", "pd.csi.storage.gke.io", "gce_persistent_disk", _google_handle),
    _Plugin("kubernetes.io/azure-disk", "disk.csi.azure.com", "azure_disk", lambda source, _: source.disk_uri),
    _Plugin("kubernetes.io/cinder", "cinder.csi.openstack.org", "cinder", lambda source, _: source.volume_id),
    _Plugin("kubernetes.io/portworx-volume", "pxd.portworx.com", "portworx_volume", lambda source, _: source.volume_id),
)
_DRIVERS = {plugin.provisioner: plugin.driver for plugin in _PLUGINS}


def serving_driver(provisioner: str) -> str:
    """The driver that makes the volumes of a class with this provisioner; mostly the provisioner itself."""
    return _DRIVERS.get(provisioner, provisioner)


def csi_volume(volume: PersistentVolume) -> CsiVolume | None:
    """The volume as a driver knows it; None if no driver has to do with it."""
    source = volume.spec.csi
    if source is not None:
        return CsiVolume(source.driver, source.volume_handle)
    return _taken_over(volume.spec, volume.metadata.labels)


def inline_volume(volume: Volume) -> CsiVolume | None:
    """The disk that a pod names without a claim; None for anything that is no disk of a driver."""
    return _taken_over(volume, {})


def _taken_over(holder: object, labels: Mapping[str, str]) -> CsiVolume | None:
    for plugin in _PLUGINS:
        source = getattr(holder, plugin.source)
        if source is not None:
            return CsiVolume(plugin.driver, plugin.handle(source, labels))
    return None
