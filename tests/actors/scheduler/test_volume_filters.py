"""Disks that cannot be shared, claims for a single pod, zones of volumes, and room for volumes to be made."""

from __future__ import annotations

import pytest

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import CSIDriver
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume

ZONE = "topology.kubernetes.io/zone"
BETA_ZONE = "failure-domain.beta.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
UNHELPFUL = "Preemption is not helpful for scheduling"
NO_VICTIMS = "No preemption victims found for incoming pod"
WRONG_ZONE = "node(s) had no available volume zone"
NO_ROOM = "node(s) did not have enough free storage"
NOTHING_TO_BIND = "node(s) didn't find available persistent volumes to bind"
NO_DISK = "node(s) had no available disk"


def unfit(reasons: str, preemption: str, node_count: int = 1) -> str:
    available = f"0/{node_count} nodes are available:"
    return f"{available} {reasons}. no new claims to deallocate, preemption: {available} {preemption}."


# Disks

GCE, EBS, ISCSI, RBD = "gcePersistentDisk", "awsElasticBlockStore", "iscsi", "rbd"


def iscsi(iqn: str, **fields: object) -> dict[str, object]:
    return {"targetPortal": "10.0.0.1:3260", "iqn": iqn, "lun": 0, **fields}


def rbd(*monitors: str, **fields: object) -> dict[str, object]:
    return {"monitors": list(monitors), "image": "img", **fields}


@pytest.mark.parametrize(
    ("kind", "held", "wanted", "clashes"),
    [
        (GCE, {"pdName": "a"}, {"pdName": "a"}, True),
        (GCE, {"pdName": "a", "readOnly": True}, {"pdName": "a"}, True),
        (GCE, {"pdName": "a", "readOnly": True}, {"pdName": "a", "readOnly": True}, False),
        (GCE, {"pdName": "a"}, {"pdName": "b"}, False),
        (EBS, {"volumeID": "a"}, {"volumeID": "b"}, False),
        (EBS, {"volumeID": "a", "readOnly": True}, {"volumeID": "a", "readOnly": True}, True),
        (ISCSI, iscsi("iqn.2001-04.com.example:a"), iscsi("iqn.2001-04.com.example:a", lun=1), True),
        (
            ISCSI,
            iscsi("iqn.2001-04.com.example:a", readOnly=True),
            iscsi("iqn.2001-04.com.example:a", readOnly=True),
            False,
        ),
        (RBD, rbd("m1", "m2"), rbd("m2", "m3"), True),
        (RBD, rbd("m1"), rbd("m2"), False),
        (RBD, rbd("m1"), rbd("m1", pool="other"), False),
        (RBD, rbd("m1", readOnly=True), rbd("m1", readOnly=True), False),
    ],
)
def test_disk_that_a_pod_of_the_node_uses_is_shared_only_as_its_kind_allows(world, kind, held, wanted, clashes):
    world.node("node-1")
    world.pod("first", volumes=[{"name": "d", kind: held}], nodeName="node-1")
    world.pod("second", volumes=[{"name": "d", kind: wanted}])
    world.run()
    if clashes:
        assert world.said("second") == [unfit(f"1 {NO_DISK}", f"1 {NO_VICTIMS}")]
    else:
        assert world.where("second") == "node-1"


def test_disk_in_use_on_one_node_is_no_obstacle_on_another(world):
    world.node("node-1")
    world.node("node-2")
    volumes = [{"name": "d", EBS: {"volumeID": "a"}}]
    world.pod("first", volumes=volumes, nodeName="node-1")
    world.pod("second", volumes=volumes)
    world.run()
    assert world.where("second") == "node-2"


def test_end_of_a_pod_with_the_disk_wakes_the_pod_that_waits_for_it(world):
    world.node("node-1")
    volumes = [{"name": "d", EBS: {"volumeID": "a"}}]
    world.pod("first", volumes=volumes, nodeName="node-1")
    world.pod("other", nodeName="node-1")
    world.pod("second", volumes=volumes)
    world.run()
    world.delete(Pod, "other", grace_seconds=0)
    world.run(2_000)
    assert world.attempts("second") == 1
    world.delete(Pod, "first", grace_seconds=0)
    world.run()
    assert world.where("second") == "node-1"


# Claims for a single pod


def test_claim_for_a_single_pod_in_use_says_that_removing_pods_was_thought_of(world):
    world.node("node-1")
    world.node("node-2")
    world.claim("data", accessModes=["ReadWriteOncePod"])
    world.volume("pv-1", accessModes=["ReadWriteOncePod"])
    world.bind_claim("data", "pv-1")
    world.pod("first", claims=["data"], nodeName="node-1")
    world.pod("third", claims=["data"])
    world.run()
    reason = (
        "2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use "
        "by another pod"
    )
    assert world.said("third") == [unfit(reason, f"2 {NO_VICTIMS}", 2)]


def test_claim_for_one_node_is_shared_by_pods_of_different_nodes(world):
    world.node("node-1")
    world.node("node-2")
    world.bound_claim("data")
    world.pod("first", claims=["data"], nodeName="node-1")
    world.pod("second", claims=["data"], nodeSelector={"kubernetes.io/hostname": "node-2"})
    world.run()
    assert world.where("second") == "node-2"


# Zones


@pytest.mark.parametrize(
    ("volume", "node", "fits"),
    [
        ({ZONE: "a"}, {ZONE: "a"}, True),
        ({ZONE: "a"}, {ZONE: "b"}, False),
        ({ZONE: "a__b"}, {ZONE: "b"}, True),
        ({ZONE: "a__b"}, {ZONE: "c"}, False),
        ({BETA_ZONE: "a"}, {ZONE: "a"}, True),
        ({ZONE: "a"}, {BETA_ZONE: "a"}, False),
        ({BETA_ZONE: "a"}, {BETA_ZONE: "a", ZONE: "b"}, True),
        ({ZONE: "a"}, {}, True),
        ({ZONE: "a"}, {REGION: "r"}, False),
        ({ZONE: "a", REGION: "r"}, {ZONE: "a", REGION: "s"}, False),
        ({ZONE: ""}, {ZONE: "b"}, True),
        ({"disk": "ssd"}, {ZONE: "b"}, True),
    ],
)
def test_volume_with_zone_labels_is_used_in_that_zone_or_where_there_are_none(world, volume, node, fits):
    world.node("node-1", labels=node)
    world.bound_claim("data")
    world.label(PersistentVolume, "data", volume)
    world.pod("web", claims=["data"])
    world.run()
    if fits:
        assert world.where("web") == "node-1"
    else:
        assert world.said("web") == [unfit(f"1 {WRONG_ZONE}", f"1 {UNHELPFUL}")]


def test_node_affinity_of_the_volume_is_said_before_its_zone(world):
    world.node("node-1", labels={ZONE: "a"})
    world.node("node-2", labels={ZONE: "b"})
    world.bound_claim("data", host="node-2")
    world.label(PersistentVolume, "data", {ZONE: "c"})
    world.pod("web", claims=["data"])
    world.run()
    reasons = f"1 node(s) didn't match PersistentVolume's node affinity, 1 {WRONG_ZONE}"
    assert world.said("web") == [unfit(reasons, f"2 {UNHELPFUL}", 2)]


def test_bound_volume_that_is_not_there_rules_out_every_node(world):
    world.node("node-1")
    world.claim("data")
    world.bind_claim("data", "gone")
    world.pod("web", claims=["data"])
    world.run()
    assert world.said("web") == ['0/1 nodes are available: persistentvolume "gone" not found. not found']


def test_volume_gone_from_a_generated_claim_is_said_node_by_node(world):
    world.node("node-1")
    template = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    pod = world.pod("web", volumes=[{"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}])
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "web", "uid": pod.metadata.uid, "controller": True}
    metadata = {"namespace": "default", "ownerReferences": [owner]}
    world.create(PersistentVolumeClaim, "web-scratch", metadata=metadata, spec=template["spec"])
    world.bind_claim("web-scratch", "gone")
    world.run()
    reason = "1 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
    assert world.said("web")[-1] == unfit(reason, f"1 {UNHELPFUL}")


# Room


def fast_class(world, *, counts: bool = True, **fields: object) -> None:
    world.storage_class("fast", provisioner="disk.example.com", **fields)
    world.create(CSIDriver, "disk.example.com", spec={"storageCapacity": counts})


def test_node_without_room_for_the_volume_is_passed_over(world):
    for zone in ("a", "b"):
        world.node(f"node-{zone}", labels={ZONE: zone})
    fast_class(world)
    world.capacity("a", zone="a", capacity="1Gi")
    world.capacity("b", zone="b", capacity="100Gi")
    world.claim("data", storage_class="fast", size="50Gi")
    world.pod("web", claims=["data"])
    world.run()
    assert world.get(PersistentVolumeClaim, "data").metadata.annotations[SELECTED_NODE] == "node-b"


@pytest.mark.parametrize(
    ("zone", "fields", "fits"),
    [
        ("a", {"capacity": "10Gi"}, True),
        ("a", {"capacity": "10239Mi"}, False),
        ("a", {"capacity": "100Gi", "maximumVolumeSize": "5Gi"}, False),
        ("a", {"capacity": "5Gi", "maximumVolumeSize": "10Gi"}, True),
        ("a", {}, False),
        ("", {"capacity": "10Gi"}, True),
        (None, {"capacity": "10Gi"}, False),
        ("b", {"capacity": "10Gi"}, False),
        ("a", {"capacity": "10Gi", "storage_class": "slow"}, False),
    ],
)
def test_room_counts_for_its_class_and_its_nodes_and_the_largest_volume_before_the_sum(world, zone, fields, fits):
    world.node("node-1", labels={ZONE: "a"})
    fast_class(world)
    world.capacity("some", zone=zone, **fields)
    world.claim("data", storage_class="fast", size="10Gi")
    world.pod("web", claims=["data"])
    world.run()
    if fits:
        assert world.get(Pod, "web").status.nominated_node_name == "node-1"
    else:
        assert world.said("web") == [unfit(f"1 {NO_ROOM}", f"1 {UNHELPFUL}")]


@pytest.mark.parametrize("known", [True, False])
def test_room_is_not_asked_of_a_driver_that_does_not_count_it(world, known):
    world.node("node-1")
    world.storage_class("fast", provisioner="disk.example.com")
    if known:
        world.create(CSIDriver, "disk.example.com", spec={"storageCapacity": False})
    world.claim("data", storage_class="fast", size="10Gi")
    world.pod("web", claims=["data"])
    world.run()
    assert world.get(Pod, "web").status.nominated_node_name == "node-1"


def test_volume_that_is_there_already_needs_no_room(world):
    world.node("node-1")
    fast_class(world)
    world.volume("pv-1", storage_class="fast")
    world.claim("data", storage_class="fast")
    world.pod("web", claims=["data"])
    world.run()
    assert world.get(PersistentVolume, "pv-1").spec.claim_ref.name == "data"


def test_topology_of_the_class_is_asked_before_room_and_the_smaller_claim_before_the_larger(world):
    world.node("node-1", labels={ZONE: "a"})
    world.node("node-2", labels={ZONE: "b"})
    expression = {"key": ZONE, "values": ["a"]}
    fast_class(world, allowedTopologies=[{"matchLabelExpressions": [expression]}])
    world.claim("data", storage_class="fast")
    world.pod("web", claims=["data"])
    world.run()
    reasons = f"1 {NO_ROOM}, 1 {NOTHING_TO_BIND}"
    assert world.said("web") == [unfit(reasons, f"2 {UNHELPFUL}", 2)]


def test_only_the_first_problem_of_a_node_is_said_the_smaller_claim_first(world):
    world.node("node-1")
    fast_class(world)
    world.storage_class("local")
    world.claim("large-local", storage_class="local", size="5Gi")
    world.claim("small-fast", storage_class="fast", size="1Gi")
    world.pod("web", claims=["large-local", "small-fast"])
    world.run()
    assert world.said("web") == [unfit(f"1 {NO_ROOM}", f"1 {UNHELPFUL}")]


def test_bound_volume_out_of_reach_and_unbound_claim_without_a_volume_are_both_said(world):
    world.node("node-1")
    world.bound_claim("old", host="elsewhere")
    world.storage_class("local")
    world.claim("new", storage_class="local")
    world.pod("web", claims=["old", "new"])
    world.run()
    reasons = f"1 {NOTHING_TO_BIND}, 1 node(s) didn't match PersistentVolume's node affinity"
    assert world.said("web") == [unfit(reasons, f"1 {UNHELPFUL}")]
