"""How a kubelet maps block devices into pods."""

from __future__ import annotations

from typing import Any

import pytest
from mount_world import CSI, LOCAL, ON_FAST, UNREGISTERED, Volumes, block_pod, gave_up

from harness.objects.csi import CSIDriver


@pytest.mark.parametrize(
    ("source", "directory", "plugin"),
    [
        (LOCAL, "kubernetes.io~local-volume/volumeDevices/disk", "kubernetes.io~local-volume"),
        (CSI, "kubernetes.io/csi/volumeDevices/disk/dev", "kubernetes.io~csi"),
    ],
)
def test_block_device_is_mapped_with_two_events(source: dict[str, Any], directory: str, plugin: str) -> None:
    world = Volumes()
    world.register()
    world.put(CSIDriver, metadata={"name": "disks.example.com"}, spec={"attachRequired": False})
    world.bound(**source, volumeMode="Block")
    pod = block_pod(world)
    world.wait(2000)
    assert world.runs()
    done = 'SuccessfulMountVolume: MapVolume.MapPodDevice succeeded for volume "disk"'
    assert world.said("a")[:2] == [
        f'{done} globalMapPath "/var/lib/kubelet/plugins/{directory}"',
        f'{done} volumeMapPath "/var/lib/kubelet/pods/{pod.metadata.uid}/volumeDevices/{plugin}"',
    ]
    assert world.events("a")[0].type == "Normal"


def test_device_that_is_not_there_is_not_mapped() -> None:
    world = Volumes()
    world.world.place("node-1", "/mnt/disks/ssd1", "missing")
    world.bound(**LOCAL, volumeMode="Block")
    block_pod(world)
    world.wait(400)
    assert world.said("a") == [
        'FailedMapVolume: MapVolume.EvalHostSymlinks failed for volume "disk" : '
        "lstat /mnt/disks/ssd1: no such file or directory"
    ]


def test_device_for_one_pod_is_refused_to_a_second() -> None:
    world = Volumes()
    world.bound(**LOCAL, volumeMode="Block", accessModes=["ReadWriteOncePod"])
    block_pod(world)
    world.wait(2000)
    block_pod(world, "b")
    world.wait(400)
    assert world.said("b") == [
        'FailedMapVolume: MapVolume.SetUpDevice failed for volume "disk" : '
        "volume uses the ReadWriteOncePod access mode and is already in use by another pod"
    ]


def test_device_of_another_node_is_tried_again_with_every_round() -> None:
    world = Volumes()
    world.bound(**ON_FAST, volumeMode="Block")
    block_pod(world)
    world.wait(950)
    text = 'FailedMount: MapVolume.NodeAffinity check failed for volume "disk" : no matching NodeSelectorTerms'
    assert world.said("a") == [text]
    assert world.times() == [10]


def test_device_of_a_driver_that_does_not_run_on_the_node_is_not_mapped() -> None:
    world = Volumes()
    world.put(CSIDriver, metadata={"name": "disks.example.com"}, spec={"attachRequired": False})
    world.bound(**CSI, volumeMode="Block")
    block_pod(world)
    world.wait(400)
    assert world.said("a") == [
        'FailedMapVolume: MapVolume.SetUpDevice failed for volume "disk" : '
        f"kubernetes.io/csi: blockMapper.SetUpDevice failed to get CSI client: {UNREGISTERED}"
    ]


def test_source_that_has_no_devices_waits_without_a_word() -> None:
    world = Volumes()
    world.bound(nfs={"server": "filer", "path": "/exports"}, volumeMode="Block")
    block_pod(world)
    world.wait(60_000)
    assert not world.runs() and world.said("a") == []


@pytest.mark.parametrize(("mode", "field"), [("Block", "volumeMounts"), ("Filesystem", "volumeDevices")])
def test_claim_must_be_used_as_what_it_is(mode: str, field: str) -> None:
    world = Volumes()
    world.bound(**LOCAL, volumeMode=mode)
    if field == "volumeMounts":
        world.pod(v="data")
    else:
        block_pod(world)
    world.wait(400)
    assert world.said("a") == [gave_up(f"volume v has volumeMode {mode}, but is specified in {field}")]
