"""Provisioners remove the volumes that are released, and only those."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from provisioner_world import (
    HELD_UNTIL_REMOVED,
    SELECTED,
    ProvisionerWorld,
    claim,
    csi,
    late_class,
    local_path,
    nfs,
    node,
    storage_class,
)

from harness.actors.world import ProvisionerBehaviour


def bound(behaviour: ProvisionerBehaviour, **of_class: object) -> ProvisionerWorld:
    """A world with one claim that has its volume."""
    world = ProvisionerWorld(behaviour, nodes=(node("node-1"), node("node-2")))
    world.apply(
        late_class(behaviour.name, **of_class)
        if behaviour is local_path
        else storage_class(behaviour.name, **of_class),
        claim(annotations={SELECTED: "node-1"} if behaviour is local_path else {}),
    )
    assert world.claim().status.phase == "Bound"
    return world


def failures(world: ProvisionerWorld) -> list[tuple[str, int]]:
    name = world.volume().metadata.name
    return [(text, count) for reason, text, count in world.events(name) if reason == "VolumeFailedDelete"]


@pytest.mark.parametrize("behaviour", [nfs, local_path, csi])
def test_a_volume_goes_with_its_claim_where_the_class_says_delete(behaviour: ProvisionerBehaviour) -> None:
    world = bound(behaviour)
    world.delete(world.claim())
    assert world.volumes() == []


@pytest.mark.parametrize("behaviour", [nfs, local_path, csi])
def test_a_volume_stays_released_where_the_class_says_retain(behaviour: ProvisionerBehaviour) -> None:
    world = bound(behaviour, reclaimPolicy="Retain")
    world.delete(world.claim())
    assert world.volume().status.phase == "Released"


def test_only_the_volumes_of_csi_drivers_are_held_until_they_are_removed() -> None:
    assert HELD_UNTIL_REMOVED not in bound(nfs).volume().metadata.finalizers
    assert HELD_UNTIL_REMOVED in bound(csi).volume().metadata.finalizers


def test_the_finalizer_follows_the_policy_of_a_bound_volume() -> None:
    world = bound(csi)
    world.edit(world.volume(), persistent_volume_reclaim_policy="Retain")
    assert HELD_UNTIL_REMOVED not in world.volume().metadata.finalizers
    world.edit(world.volume(), persistent_volume_reclaim_policy="Delete")
    assert HELD_UNTIL_REMOVED in world.volume().metadata.finalizers


def test_a_volume_that_was_retained_is_removed_once_its_policy_is_delete() -> None:
    world = bound(csi, reclaimPolicy="Retain")
    world.delete(world.claim())
    assert HELD_UNTIL_REMOVED not in world.volume().metadata.finalizers
    world.edit(world.volume(), persistent_volume_reclaim_policy="Delete")
    assert world.volumes() == []


def test_a_volume_deleted_before_its_claim_waits_and_its_storage_is_removed() -> None:
    world = bound(csi)
    world.delete(world.volume())
    assert world.volume().status.phase == "Bound"
    world.delete(world.claim())
    assert world.volumes() == []


def test_without_that_finalizer_a_volume_deleted_before_its_claim_leaves_its_folder_behind() -> None:
    world = bound(nfs)
    world.world.provisioners.fail(nfs.name, "would be asked")
    world.delete(world.volume())
    world.delete(world.claim())
    assert world.volumes() == []


@pytest.mark.parametrize(
    ("behaviour", "answer", "text"),
    [
        (nfs, "permission denied", "permission denied"),
        (local_path, "timeout", "failed to delete volume {0}: failed to delete volume {0}: timeout"),
        (csi, "in use", "rpc error: code = Unknown desc = in use"),
    ],
)
def test_a_removal_that_fails_is_told_of_the_volume_and_done_again(
    behaviour: ProvisionerBehaviour, answer: str, text: str
) -> None:
    world = bound(behaviour)
    name = world.volume().metadata.name
    world.world.provisioners.fail(behaviour.name, answer)
    world.delete(world.claim())
    assert failures(world)[0][0] == text.format(name)
    assert world.volume().status.phase == "Released"

    world.world.provisioners.recover(behaviour.name)
    world.run(20_000)
    assert world.volumes() == []


def test_a_library_provisioner_gives_up_a_removal_some_time_and_looks_again_every_fifteen_minutes() -> None:
    world = bound(nfs)
    world.world.provisioners.fail(nfs.name, "permission denied")
    world.delete(world.claim())
    world.run(30_000_000)
    ((_, before),) = failures(world)
    world.run(900_000)
    assert failures(world) == [("permission denied", before + 1)]


def test_a_folder_cannot_be_removed_without_the_class_that_says_what_becomes_of_it() -> None:
    world = bound(nfs)
    world.delete(storage_class(nfs.name))
    world.delete(world.claim())
    assert failures(world) == [('storageclasses.storage.k8s.io "fast" not found', 1)]


@pytest.mark.parametrize(
    ("parameters", "is_asked"),
    [
        ({"onDelete": "retain"}, False),
        ({"onDelete": "delete"}, True),
        ({"archiveOnDelete": "false"}, True),
        ({}, True),
    ],
)
def test_a_class_may_have_folders_left_alone(parameters: dict[str, str], *, is_asked: bool) -> None:
    world = bound(nfs, parameters=parameters)
    world.world.provisioners.fail(nfs.name, "asked")
    world.delete(world.claim())
    assert bool(world.volumes()) is is_asked


def test_a_class_that_says_neither_yes_nor_no_to_archives_keeps_all_volumes() -> None:
    world = bound(nfs, parameters={"archiveOnDelete": "maybe"})
    world.delete(world.claim())
    assert failures(world) == [('strconv.ParseBool: parsing "maybe": invalid syntax', 1)]


def test_what_lay_on_a_node_that_is_gone_needs_no_removal() -> None:
    world = bound(local_path)
    world.world.provisioners.fail(local_path.name, "no node to run on")
    world.delete(node("node-1"))
    world.delete(world.claim())
    assert world.volumes() == []


def test_an_attached_volume_is_not_removed() -> None:
    world = bound(csi)
    world.attach("node-2")
    name = world.volume().metadata.name
    world.delete(world.claim())
    text = f"persistentvolume {name} is still attached to node node-2"
    assert [told for told, _ in failures(world)] == [text]

    world.delete(world.attachment())
    world.run(20_000)
    assert world.volumes() == []


def test_a_hand_made_volume_of_the_driver_is_its_own_and_another_provisioners_is_not() -> None:
    world = bound(csi)
    volume = world.volume()
    annotations = {"pv.kubernetes.io/provisioned-by": "other.example.com"}
    world.server.modify(
        volume, lambda stored: replace(stored, metadata=replace(stored.metadata, annotations=annotations))
    )
    world.delete(world.claim())
    assert world.volume().status.phase == "Released"

    world.annotate(volume, {})
    assert world.volumes() == []


def test_a_stopped_provisioner_removes_nothing_until_it_runs_again() -> None:
    world = bound(csi)
    world.world.provisioners.fail(csi.name)
    world.delete(world.claim())
    world.run(60_000)
    assert world.volume().status.phase == "Released"
    world.world.provisioners.recover(csi.name)
    world.run()
    assert world.volumes() == []


def test_a_failed_volume_is_not_removed() -> None:
    world = bound(csi)
    world.world.provisioners.fail(csi.name)
    world.delete(world.claim())
    volume = world.volume()
    world.server.modify(
        volume, lambda stored: replace(stored, status=replace(stored.status, phase="Failed")), status=True
    )
    world.world.provisioners.recover(csi.name)
    world.run(60_000)
    assert len(world.volumes()) == 1
