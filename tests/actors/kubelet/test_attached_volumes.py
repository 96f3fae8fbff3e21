"""How a kubelet and whoever attaches volumes wait for each other."""

from __future__ import annotations

from mount_world import CSI, UNIQUE, Volumes

from harness.actors.world import ImageBehaviour
from harness.objects.attachment import attachment_name
from harness.objects.csi import CSIDriver
from harness.objects.node import Node
from harness.objects.storage import PersistentVolume


def test_attachable_volume_is_reported_then_seen_attached_then_mounted() -> None:
    world = Volumes()
    world.register()
    world.bound(**CSI)
    world.wait(1000)
    world.pod(v="data")
    world.attach()
    world.wait(8900)
    assert world.in_use() == () and not world.runs()
    world.wait(200)
    assert world.in_use() == (UNIQUE,)
    world.wait(1500)
    assert world.runs() and not world.warned()


def test_wait_for_an_attachment_says_nothing_however_long_it_takes() -> None:
    world = Volumes()
    world.register()
    world.bound(**CSI)
    world.pod(v="data")
    world.wait(300_000)
    assert world.said("a") == [] and not world.runs()
    world.attach()
    world.wait(130_000)
    assert world.runs()


def test_volume_is_in_use_until_its_last_pod_has_ended() -> None:
    world = Volumes(app=ImageBehaviour(stop=5000))
    world.register()
    world.bound(**CSI)
    world.pod("a", v="data")
    world.pod("b", v="data")
    world.attach()
    world.wait(12_000)
    assert world.runs("a") and world.runs("b")
    world.delete("a")
    world.wait(20_000)
    assert world.in_use() == (UNIQUE,)
    world.delete("b")
    world.wait(4000)
    assert world.in_use() == (UNIQUE,)
    world.wait(14_000)
    assert world.in_use() == ()


def test_pod_that_comes_after_the_last_waits_for_a_report_of_its_own() -> None:
    world = Volumes()
    world.register()
    world.bound(**CSI)
    world.pod("a", v="data")
    world.attach()
    world.wait(12_000)
    world.delete("a")
    world.wait(2000)
    world.pod("b", v="data")
    world.wait(5000)
    assert world.in_use() == (UNIQUE,) and not world.runs("b")
    world.wait(5000)
    assert world.in_use() == (UNIQUE,) and world.runs("b")


def test_failed_node_keeps_what_it_said_and_corrects_it_when_it_is_back() -> None:
    world = Volumes()
    world.register()
    world.bound(**CSI)
    world.pod("a", v="data")
    world.attach()
    world.wait(12_000)
    world.world.fail("node-1")
    world.delete("a", 0)
    world.wait(60_000)
    assert world.in_use() == (UNIQUE,)
    world.world.recover("node-1")
    world.pod("b", v={"emptyDir": {}})
    world.wait(20_000)
    assert world.in_use() == ()


def test_volume_that_needs_no_attachment_is_never_reported() -> None:
    world = Volumes()
    world.register()
    world.put(CSIDriver, metadata={"name": "disks.example.com"}, spec={"attachRequired": False})
    world.bound(**CSI)
    world.pod(v="data")
    world.wait(30_000)
    assert world.runs() and world.in_use() == ()


def test_attachment_that_the_node_cannot_find_fails_the_mount() -> None:
    world = Volumes()
    world.register()
    world.bound(**CSI)
    world.pod(v="data")
    world.change(Node, "node-1", {"status": {"volumesAttached": [{"name": UNIQUE, "devicePath": ""}]}}, status=True)
    world.wait(10_200)
    volume = world.server.find(PersistentVolume, "", "disk")
    assert volume is not None
    name = attachment_name(volume, "node-1")
    assert world.said("a") == [
        'FailedMount: MountVolume.WaitForAttach failed for volume "disk" : volume d-1 has GET error for volume '
        f'attachment {name}: volumeattachments.storage.k8s.io "{name}" not found'
    ]


def test_volume_that_comes_in_the_pause_after_a_failed_pass_is_seen_as_the_next_begins() -> None:
    world = Volumes()
    world.register()
    world.bound(**CSI)
    world.wait(8_900)
    world.pod("a", v="data")
    # The pass gives up after 123 s, and the next begins ten seconds later, with a look at the node. Between them it is
    # found that the volume is attached.
    world.wait(124_000)
    world.attach()
    world.wait(9_000)
    assert not world.runs("a")
    world.wait(2_300)
    assert world.runs("a")
