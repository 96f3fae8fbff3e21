"""Which events about storage make the scheduler try a rejected pod again, and which leave it alone.

Every pod here is tried as soon as it is woken, since nothing else is to be done; what is counted are its failures.
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.api import kinds
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import CSIDriver, CSINode, CSIStorageCapacity, VolumeAttachment
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.storage import (
    PersistentVolume,
    StorageClass,
    TopologySelectorLabelRequirement,
    TopologySelectorTerm,
)

ZONE = "topology.kubernetes.io/zone"
MIGRATED = "storage.alpha.kubernetes.io/migrated-plugins"


def settle(world) -> None:
    """Long enough for every back-off to be over."""
    world.run(30_000)


def woken(world, name: str, happening) -> int:
    """How often the pod is tried in vain because of what `happening` does."""
    settle(world)
    before = world.attempts(name)
    happening()
    settle(world)
    return world.attempts(name) - before


def without_volume(world) -> None:
    """A pod that VolumeBinding rejects: its late-binding claim finds nothing."""
    world.node("node-1")
    world.storage_class("local")
    world.claim("data", storage_class="local")
    world.claim("other", storage_class="local")
    world.pod("web", claims=["data"])


def on_full_node(world) -> None:
    """A pod that NodeVolumeLimits rejects."""
    world.node("node-1")
    world.csi_node("node-1", disk=1)
    world.bound_claim("old")
    world.pod("holder", claims=["old"], nodeName="node-1")
    world.bound_claim("data")
    world.pod("web", claims=["data"])


def in_wrong_zone(world) -> None:
    """A pod that VolumeZone rejects."""
    world.node("node-1", labels={ZONE: "a"})
    world.bound_claim("data")
    world.label(PersistentVolume, "data", {ZONE: "b"})
    world.pod("web", claims=["data"])


def hold_single_pod_claim(world) -> None:
    """A pod that VolumeRestrictions rejects."""
    world.node("node-1")
    world.claim("data", accessModes=["ReadWriteOncePod"])
    world.volume("pv-1", accessModes=["ReadWriteOncePod"])
    world.bind_claim("data", "pv-1")
    world.pod("holder", claims=["data"], nodeName="node-1")
    world.pod("other", nodeName="node-1")
    world.pod("web", claims=["data"])


# Rejected by VolumeBinding


def test_any_change_of_a_used_claim_helps_and_none_of_another(world):
    without_volume(world)
    assert woken(world, "web", lambda: world.annotate(PersistentVolumeClaim, "other", {"example.com/note": "x"})) == 0
    assert woken(world, "web", lambda: world.annotate(PersistentVolumeClaim, "data", {"example.com/note": "x"})) == 1


def test_any_volume_helps_when_it_appears_or_changes_and_none_by_going_away(world):
    without_volume(world)
    assert woken(world, "web", lambda: world.volume("small", storage_class="local", size="1Mi")) == 1
    assert woken(world, "web", lambda: world.label(PersistentVolume, "small", {"disk": "ssd"})) == 1
    assert woken(world, "web", lambda: world.delete(PersistentVolume, "small")) == 0


def test_new_class_and_new_topologies_of_a_class_help_and_no_other_change_of_it(world):
    without_volume(world)
    assert woken(world, "web", lambda: world.storage_class("new")) == 1
    term = TopologySelectorTerm(match_label_expressions=(TopologySelectorLabelRequirement(key=ZONE, values=("a",)),))
    assert woken(world, "web", lambda: world.rewrite(StorageClass, "new", allowed_topologies=(term,))) == 1
    assert woken(world, "web", lambda: world.rewrite(StorageClass, "new", allow_volume_expansion=True)) == 0
    assert woken(world, "web", lambda: world.delete(StorageClass, "new")) == 0


def test_new_node_and_new_labels_help_and_a_new_taint_does_not(world):
    without_volume(world)
    assert woken(world, "web", lambda: world.node("node-2")) == 1
    assert woken(world, "web", lambda: world.label(Node, "node-2", {"disk": "ssd"})) == 1
    assert woken(world, "web", lambda: world.update(Node, "node-2", unschedulable=True)) == 0
    assert woken(world, "web", lambda: world.delete(Node, "node-2")) == 0


def test_drivers_of_a_node_help_when_they_appear_or_take_over_a_plugin(world):
    without_volume(world)
    assert woken(world, "web", lambda: world.csi_node("node-1", disk=1)) == 1
    assert woken(world, "web", lambda: world.annotate(CSINode, "node-1", {MIGRATED: "kubernetes.io/aws-ebs"})) == 1
    same = {MIGRATED: "kubernetes.io/aws-ebs", "example.com/note": "x"}
    assert woken(world, "web", lambda: world.annotate(CSINode, "node-1", same)) == 0
    assert woken(world, "web", lambda: limit(world, 9)) == 0


def limit(world, count: int) -> None:
    """Set the limit of the only driver of node-1."""
    found = world.get(CSINode, "node-1")
    driver = found.spec.drivers[0]
    changed = replace(driver, allocatable=replace(driver.allocatable, count=count))
    world.server.update(replace(found, spec=replace(found.spec, drivers=(changed,))))


def test_new_room_and_more_room_help_and_less_does_not(world):
    without_volume(world)
    assert woken(world, "web", lambda: world.capacity("some", zone="a", capacity="1Gi")) == 1
    assert woken(world, "web", lambda: room(world, "2Gi")) == 1
    assert woken(world, "web", lambda: room(world, "1Gi")) == 0


def room(world, size: str) -> None:
    (found,) = world.server.list(kinds.BY_TYPE[CSIStorageCapacity])
    world.server.update(replace(found, capacity=quantity.canonical(size)))


def test_driver_that_stops_counting_room_helps_only_pods_that_name_it_themselves(world):
    without_volume(world)
    inline = {"name": "scratch", "csi": {"driver": "disk.example.com"}}
    data = {"name": "data", "persistentVolumeClaim": {"claimName": "data"}}
    world.pod("naming", volumes=[data, inline])
    driver = world.create(CSIDriver, "disk.example.com", spec={"storageCapacity": True})
    settle(world)
    before = (world.attempts("web"), world.attempts("naming"))
    world.server.update(replace(driver, spec=replace(driver.spec, storage_capacity=False)))
    settle(world)
    assert (world.attempts("web"), world.attempts("naming")) == (before[0], before[1] + 1)


# Rejected by NodeVolumeLimits


def test_end_of_a_pod_with_claims_helps_where_a_node_was_full_and_that_of_another_does_not(world):
    on_full_node(world)
    world.pod("bare", nodeName="node-1")
    assert woken(world, "web", lambda: world.delete(Pod, "bare", grace_seconds=0)) == 0
    world.delete(Pod, "holder", grace_seconds=0)
    settle(world)
    assert world.where("web") == "node-1"


def test_higher_limit_helps_and_a_lower_one_does_not(world):
    on_full_node(world)
    assert woken(world, "web", lambda: limit(world, 0)) == 0
    limit(world, 2)
    settle(world)
    assert world.where("web") == "node-1"


def test_new_node_helps_only_once_its_drivers_are_known(world):
    on_full_node(world)
    assert woken(world, "web", lambda: world.node("node-2", unschedulable=True)) == 0
    world.csi_node("node-2", disk=1)
    settle(world)
    assert world.attempts("web") == 2


def test_end_of_any_attachment_helps_a_pod_with_claims(world):
    world.node("node-1")
    world.csi_node("node-1", disk=1)
    for name in ("left-a", "left-b"):
        world.csi_volume(name)
        source = {"persistentVolumeName": name}
        world.create(
            VolumeAttachment, name, spec={"attacher": "disk.example.com", "nodeName": "node-1", "source": source}
        )
    world.bound_claim("data")
    world.pod("web", claims=["data"])
    assert woken(world, "web", lambda: world.delete(VolumeAttachment, "left-a")) == 1
    world.delete(VolumeAttachment, "left-b")
    settle(world)
    assert world.where("web") == "node-1"


def test_claims_volumes_and_classes_do_not_help_where_only_a_node_is_full(world):
    on_full_node(world)

    def change() -> None:
        world.annotate(PersistentVolumeClaim, "data", {"pv.kubernetes.io/bind-completed": "yes", "example.com/n": "x"})
        world.volume("another")
        world.storage_class("new")
        world.label(Node, "node-1", {"disk": "ssd"})

    assert woken(world, "web", change) == 0


# Rejected by VolumeZone


def test_labels_of_node_and_volume_help_in_the_wrong_zone(world):
    in_wrong_zone(world)
    assert woken(world, "web", lambda: world.label(PersistentVolume, "data", {ZONE: "b", "disk": "ssd"})) == 0
    assert woken(world, "web", lambda: world.label(PersistentVolume, "data", {ZONE: "c"})) == 1
    assert woken(world, "web", lambda: world.label(Node, "node-1", {ZONE: "a", "disk": "ssd"})) == 1
    assert woken(world, "web", lambda: world.csi_node("node-1", disk=1)) == 0
    world.label(Node, "node-1", {ZONE: "c"})
    settle(world)
    assert world.where("web") == "node-1"


def test_new_class_helps_in_the_wrong_zone_only_if_it_binds_late(world):
    in_wrong_zone(world)
    immediate = {"provisioner": "example.com/disk", "volumeBindingMode": "Immediate"}
    assert woken(world, "web", lambda: world.create(StorageClass, "now", **immediate)) == 0
    assert woken(world, "web", lambda: world.storage_class("late")) == 1


def test_missing_volume_of_a_bound_claim_is_waited_for(world):
    world.node("node-1")
    world.claim("data")
    world.bind_claim("data", "pv-1")
    world.pod("web", claims=["data"])
    settle(world)
    world.volume("pv-1")
    settle(world)
    assert world.where("web") == "node-1"


# Rejected by VolumeRestrictions


def test_only_the_end_of_a_pod_with_the_same_claim_helps_where_a_claim_is_for_a_single_pod(world):
    hold_single_pod_claim(world)
    assert woken(world, "web", lambda: world.delete(Pod, "other", grace_seconds=0)) == 0
    assert woken(world, "web", lambda: world.annotate(PersistentVolumeClaim, "data", _bound("x"))) == 0
    assert woken(world, "web", lambda: world.volume("another")) == 0
    assert woken(world, "web", lambda: world.node("node-2")) == 1
    world.delete(Pod, "holder", grace_seconds=0)
    settle(world)
    assert world.where("web") == "node-1"


def _bound(note: str) -> dict[str, str]:
    return {"pv.kubernetes.io/bind-completed": "yes", "example.com/note": note}


def test_missing_claim_is_waited_for_and_nothing_else(world):
    world.node("node-1")
    world.pod("web", claims=["data"])
    assert woken(world, "web", lambda: world.volume("another")) == 0
    assert woken(world, "web", lambda: world.claim("other")) == 0
    assert woken(world, "web", lambda: world.claim("data")) == 1


def test_woken_pod_waits_out_its_back_off_while_there_are_others(world):
    world.node("node-1", cpu="1")
    world.storage_class("local")
    world.claim("data", storage_class="local")
    world.priority_class("high", 1000, preemption_policy="Never")
    world.pod("web", claims=["data"], cpu="1", priorityClassName="high")
    world.run()
    world.volume("pv-1", storage_class="local")
    world.pod("fresh", cpu="1")
    world.run()
    assert (world.where("fresh"), world.get(Pod, "web").status.nominated_node_name) == ("node-1", "")
