"""What the API server demands of the volumes of a pod.

Owns the names of volumes and the sources that a pod can name. Mirrors pkg/apis/core/validation (ValidateVolumes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harness.api.problems import FieldProblem, duplicate, forbidden, invalid, required, unsupported
from harness.api.validation.claims import claim_spec_problems
from harness.api.validation.containers import local_path_problems
from harness.api.validation.fields import complaints
from harness.api.validation.names import dns_label
from harness.objects import quantity
from harness.objects.volume import (
    EmptyDirVolumeSource,
    EphemeralVolumeSource,
    HostPathVolumeSource,
    KeyToPath,
    NFSVolumeSource,
    PersistentVolumeClaimVolumeSource,
    ProjectedVolumeSource,
    Volume,
)

_HOST_PATH_TYPES = (
    "",
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
)
_MODE = "must be a number between 0 and 0777 (octal), both inclusive"


def volume_list_problems(volumes: Sequence[Volume], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    names: set[str] = set()
    for index, volume in enumerate(volumes):
        at = f"{path}[{index}]"
        problems += _source_problems(volume, at)
        if not volume.name:
            problems.append(required(f"{at}.name"))
        elif dns_label(volume.name):
            problems += complaints(f"{at}.name", volume.name, dns_label(volume.name))
        elif volume.name in names:
            problems.append(duplicate(f"{at}.name", volume.name))
        names.add(volume.name)
    return problems


def _source_problems(volume: Volume, path: str) -> list[FieldProblem]:
    claim = volume.persistent_volume_claim
    if claim is not None and volume == Volume(name=volume.name, persistent_volume_claim=claim):
        return _claim_problems(claim, f"{path}.persistentVolumeClaim")
    problems: list[FieldProblem] = []
    first = True
    for field, name in _SOURCE_NAMES:
        source = getattr(volume, field)
        if source is None:
            continue
        if not first:
            problems.append(forbidden(f"{path}.{name}", "may not specify more than 1 volume type"))
        elif field in _SOURCES:
            problems += _SOURCES[field](source, f"{path}.{name}")
        first = False
    return [required(path, "must specify a volume type")] if first else problems


def _claim_problems(source: PersistentVolumeClaimVolumeSource, path: str) -> list[FieldProblem]:
    return [] if source.claim_name else [required(f"{path}.claimName")]


def _empty_dir_problems(source: EmptyDirVolumeSource, path: str) -> list[FieldProblem]:
    if source.size_limit is not None and quantity.parse(source.size_limit) < 0:
        return [forbidden(f"{path}.sizeLimit", "SizeLimit field must be a valid resource quantity")]
    return []


def host_path_problems(source: HostPathVolumeSource, path: str) -> list[FieldProblem]:
    if not source.path:
        return [required(f"{path}.path")]
    problems: list[FieldProblem] = []
    if ".." in source.path.split("/"):
        problems.append(invalid(f"{path}.path", source.path, "must not contain '..'"))
    if source.type is not None and source.type not in _HOST_PATH_TYPES:
        problems.append(unsupported(f"{path}.type", source.type, _HOST_PATH_TYPES))
    return problems


def nfs_problems(source: NFSVolumeSource, path: str) -> list[FieldProblem]:
    problems = [] if source.server else [required(f"{path}.server")]
    if not source.path:
        problems.append(required(f"{path}.path"))
    elif not source.path.startswith("/"):
        problems.append(invalid(f"{path}.path", source.path, "must be an absolute path"))
    return problems


def _files_problems(source: Any, name: str, path: str) -> list[FieldProblem]:
    problems = (
        [] if getattr(source, name) else [required(f"{path}.{'secretName' if name == 'secret_name' else 'name'}")]
    )
    problems += _mode_problems(source.default_mode, f"{path}.defaultMode")
    return problems + _item_problems(source.items, f"{path}.items")


def _secret_problems(source: Any, path: str) -> list[FieldProblem]:
    return _files_problems(source, "secret_name", path)


def _config_map_problems(source: Any, path: str) -> list[FieldProblem]:
    return _files_problems(source, "name", path)


def _mode_problems(mode: int | None, path: str) -> list[FieldProblem]:
    return [] if mode is None or 0 <= mode <= 0o777 else [invalid(path, mode, _MODE)]


def _item_problems(items: Sequence[KeyToPath], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for index, item in enumerate(items):
        at = f"{path}[{index}]"
        if not item.key:
            problems.append(required(f"{at}.key"))
        problems += local_path_problems(item.path, f"{at}.path") if item.path else [required(f"{at}.path")]
        problems += _mode_problems(item.mode, f"{at}.mode")
    return problems


def _projected_problems(source: ProjectedVolumeSource, path: str) -> list[FieldProblem]:
    problems = _mode_problems(source.default_mode, f"{path}.defaultMode")
    for index, projection in enumerate(source.sources):
        at = f"{path}.sources[{index}]"
        for name, part in (("secret", projection.secret), ("configMap", projection.config_map)):
            if part is None:
                continue
            if not part.name:
                problems.append(required(f"{at}.{name}.name"))
            problems += _item_problems(part.items, f"{at}.{name}.items")
        token = projection.service_account_token
        if token is not None:
            seconds = token.expiration_seconds
            if seconds is not None and seconds < 600:
                text = "may not specify a duration less than 10 minutes"
                problems.append(invalid(f"{at}.serviceAccountToken.expirationSeconds", seconds, text))
            if not token.path:
                problems.append(required(f"{at}.serviceAccountToken.path"))
    return problems


def _ephemeral_problems(source: EphemeralVolumeSource, path: str) -> list[FieldProblem]:
    template = source.volume_claim_template
    if template is None:
        return [required(f"{path}.volumeClaimTemplate")]
    return claim_spec_problems(template.spec, f"{path}.volumeClaimTemplate.spec")


_SOURCES: Mapping[str, Callable[[Any, str], list[FieldProblem]]] = {
    "empty_dir": _empty_dir_problems,
    "host_path": host_path_problems,
    "secret": _secret_problems,
    "nfs": nfs_problems,
    "persistent_volume_claim": _claim_problems,
    "config_map": _config_map_problems,
    "projected": _projected_problems,
    "ephemeral": _ephemeral_problems,
}
# (field, name as served), in the order in which a second source is refused
_SOURCE_NAMES = (
    ("empty_dir", "emptyDir"),
    ("host_path", "hostPath"),
    ("git_repo", "gitRepo"),
    ("gce_persistent_disk", "gcePersistentDisk"),
    ("aws_elastic_block_store", "awsElasticBlockStore"),
    ("secret", "secret"),
    ("nfs", "nfs"),
    ("iscsi", "iscsi"),
    ("glusterfs", "glusterfs"),
    ("flocker", "flocker"),
    ("persistent_volume_claim", "persistentVolumeClaim"),
    ("rbd", "rbd"),
    ("cinder", "cinder"),
    ("cephfs", "cephFS"),
    ("quobyte", "quobyte"),
    ("downward_api", "downwardAPI"),
    ("fc", "fc"),
    ("flex_volume", "flexVolume"),
    ("config_map", "configMap"),
    ("azure_file", "azureFile"),
    ("vsphere_volume", "vsphereVolume"),
    ("photon_persistent_disk", "photonPersistentDisk"),
    ("portworx_volume", "portworxVolume"),
    ("azure_disk", "azureDisk"),
    ("storageos", "storageos"),
    ("projected", "projected"),
    ("scale_io", "scaleIO"),
    ("csi", "csi"),
    ("ephemeral", "ephemeral"),
    ("image", "image"),
)
