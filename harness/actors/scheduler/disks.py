"""Disks that pods name without a claim, of the kinds that two pods of a node cannot use at will.

Owns what makes two of them the same disk, and when two pods may share it. Mirrors plugins/volumerestrictions
(`isVolumeConflict`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from harness.objects.pod import Pod

_ANYWHERE = ("",)


class Disk(NamedTuple):
    """One disk as a pod uses it. Disks are the same if they share a name and one of the servers that have them."""

    name: tuple[str, ...]
    servers: tuple[str, ...]
    read_only: bool


def disks_of(pod: Pod) -> tuple[Disk, ...]:
    """The disks of the pod's volumes, in the order of the volumes."""
    found = []
    for volume in pod.spec.volumes:
        google, amazon = volume.gce_persistent_disk, volume.aws_elastic_block_store
        iscsi, ceph = volume.iscsi, volume.rbd
        if google is not None:
            found.append(Disk(("gce", google.pd_name), _ANYWHERE, google.read_only))
        elif amazon is not None:
            # Not even for reading is one shared.
            found.append(Disk(("ebs", amazon.volume_id), _ANYWHERE, False))
        elif iscsi is not None:
            found.append(Disk(("iscsi", iscsi.iqn), _ANYWHERE, iscsi.read_only))
        elif ceph is not None:
            found.append(Disk(("rbd", ceph.pool, ceph.image), ceph.monitors, ceph.read_only))
    return tuple(found)


def clash(wanted: Iterable[Disk], used: Iterable[Disk]) -> bool:
    """Whether one of the disks is the same as a used one, and not both uses only read."""
    taken = tuple(used)
    return any(
        disk.name == other.name
        and not (disk.read_only and other.read_only)
        and any(server in other.servers for server in disk.servers)
        for disk in wanted
        for other in taken
    )
