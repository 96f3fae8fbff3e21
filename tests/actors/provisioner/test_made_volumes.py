"""What the volumes look like that provisioners make, and which claims they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from provisioner_world import (
    HELD_UNTIL_REMOVED,
    SELECTED,
    ZONE,
    ProvisionerWorld,
    claim,
    csi,
    late_class,
    local_path,
    nfs,
    node,
    storage_class,
)

from harness.actors.world import ProvisionerBehaviour
from harness.actors.world.provisioners import CSI
from harness.objects.csi import VolumeAttributesClass
from harness.objects.meta import ObjectMeta
from harness.objects.storage import PersistentVolume
from harness.objects.wire import to_wire

PV_PROTECTION = "kubernetes.io/pv-protection"
zonal = replace(csi, topology=(ZONE,))
zones = (node("node-1", **{ZONE: "a"}), node("node-2", **{ZONE: "b"}))
on_node_1 = {SELECTED: "node-1"}


def made(behaviour: ProvisionerBehaviour, parameters: dict[str, str] | None = None, **spec: Any) -> PersistentVolume:
    """The volume for a claim, of a class that binds at once."""
    world = ProvisionerWorld(behaviour, nodes=zones)
    world.apply(storage_class(behaviour.name, parameters=parameters or {}), claim(**spec))
    return world.volume()


def refusal(behaviour: ProvisionerBehaviour, parameters: dict[str, str] | None = None, **spec: Any) -> str:
    """Why there is no volume for a claim."""
    world = ProvisionerWorld(behaviour, nodes=zones)
    world.apply(storage_class(behaviour.name, parameters=parameters or {}), claim(**spec))
    assert world.volumes() == []
    return world.failures()[0]


# NFS


def test_an_nfs_volume_is_a_folder_named_after_the_claim() -> None:
    volume = made(nfs, mode="ReadWriteMany", size="1500M")
    folder = f"default-data-{volume.metadata.name}"
    assert (
        (volume.spec.nfs.server, volume.spec.nfs.path) == ("filer", f"/exports/{folder}") if volume.spec.nfs else False
    )
    assert (volume.spec.capacity, volume.spec.access_modes) == ({"storage": "1500M"}, ("ReadWriteMany",))
    assert volume.metadata.finalizers == (PV_PROTECTION,)
    assert volume.metadata.annotations == {"pv.kubernetes.io/provisioned-by": "example.com/nfs"}


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("${.PVC.namespace}/${.PVC.name}", "/exports/default/data"),
        ("/${.PVC.name}/", "/exports/data"),
        ("${.PVC.labels.team}-${.PVC.annotations.volume/tier}", "/exports/red-gold"),
        ("x${.PVC.labels.nothing}y${.PVC.uid}", "/exports/xy"),
    ],
)
def test_a_class_may_name_nfs_folders_by_a_pattern(pattern: str, path: str) -> None:
    volume = made(nfs, {"pathPattern": pattern}, labels={"team": "red"}, annotations={"volume/tier": "gold"})
    assert volume.spec.nfs is not None
    assert volume.spec.nfs.path == path


def test_a_pattern_that_comes_to_nothing_falls_back_on_the_usual_folder() -> None:
    volume = made(nfs, {"pathPattern": "${.PVC.labels.none}"})
    assert volume.spec.nfs is not None
    assert volume.spec.nfs.path == f"/exports/default-data-{volume.metadata.name}"


def test_class_gives_its_policy_and_mount_options_to_volumes() -> None:
    for behaviour in (nfs, csi):
        world = ProvisionerWorld(behaviour)
        world.apply(storage_class(behaviour.name, reclaimPolicy="Retain", mountOptions=["hard", "vers=4.1"]), claim())
        spec = world.volume().spec
        assert (spec.persistent_volume_reclaim_policy, spec.mount_options) == ("Retain", ("hard", "vers=4.1"))


def test_selectors_are_refused_by_all() -> None:
    selector = {"matchLabels": {"disk": "ssd"}}
    named = 'failed to provision volume with StorageClass "fast": '
    assert refusal(nfs, selector=selector) == f"{named}claim Selector is not supported"
    assert refusal(local_path, selector=selector) == f"{named}claim.Spec.Selector is not supported"
    assert refusal(csi, selector=selector) == "claim Selector is not supported"


# Local paths


def local(parameters: dict[str, str] | None = None, of_class: dict[str, str] | None = None, **spec: Any) -> Any:
    world = ProvisionerWorld(local_path, nodes=zones)
    annotations = {**on_node_1, **spec.pop("annotations", {})}
    fast = late_class(local_path.name, parameters=parameters or {}, annotations=of_class or {})
    world.apply(fast, claim(annotations=annotations, **spec))
    return world


def test_a_local_path_lies_on_the_chosen_node_only() -> None:
    volume = local().volume()
    path = f"/opt/local-path-provisioner/{volume.metadata.name}_default_data"
    spec = to_wire(volume)["spec"]
    assert spec["hostPath"] == {"path": path, "type": "DirectoryOrCreate"}
    assert spec["nodeAffinity"]["required"]["nodeSelectorTerms"] == [
        {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node-1"]}]}
    ]
    assert volume.metadata.annotations["local.path.provisioner/selected-node"] == "node-1"
    assert "mountOptions" not in spec


@pytest.mark.parametrize(
    ("of_claim", "of_class", "is_local"),
    [
        ({}, {}, False),
        ({"volumeType": "local"}, {}, True),
        ({}, {"defaultVolumeType": "Local"}, True),
        ({"volumeType": "hostPath"}, {"defaultVolumeType": "local"}, False),
    ],
)
def test_claim_or_class_may_ask_for_a_local_volume(
    of_claim: dict[str, str], of_class: dict[str, str], *, is_local: bool
) -> None:
    spec = local(of_class=of_class, annotations=of_claim).volume().spec
    assert (spec.local is not None, spec.host_path is not None) == (is_local, not is_local)


def test_affinity_of_a_local_path_may_go_by_another_label() -> None:
    spec = to_wire(local({"nodeAffinityKey": ZONE}).volume())["spec"]
    (term,) = spec["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": ZONE, "operator": "In", "values": ["a"]}]


@pytest.mark.parametrize(
    ("world", "why"),
    [
        (
            lambda: local(mode="ReadWriteMany"),
            "NodePath only supports ReadWriteOnce and ReadWriteOncePod (1.22+) access modes",
        ),
        (lambda: local({"nodePath": "/fast"}), "config doesn't contain path /fast on node node-1"),
        (
            lambda: local(annotations={"volumeType": "tape"}),
            'failed to create persistent volume source: "tape" is not a recognised volume type',
        ),
    ],
)
def test_local_paths_are_refused_for(world: Any, why: str) -> None:
    assert world().failures() == [f'failed to provision volume with StorageClass "fast": {why}']


def test_a_local_path_cannot_be_made_before_a_node_is_chosen() -> None:
    why = "configuration error, no node was specified"
    assert refusal(local_path) == f'failed to provision volume with StorageClass "fast": {why}'


# CSI drivers


def test_a_csi_volume_is_counted_in_bytes_and_held_until_it_is_removed() -> None:
    volume = made(csi, {"csi.storage.k8s.io/fstype": "xfs", "type": "gp3"}, size="1500M")
    assert volume.spec.capacity == {"storage": "1500000000"}
    assert volume.metadata.finalizers == (HELD_UNTIL_REMOVED, PV_PROTECTION)
    source = volume.spec.csi
    assert source is not None
    assert (source.driver, source.volume_handle, source.fs_type) == (csi.name, volume.metadata.name, "xfs")
    assert list(source.volume_attributes) == ["storage.kubernetes.io/csiProvisionerIdentity"]
    assert volume.spec.node_affinity is None
    assert volume.metadata.annotations["volume.kubernetes.io/provisioner-deletion-secret-name"] == ""


def test_a_raw_device_has_no_file_system() -> None:
    volume = made(csi, {"fsType": "xfs"}, volumeMode="Block")
    assert volume.spec.csi is not None
    assert (volume.spec.volume_mode, volume.spec.csi.fs_type) == ("Block", "")


def test_a_driver_with_zones_makes_the_volume_where_the_chosen_node_is() -> None:
    world = ProvisionerWorld(zonal, nodes=zones)
    world.apply(late_class(csi.name), claim(annotations={SELECTED: "node-2"}))
    (term,) = to_wire(world.volume())["spec"]["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": ZONE, "operator": "In", "values": ["b"]}]


@pytest.mark.parametrize(
    ("parameters", "spec", "why"),
    [
        (
            {"fsType": "ext4", "csi.storage.k8s.io/fstype": "xfs"},
            {},
            'fstype specified in parameters with both "fstype" and "csi.storage.k8s.io/fstype" keys',
        ),
        (
            {"csi.storage.k8s.io/pool": "a"},
            {},
            'failed to strip CSI Parameters of prefixed keys: found unknown parameter key "csi.storage.k8s.io/pool" '
            "with reserved namespace csi.storage.k8s.io/",
        ),
        (
            {},
            {"dataSource": {"kind": "PersistentVolumeClaim", "name": "old"}},
            "CSI driver does not support clone operations: controller CLONE_VOLUME capability is not reported",
        ),
        (
            {},
            {"dataSource": {"kind": "VolumeSnapshot", "name": "old", "apiGroup": "snapshot.storage.k8s.io"}},
            "CSI driver does not support snapshot restore: "
            "controller CREATE_DELETE_SNAPSHOT capability is not reported",
        ),
        ({}, {"volumeAttributesClassName": "gold"}, 'volumeattributesclasses.storage.k8s.io "gold" not found'),
    ],
)
def test_csi_drivers_refuse(parameters: dict[str, str], spec: dict[str, Any], why: str) -> None:
    assert refusal(csi, parameters, **spec) == why


def test_known_parameters_of_the_reserved_names_are_taken() -> None:
    assert made(csi, {"csi.storage.k8s.io/node-stage-secret-name": "s", "csi.storage.k8s.io/secret-namespace": "n"})


def test_a_source_that_no_driver_knows_is_left_to_a_populator() -> None:
    world = ProvisionerWorld(csi)
    source = {"kind": "Backup", "name": "monday", "apiGroup": "example.com"}
    world.apply(storage_class(csi.name), claim(dataSourceRef=source))
    assert (world.volumes(), world.failures()) == ([], [])
    assert world.events(source="external-provisioner") == [
        ("Provisioning", "Assuming an external populator will provision the volume", 1)
    ]


def attributes_class(driver: str) -> VolumeAttributesClass:
    return VolumeAttributesClass(metadata=ObjectMeta(name="gold"), driver_name=driver, parameters={"iops": "9000"})


def test_a_volume_takes_the_attributes_class_of_its_claim() -> None:
    world = ProvisionerWorld(csi)
    world.apply(attributes_class(csi.name), storage_class(csi.name), claim(volumeAttributesClassName="gold"))
    assert world.volume().spec.volume_attributes_class_name == "gold"


def test_an_attributes_class_of_another_driver_is_refused() -> None:
    world = ProvisionerWorld(csi)
    world.apply(attributes_class("other.example.com"), storage_class(csi.name), claim(volumeAttributesClassName="gold"))
    assert world.failures()[0] == (
        "VAC gold referenced in PVC is for driver other.example.com which does not match driver name ebs.csi.aws.com"
    )


# Storage that was once part of Kubernetes


@pytest.mark.parametrize(
    ("provisioner", "driver", "source"),
    [
        ("kubernetes.io/aws-ebs", "ebs.csi.aws.com", "awsElasticBlockStore"),
        ("kubernetes.io/cinder", "cinder.csi.openstack.org", "cinder"),
        ("kubernetes.io/portworx-volume", "pxd.portworx.com", "portworxVolume"),
        ("kubernetes.io/vsphere-volume", "csi.vsphere.vmware.com", "vsphereVolume"),
    ],
)
def test_a_class_of_old_is_served_by_the_driver_that_took_over(provisioner: str, driver: str, source: str) -> None:
    world = ProvisionerWorld(ProvisionerBehaviour(name=driver, style=CSI))
    world.apply(storage_class(provisioner), claim())
    volume = to_wire(world.volume())
    assert source in volume["spec"]
    assert "csi" not in volume["spec"]
    annotations = volume["metadata"]["annotations"]
    assert annotations["pv.kubernetes.io/provisioned-by"] == provisioner
    assert annotations["pv.kubernetes.io/migrated-to"] == driver
    of_claim = world.claim().metadata.annotations
    assert of_claim["pv.kubernetes.io/migrated-to"] == of_claim["volume.kubernetes.io/storage-provisioner"] == driver

    world.delete(world.claim())
    assert world.volumes() == []
