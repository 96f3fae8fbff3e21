"""When a kubelet grows the file system on a volume that was enlarged."""

from __future__ import annotations

from mount_world import CSI, Volumes

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume

GROWN = 'FileSystemResizeSuccessful: MountVolume.NodeExpandVolume succeeded for volume "disk" node-1'


def mounted() -> Volumes:
    """A world where a pod has run with its volume for a while; it is 20 s past a minute."""
    world = Volumes()
    world.register()
    world.bound(**CSI)
    world.pod(v="data")
    world.attach()
    world.wait(80_000)
    assert world.runs()
    return world


def enlarge(world: Volumes) -> None:
    """What a resizer leaves behind: a larger volume, and a claim that waits for the node."""
    world.change(PersistentVolume, "disk", {"spec": {"capacity": {"storage": "2Gi"}}})
    pending = {"allocatedResourceStatuses": {"storage": "NodeResizePending"}}
    world.change(PersistentVolumeClaim, "data", {"status": pending}, status=True)


def size(world: Volumes) -> str | None:
    claim = world.server.find(PersistentVolumeClaim, "default", "data")
    assert claim is not None
    return claim.status.capacity.get("storage")


def test_file_system_of_a_running_pod_grows_when_its_kubelet_next_looks_after_the_pod() -> None:
    world = mounted()
    enlarge(world)
    world.wait(39_000)
    assert size(world) is None and GROWN not in world.said("a")
    world.wait(2000)
    assert size(world) == "2Gi" and GROWN in world.said("a")


def test_file_system_grows_at_once_when_a_pod_mounts_the_volume() -> None:
    world = Volumes()
    world.register()
    world.bound(**CSI)
    enlarge(world)
    world.wait(80_000)
    assert size(world) is None
    world.pod(v="data")
    world.attach()
    world.wait(12_000)
    assert size(world) == "2Gi" and GROWN in world.said("a")


def test_file_system_is_left_alone_when_the_pod_goes_before_its_kubelet_has_looked() -> None:
    world = mounted()
    enlarge(world)
    world.delete("a")
    world.wait(120_000)
    assert size(world) is None and GROWN not in world.said("a")
