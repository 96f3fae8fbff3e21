"""The steps by which a kubelet mounts or maps one volume: what each checks, in which order, and what it says then.

Owns the checks and their texts as pure questions, and the events of success. When a step is tried, and again, is
`mounting`'s to know. Source: pkg/volume/util/operationexecutor/operation_generator.go (GenerateMountVolumeFunc,
GenerateMapVolumeFunc), pkg/volume/{hostpath,local,csi}.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import msgspec

from harness.actors.kubelet import configuration
from harness.actors.kubelet.lookups import Lookups
from harness.actors.kubelet.populating import Desired
from harness.actors.world import MISSING, PathKind
from harness.objects.attachment import attachment_name
from harness.objects.csi import CSIDriver
from harness.objects.csi_migration import csi_volume
from harness.objects.node_affinity import selector_matches
from harness.objects.storage import PersistentVolume
from harness.objects.storage_classes import MOUNT_OPTIONS_ANNOTATION
from harness.objects.volume import HostPathVolumeSource
from harness.objects.volume_matching import READ_WRITE_ONCE_POD

FAILED_MOUNT = "FailedMount"
FAILED_MAP = "FailedMapVolume"
MAPPED = "SuccessfulMountVolume"

_KUBELET = "/var/lib/kubelet"

# What stands at a path, as Go's FileType and HostPathType call it.
_FILE_TYPES: dict[PathKind, str] = {
    "directory": "Directory",
    "file": "File",
    "socket": "Socket",
    "charDevice": "CharDevice",
    "blockDevice": "BlockDevice",
}


class _HostPathType(NamedTuple):
    """`wanted` must stand at the path, which messages call `described`; with `create`, what is missing is made."""

    wanted: PathKind
    described: str
    create: bool = False


_HOST_PATH_TYPES = {
    "Directory": _HostPathType("directory", "directory"),
    "DirectoryOrCreate": _HostPathType("directory", "directory", create=True),
    "File": _HostPathType("file", "file"),
    "FileOrCreate": _HostPathType("file", "file", create=True),
    "Socket": _HostPathType("socket", "socket file"),
    "CharDevice": _HostPathType("charDevice", "character device"),
    "BlockDevice": _HostPathType("blockDevice", "block device"),
}


class Site(msgspec.Struct, frozen=True):
    """Where a volume is mounted: for a pod of this namespace, on the node of `lookups`.

    `taken` says that another pod of the node has the volume mounted.
    """

    namespace: str
    lookups: Lookups
    taken: bool


class Failure(msgspec.Struct, frozen=True):
    """Why a step failed: the reason and message of its event. Without `backs_off` it is tried again at once."""

    reason: str
    message: str
    backs_off: bool = True


_Check: TypeAlias = Callable[[Desired, Site], str]


class _Step(NamedTuple):
    name: str
    check: _Check
    reason: str = FAILED_MOUNT
    backs_off: bool = True


def failure(desired: Desired, site: Site) -> Failure | None:
    """What keeps the volume from being mounted or mapped now."""
    for step in _MAP if desired.is_block else _MOUNT:
        problem = step.check(desired, site)
        if problem:
            # The space before the colon is where the volume's specification would stand, which is empty.
            message = f'{step.name} failed for volume "{desired.name}" : {problem}'
            return Failure(step.reason, message, step.backs_off)
    return None


def can_map(desired: Desired) -> bool:
    """Whether a block volume's source can be mapped at all; a kubelet says nothing of one that cannot."""
    volume = desired.volume
    return not desired.is_block or (volume is not None and _block_places(volume) is not None)


def mapped(desired: Desired, pod_uid: str) -> tuple[str, ...]:
    """The messages of success, for a block volume; there are none for any other."""
    places = _block_places(desired.volume) if desired.is_block and desired.volume is not None else None
    if places is None:
        return ()
    directory, plugin = places
    done = f'MapVolume.MapPodDevice succeeded for volume "{desired.name}"'
    return (
        f'{done} globalMapPath "{_KUBELET}/plugins/{directory}"',
        f'{done} volumeMapPath "{_KUBELET}/pods/{pod_uid}/volumeDevices/{plugin}"',
    )


def made_path(desired: Desired, site: Site) -> tuple[str, PathKind] | None:
    """What a hostPath volume makes at its path when it is mounted, if it makes anything."""
    source = _host_path_source(desired)
    type_ = _HOST_PATH_TYPES.get(source.type or "") if source is not None else None
    if source is None or type_ is None or not type_.create or site.lookups.path(source.path) != MISSING:
        return None
    return source.path, type_.wanted


def _block_places(volume: PersistentVolume) -> tuple[str, str] | None:
    """(directory of the device below the plugins, plugin in the pod's directory) of a source that can be mapped."""
    name = volume.metadata.name
    if volume.spec.local is not None:
        return f"kubernetes.io~local-volume/volumeDevices/{name}", "kubernetes.io~local-volume"
    if csi_volume(volume) is not None:
        return f"kubernetes.io/csi/volumeDevices/{name}/dev", "kubernetes.io~csi"
    return None


# The checks. Each returns what is wrong, empty if nothing is.


def _node_affinity(desired: Desired, site: Site) -> str:
    affinity = desired.volume.spec.node_affinity if desired.volume is not None else None
    required = affinity.required if affinity is not None else None
    if required is None or selector_matches(required, site.lookups.node_labels()):
        return ""
    return "no matching NodeSelectorTerms"


def _local_path(desired: Desired, site: Site) -> str:
    local = desired.volume.spec.local if desired.volume is not None else None
    if local is None:
        return ""
    kind = site.lookups.path(local.path)
    if kind == MISSING:
        return f'path "{local.path}" does not exist'
    return "" if kind in (None, "directory", "blockDevice") else "only directory and block device are supported"


def _mount_options(desired: Desired, _: Site) -> str:
    volume = desired.volume
    if volume is None or volume.spec.host_path is None:
        return ""
    if not volume.spec.mount_options and not volume.metadata.annotations.get(MOUNT_OPTIONS_ANNOTATION):
        return ""
    return "Mount options are not supported for this volume type"


def _one_pod(desired: Desired, site: Site) -> str:
    if not site.taken or desired.volume is None or desired.volume.spec.access_modes != (READ_WRITE_ONCE_POD,):
        return ""
    return "volume uses the ReadWriteOncePod access mode and is already in use by another pod"


def _attachment(desired: Desired, site: Site) -> str:
    known = csi_volume(desired.volume) if desired.attachable and desired.volume is not None else None
    if known is None or desired.volume is None:
        return ""
    handle = known.handle
    name = attachment_name(desired.volume, site.lookups.node)
    found = site.lookups.attachment(desired.volume)
    if found is None:
        missing = f'volumeattachments.storage.k8s.io "{name}" not found'
        return f"volume {handle} has GET error for volume attachment {name}: {missing}"
    if found.metadata.deletion_timestamp is not None:
        return "volume attachment is being deleted"
    if found.status.attached:
        return ""
    error = found.status.attach_error
    return error.message if error is not None else f"volume {handle} is not attached for volume attachment {name}"


def _mount_device(desired: Desired, site: Site) -> str:
    if desired.volume is None:
        return ""
    return _unregistered(desired, site, "attacher.MountDevice failed to create newCsiDriverClient")


def _set_up_device(desired: Desired, site: Site) -> str:
    return _unregistered(desired, site, "blockMapper.SetUpDevice failed to get CSI client")


def _device_path(desired: Desired, site: Site) -> str:
    local = desired.volume.spec.local if desired.volume is not None else None
    missing = local is not None and site.lookups.path(local.path) == MISSING
    return f"lstat {local.path}: no such file or directory" if local is not None and missing else ""


def _set_up(desired: Desired, site: Site) -> str:
    host_path = _host_path_source(desired)
    if host_path is not None:
        return _host_path(host_path, site)
    if _driver_name(desired):
        return _unregistered(desired, site, "mounter.SetUpAt failed to get CSI client") or _lifecycle(desired, site)
    if desired.volume is not None:
        return ""
    return configuration.volume_problem(desired.inline, site.lookups.config_finder(site.namespace))


_MOUNT = (
    _Step("MountVolume.NodeAffinity check", _node_affinity),
    _Step("MountVolume.NewMounter initialization", _local_path),
    _Step("MountVolume.MountOptionSupport check", _mount_options),
    _Step("MountVolume.SetUp", _one_pod),
    _Step("MountVolume.WaitForAttach", _attachment),
    _Step("MountVolume.MountDevice", _mount_device),
    _Step("MountVolume.SetUp", _set_up),
)
# What fails while the work is only being prepared has the reason of a mount, and is prepared anew with the next round.
_MAP = (
    _Step("MapVolume.NodeAffinity check", _node_affinity, FAILED_MOUNT, backs_off=False),
    _Step("MapVolume.SetUpDevice", _one_pod, FAILED_MAP),
    _Step("MapVolume.WaitForAttach", _attachment, FAILED_MAP),
    _Step("MapVolume.SetUpDevice", _set_up_device, FAILED_MAP),
    _Step("MapVolume.EvalHostSymlinks", _device_path, FAILED_MAP),
)


def _host_path_source(desired: Desired) -> HostPathVolumeSource | None:
    return desired.volume.spec.host_path if desired.volume is not None else desired.inline.host_path


def _host_path(source: HostPathVolumeSource, site: Site) -> str:
    type_ = _HOST_PATH_TYPES.get(source.type or "")
    kind = site.lookups.path(source.path)
    if type_ is None or kind is None or kind == type_.wanted:
        return ""
    if kind == MISSING:
        return "" if type_.create else f"hostPath {source.path} doesn't exist"
    return f"hostPath type check failed: {source.path} is not a {type_.described}, it's a {_FILE_TYPES[kind]}"


def _driver_name(desired: Desired) -> str:
    """The CSI driver of the volume; empty if it has none."""
    if desired.volume is not None:
        known = csi_volume(desired.volume)
        return known.driver if known is not None else ""
    return desired.inline.csi.driver if desired.inline.csi is not None else ""


def _unregistered(desired: Desired, site: Site, doing: str) -> str:
    driver = _driver_name(desired)
    if not driver or site.lookups.is_registered(driver):
        return ""
    return f"kubernetes.io/csi: {doing}: driver name {driver} not found in the list of registered CSI drivers"


def _lifecycle(desired: Desired, site: Site) -> str:
    """Whether the driver supports volumes of this sort: with a claim, or in the pod alone."""
    name = _driver_name(desired)
    mode = "Persistent" if desired.volume is not None else "Ephemeral"
    driver = site.lookups.driver(name)
    why = _unsupported(mode, driver)
    doing = "mounter.SetupAt failed to check volume lifecycle mode"
    return f'kubernetes.io/csi: {doing}: volume mode "{mode}" not supported by driver {name} ({why})' if why else ""


def _unsupported(mode: str, driver: CSIDriver | None) -> str:
    if driver is None:
        return "" if mode == "Persistent" else "no CSIDriver object"
    modes = driver.spec.volume_lifecycle_modes
    if mode in modes:
        return ""
    listed = " ".join(f'"{one}"' for one in modes)
    return f"only supports [{listed}]"
