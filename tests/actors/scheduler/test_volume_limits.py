"""How many volumes a node can hold: what counts for the limit of a driver, and what is said when it is reached."""

from __future__ import annotations

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import CSINode, VolumeAttachment
from harness.objects.pod import Pod

NO_VICTIMS = "No preemption victims found for incoming pod"
EBS = "ebs.csi.aws.com"
TEMPLATE = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}


def full(node_count: int = 1) -> str:
    available = f"0/{node_count} nodes are available:"
    reason = f"{node_count} node(s) exceed max volume count"
    return f"{available} {reason}. no new claims to deallocate, preemption: {available} {node_count} {NO_VICTIMS}."


def disk_node(world, name: str = "node-1", limit: int = 1, driver: str = EBS) -> None:
    """A node with a limit for a driver of any name."""
    drivers = [{"name": driver, "nodeID": name, "allocatable": {"count": limit}}]
    world.node(name)
    world.create(CSINode, name, spec={"drivers": drivers})


def attach(world, name: str, volume: str, node: str = "node-1", attacher: str = "disk.example.com") -> None:
    source = {"persistentVolumeName": volume}
    world.create(VolumeAttachment, name, spec={"attacher": attacher, "nodeName": node, "source": source})


def occupy(world, *names: str, node: str = "node-1") -> None:
    """A pod on the node for each name, each with a claim of that name whose volume is of the driver."""
    for name in names:
        world.bound_claim(name)
        world.pod(name, claims=[name], nodeName=node)


def test_pod_is_refused_by_a_node_that_can_hold_no_more_volumes(world):
    world.node("node-1")
    world.csi_node("node-1", disk=2)
    occupy(world, "a", "b")
    world.bound_claim("c")
    world.pod("late", claims=["c"])
    world.run()
    assert world.said("late") == [full()]


def test_last_place_is_given_away(world):
    world.node("node-1")
    world.csi_node("node-1", disk=2)
    occupy(world, "a")
    world.bound_claim("b")
    world.pod("late", claims=["b"])
    world.run()
    assert world.where("late") == "node-1"


def test_pod_goes_to_the_node_that_has_a_place_left(world):
    for name, limit in (("node-1", 1), ("node-2", 5)):
        world.node(name)
        world.csi_node(name, disk=limit)
    occupy(world, "a")
    world.bound_claim("b")
    world.pod("late", claims=["b"])
    world.run()
    assert world.where("late") == "node-2"


def test_pod_that_needs_more_volumes_than_any_node_can_hold_never_fits(world):
    world.node("node-1")
    world.csi_node("node-1", disk=1)
    for name in ("a", "b"):
        world.bound_claim(name)
    world.pod("late", claims=["a", "b"])
    world.run()
    assert world.said("late") == [full()]


def test_volume_shared_by_pods_of_a_node_counts_once(world):
    world.node("node-1")
    world.csi_node("node-1", disk=1)
    occupy(world, "a")
    world.pod("sharer", claims=["a"])
    world.run()
    assert world.where("sharer") == "node-1"


def test_each_driver_has_a_limit_of_its_own(world):
    world.node("node-1")
    world.csi_node("node-1", disk=1, files=1)
    occupy(world, "a")
    world.bound_claim("b", driver="files.example.com")
    world.pod("late", claims=["b"])
    world.run()
    assert world.where("late") == "node-1"


def test_driver_without_a_number_and_node_without_drivers_have_no_limit(world):
    world.node("node-1")
    world.csi_node("node-1", disk=None, files=1)
    occupy(world, "a", "b")
    world.bound_claim("c")
    world.pod("late", claims=["c"])
    world.run()
    assert world.where("late") == "node-1"


def test_limit_of_zero_holds_nothing(world):
    world.node("node-1")
    world.csi_node("node-1", disk=0)
    world.bound_claim("a")
    world.pod("late", claims=["a"])
    world.run()
    assert world.said("late") == [full()]


def test_pods_without_volumes_of_a_driver_do_not_mind_a_full_node(world):
    world.node("node-1")
    world.csi_node("node-1", disk=0)
    world.claim("plain")
    world.volume("plain")
    world.bind_claim("plain", "plain")
    world.pod("bare")
    world.pod("on-host-path", claims=["plain"])
    inline = {"name": "scratch", "csi": {"driver": "disk.example.com"}}
    world.pod("inline", volumes=[inline])
    world.run()
    assert [world.where(name) for name in ("bare", "on-host-path", "inline")] == ["node-1"] * 3


def test_claim_that_is_yet_to_be_provisioned_counts_for_the_provisioner_of_its_class(world):
    world.node("node-1")
    world.csi_node("node-1", disk=1)
    world.storage_class("fast", provisioner="disk.example.com")
    world.claim("a", storage_class="fast")
    world.claim("b", storage_class="fast")
    world.pod("first", claims=["a"])
    world.pod("second", claims=["b"])
    world.run()
    assert world.get(Pod, "first").status.nominated_node_name == "node-1"
    assert world.said("second") == [full()]


def test_claim_whose_volume_is_gone_counts_for_its_class(world):
    world.node("node-1")
    world.csi_node("node-1", disk=1)
    world.storage_class("fast", provisioner="disk.example.com")
    world.claim("a", storage_class="fast", volumeName="gone")
    world.pod("first", claims=["a"], nodeName="node-1")
    world.bound_claim("b")
    world.pod("second", claims=["b"])
    world.run()
    assert world.said("second") == [full()]


def test_claim_without_a_class_or_a_volume_and_claim_that_is_not_there_count_for_nothing(world):
    world.node("node-1")
    world.csi_node("node-1", disk=1)
    world.claim("classless")
    world.pod("first", claims=["classless", "absent"], nodeName="node-1")
    world.bound_claim("a")
    world.pod("second", claims=["a"])
    world.run()
    assert world.where("second") == "node-1"


def test_volume_still_attached_for_a_pod_that_is_gone_takes_a_place(world):
    world.node("node-1")
    world.csi_node("node-1", disk=1)
    world.csi_volume("old")
    attach(world, "csi-1", "old")
    world.bound_claim("a")
    world.pod("late", claims=["a"])
    world.run()
    assert world.said("late") == [full()]


def test_attachment_of_a_volume_that_a_pod_of_the_node_uses_is_the_same_volume(world):
    world.node("node-1")
    world.csi_node("node-1", disk=2)
    occupy(world, "a")
    attach(world, "csi-1", "a")
    world.bound_claim("b")
    world.pod("late", claims=["b"])
    world.run()
    assert world.where("late") == "node-1"


def test_attachments_of_other_nodes_and_of_unknown_volumes_take_no_place(world):
    for name in ("node-1", "node-2"):
        world.node(name)
    world.csi_node("node-1", disk=1)
    world.csi_volume("old")
    attach(world, "csi-1", "old", node="node-2")
    attach(world, "csi-2", "unheard-of")
    world.bound_claim("a")
    world.pod("late", claims=["a"], nodeSelector={"kubernetes.io/hostname": "node-1"})
    world.run()
    assert world.where("late") == "node-1"


def test_volume_of_a_built_in_kind_counts_for_the_driver_that_serves_it(world):
    disk_node(world)
    world.claim("old")
    world.volume("old", hostPath=None, awsElasticBlockStore={"volumeID": "aws://eu-1a/vol-1"})
    world.bind_claim("old", "old")
    world.pod("first", claims=["old"], nodeName="node-1")
    world.bound_claim("same", driver=EBS, csi={"driver": EBS, "volumeHandle": "vol-1"})
    world.bound_claim("other", driver=EBS)
    world.pod("sharer", claims=["same"])
    world.pod("late", claims=["other"])
    world.run()
    assert (world.where("sharer"), world.said("late")) == ("node-1", [full()])


def test_disk_named_without_a_claim_counts_for_the_driver_that_serves_it(world):
    disk_node(world)
    world.pod("first", volumes=[{"name": "d", "awsElasticBlockStore": {"volumeID": "vol-1"}}], nodeName="node-1")
    world.pod("late", volumes=[{"name": "d", "awsElasticBlockStore": {"volumeID": "vol-2"}}])
    world.run()
    assert world.said("late") == [full()]


def test_class_with_a_built_in_provisioner_counts_for_the_driver_that_serves_it(world):
    disk_node(world)
    world.storage_class("gp2", provisioner="kubernetes.io/aws-ebs")
    for name in ("a", "b"):
        world.claim(name, storage_class="gp2")
        world.pod(name, claims=[name])
    world.run()
    assert world.said("b") == [full()]


def test_generated_claim_counts(world):
    world.node("node-1")
    world.csi_node("node-1", disk=1)
    world.storage_class("fast", provisioner="disk.example.com")
    template = {"spec": {**TEMPLATE["spec"], "storageClassName": "fast"}}
    pod = world.pod(
        "first", volumes=[{"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}], nodeName="node-1"
    )
    owner = {"apiVersion": "v1", "kind": "Pod", "name": "first", "uid": pod.metadata.uid, "controller": True}
    world.create(
        PersistentVolumeClaim,
        "first-scratch",
        metadata={"namespace": "default", "ownerReferences": [owner]},
        spec=template["spec"],
    )
    world.bound_claim("a")
    world.pod("late", claims=["a"])
    world.run()
    assert world.said("late") == [full()]


def test_claim_in_the_place_of_a_generated_one_stops_the_attempt_with_an_error(world):
    world.node("node-1")
    world.csi_node("node-1", disk=1)
    world.claim("first-scratch")
    volumes = [{"name": "scratch", "ephemeral": {"volumeClaimTemplate": TEMPLATE}}]
    world.pod("first", volumes=volumes, nodeName="node-1")
    world.bound_claim("a")
    world.pod("late", claims=["a"])
    world.run()
    problem = "PVC default/first-scratch was not created for pod default/first (pod is not owner)"
    text = f'running "NodeVolumeLimits" filter plugin: {problem}'
    assert (world.said("late"), world.condition("late").reason) == ([text], "SchedulerError")
    world.delete(Pod, "first", grace_seconds=0)
    world.run(3_000)
    assert world.where("late") == "node-1"


def test_limit_is_no_reason_while_the_claim_is_missing(world):
    world.node("node-1")
    world.csi_node("node-1", disk=0)
    world.bound_claim("a")
    world.pod("late", claims=["a", "absent"])
    world.run()
    assert world.said("late") == ['0/1 nodes are available: persistentvolumeclaim "absent" not found. not found']


def test_reasons_of_all_nodes_are_sorted_as_texts_and_only_those_that_removing_pods_may_cure_say_so(world):
    for number in range(1, 13):
        world.node(f"node-{number:02}", unschedulable=number > 2)
    world.csi_node("node-01", disk=0)
    world.bound_claim("a", host="node-01")
    world.pod("late", claims=["a"])
    world.run()
    available = "0/12 nodes are available:"
    reasons = (
        "1 node(s) didn't match PersistentVolume's node affinity, 1 node(s) exceed max volume count, "
        "10 node(s) were unschedulable"
    )
    preemption = f"1 {NO_VICTIMS}, 11 Preemption is not helpful for scheduling"
    assert world.said("late") == [
        f"{available} {reasons}. no new claims to deallocate, preemption: {available} {preemption}."
    ]
