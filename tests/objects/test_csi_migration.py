"""Which driver took over which storage, and what its volumes look like."""

from __future__ import annotations

import pytest

from harness.objects.csi_migration import DRIVERS, in_tree, provisioner_before
from harness.objects.storage import PersistentVolumeSpec
from harness.objects.volume import CSIPersistentVolumeSource


def test_a_driver_knows_the_classes_it_took_over_if_their_volumes_are_named_by_a_handle_alone() -> None:
    assert provisioner_before("ebs.csi.aws.com") == "kubernetes.io/aws-ebs"
    assert provisioner_before("pd.csi.storage.gke.io") == ""
    assert provisioner_before("csi.example.com") == ""


@pytest.mark.parametrize("provisioner", [name for name, driver in DRIVERS.items() if provisioner_before(driver)])
def test_a_volume_keeps_its_handle_in_the_shape_of_old(provisioner: str) -> None:
    source = CSIPersistentVolumeSource(driver=DRIVERS[provisioner], volume_handle="vol-1", fs_type="xfs")
    spec = in_tree(PersistentVolumeSpec(csi=source, access_modes=("ReadWriteOnce",)), provisioner)
    assert spec.csi is None
    assert spec.access_modes == ("ReadWriteOnce",)
    assert "vol-1" in repr(spec)
    assert "xfs" in repr(spec)
