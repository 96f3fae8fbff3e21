"""Pods with claims: what they wait for, and how a claim gets its volume through them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.node import Node
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume, StorageClass, VolumeNodeAffinity

UNHELPFUL = "Preemption is not helpful for scheduling"
SELECTED_NODE = "volume.kubernetes.io/selected-node"
NOTHING_TO_BIND = "node(s) didn't find available persistent volumes to bind"


def unfit(node_count: int, reasons: str) -> str:
    available = f"0/{node_count} nodes are available:"
    return f"{available} {reasons}. no new claims to deallocate, preemption: {available} {node_count} {UNHELPFUL}."


def test_missing_claim_is_named_and_its_creation_wakes_the_pod(world):
    world.node("node-1")
    world.pod("web", claims=["data"])
    world.run()
    world.claim("data")
    world.run()
    assert world.said("web") == [
        '0/1 nodes are available: persistentvolumeclaim "data" not found. not found',
        "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found",
    ]


def test_pod_follows_as_soon_as_its_claim_is_bound(world):
    world.node("node-1")
    world.claim("data")
    world.volume("pv-1")
    world.pod("web", claims=["data"])
    world.run()
    world.bind_claim("data", "pv-1")
    world.run()
    assert world.where("web") == "node-1"


def test_pod_goes_where_its_bound_volume_is(world):
    for number in (1, 2, 3):
        world.node(f"node-{number}")
    world.claim("data")
    world.volume("pv-1", host="node-2")
    world.bind_claim("data", "pv-1")
    world.pod("web", claims=["data"])
    world.pod("elsewhere", claims=["data"], nodeSelector={"kubernetes.io/hostname": "node-1"})
    world.run()
    assert world.where("web") == "node-2"
    reasons = (
        "1 node(s) didn't match PersistentVolume's node affinity, 2 node(s) didn't match Pod's node affinity/selector"
    )
    assert world.said("elsewhere") == [unfit(3, reasons)]


def test_lost_and_deleted_claims_are_named(world):
    world.node("node-1")
    world.claim("lost", volumeName="pv-1")
    claim = world.get(PersistentVolumeClaim, "lost")
    world.server.update_status(replace(claim, status=replace(claim.status, phase="Lost")))
    leaving = world.claim("leaving")
    world.server.update(replace(leaving, metadata=replace(leaving.metadata, finalizers=("example.com/hold",))))
    world.delete(PersistentVolumeClaim, "leaving")
    world.pod("a", claims=["lost"])
    world.pod("b", claims=["leaving"])
    world.run()
    lost = 'persistentvolumeclaim "lost" bound to non-existent persistentvolume "pv-1"'
    assert world.said("a") == [f"0/1 nodes are available: {lost}. not found"]
    assert world.said("b") == ['0/1 nodes are available: persistentvolumeclaim "leaving" is being deleted. not found']


def test_late_binding_reserves_a_volume_on_the_chosen_node_and_waits_for_the_claim(world):
    world.node("node-1")
    world.node("node-2")
    world.storage_class("local")
    world.volume("pv-1", storage_class="local", host="node-2")
    world.claim("data", storage_class="local")
    world.pod("web", claims=["data"])
    world.run()
    assert (world.where("web"), world.get(Pod, "web").status.nominated_node_name) == ("", "node-2")
    reference = world.get(PersistentVolume, "pv-1").spec.claim_ref
    assert (reference.name, reference.uid) == ("data", world.get(PersistentVolumeClaim, "data").metadata.uid)
    world.bind_claim("data", "pv-1")
    world.run(500)
    assert world.where("web") == ""
    world.run(1000)
    assert (world.where("web"), world.get(Pod, "web").status.nominated_node_name) == ("node-2", "")
    assert world.said("web") == ["Successfully assigned default/web to node-2"]


def test_smallest_sufficient_volume_is_reserved(world):
    world.node("node-1")
    world.storage_class("local")
    world.volume("pv-a", storage_class="local", size="10Gi")
    world.volume("pv-b", storage_class="local", size="5Gi")
    world.volume("pv-c", storage_class="local", size="1Gi")
    world.claim("data", storage_class="local", size="2Gi")
    world.pod("web", claims=["data"])
    world.run()
    assert world.get(PersistentVolume, "pv-b").spec.claim_ref.name == "data"
    assert world.get(PersistentVolume, "pv-a").spec.claim_ref is None


def test_two_pods_of_one_instant_never_get_the_same_volume(world):
    world.node("node-1")
    world.node("node-2")
    world.storage_class("local")
    for number in (1, 2):
        world.volume(f"pv-{number}", storage_class="local", host=f"node-{number}")
        world.claim(f"data-{number}", storage_class="local")
        world.pod(f"web-{number}", claims=[f"data-{number}"])
    world.claim("data-3", storage_class="local")
    world.pod("web-3", claims=["data-3"])
    world.run()
    names = [world.get(PersistentVolume, f"pv-{number}").spec.claim_ref.name for number in (1, 2)]
    assert names == ["data-1", "data-2"]
    assert world.said("web-3")[-1] == unfit(2, f"2 {NOTHING_TO_BIND}")


def test_new_volume_wakes_a_pod_once_at_its_creation_and_once_when_available(world):
    world.node("node-1")
    world.storage_class("local")
    world.claim("data", storage_class="local")
    world.pod("web", claims=["data"])
    world.run()
    found = world.create(
        PersistentVolume,
        "pv-1",
        spec={
            "capacity": {"storage": "1Gi"},
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "local",
            "hostPath": {"path": "/data"},
        },
    )
    world.run()
    assert world.said("web") == [unfit(1, f"1 {NOTHING_TO_BIND}")] * 2
    world.server.update_status(replace(found, status=replace(found.status, phase="Available")))
    world.run()
    assert world.get(Pod, "web").status.nominated_node_name == "node-1"


def test_volume_reserved_by_hand_is_preferred_to_a_better_one(world):
    world.node("node-1")
    world.storage_class("local")
    world.volume("pv-a", storage_class="local", size="1Gi")
    world.volume("pv-b", storage_class="local", size="9Gi", claimRef={"namespace": "default", "name": "data"})
    world.claim("data", storage_class="local", size="1Gi")
    world.pod("web", claims=["data"])
    world.run()
    assert world.get(PersistentVolume, "pv-b").spec.claim_ref.uid
    assert world.get(PersistentVolume, "pv-a").spec.claim_ref is None


def test_provisioned_claim_is_told_the_node(world):
    world.node("node-1")
    world.storage_class("fast", provisioner="example.com/disk")
    world.claim("data", storage_class="fast")
    world.pod("web", claims=["data"])
    world.run()
    assert world.get(PersistentVolumeClaim, "data").metadata.annotations[SELECTED_NODE] == "node-1"
    world.volume("pv-1", storage_class="fast")
    world.bind_claim("data", "pv-1")
    world.run(1000)
    assert world.where("web") == "node-1"


def test_allowed_topologies_limit_where_a_volume_may_be_made(world):
    world.node("node-1", labels={"topology.kubernetes.io/zone": "a"})
    world.node("node-2", labels={"topology.kubernetes.io/zone": "b"})
    expression = {"key": "topology.kubernetes.io/zone", "values": ["b"]}
    world.storage_class("fast", "example.com/disk", allowedTopologies=[{"matchLabelExpressions": [expression]}])
    world.claim("data", storage_class="fast")
    world.pod("web", claims=["data"])
    world.run()
    assert world.get(PersistentVolumeClaim, "data").metadata.annotations[SELECTED_NODE] == "node-2"


def test_failed_provisioning_sends_the_pod_back_to_be_scheduled_again(world):
    world.node("node-1")
    world.storage_class("fast", provisioner="example.com/disk")
    world.claim("data", storage_class="fast")
    world.pod("web", claims=["data"])
    world.run()
    claim = world.get(PersistentVolumeClaim, "data")
    metadata = replace(claim.metadata, annotations={"example.com/note": "no room"})
    world.server.update(replace(claim, metadata=metadata))
    world.run(1000)
    text = 'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "data"'
    assert world.said("web") == [text]
    assert (world.condition("web").reason, world.condition("web").message) == ("SchedulerError", text)
    world.run(3000)
    assert world.get(PersistentVolumeClaim, "data").metadata.annotations[SELECTED_NODE] == "node-1"


def test_claim_for_a_single_pod_is_not_shared(world):
    world.node("node-1")
    world.node("node-2")
    world.claim("data", accessModes=["ReadWriteOncePod"])
    world.volume("pv-1", accessModes=["ReadWriteOncePod"])
    world.bind_claim("data", "pv-1")
    world.pod("first", claims=["data"])
    world.pod("second", claims=["data"])
    world.run()
    (said,) = world.said("second")
    reason = "PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod"
    assert said.startswith(f"0/2 nodes are available: 2 node(s) unavailable due to {reason}. no new claims")
    world.delete(Pod, "first", grace_seconds=0)
    world.run()
    assert world.where("second") == "node-1"


def test_zone_label_of_a_volume_keeps_its_pod_in_that_zone(world):
    zone = "topology.kubernetes.io/zone"
    world.node("node-1", labels={zone: "a"})
    world.claim("data")
    world.volume("pv-1")
    volume = world.get(PersistentVolume, "pv-1")
    world.server.update(replace(volume, metadata=replace(volume.metadata, labels={zone: "b"})))
    world.bind_claim("data", "pv-1")
    world.pod("web", claims=["data"])
    world.run()
    assert world.said("web") == [unfit(1, "1 node(s) had no available volume zone")]


def test_generated_claim_is_waited_for(world):
    world.node("node-1")
    template = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    world.pod("web", volumes=[{"name": "scratch", "ephemeral": {"volumeClaimTemplate": template}}])
    world.run()
    reason = 'waiting for ephemeral volume controller to create the persistentvolumeclaim "web-scratch"'
    assert world.said("web") == [f"0/1 nodes are available: {reason}. not found"]


def test_only_the_first_problem_is_said_in_the_order_of_the_volumes(world):
    world.node("node-1")
    leaving = world.claim("leaving")
    world.server.update(replace(leaving, metadata=replace(leaving.metadata, finalizers=("example.com/hold",))))
    world.delete(PersistentVolumeClaim, "leaving")
    world.claim("unbound")
    world.claim("lost", volumeName="gone")
    lost = world.get(PersistentVolumeClaim, "lost")
    world.server.update_status(replace(lost, status=replace(lost.status, phase="Lost")))
    world.pod("a", claims=["unbound", "leaving", "lost"])
    world.pod("b", claims=["lost", "leaving", "absent"])
    world.pod("c", claims=["unbound", "lost", "leaving"])
    world.run()
    assert world.said("a") == ['0/1 nodes are available: persistentvolumeclaim "leaving" is being deleted. not found']
    assert world.said("b") == ['0/1 nodes are available: persistentvolumeclaim "absent" not found. not found']
    said = 'persistentvolumeclaim "lost" bound to non-existent persistentvolume "gone"'
    assert world.said("c") == [f"0/1 nodes are available: {said}. not found"]


@pytest.mark.parametrize(
    "fields",
    [
        {"storage_class": ""},
        {"storage_class": "unheard-of"},
        {"storage_class": "now"},
        {"storage_class": "late", "volumeName": "pv-1"},
    ],
)
def test_claim_that_nobody_leaves_to_the_scheduler_has_to_be_bound_first(world, fields):
    world.node("node-1")
    world.storage_class("late")
    world.create(StorageClass, "now", provisioner="example.com/disk", volumeBindingMode="Immediate")
    world.volume("pv-1", storage_class=fields["storage_class"])
    world.claim("data", **fields)
    world.pod("web", claims=["data"])
    world.run()
    assert world.said("web") == ["0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found"]


def test_volume_and_the_mark_of_a_bound_claim_are_enough_whatever_its_phase(world):
    world.node("node-1")
    world.claim("data")
    world.volume("pv-1")
    world.bind_claim("data", "pv-1")
    assert world.get(PersistentVolumeClaim, "data").status.phase == "Pending"
    world.pod("web", claims=["data"])
    world.run()
    assert world.where("web") == "node-1"


def test_selected_node_pins_a_claim_even_when_that_node_is_gone(world):
    world.node("node-1")
    world.storage_class("fast", provisioner="example.com/disk")
    world.claim("data", storage_class="fast")
    world.annotate(PersistentVolumeClaim, "data", {SELECTED_NODE: "gone"})
    world.volume("pv-1", storage_class="fast")
    world.pod("web", claims=["data"])
    world.run()
    assert world.said("web") == [unfit(1, f"1 {NOTHING_TO_BIND}")]
    world.annotate(PersistentVolumeClaim, "data", {})
    world.run()
    assert world.get(PersistentVolume, "pv-1").spec.claim_ref.name == "data"


def test_claim_with_a_selected_node_is_provisioned_though_a_volume_would_do(world):
    world.node("node-1")
    world.storage_class("fast", provisioner="example.com/disk")
    world.volume("pv-1", storage_class="fast")
    world.claim("data", storage_class="fast")
    world.annotate(PersistentVolumeClaim, "data", {SELECTED_NODE: "node-1"})
    world.pod("web", claims=["data"])
    world.run()
    assert world.get(Pod, "web").status.nominated_node_name == "node-1"
    assert world.get(PersistentVolume, "pv-1").spec.claim_ref is None


def test_volume_reserved_by_hand_on_another_node_leaves_the_claim_without_a_match(world):
    world.node("node-1")
    world.storage_class("local")
    world.volume("pv-a", storage_class="local", host="node-1")
    world.volume("pv-b", storage_class="local", host="gone", claimRef={"namespace": "default", "name": "data"})
    world.claim("data", storage_class="local")
    world.pod("web", claims=["data"])
    world.run()
    assert world.said("web") == [unfit(1, f"1 {NOTHING_TO_BIND}")]


def test_claims_without_a_match_are_provisioned_beside_those_that_have_one(world):
    world.node("node-1")
    world.storage_class("fast", provisioner="example.com/disk")
    world.volume("pv-1", storage_class="fast", size="5Gi")
    world.claim("large", storage_class="fast", size="4Gi")
    world.claim("small", storage_class="fast", size="1Gi")
    world.pod("web", claims=["large", "small"])
    world.run()
    assert world.get(PersistentVolume, "pv-1").spec.claim_ref.name == "small"
    assert world.get(PersistentVolumeClaim, "large").metadata.annotations == {SELECTED_NODE: "node-1"}
    assert SELECTED_NODE not in world.get(PersistentVolumeClaim, "small").metadata.annotations


def test_two_claims_of_a_pod_never_get_the_same_volume(world):
    world.node("node-1")
    world.storage_class("local")
    world.volume("pv-1", storage_class="local")
    for name in ("a", "b"):
        world.claim(name, storage_class="local")
    world.pod("web", claims=["a", "b"])
    world.run()
    assert world.said("web") == [unfit(1, f"1 {NOTHING_TO_BIND}")]


def late_pod(world, provisioner: str | None = None) -> None:
    """A pod on its way to node-1, waiting for its claim: for the volume pv-1, or for one that is to be made."""
    world.node("node-1")
    world.storage_class("late", **({"provisioner": provisioner} if provisioner else {}))
    if not provisioner:
        world.volume("pv-1", storage_class="late")
    world.claim("data", storage_class="late")
    world.pod("web", claims=["data"])
    world.run()


def relabel(world) -> None:
    """Move the volume away from every node there is."""
    expression = NodeSelectorRequirement(key="disk", operator="In", values=("ssd",))
    terms = (NodeSelectorTerm(match_expressions=(expression,)),)
    world.update(
        PersistentVolume, "pv-1", node_affinity=VolumeNodeAffinity(required=NodeSelector(node_selector_terms=terms))
    )


def reset_reference(world) -> None:
    world.update(PersistentVolume, "pv-1", claim_ref=None)


FAILURES = [
    (None, relabel, 'pv "pv-1" node affinity doesn\'t match node "node-1": no matching NodeSelectorTerms'),
    (None, reset_reference, 'ClaimRef got reset for pv "pv-1"'),
    (
        None,
        lambda world: world.erase(PersistentVolume, "pv-1"),
        'failed to check binding: could not find v1.PersistentVolume "pv-1"',
    ),
    (
        None,
        lambda world: world.erase(PersistentVolumeClaim, "data"),
        'failed to check binding: could not find v1.PersistentVolumeClaim "default/data"',
    ),
    (
        "example.com/disk",
        lambda world: world.erase(PersistentVolumeClaim, "data"),
        'failed to check provisioning pvc: could not find v1.PersistentVolumeClaim "default/data"',
    ),
    (
        "example.com/disk",
        lambda world: world.annotate(PersistentVolumeClaim, "data", {}),
        'selectedNode annotation reset for PVC "data"',
    ),
    (
        "example.com/disk",
        lambda world: world.annotate(PersistentVolumeClaim, "data", {SELECTED_NODE: "node-2"}),
        'provisioning failed for PVC "data"',
    ),
    (None, lambda world: world.delete(Node, "node-1"), 'failed to get node "node-1": node "node-1" not found'),
    (
        None,
        lambda world: world.delete(Pod, "web", grace_seconds=0),
        'pod does not exist any more: pod "web" not found',
    ),
]


@pytest.mark.parametrize(("provisioner", "spoil", "text"), FAILURES)
def test_what_goes_wrong_while_a_claim_is_bound_is_said_at_the_next_look(world, provisioner, spoil, text):
    late_pod(world, provisioner)
    spoil(world)
    assert world.said("web") == []
    world.run(1_000)
    assert world.said("web")[0] == f'running PreBind plugin "VolumeBinding": binding volumes: {text}'


def test_failed_binding_is_an_error_of_the_scheduler_and_the_pod_is_tried_anew(world):
    late_pod(world)
    assert world.get(Pod, "web").status.nominated_node_name == "node-1"
    world.erase(PersistentVolume, "pv-1")
    world.run(1_000)
    condition = world.condition("web")
    assert (condition.status, condition.reason, condition.message) == ("False", "SchedulerError", world.said("web")[0])
    world.run(2_500)
    assert world.said("web")[1] == unfit(1, f"1 {NOTHING_TO_BIND}")


def test_node_that_was_named_during_the_failed_attempt_is_taken_back_only_at_the_next_failure(world):
    late_pod(world)
    assert world.get(Pod, "web").status.nominated_node_name == "node-1"
    world.erase(PersistentVolume, "pv-1")
    world.run(1_000)
    assert len(world.said("web")) == 1
    assert world.get(Pod, "web").status.nominated_node_name == "node-1"
    world.run(2_500)
    assert len(world.said("web")) == 2
    assert world.get(Pod, "web").status.nominated_node_name == ""


def test_pod_whose_binding_failed_tries_the_node_it_was_nominated_for_first(world):
    late_pod(world, "example.com/disk")
    world.node("node-2", cpu="64")
    world.annotate(PersistentVolumeClaim, "data", {})
    world.run(1_000)
    assert len(world.said("web")) == 1
    world.run(2_500)
    assert world.get(PersistentVolumeClaim, "data").metadata.annotations[SELECTED_NODE] == "node-1"


@pytest.mark.parametrize("finalizers", [[], ["example.com/hold"]])
def test_pod_that_is_deleted_while_its_volumes_are_bound_makes_room_at_once(world, finalizers):
    world.node("node-1", cpu="1")
    world.storage_class("local")
    world.claim("data", storage_class="local")
    world.volume("pv-1", storage_class="local")
    world.pod("web", claims=["data"], cpu="1", metadata={"finalizers": finalizers})
    world.run()
    world.pod("next", cpu="1")
    world.run()
    assert world.where("next") == ""
    world.delete(Pod, "web")
    world.run()
    assert world.where("next") == "node-1"


def test_volumes_of_a_pod_that_is_gone_before_they_are_bound_are_reserved_all_the_same(world):
    world.node("node-1")
    world.storage_class("local")
    world.claim("data", storage_class="local")
    world.volume("pv-1", storage_class="local")
    world.pod("web", claims=["data"])
    world.run(1)
    world.delete(Pod, "web")
    world.run(10)
    assert world.get(PersistentVolume, "pv-1").spec.claim_ref.name == "data"
    assert world.said("web") == []
    world.run(1_000)
    gone = 'pod does not exist any more: pod "web" not found'
    assert world.said("web") == [f'running PreBind plugin "VolumeBinding": binding volumes: {gone}']


def test_binding_of_a_former_pod_does_not_reach_its_namesake(world):
    late_pod(world)
    former = world.get(Pod, "web")
    world.delete(Pod, "web")
    world.pod("web", schedulingGates=[{"name": "example.com/hold"}])
    namesake = world.get(Pod, "web")
    world.bind_claim("data", "pv-1")
    world.run(2_000)
    assert world.where("web") == ""
    assert world.said("web")[0] == (
        'running Bind plugin "DefaultBinder": Operation cannot be fulfilled on pods "web": '
        "StorageError: invalid object, Code: 4, Key: /registry/pods/default/web, ResourceVersion: 0, "
        "AdditionalErrorMsg: Precondition failed: "
        f"UID in precondition: {former.metadata.uid}, UID in object meta: {namesake.metadata.uid}"
    )


def test_claim_that_is_never_bound_is_given_up_after_ten_minutes(world):
    late_pod(world)
    world.run(599_000)
    assert (world.said("web"), world.get(Pod, "web").status.nominated_node_name) == ([], "node-1")
    world.run(2_000)
    assert world.said("web")[0] == (
        'running PreBind plugin "VolumeBinding": binding volumes: context deadline exceeded'
    )


def test_volume_that_somebody_else_wrote_first_is_a_conflict_and_the_pod_is_tried_again(world):
    world.node("node-1")
    world.storage_class("late")
    world.volume("pv-1", storage_class="late")
    world.claim("data", storage_class="late")
    world.pod("web", claims=["data"])
    world.run(2)
    world.label(PersistentVolume, "pv-1", {"disk": "ssd"})
    world.run()
    assert world.said("web") == [
        'running PreBind plugin "VolumeBinding": Operation cannot be fulfilled on persistentvolumes "pv-1": the object '
        "has been modified; please apply your changes to the latest version and try again"
    ]
    world.run(3_000)
    assert world.get(PersistentVolume, "pv-1").spec.claim_ref.name == "data"
    assert world.get(Pod, "web").status.nominated_node_name == "node-1"


def test_volume_of_a_failed_binding_is_free_for_others_again(world):
    late_pod(world)
    reset_reference(world)
    world.run(900)
    world.claim("other", storage_class="late")
    world.run(100)
    world.pod("second", claims=["other"])
    world.run(100)
    assert world.get(PersistentVolume, "pv-1").spec.claim_ref.name == "other"


def test_second_pod_of_a_late_binding_claim_goes_where_the_first_one_took_it(world):
    world.node("node-1")
    world.node("node-2")
    world.storage_class("late")
    for number in (1, 2):
        world.volume(f"pv-{number}", storage_class="late", host=f"node-{number}")
    world.claim("data", storage_class="late")
    world.pod("first", claims=["data"])
    world.run()
    world.pod("second", claims=["data"])
    world.run()
    assert [world.get(Pod, name).status.nominated_node_name for name in ("first", "second")] == ["node-1"] * 2
    world.bind_claim("data", "pv-1")
    world.run(1_000)
    assert (world.where("first"), world.where("second")) == ("node-1", "node-1")


@pytest.mark.parametrize(
    ("provisioner", "written"),
    [(None, 'persistentvolumes "pv-1"'), ("example.com/disk", 'persistentvolumeclaims "data"')],
)
def test_of_two_pods_of_one_instant_the_second_writes_too_late_and_comes_again(world, provisioner, written):
    world.node("node-1")
    world.storage_class("late", **({"provisioner": provisioner} if provisioner else {}))
    world.claim("data", storage_class="late")
    if not provisioner:
        world.volume("pv-1", storage_class="late")
    for name in ("first", "second"):
        world.pod(name, claims=["data"])
    world.run()
    if provisioner:
        world.volume("pv-1", storage_class="late")
    world.bind_claim("data", "pv-1")
    world.run(3_000)
    conflict = "the object has been modified; please apply your changes to the latest version and try again"
    assert world.said("second") == [
        f'running PreBind plugin "VolumeBinding": Operation cannot be fulfilled on {written}: {conflict}',
        "Successfully assigned default/second to node-1",
    ]
    assert world.said("first") == ["Successfully assigned default/first to node-1"]
