"""What can be deleted, by whom, and what is said where it cannot: the decisions, by a volume's source.

Mirrors `findDeletablePlugin` of pkg/controller/volume/persistentvolume and pkg/volume/hostpath/host_path.go.
"""

from __future__ import annotations

import re

import msgspec

from harness.actors.controllers.persistentvolume.provisioning import HOST_PATH, IN_TREE_PREFIX, NFS
from harness.objects.storage import PersistentVolume
from harness.objects.volume_binding import PROVISIONED_BY

# Not anchored upstream either.
_DELETABLE_PATH = re.compile("/tmp/.+")
_NOT_DELETABLE = "no deletable volume plugin matched"
_NO_PLUGIN = "no volume plugin matched"


class Deletion(msgspec.Struct, frozen=True):
    """How the deletion of a volume's storage goes: left to somebody else, failed for this reason, or (neither) done."""

    external: bool = False
    failure: str = ""


def deletion(volume: PersistentVolume) -> Deletion:
    """How deleting what the volume stands for would go."""
    provisioner = volume.metadata.annotations.get(PROVISIONED_BY)
    if provisioner:
        return _deletion_by_provisioner(provisioner, volume)
    spec = volume.spec
    if spec.csi is not None:
        return Deletion(external=True)
    if spec.host_path is not None:
        return _deletion_of_path(volume)
    why = _NOT_DELETABLE if spec.nfs is not None else _NO_PLUGIN
    return Deletion(failure=f'error getting deleter volume plugin for volume "{volume.metadata.name}": {why}')


def _deletion_by_provisioner(provisioner: str, volume: PersistentVolume) -> Deletion:
    if provisioner == HOST_PATH:
        return _deletion_of_path(volume)
    if not provisioner.startswith(IN_TREE_PREFIX):
        return Deletion(external=True)
    return Deletion(failure=_NOT_DELETABLE if provisioner == NFS else f"{_NO_PLUGIN} name: {provisioner}")


def _deletion_of_path(volume: PersistentVolume) -> Deletion:
    path = volume.spec.host_path.path if volume.spec.host_path is not None else ""
    if _DELETABLE_PATH.search(path):
        return Deletion()
    return Deletion(failure=f"host_path deleter only supports {_DELETABLE_PATH.pattern} but received provided {path}")
