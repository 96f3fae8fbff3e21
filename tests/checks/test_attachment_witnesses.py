"""Witnesses of attachments: each sees what its property forbids, and keeps quiet where the property leaves room."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from told_story import BINDER, KUBELET, SETS, Story, claim, meta, pod, volume

from harness.objects.csi import VolumeAttachment, VolumeAttachmentSource, VolumeAttachmentSpec, VolumeAttachmentStatus
from harness.objects.event import Event
from harness.objects.meta import ObjectReference
from harness.objects.node import AttachedVolume, Node, NodeCondition, NodeSpec, NodeStatus, Taint
from harness.objects.storage import CSIPersistentVolumeSource, GCEPersistentDiskVolumeSource

ATTACHER, DRIVER = "attachdetach-controller", "disk.csi.example.com"
NAME = f"kubernetes.io/csi/{DRIVER}^h-v1"
ONE_NODE, UNMOUNTED, REACHES = (
    "volume-is-attached-to-one-node",
    "volume-is-detached-after-its-unmount",
    "volume-reaches-its-pod",
)
SIX_MINUTES_MS = 360_000


def disk(
    name: str = "v1", handle: str = "h-v1", modes: tuple[str, ...] = ("ReadWriteOnce",), holder: Any = None
) -> Any:
    one = volume(name, holder=holder, modes=modes, phase="Bound")
    return replace(one, spec=replace(one.spec, csi=CSIPersistentVolumeSource(driver=DRIVER, volume_handle="h-v1")))


def node(
    name: str, attached: bool = False, in_use: bool = False, ready: str = "True", given_up: bool = False, by: str = NAME
) -> Node:
    """A node that has the disk or not, and says that it uses it or not; `by` is what its status calls the disk."""
    lost = (Taint(key="node.kubernetes.io/out-of-service", effect="NoExecute"),) if given_up else ()
    return Node(
        metadata=meta(name, namespace=""),
        spec=NodeSpec(taints=lost),
        status=NodeStatus(
            conditions=(NodeCondition(type="Ready", status=ready),),
            volumes_in_use=(by,) if in_use else (),
            volumes_attached=(AttachedVolume(name=by),) if attached else (),
        ),
    )


def attachment(where: str, attached: bool = True, of: str = "v1") -> VolumeAttachment:
    return VolumeAttachment(
        metadata=meta(f"csi-{of}-{where}", namespace=""),
        spec=VolumeAttachmentSpec(
            attacher=DRIVER, node_name=where, source=VolumeAttachmentSource(persistent_volume_name=of)
        ),
        status=VolumeAttachmentStatus(attached=attached),
    )


def used_on_node_1(story: Story, **facts: Any) -> Any:
    """A disk that node-1 has and uses for web-0, which is returned. `facts` are of node-1."""
    one = story.put(claim(volume="v1", phase="Bound"))
    story.put(disk(holder=one))
    user = story.put(pod(0, node="node-1", claims=("data-web-0",), running=True))
    story.put(attachment("node-1"))
    story.put(node("node-1", attached=True, in_use=True, **facts))
    return user


# V1


def test_a_disk_that_two_nodes_may_use_is_seen():
    story = Story()
    story.put(disk())
    story.put(node("node-2", attached=True), ATTACHER)
    story.put(node("node-1"))
    story.put(node("node-1", attached=True), ATTACHER)
    assert story.seen_by(ONE_NODE) == ["node/node-1 may use volume v1, and so may node-2"]


def test_a_disk_that_its_driver_has_attached_twice_is_seen():
    story = Story()
    story.put(disk())
    story.put(attachment("node-1"), DRIVER)
    story.put(attachment("node-2", attached=False), ATTACHER)
    assert story.seen_by(ONE_NODE) == []
    story.put(attachment("node-2"), DRIVER)
    assert story.seen_by(ONE_NODE) == ["persistentvolume/v1 is attached to node-2, and so it is to node-1"]


def test_two_volumes_of_one_handle_are_one_disk():
    story = Story()
    story.put(disk())
    story.put(disk("v2"))
    story.put(attachment("node-1"), DRIVER)
    story.put(attachment("node-2", of="v2"), DRIVER)
    assert story.seen_by(ONE_NODE) == ["persistentvolume/v2 is attached to node-2, and so it is to node-1"]


@pytest.mark.parametrize("mode", ["ReadWriteMany", "ReadOnlyMany"])
def test_a_disk_of_many_nodes_may_be_attached_to_each(mode: str):
    story = Story()
    story.put(disk(modes=("ReadWriteOnce", mode)))
    for name in ("node-1", "node-2"):
        story.put(attachment(name), DRIVER)
        story.put(node(name, attached=True), ATTACHER)
    assert story.seen_by(ONE_NODE) == []
    assert story.times(ONE_NODE) == 0


def test_a_disk_of_a_former_plugin_is_known_by_the_end_of_its_name():
    story = Story()
    one = volume()
    source = GCEPersistentDiskVolumeSource(pd_name="ledger")
    story.put(replace(one, spec=replace(one.spec, gce_persistent_disk=source)))
    by = "kubernetes.io/csi/pd.csi.storage.gke.io^projects/UNSPECIFIED/zones/a/disks/ledger"
    for name in ("node-1", "node-2"):
        story.put(node(name, attached=True, by=by), ATTACHER)
    assert story.seen_by(ONE_NODE) == ["node/node-2 may use volume v1, and so may node-1"]


# V2


def test_a_disk_taken_from_a_node_under_its_pod_is_seen_twice():
    story = Story()
    used_on_node_1(story)
    story.put(node("node-1", in_use=True), ATTACHER)
    story.doomed(attachment("node-1"), ATTACHER)
    assert story.seen_by(UNMOUNTED) == [
        "node/node-1 is to give volume v1 up on node-1, which pod web-0 there needs",
        "volumeattachment/csi-v1-node-1 is to give volume v1 up on node-1, which pod web-0 there needs",
    ]


def test_a_disk_taken_from_a_ready_node_that_uses_it_is_seen_however_long_no_pod_needs_it():
    story = Story()
    story.remove(used_on_node_1(story), KUBELET)
    story.time_ms += 2 * SIX_MINUTES_MS
    story.put(node("node-1", in_use=True), ATTACHER)
    assert "the node is ready" in story.seen_by(UNMOUNTED)[0]


def test_a_disk_taken_from_a_silent_node_before_six_minutes_are_over_is_seen():
    story = Story()
    story.remove(used_on_node_1(story, ready="Unknown"))
    story.time_ms += SIX_MINUTES_MS - 100
    story.put(node("node-1", in_use=True, ready="Unknown"), ATTACHER)
    assert "a pod there needed it not long ago" in story.seen_by(UNMOUNTED)[0]


@pytest.mark.parametrize(
    ("waited_ms", "facts"),
    [
        (SIX_MINUTES_MS + 100, {"in_use": True, "ready": "Unknown"}),
        (0, {"in_use": True, "ready": "Unknown", "given_up": True}),
        (0, {"in_use": False}),
    ],
    ids=["after six minutes of silence", "when it is out of service", "when it has let go"],
)
def test_a_node_may_lose_a_disk(waited_ms: int, facts: dict[str, Any]):
    story = Story()
    story.remove(used_on_node_1(story))
    story.put(node("node-1", attached=True, **facts))
    story.time_ms += waited_ms
    story.put(node("node-1", **facts), ATTACHER)
    assert story.seen_by(UNMOUNTED) == []
    assert story.times(UNMOUNTED) == 1


def test_what_the_controller_saw_before_the_pod_came_back_excuses_it():
    story = Story()
    user = used_on_node_1(story)
    story.remove(user)
    story.put(node("node-1", attached=True))
    decision = story.one_pass(ATTACHER, NAME)
    story.put(user)
    story.put(node("node-1"), decision)
    assert story.seen_by(UNMOUNTED) == []


def test_a_pod_of_which_nothing_told_that_it_needs_the_disk_does_not_hold_it():
    story = Story()
    one = claim(volume="v1", phase="Bound")
    story.put(one)
    story.put(disk())
    story.put(attachment("node-1"))
    story.put(node("node-1", attached=True))
    story.put(pod(0, node="node-1", claims=("data-web-0",)), SETS)
    story.put(disk(holder=one), BINDER)
    story.put(node("node-1"), ATTACHER)
    assert story.seen_by(UNMOUNTED) == []


# V3


def moved_to_node_2(story: Story, **facts: Any) -> None:
    """The pod of node-1 is gone, and its successor is on node-2. `facts` are of node-1."""
    story.remove(used_on_node_1(story))
    story.put(node("node-1", **facts))
    story.put(node("node-2"))
    story.put(pod(0, uid="next", node="node-2", claims=("data-web-0",)))


def test_a_pod_that_waits_for_a_disk_that_nothing_holds_is_seen():
    story = Story()
    moved_to_node_2(story, attached=True)
    assert story.seen_by(REACHES) == ["pod/web-0 waits on node-2 for volume v1, which nothing holds on node-1"]


def test_a_pod_that_waits_for_a_disk_that_nobody_has_is_seen():
    story = Story()
    moved_to_node_2(story)
    story.remove(attachment("node-1"))
    assert story.seen_by(REACHES) == ["pod/web-0 waits on node-2 for volume v1, which nobody has"]


def test_a_node_that_is_not_told_of_what_it_has_attached_is_seen():
    story = Story()
    moved_to_node_2(story)
    story.remove(attachment("node-1"))
    story.put(attachment("node-2"))
    assert story.seen_by(REACHES) == ["pod/web-0 waits for volume v1, although it is attached to node-2"]


@pytest.mark.parametrize("ready", ["True", "Unknown"])
def test_a_pod_waits_for_a_node_that_may_still_use_the_disk(ready: str):
    story = Story()
    moved_to_node_2(story, attached=True, in_use=True, ready=ready)
    assert story.seen_by(REACHES) == []
    assert story.times(REACHES) == 1


def test_a_pod_waits_for_its_driver():
    story = Story()
    moved_to_node_2(story)
    story.doomed(attachment("node-1"), ATTACHER)
    assert story.seen_by(REACHES) == []
    story.remove(attachment("node-1"))
    story.put(attachment("node-2", attached=False))
    assert story.seen_by(REACHES) == []


def test_a_pod_that_was_told_of_a_failure_may_wait_for_the_next_try():
    story = Story()
    moved_to_node_2(story)
    story.remove(attachment("node-1"))
    about = ObjectReference(kind="Pod", namespace="default", name="web-0", uid="next")
    text = 'AttachVolume.Attach failed for volume "v1" : the pool is full'
    story.put(Event(metadata=meta("web-0.1"), involved_object=about, message=text), ATTACHER)
    assert story.seen_by(REACHES) == []
