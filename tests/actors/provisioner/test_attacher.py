"""Attachers attach and detach what they are asked to, and hold on to both objects meanwhile."""

from __future__ import annotations

from msgspec.structs import replace
from provisioner_world import ProvisionerWorld, claim, csi, node, storage_class

from harness.actors.provisioner.attacher import finalizer_of
from harness.objects.csi import VolumeAttachment

HELD_WHILE_ATTACHED = "external-attacher/ebs-csi-aws-com"
FULL = "rpc error: code = ResourceExhausted desc = too many volumes on the node"


def bound(*nodes: str) -> ProvisionerWorld:
    """A world with one claim that has its volume."""
    world = ProvisionerWorld(csi, nodes=tuple(node(name) for name in nodes or ("node-1",)))
    world.apply(storage_class(csi.name), claim())
    return world


def attach_errors(world: ProvisionerWorld) -> list[str]:
    """What each write of an attachment says that went wrong, in order."""
    written = [record.subject for record in world.trace.records if isinstance(record.subject, VolumeAttachment)]
    return [each.status.attach_error.message for each in written if each.status.attach_error is not None]


def test_finalizers_are_named_after_the_driver_without_other_characters() -> None:
    assert finalizer_of("ebs.csi.aws.com") == HELD_WHILE_ATTACHED
    assert finalizer_of("csi.example.com.") == "external-attacher/csi-example-com-X"


def test_volume_and_attachment_are_held_before_the_volume_is_attached() -> None:
    world = bound()
    since = len(world.trace.records)
    world.attach("node-1")
    attachment = world.attachment()
    assert attachment.status.attached
    assert attachment.metadata.annotations == {"csi.alpha.kubernetes.io/node-id": "node-1"}
    writes = [
        (record.subject.kind, HELD_WHILE_ATTACHED in record.subject.metadata.finalizers)
        for record in world.trace.records[since:]
    ]
    assert writes == [
        ("VolumeAttachment", False),
        ("PersistentVolume", True),
        ("VolumeAttachment", True),
        ("VolumeAttachment", True),
    ]


def test_a_detached_attachment_is_gone_and_its_volume_stays_held_until_it_is_deleted() -> None:
    world = bound()
    world.attach("node-1")
    world.delete(world.attachment())
    assert world.server.find(VolumeAttachment, "", "a") is None
    assert HELD_WHILE_ATTACHED in world.volume().metadata.finalizers
    world.delete(world.claim())
    assert world.volumes() == []


def test_a_volume_that_is_being_deleted_is_attached_to_no_further_node() -> None:
    world = bound("node-1", "node-2")
    world.attach("node-1")
    world.delete(world.volume())
    world.attach("node-2", "b")
    error = world.attachment("b").status.attach_error
    assert error is not None
    assert error.message == f'PersistentVolume "{world.volume().metadata.name}" is marked for deletion'
    assert error.error_code is None


def test_an_error_of_the_driver_is_told_with_its_number_and_tried_again_after_a_rest() -> None:
    world = bound()
    world.world.provisioners.fail(csi.name, FULL)
    world.attach("node-1")
    error = world.attachment().status.attach_error
    assert error is not None
    assert (error.message, error.error_code) == (FULL, 8)
    assert attach_errors(world) == [FULL, FULL], "after 0.5 s and, a second's rest later, again"

    world.world.provisioners.recover(csi.name)
    world.run(5_000)
    assert (world.attachment().status.attached, world.attachment().status.attach_error) == (True, None)


def test_an_unknown_node_and_one_without_the_driver_cannot_be_attached_to() -> None:
    world = bound()
    world.attach("node-9")
    world.create(replace(node("node-9")))
    assert attach_errors(world)[0] == 'csinode.storage.k8s.io "node-9" not found'

    world.run(20_000)
    assert world.attachment().status.attached, "once the driver is registered there"


def test_a_failed_detachment_keeps_the_attachment_and_is_tried_again() -> None:
    world = bound()
    world.attach("node-1")
    world.world.provisioners.fail(csi.name, "rpc error: code = Internal desc = busy")
    world.delete(world.attachment())
    error = world.attachment().status.detach_error
    assert error is not None
    assert error.message == "rpc error: code = Internal desc = busy"
    assert world.attachment().status.attached

    world.world.provisioners.recover(csi.name)
    world.run(5_000)
    assert world.server.find(VolumeAttachment, "", "a") is None


def test_a_driver_forgotten_by_the_node_can_still_detach_from_it() -> None:
    world = bound()
    world.attach("node-1")
    registered = world.driver_node("node-1")
    assert registered is not None
    world.delete(registered)
    world.delete(world.attachment())
    assert world.server.find(VolumeAttachment, "", "a") is None


def test_attachments_of_other_drivers_are_left_alone() -> None:
    world = bound()
    world.attach("node-1")
    other = replace(world.attachment(), status=replace(world.attachment().status, attached=False))
    metadata = replace(other.metadata, name="other", finalizers=(), resource_version="", uid="")
    world.apply(replace(other, metadata=metadata, spec=replace(other.spec, attacher="other.example.com")))
    assert world.attachment("other").metadata.finalizers == ()


def test_a_stopped_attacher_attaches_nothing_until_it_runs_again() -> None:
    world = bound()
    world.world.provisioners.fail(csi.name)
    world.attach("node-1")
    assert not world.attachment().status.attached
    world.world.provisioners.recover(csi.name)
    world.run()
    assert world.attachment().status.attached
