"""What the API server fills into the volumes of a pod and into the source of a persistent volume.

Owns volume sources. Mirrors pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from msgspec.structs import replace

from harness.api.defaulting.containers import default_downward_file
from harness.api.defaulting.filling import by_table, each, filled, filled_in
from harness.api.defaulting.images import pull_policy
from harness.objects.claim import PersistentVolumeClaimTemplate
from harness.objects.volume import (
    DownwardAPIProjection,
    DownwardAPIVolumeSource,
    EmptyDirVolumeSource,
    EphemeralVolumeSource,
    ImageVolumeSource,
    ProjectedVolumeSource,
    Volume,
    VolumeProjection,
)

Downward = TypeVar("Downward", DownwardAPIProjection, DownwardAPIVolumeSource)

DEFAULT_MODE = 0o644
VOLUME_MODE = (("volume_mode", None, "Filesystem"),)

_FILE_MODE = (("default_mode", None, DEFAULT_MODE),)
_default_claim_spec = by_table(VOLUME_MODE)
_default_token = by_table((("expiration_seconds", None, 3600),))


def _default_downward(source: DownwardAPIVolumeSource) -> DownwardAPIVolumeSource:
    return _default_downward_files(filled(source, _FILE_MODE))


def _default_downward_files(source: Downward) -> Downward:
    items = each(source.items, default_downward_file)
    return source if items is source.items else replace(source, items=items)


def _default_projection(projection: VolumeProjection) -> VolumeProjection:
    projection = filled_in(projection, "service_account_token", _default_token)
    return filled_in(projection, "downward_api", _default_downward_files)


def _default_projected(source: ProjectedVolumeSource) -> ProjectedVolumeSource:
    source = filled(source, _FILE_MODE)
    sources = each(source.sources, _default_projection)
    return source if sources is source.sources else replace(source, sources=sources)


def _default_ephemeral(source: EphemeralVolumeSource) -> EphemeralVolumeSource:
    return filled_in(source, "volume_claim_template", _default_claim_template)


def _default_claim_template(template: PersistentVolumeClaimTemplate) -> PersistentVolumeClaimTemplate:
    spec = _default_claim_spec(template.spec)
    return template if spec is template.spec else replace(template, spec=spec)


def _default_image(source: ImageVolumeSource) -> ImageVolumeSource:
    return source if source.pull_policy else replace(source, pull_policy=pull_policy(source.reference))


# The sources that a pod's volume and a persistent volume have in common.
SHARED_SOURCES: Mapping[str, Callable[[Any], Any]] = {
    "host_path": by_table((("type", None, ""),)),
    "iscsi": by_table((("iscsi_interface", "", "default"),)),
    "rbd": by_table((("pool", "", "rbd"), ("user", "", "admin"), ("keyring", "", "/etc/ceph/keyring"))),
    "azure_disk": by_table(
        (
            ("caching_mode", None, "ReadWrite"),
            ("kind", None, "Shared"),
            ("fs_type", None, "ext4"),
            ("read_only", None, False),
        )
    ),
    "scale_io": by_table((("storage_mode", "", "ThinProvisioned"), ("fs_type", "", "xfs"))),
}
_SOURCES: Mapping[str, Callable[[Any], Any]] = {
    "config_map": by_table(_FILE_MODE),
    "projected": _default_projected,
    "secret": by_table(_FILE_MODE),
    "downward_api": _default_downward,
    "ephemeral": _default_ephemeral,
    "image": _default_image,
    **SHARED_SOURCES,
}


def default_volume(volume: Volume) -> Volume:
    """The volume with the defaults of its source; a volume without a source is an empty directory."""
    if volume.persistent_volume_claim is not None or volume.empty_dir is not None:
        return volume
    for field, fill in _SOURCES.items():
        if getattr(volume, field) is not None:
            return filled_in(volume, field, fill)
    if volume == Volume(name=volume.name):
        return replace(volume, empty_dir=EmptyDirVolumeSource())
    return volume
