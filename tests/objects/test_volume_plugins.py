"""Which kinds of storage a kubelet can still mount."""

from __future__ import annotations

import pytest

from harness.objects.storage import PersistentVolumeSpec
from harness.objects.volume import Volume
from harness.objects.volume_plugins import missing_plugin
from harness.objects.wire import from_wire


@pytest.mark.parametrize(
    "kind", ["cephfs", "glusterfs", "photonPersistentDisk", "quobyte", "rbd", "scaleIO", "storageos", "flocker"]
)
def test_some_storage_has_no_plugin_any_more(kind: str) -> None:
    text = 'failed to get Plugin from volumeSpec for volume "data" err=no volume plugin matched'
    for type_ in (Volume, PersistentVolumeSpec):
        assert missing_plugin("data", from_wire({kind: {}}, type_)) == text


@pytest.mark.parametrize("kind", ["awsElasticBlockStore", "csi", "fc", "hostPath", "iscsi", "nfs", "vsphereVolume"])
def test_other_storage_has_a_plugin_or_a_driver_in_its_place(kind: str) -> None:
    for type_ in (Volume, PersistentVolumeSpec):
        assert missing_plugin("data", from_wire({kind: {}}, type_)) == ""
