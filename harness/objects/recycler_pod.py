"""The pod that scrubs a volume whose policy is Recycle: what it runs, what it mounts, and how long it may take.

Owns which volumes can be scrubbed at all. Knows nothing of when that is done, or of what comes of it.
Mirrors NewPersistentVolumeRecyclerPodTemplate of pkg/volume/plugins.go, `Recycle` of pkg/volume/{nfs,hostpath} and
CalculateTimeoutForVolume of pkg/volume/util/util.go.
"""

from __future__ import annotations

from harness.objects import quantity
from harness.objects.meta import ObjectMeta
from harness.objects.pod import Container, Pod, PodSpec, VolumeMount
from harness.objects.storage import PersistentVolume
from harness.objects.volume import HostPathVolumeSource, NFSVolumeSource, Volume

RECYCLER_IMAGE = "registry.k8s.io/build-image/debian-base:bookworm-v1.0.6"

_NAMESPACE = "default"
_SCRIPT = 'test -e /scrub && find /scrub -mindepth 1 -delete && test -z "$(ls -A /scrub)" || exit 1'
_MOUNT = VolumeMount(name="vol", mount_path="/scrub")

# The controller manager's own: the least a deadline is, by source, and what a whole GiB makes it.
_LEAST_NFS_SECONDS = 300
_LEAST_HOST_PATH_SECONDS = 60
_SECONDS_PER_GIB = 30


def recycler_pod(volume: PersistentVolume) -> Pod | None:
    """The pod that would scrub the volume; None if volumes of its source have no recycler."""
    spec = volume.spec
    if spec.nfs is not None:
        source = NFSVolumeSource(server=spec.nfs.server, path=spec.nfs.path)
        return _pod(volume, Volume(name=_MOUNT.name, nfs=source), _LEAST_NFS_SECONDS)
    if spec.host_path is not None:
        path = HostPathVolumeSource(path=spec.host_path.path)
        return _pod(volume, Volume(name=_MOUNT.name, host_path=path), _LEAST_HOST_PATH_SECONDS)
    return None


def _pod(volume: PersistentVolume, mounted: Volume, least_seconds: int) -> Pod:
    gibibytes = quantity.value(volume.spec.capacity.get("storage", "0")) // 2**30
    container = Container(
        name="pv-recycler",
        image=RECYCLER_IMAGE,
        command=("/bin/sh",),
        args=("-c", _SCRIPT),
        volume_mounts=(_MOUNT,),
    )
    return Pod(
        metadata=ObjectMeta(name=f"recycler-for-{volume.metadata.name}", namespace=_NAMESPACE),
        spec=PodSpec(
            active_deadline_seconds=max(least_seconds, gibibytes * _SECONDS_PER_GIB),
            restart_policy="Never",
            volumes=(mounted,),
            containers=(container,),
        ),
    )
