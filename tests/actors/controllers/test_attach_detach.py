"""Which volumes are attached where, what pods are told of it, and when a volume is taken from a node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace
from volume_world import VolumeWorld, claim, pod, volume

from harness.actors.controllers.attach_detach import AttachDetachController
from harness.actors.controllers.attach_detach.wanted import multi_attach_text
from harness.api import kinds
from harness.objects.csi import CSIDriver, CSIDriverSpec, VolumeAttachment, VolumeError
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, NodeCondition, NodeSpec, NodeStatus, Taint
from harness.objects.pod import ContainerState, ContainerStateRunning, ContainerStatus, Pod
from harness.objects.storage import PersistentVolume

DRIVER = "disk.csi.example.com"
SIX_MINUTES_MS = 360_000


def csi(name: str, *modes: str) -> Any:
    return volume(name, "1Gi", *modes, csi={"driver": DRIVER, "volumeHandle": f"h-{name}"})


def unique(name: str) -> str:
    return f"kubernetes.io/csi/{DRIVER}^h-{name}"


class AttachWorld(VolumeWorld):
    """Two nodes, no kubelet and no attacher: the tests play both."""

    def __init__(self, **flags: str | int | bool) -> None:
        super().__init__(**flags)
        AttachDetachController(self.process)
        for name in ("node-1", "node-2"):
            ready = NodeCondition(type="Ready", status="True")
            self.create(Node(metadata=ObjectMeta(name=name), status=NodeStatus(conditions=(ready,))))

    def bind(self, name: str, *modes: str) -> None:
        """A claim bound to a CSI volume, both with names of their own."""
        self.apply(csi(f"pv-{name}", *modes))
        self.apply(
            replace(claim(name, "1Gi", *modes), spec=replace(claim(name, "1Gi", *modes).spec, volume_name=f"pv-{name}"))
        )
        self.run(1_000)

    @property
    def attachments(self) -> list[VolumeAttachment]:
        return self.server.list(kinds.BY_TYPE[VolumeAttachment])

    def places(self) -> list[tuple[str | None, str]]:
        return sorted((each.spec.source.persistent_volume_name, each.spec.node_name) for each in self.attachments)

    def answer(self, change: Callable[[VolumeAttachment], VolumeAttachment] | None = None) -> None:
        """The attacher attaches everything, or answers as told."""
        for each in self.attachments:
            status = replace(each.status, attached=True, attach_error=None)
            self.server.update_status(change(each) if change is not None else replace(each, status=status))
        self.run(1_000)

    def node(self, name: str) -> Node:
        found = self.server.find(Node, "", name)
        assert found is not None
        return found

    def attached(self, name: str) -> list[str]:
        return [each.name for each in self.node(name).status.volumes_attached]

    def uses(self, node: str, *names: str) -> None:
        """The kubelet says which volumes it has mounted."""
        stored = self.node(node)
        in_use = tuple(map(unique, names))
        self.server.update_status(replace(stored, status=replace(stored.status, volumes_in_use=in_use)))
        self.run(200)

    def fail(self, node: str) -> None:
        """The node is heard of no more."""
        stored = self.node(node)
        unknown = NodeCondition(type="Ready", status="Unknown")
        self.server.update_status(replace(stored, status=replace(stored.status, conditions=(unknown,))))

    def remove(self, name: str) -> None:
        """The pod's object goes at once."""
        self.server.delete(kinds.BY_TYPE[Pod], "default", name, grace_seconds=0)
        self.run(1_000)


@pytest.fixture
def world() -> AttachWorld:
    return AttachWorld()


def test_a_volume_is_attached_for_the_first_pod_that_uses_it_on_a_node(world: AttachWorld) -> None:
    world.bind("data")
    assert world.places() == []
    world.create(pod("db", "data", node="node-1"))
    world.run(200)

    assert world.places() == [("pv-data", "node-1")]
    assert world.attachments[0].spec.attacher == DRIVER
    assert world.attachments[0].metadata.name.startswith("csi-")
    assert world.attached("node-1") == []


def test_the_pod_and_the_node_are_told_once_the_attacher_has_done_it(world: AttachWorld) -> None:
    world.bind("data")
    world.apply(pod("db", "data", node="node-1"))
    world.run(1_000)
    world.answer()

    assert world.events("db") == [
        ("Normal", "SuccessfulAttachVolume", 'AttachVolume.Attach succeeded for volume "pv-data" ', 1)
    ]
    assert world.attached("node-1") == [unique("pv-data")]


def test_a_pod_without_a_node_and_a_claim_without_a_volume_attach_nothing(world: AttachWorld) -> None:
    world.bind("data")
    world.apply(pod("waiting", "data"), claim("unbound", "9Gi"), pod("early", "unbound", node="node-1"))
    world.run(1_000)

    assert world.places() == []


def test_a_claim_that_is_bound_after_its_pod_has_a_node_is_attached_then(world: AttachWorld) -> None:
    world.apply(claim("data", volumeName="pv-data"), pod("db", "data", node="node-1"))
    world.apply(csi("pv-data"))
    world.run(20_000)

    assert world.places() == [("pv-data", "node-1")]


@pytest.mark.parametrize("source", [{"nfs": {"server": "s", "path": "/"}}, {"hostPath": {"path": "/tmp/x"}}])
def test_volumes_of_other_sources_are_not_attached(world: AttachWorld, source: dict[str, Any]) -> None:
    world.apply(volume("pv", **source), claim("data", volumeName="pv"), pod("db", "data", node="node-1"))
    world.run(1_000)

    assert world.places() == []
    assert world.events("db") == []


def test_a_driver_may_say_that_its_volumes_need_no_attachment(world: AttachWorld) -> None:
    world.apply(CSIDriver(metadata=ObjectMeta(name=DRIVER), spec=CSIDriverSpec(attach_required=False)))
    world.bind("data")
    world.apply(pod("db", "data", node="node-1"))
    world.run(1_000)

    assert world.places() == []


def test_an_iscsi_disk_is_attached_without_an_attachment_object(world: AttachWorld) -> None:
    iqn = "iqn.2026-01.com.example:disk"
    disk = volume("pv-disk", csi=None, iscsi={"targetPortal": "10.0.0.1:3260", "iqn": iqn, "lun": 3})
    disk = replace(disk, spec=replace(disk.spec, host_path=None))
    world.apply(disk, claim("data", volumeName="pv-disk"), pod("db", "data", node="node-1"))
    world.run(1_000)

    assert world.places() == []
    assert world.reasons("db") == ["SuccessfulAttachVolume"]
    assert world.attached("node-1") == [f"kubernetes.io/iscsi/10.0.0.1:3260:{iqn}:3"]


# One node at a time


def moved(world: AttachWorld, *modes: str) -> None:
    """`data` is attached to node-1 for `old`, and `new` on node-2 wants it too."""
    world.bind("data", *modes)
    world.apply(pod("old", "data", node="node-1"))
    world.run(200)
    world.answer()
    world.uses("node-1", "pv-data")
    world.apply(pod("new", "data", node="node-2"))
    world.run(1_000)


def test_a_second_node_does_not_get_a_volume_of_one_node_and_its_pod_is_told_by_whom_it_is_used(
    world: AttachWorld,
) -> None:
    moved(world)
    world.run(60_000)

    assert world.places() == [("pv-data", "node-1")]
    text = 'Multi-Attach error for volume "pv-data" Volume is already used by pod(s) old'
    assert world.events("new") == [("Warning", "FailedAttachVolume", text, 1)]


@pytest.mark.parametrize("mode", ["ReadWriteMany", "ReadOnlyMany"])
def test_a_volume_of_many_nodes_is_attached_to_each(world: AttachWorld, mode: str) -> None:
    moved(world, mode)

    assert world.places() == [("pv-data", "node-1"), ("pv-data", "node-2")]


@pytest.mark.parametrize(
    ("users", "words"),
    [
        ((("default", "b"), ("default", "c")), "Volume is already used by pod(s) b, c"),
        ((("default", "b"), ("other", "c")), "Volume is already used by pod(s) b and 1 pod(s) in different namespaces"),
        ((("other", "b"), ("third", "c")), "Volume is already used by 2 pod(s) in different namespaces"),
        ((), "Volume is already exclusively attached to one node and can't be attached to another"),
    ],
)
def test_a_pod_learns_the_names_of_pods_in_its_own_namespace_only(
    users: tuple[tuple[str, str], ...], words: str
) -> None:
    pods = [Pod(metadata=ObjectMeta(namespace=namespace, name=name)) for namespace, name in users]

    assert multi_attach_text("pv", pod("a"), pods) == f'Multi-Attach error for volume "pv" {words}'


def test_when_the_old_pod_is_gone_and_its_node_has_let_go_the_volume_moves(world: AttachWorld) -> None:
    moved(world)
    world.remove("old")
    assert world.places() == [("pv-data", "node-1")]
    world.uses("node-1")

    assert world.attached("node-1") == []
    world.run(1_000)
    assert world.places() == [("pv-data", "node-2")]
    world.answer()
    assert world.reasons("new") == ["FailedAttachVolume", "SuccessfulAttachVolume"]


def test_a_volume_whose_object_is_gone_is_detached_all_the_same_when_its_pod_goes(world: AttachWorld) -> None:
    world.bind("data")
    world.apply(pod("db", "data", node="node-1"))
    world.run(1_000)
    world.answer()
    world.delete(world.volume("pv-data"))
    world.without_finalizers(world.volume("pv-data"))
    assert not world.has(csi("pv-data"))
    world.remove("db")

    assert world.places() == []
    assert world.attached("node-1") == []


def test_a_pod_that_comes_when_no_pod_is_left_on_the_other_node_is_told_just_that(world: AttachWorld) -> None:
    world.bind("data")
    world.apply(pod("old", "data", node="node-1"))
    world.run(200)
    world.answer()
    world.uses("node-1", "pv-data")
    world.remove("old")
    world.apply(pod("new", "data", node="node-2"))
    world.run(1_000)

    assert [message for _, _, message, _ in world.events("new")] == [
        'Multi-Attach error for volume "pv-data" '
        "Volume is already exclusively attached to one node and can't be attached to another"
    ]


def test_a_pod_that_ends_lets_go_of_its_volume_as_soon_as_none_of_its_containers_runs(world: AttachWorld) -> None:
    world.bind("data")
    world.apply(pod("db", "data", node="node-1"))
    world.run(200)
    world.answer()
    running = ContainerStatus(name="c", state=ContainerState(running=ContainerStateRunning()))
    stored = world.server.find(Pod, "default", "db")
    assert stored is not None
    stored = world.server.update_status(replace(stored, status=replace(stored.status, container_statuses=(running,))))
    world.server.delete(kinds.BY_TYPE[Pod], "default", "db", grace_seconds=30)
    world.run(1_000)
    assert world.places() == [("pv-data", "node-1")]

    stored = world.server.find(Pod, "default", "db")
    assert stored is not None
    world.server.update_status(replace(stored, status=replace(stored.status, phase="Succeeded")))
    world.run(1_000)
    assert world.places() == []


# Nodes that are lost


def lost(world: AttachWorld) -> None:
    """node-1 has failed with the volume mounted, and its pod was removed by force."""
    moved(world)
    world.fail("node-1")
    world.remove("old")


def test_a_volume_is_taken_from_a_node_that_is_not_ready_after_six_minutes(world: AttachWorld) -> None:
    lost(world)
    world.run(SIX_MINUTES_MS - 2_000)
    assert world.places() == [("pv-data", "node-1")]
    world.run(2_000)

    assert world.places() == [("pv-data", "node-2")]


def test_a_volume_is_not_taken_from_a_node_that_is_ready_however_long_it_takes(world: AttachWorld) -> None:
    moved(world)
    world.remove("old")
    world.run(2 * SIX_MINUTES_MS)

    assert world.places() == [("pv-data", "node-1")]


def test_a_flag_keeps_volumes_from_being_taken_after_six_minutes() -> None:
    world = AttachWorld(disable_force_detach_on_timeout=True)
    lost(world)
    world.run(2 * SIX_MINUTES_MS)

    assert world.places() == [("pv-data", "node-1")]


def test_a_node_that_is_declared_out_of_service_loses_its_volumes_at_once(world: AttachWorld) -> None:
    lost(world)
    node = world.node("node-1")
    taint = Taint(key="node.kubernetes.io/out-of-service", value="nodeshutdown", effect="NoExecute")
    world.server.update(replace(node, spec=NodeSpec(taints=(taint,))))
    world.run(1_000)

    assert world.places() == [("pv-data", "node-2")]


def test_a_node_that_was_deleted_loses_its_volumes_after_six_minutes(world: AttachWorld) -> None:
    moved(world)
    world.remove("old")
    world.server.delete(kinds.BY_TYPE[Node], "", "node-1")
    world.run(SIX_MINUTES_MS - 2_000)
    assert world.places() == [("pv-data", "node-1")]
    world.run(3_000)

    assert world.places() == [("pv-data", "node-2")]


# Attachers that fail


def refused(attachment: VolumeAttachment) -> VolumeAttachment:
    error = VolumeError(message="rpc error: code = Internal desc = no slot")
    return replace(attachment, status=replace(attachment.status, attach_error=error))


def test_what_the_attacher_complains_of_is_told_to_the_pod_and_asked_for_again(world: AttachWorld) -> None:
    world.bind("data")
    world.apply(pod("db", "data", node="node-1"))
    world.run(200)
    world.answer(refused)
    world.run(10_000)

    text = 'AttachVolume.Attach failed for volume "pv-data" : rpc error: code = Internal desc = no slot'
    ((type_, reason, message, count),) = world.events("db")
    assert (type_, reason, message) == ("Warning", "FailedAttachVolume", text)
    assert count >= 4
    world.answer()
    world.run(20_000)
    assert world.reasons("db")[-1] == "SuccessfulAttachVolume"


def test_an_attacher_that_is_not_there_is_given_two_minutes(world: AttachWorld) -> None:
    world.bind("data")
    world.apply(pod("db", "data", node="node-1"))
    world.run(119_000)
    assert world.events("db") == []
    world.run(2_000)

    assert [message for _, _, message, _ in world.events("db")] == [
        f'AttachVolume.Attach failed for volume "pv-data" : timed out waiting for external-attacher of {DRIVER} '
        "CSI driver to attach volume h-pv-data"
    ]


def test_an_attachment_that_somebody_deleted_is_made_again_within_a_minute(world: AttachWorld) -> None:
    world.bind("data")
    world.apply(pod("db", "data", node="node-1"))
    world.run(200)
    world.answer()
    world.delete(world.attachments[0])
    assert world.places() == []
    world.run(61_000)

    assert world.places() == [("pv-data", "node-1")]


def point(world: AttachWorld, name: str, at: Any) -> None:
    """Somebody has the volume point elsewhere by hand."""
    stored = world.server.find(PersistentVolume, "", name)
    assert stored is not None
    world.server.update(replace(stored, spec=replace(stored.spec, claim_ref=at)))


def test_a_pod_keeps_its_volume_attached_while_the_volume_points_at_no_claim_for_a_moment(world: AttachWorld) -> None:
    world.bind("data")
    world.apply(pod("db", "data", node="node-1"))
    world.run(1_000)
    world.answer()
    point(world, "pv-data", None)
    running = world.server.find(Pod, "default", "db")
    assert running is not None
    world.server.update_status(replace(running, status=replace(running.status, phase="Running")))
    world.run(60_000)

    assert world.places() == [("pv-data", "node-1")]
    assert world.attachments[0].metadata.deletion_timestamp is None


def test_a_pod_whose_claim_could_not_be_followed_to_its_volume_is_looked_at_again_every_three_minutes(
    world: AttachWorld,
) -> None:
    world.bind("data")
    stored = world.server.find(PersistentVolume, "", "pv-data")
    assert stored is not None
    point(world, "pv-data", None)
    world.create(pod("db", "data", node="node-1"))
    point(world, "pv-data", stored.spec.claim_ref)
    world.run(160_000)
    assert world.places() == []
    world.run(20_000)
    assert world.places() == [("pv-data", "node-1")]
