"""Which kinds of storage a kubelet can still mount.

The API server stores all of them. The plugins of some are gone from the kubelet; those of clouds have been replaced by
CSI drivers. Mirrors cmd/kubelet/app/plugins.go and pkg/volume/plugins.go (FindPluginBySpec).
"""

from __future__ import annotations

from harness.objects.storage import PersistentVolumeSpec
from harness.objects.volume import Volume

_WITHOUT_PLUGIN = (
    "cephfs",
    "flocker",
    "glusterfs",
    "photon_persistent_disk",
    "quobyte",
    "rbd",
    "scale_io",
    "storageos",
)


def missing_plugin(name: str, source: PersistentVolumeSpec | Volume) -> str:
    """Why a kubelet cannot take the storage on, in its words; "" if it can. `name` is what it calls the volume."""
    if all(getattr(source, field) is None for field in _WITHOUT_PLUGIN):
        return ""
    return f'failed to get Plugin from volumeSpec for volume "{name}" err=no volume plugin matched'
