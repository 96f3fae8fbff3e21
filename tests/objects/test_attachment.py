"""Which volumes must be attached, and what their attachments are called."""

from __future__ import annotations

from typing import Any

import pytest

from harness.objects.attachment import attachment_name, is_attachable, is_exclusive, unique_volume_name
from harness.objects.csi import CSIDriver, CSIDriverSpec
from harness.objects.storage import PersistentVolume
from harness.objects.wire import from_wire

CSI = {"csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}}
ISCSI = {"iscsi": {"targetPortal": "10.0.0.9:3260", "iqn": "iqn.2026-01.example:a", "lun": 2}}
FC = {"fc": {"targetWWNs": ["50060e801049cfd1", "50060e801049cfd2"], "lun": 3}}
NFS = {"nfs": {"server": "filer", "path": "/a"}}


def volume(spec: dict[str, Any], *modes: str) -> PersistentVolume:
    return from_wire({"metadata": {"name": "v"}, "spec": {**spec, "accessModes": list(modes)}}, PersistentVolume)


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        (CSI, "kubernetes.io/csi/ebs.csi.aws.com^vol-1"),
        (ISCSI, "kubernetes.io/iscsi/10.0.0.9:3260:iqn.2026-01.example:a:2"),
        (FC, "kubernetes.io/fc/[50060e801049cfd1 50060e801049cfd2]:3"),
        ({"fc": {"wwids": ["3600508b400105e21"]}}, "kubernetes.io/fc/[3600508b400105e21]"),
        (NFS, ""),
    ],
)
def test_a_node_calls_an_attached_volume_by_plugin_and_place(spec: dict[str, Any], name: str) -> None:
    assert unique_volume_name(volume(spec)) == name


def test_an_attachment_is_named_by_the_hash_of_handle_driver_and_node() -> None:
    # printf 'vol-1ebs.csi.aws.comnode-1' | sha256sum
    assert attachment_name(volume(CSI), "node-1") == (
        "csi-58932ddfc9a6504f794af09a26429db947138ba3d683dee3d975aa932cb39f48"
    )
    assert attachment_name(volume(CSI), "node-2") != attachment_name(volume(CSI), "node-1")


def test_a_driver_may_say_that_its_volumes_need_not_be_attached() -> None:
    def driver(*, required: bool | None) -> CSIDriver:
        return CSIDriver(spec=CSIDriverSpec(attach_required=required))

    assert is_attachable(volume(CSI), None)
    assert is_attachable(volume(CSI), driver(required=True))
    assert is_attachable(volume(CSI), driver(required=None))
    assert not is_attachable(volume(CSI), driver(required=False))


def test_of_other_volumes_only_devices_are_attached() -> None:
    assert [is_attachable(volume(spec), None) for spec in (ISCSI, FC, NFS)] == [True, True, False]


@pytest.mark.parametrize(
    ("modes", "exclusive"),
    [
        (["ReadWriteOnce"], True),
        (["ReadWriteOncePod"], True),
        (["ReadWriteOnce", "ReadOnlyMany"], False),
        (["ReadWriteMany"], False),
        ([], False),
    ],
)
def test_a_volume_is_for_one_node_unless_a_mode_says_otherwise(modes: list[str], *, exclusive: bool) -> None:
    assert is_exclusive(volume(CSI, *modes)) is exclusive
