"""Claims and volumes that are deleted while in use."""

from __future__ import annotations

from msgspec.structs import replace
from volume_world import VolumeWorld, attributes_class, claim, pod, volume

from harness.api import kinds
from harness.objects.claim import PersistentVolumeClaimTemplate
from harness.objects.csi import VolumeAttributesClass
from harness.objects.meta import ObjectMeta, owned_by
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.volume import EphemeralVolumeSource, Volume

PODS = kinds.BY_TYPE[Pod]


def test_deleting_an_unused_claim_completes_at_once_in_two_steps() -> None:
    world = VolumeWorld()
    world.apply(claim("c"))
    before = len(world.trace.records)
    world.delete(claim("c"))
    steps = [record.type for record in world.trace.records[before:] if record.subject.kind == "PersistentVolumeClaim"]
    assert steps == ["MODIFIED", "DELETED"]


def test_a_claim_outlives_its_deletion_until_the_pod_on_a_node_is_gone() -> None:
    world = VolumeWorld()
    world.apply(Node(metadata=ObjectMeta(name="n")), claim("c"), pod("p", "c", node="n"))
    world.delete(claim("c"))
    assert world.claim("c").metadata.deletion_timestamp is not None
    world.server.delete(PODS, "default", "p", grace_seconds=0)
    world.run()
    assert not world.has(claim("c"))


def test_a_finished_pod_still_holds_its_claim() -> None:
    world = VolumeWorld()
    world.apply(Node(metadata=ObjectMeta(name="n")), claim("c"), pod("p", "c", node="n"))
    stored = world.server.list(PODS)[0]
    world.server.update_status(replace(stored, status=replace(stored.status, phase="Succeeded")))
    world.delete(claim("c"))
    assert world.has(claim("c"))


def test_a_pod_that_is_not_scheduled_does_not_hold_its_claim() -> None:
    world = VolumeWorld()
    world.apply(claim("c"), pod("p", "c"))
    world.delete(claim("c"))
    assert not world.has(claim("c"))


def test_a_pod_that_is_shut_down_holds_a_claim_it_names_but_not_the_one_made_for_it() -> None:
    world = VolumeWorld()
    world.apply(Node(metadata=ObjectMeta(name="n")))
    template = PersistentVolumeClaimTemplate(spec=claim("any").spec)
    scratch = Volume(name="v", ephemeral=EphemeralVolumeSource(volume_claim_template=template))
    made = pod("p", "named", node="n")
    made = replace(
        made,
        metadata=replace(made.metadata, finalizers=("example.com/kept",)),
        spec=replace(made.spec, volumes=(*made.spec.volumes, scratch)),
    )
    world.apply(made)
    owner = owned_by(world.server.list(PODS)[0])
    owned = claim("p-v")
    world.apply(claim("named"), replace(owned, metadata=replace(owned.metadata, owner_references=(owner,))))
    world.delete(claim("named"))
    world.delete(claim("p-v"))
    assert world.has(claim("named")) and world.has(claim("p-v"))
    world.server.delete(PODS, "default", "p", grace_seconds=0)
    world.run()
    assert world.has(claim("named")) and not world.has(claim("p-v"))


def test_a_claim_that_lacks_its_finalizer_gets_it() -> None:
    world = VolumeWorld()
    world.apply(claim("c"))
    stored = world.claim("c")
    world.server.update(replace(stored, metadata=replace(stored.metadata, finalizers=())))
    world.run()
    assert world.claim("c").metadata.finalizers == ("kubernetes.io/pvc-protection",)


def test_a_bound_volume_outlives_its_deletion_until_its_claim_is_gone() -> None:
    world = VolumeWorld()
    world.apply(volume("v"), claim("c"))
    world.delete(volume("v"))
    assert world.volume("v").status.phase == "Bound"
    world.delete(claim("c"))
    assert not world.has(volume("v"))


def test_a_volume_that_is_not_bound_is_deleted_at_once() -> None:
    world = VolumeWorld()
    world.apply(volume("v"))
    world.delete(volume("v"))
    assert not world.has(volume("v"))


CSI = {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}


def test_a_class_of_attributes_that_nothing_names_is_deleted_at_once() -> None:
    world = VolumeWorld()
    world.apply(attributes_class("gold"))
    world.delete(attributes_class("gold"))
    assert not world.has(attributes_class("gold"))


def test_a_class_of_attributes_outlives_its_deletion_until_no_claim_and_no_volume_names_it() -> None:
    world = VolumeWorld()
    gold = {"volumeAttributesClassName": "gold"}
    world.apply(attributes_class("gold"), volume("v", csi=CSI, **gold), claim("c", **gold))
    assert world.claim("c").status.current_volume_attributes_class_name == "gold"
    world.delete(attributes_class("gold"))
    world.delete(claim("c"))
    assert world.has(attributes_class("gold"))
    world.delete(volume("v"))
    assert not world.has(attributes_class("gold"))


def test_a_claim_holds_the_class_that_it_leaves_until_the_change_is_done() -> None:
    world = VolumeWorld()
    gold = {"volumeAttributesClassName": "gold"}
    world.apply(attributes_class("gold"), volume("v", csi=CSI, **gold), claim("c", **gold))
    world.edit("v", volume_attributes_class_name="silver")
    stored = world.claim("c")
    stored = world.server.update(replace(stored, spec=replace(stored.spec, volume_attributes_class_name="silver")))
    world.delete(attributes_class("gold"))
    assert world.has(attributes_class("gold"))
    done = replace(stored.status, current_volume_attributes_class_name="silver")
    world.server.update_status(replace(stored, status=done))
    world.run()
    assert not world.has(attributes_class("gold"))


def test_a_class_of_attributes_that_lacks_its_finalizer_gets_it() -> None:
    world = VolumeWorld()
    world.apply(attributes_class("gold"))
    stored = world.server.list(kinds.BY_TYPE[VolumeAttributesClass])[0]
    world.server.update(replace(stored, metadata=replace(stored.metadata, finalizers=())))
    world.run()
    stored = world.server.list(kinds.BY_TYPE[VolumeAttributesClass])[0]
    assert stored.metadata.finalizers == ("kubernetes.io/vac-protection",)
