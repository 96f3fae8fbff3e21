"""What a kubelet mounts, what it says when it cannot, and when it tries again."""

from __future__ import annotations

from typing import Any

import pytest
from mount_world import CSI, LOCAL, ON_FAST, UNREGISTERED, Volumes

from harness.actors.world import PathKind
from harness.objects.config import ConfigMap, Secret
from harness.objects.csi import CSIDriver
from harness.objects.node import Node

# Config maps and secrets


def test_pod_waits_for_a_missing_config_map_and_starts_once_it_is_there() -> None:
    world = Volumes()
    world.pod(v={"configMap": {"name": "settings"}})
    world.wait(5000)
    assert world.said("a") == ['FailedMount: MountVolume.SetUp failed for volume "v" : configmap "settings" not found']
    world.put(ConfigMap, metadata={"name": "settings"})
    world.wait(10_000)
    assert world.runs()


def test_failed_mount_is_tried_again_after_half_a_second_and_then_ever_later_up_to_two_minutes() -> None:
    world = Volumes()
    world.pod(v={"configMap": {"name": "settings"}})
    counts = []
    for milliseconds in (400, 200, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000, 122_000, 122_000):
        world.wait(milliseconds)
        counts.append(world.times()[0])
    assert counts == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]


def test_wait_that_is_only_too_long_says_nothing_of_its_own() -> None:
    world = Volumes()
    world.pod(v={"configMap": {"name": "settings"}})
    world.wait(600_000)
    assert len(world.warned()) == 1


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ({"secret": {"secretName": "keys"}}, 'secret "keys" not found'),
        (
            {"configMap": {"name": "there", "items": [{"key": "b", "path": "b"}]}},
            "configmap references non-existent config key: b",
        ),
        (
            {"secret": {"secretName": "sealed", "items": [{"key": "b", "path": "b"}]}},
            "references non-existent secret key: b",
        ),
        ({"projected": {"sources": [{"secret": {"name": "keys"}}]}}, 'secret "keys" not found'),
        (
            {"projected": {"sources": [{"secret": {"name": "keys"}}, {"configMap": {"name": "settings"}}]}},
            '[secret "keys" not found, configmap "settings" not found]',
        ),
    ],
)
def test_what_is_missing_from_a_volume_is_named(source: dict[str, Any], problem: str) -> None:
    world = Volumes()
    world.put(ConfigMap, metadata={"name": "there"}, data={"a": "1"})
    world.put(Secret, metadata={"name": "sealed"}, data={"a": "MQ=="})
    world.pod(v=source)
    world.wait(400)
    assert world.said("a") == [f'FailedMount: MountVolume.SetUp failed for volume "v" : {problem}']


@pytest.mark.parametrize(
    "source",
    [
        {"configMap": {"name": "settings", "optional": True, "items": [{"key": "b", "path": "b"}]}},
        {"configMap": {"name": "there", "items": [{"key": "a", "path": "a"}, {"key": "raw", "path": "raw"}]}},
        {"configMap": {"name": "there", "optional": True, "items": [{"key": "b", "path": "b"}]}},
        {"secret": {"secretName": "keys", "optional": True}},
        {"projected": {"sources": [{"secret": {"name": "keys", "optional": True}}, {"downwardAPI": {}}]}},
        {"emptyDir": {}},
        {"hostPath": {"path": "/var/log"}},
        {"nfs": {"server": "filer", "path": "/exports"}},
        {"image": {"reference": "models:1"}},
        {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
    ],
)
def test_volume_that_lacks_nothing_is_mounted_without_a_word(source: dict[str, Any]) -> None:
    world = Volumes()
    world.put(ConfigMap, metadata={"name": "there"}, data={"a": "1"}, binaryData={"raw": "MQ=="})
    world.pod(v=source)
    world.wait(2000)
    assert world.runs() and not world.warned()


def test_volume_that_no_container_mounts_is_ignored() -> None:
    world = Volumes()
    world.make("a", volumes=[{"name": "v", "configMap": {"name": "settings"}}])
    world.wait(2000)
    assert world.runs() and not world.warned()


# Paths of the node


@pytest.mark.parametrize(
    ("type_", "kind", "problem"),
    [
        ("Directory", "missing", "hostPath /data doesn't exist"),
        ("Directory", "file", "hostPath type check failed: /data is not a directory, it's a File"),
        ("DirectoryOrCreate", "socket", "hostPath type check failed: /data is not a directory, it's a Socket"),
        ("File", "directory", "hostPath type check failed: /data is not a file, it's a Directory"),
        ("FileOrCreate", "directory", "hostPath type check failed: /data is not a file, it's a Directory"),
        ("Socket", "file", "hostPath type check failed: /data is not a socket file, it's a File"),
        (
            "CharDevice",
            "blockDevice",
            "hostPath type check failed: /data is not a character device, it's a BlockDevice",
        ),
        ("BlockDevice", "charDevice", "hostPath type check failed: /data is not a block device, it's a CharDevice"),
    ],
)
def test_host_path_must_be_of_the_type_it_claims(type_: str, kind: PathKind, problem: str) -> None:
    world = Volumes()
    world.world.place("node-1", "/data", kind)
    world.pod(v={"hostPath": {"path": "/data/", "type": type_}})
    world.wait(400)
    assert world.said("a") == [
        f'FailedMount: MountVolume.SetUp failed for volume "v" : {problem.replace("/data", "/data/")}'
    ]


@pytest.mark.parametrize(
    ("type_", "kind"),
    [("", "missing"), ("Directory", "directory"), ("DirectoryOrCreate", "missing"), ("FileOrCreate", "missing")],
)
def test_host_path_that_is_as_wanted_or_may_be_made_is_mounted(type_: str, kind: PathKind) -> None:
    world = Volumes()
    world.world.place("node-1", "/data", kind)
    world.pod(v={"hostPath": {"path": "/data", "type": type_}})
    world.wait(2000)
    assert world.runs() and not world.warned()


def test_host_path_that_was_made_for_one_pod_stands_in_the_way_of_another_type() -> None:
    world = Volumes()
    world.world.place("node-1", "/data", "missing")
    world.pod("a", v={"hostPath": {"path": "/data", "type": "DirectoryOrCreate"}})
    world.wait(2000)
    world.pod("b", v={"hostPath": {"path": "/data", "type": "File"}})
    world.wait(400)
    assert world.warned("b")[0].endswith("hostPath type check failed: /data is not a file, it's a Directory")


def test_path_of_one_node_says_nothing_of_another() -> None:
    world = Volumes(nodes=2)
    world.world.place("node-1", "/data", "missing")
    world.pod(node="node-2", v={"hostPath": {"path": "/data", "type": "Directory"}})
    world.wait(2000)
    assert world.runs()


def test_local_disk_that_is_not_there_fails_before_the_mount_and_is_found_when_it_comes() -> None:
    world = Volumes()
    world.world.place("node-1", "/mnt/disks/ssd1", "missing")
    world.bound(**LOCAL)
    world.pod(v="data")
    world.wait(400)
    assert world.said("a") == [
        'FailedMount: MountVolume.NewMounter initialization failed for volume "disk" : '
        'path "/mnt/disks/ssd1" does not exist'
    ]
    world.world.place("node-1", "/mnt/disks/ssd1", "directory")
    world.wait(2000)
    assert world.runs()


def test_local_volume_is_a_directory_or_a_block_device() -> None:
    world = Volumes()
    world.world.place("node-1", "/mnt/disks/ssd1", "file")
    world.bound(**LOCAL)
    world.pod(v="data")
    world.wait(400)
    assert world.warned()[0].endswith('volume "disk" : only directory and block device are supported')


def test_mount_options_are_not_for_host_paths() -> None:
    world = Volumes()
    world.bound(hostPath={"path": "/data"}, mountOptions=["ro"])
    world.pod(v="data")
    world.wait(400)
    assert world.said("a") == [
        'FailedMount: MountVolume.MountOptionSupport check failed for volume "disk" : '
        "Mount options are not supported for this volume type"
    ]


# Which node, and which pod


def test_volume_of_another_node_is_not_mounted() -> None:
    world = Volumes(nodes=2)
    world.bound(**ON_FAST)
    world.pod(v="data")
    world.wait(400)
    assert world.said("a") == [
        'FailedMount: MountVolume.NodeAffinity check failed for volume "disk" : no matching NodeSelectorTerms'
    ]
    world.change(Node, "node-1", {"metadata": {"labels": {"disk": "fast"}}})
    world.wait(2000)
    assert world.runs()


@pytest.mark.parametrize(("mode", "shared"), [("ReadWriteOncePod", False), ("ReadWriteOnce", True)])
def test_claim_for_one_pod_is_refused_to_a_second_until_the_first_is_gone(mode: str, shared: bool) -> None:
    world = Volumes()
    world.bound(**LOCAL, accessModes=[mode])
    world.pod("a", v="data")
    world.wait(2000)
    world.pod("b", v="data")
    world.wait(2000)
    assert world.runs("b") is shared
    if not shared:
        assert world.said("b") == [
            'FailedMount: MountVolume.SetUp failed for volume "disk" : '
            "volume uses the ReadWriteOncePod access mode and is already in use by another pod"
        ]
        world.delete("a")
        world.wait(4000)
        assert world.runs("b")


def test_kubelet_cannot_tell_who_uses_a_share_of_the_network() -> None:
    world = Volumes()
    world.bound(nfs={"server": "filer", "path": "/exports"}, accessModes=["ReadWriteOncePod"])
    world.pod("a", v="data")
    world.wait(2000)
    world.pod("b", v="data")
    world.wait(2000)
    assert world.runs("b")


# Drivers


def test_driver_that_does_not_run_on_the_node_is_waited_for() -> None:
    world = Volumes()
    world.put(CSIDriver, metadata={"name": "disks.example.com"}, spec={"attachRequired": False})
    world.bound(**CSI)
    world.pod(v="data")
    world.wait(400)
    assert world.said("a") == [
        'FailedMount: MountVolume.MountDevice failed for volume "disk" : '
        f"kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: {UNREGISTERED}"
    ]
    world.register()
    world.wait(2000)
    assert world.runs()


def test_volume_of_the_pod_alone_needs_a_driver_that_knows_such_volumes() -> None:
    world = Volumes()
    world.pod(v={"csi": {"driver": "disks.example.com"}})
    world.wait(400)
    set_up = 'FailedMount: MountVolume.SetUp failed for volume "v" : kubernetes.io/csi: mounter.'
    checked = f'{set_up}SetupAt failed to check volume lifecycle mode: volume mode "Ephemeral" not supported by driver '
    assert world.said("a") == [f"{set_up}SetUpAt failed to get CSI client: {UNREGISTERED}"]
    world.register()
    world.wait(3000)
    assert world.said("a")[1:] == [f"{checked}disks.example.com (no CSIDriver object)"]
    world.put(CSIDriver, metadata={"name": "disks.example.com"}, spec={})
    world.wait(6000)
    assert world.said("a")[2:] == [f'{checked}disks.example.com (only supports ["Persistent"])']


def test_storage_that_no_kubelet_has_a_plugin_for_is_never_mounted() -> None:
    world = Volumes()
    world.pod(v={"glusterfs": {"endpoints": "gluster", "path": "vol1"}})
    world.wait(1_000)
    assert world.said("a") == [
        "FailedMount: Unable to attach or mount volumes: unmounted volumes=[v], unattached volumes=[], "
        'failed to process volumes=[v]: failed to get Plugin from volumeSpec for volume "v" '
        "err=no volume plugin matched"
    ]
    assert not world.runs()
