"""A resizer grows volumes, tells the claim how far it is, and finds its way out of expansions that fail."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace
from provisioner_world import NO_ANSWER, ProvisionerWorld, claim, csi, nfs, pod, storage_class

from harness.actors.provisioner.resizer import size_to_reach
from harness.actors.world import ProvisionerBehaviour
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume
from harness.objects.wire import from_wire

IMPOSSIBLE = "rpc error: code = OutOfRange desc = at most 8Gi"
BROKEN = "rpc error: code = Internal desc = the array is read-only"
IN_USE = "rpc error: code = FailedPrecondition desc = volume is in use"
BEFORE = "volume.alpha.kubernetes.io/pre-resize-capacity"
PENDING = "Waiting for user to (re-)start a pod to finish file system resize of volume on node."
UP_TO_DATE = "volume.kubernetes.io/node-expansion-not-required"


def bound(behaviour: ProvisionerBehaviour = csi, **spec: str) -> ProvisionerWorld:
    """A world with one claim of 1Gi that has its volume; of a raw device, so that no node has a part in it."""
    world = ProvisionerWorld(behaviour)
    world.apply(storage_class(behaviour.name, allowVolumeExpansion=True), claim(**({"volumeMode": "Block"} | spec)))
    assert world.claim().status.phase == "Bound"
    return world


def said(world: ProvisionerWorld) -> list[tuple[str, str, int]]:
    return world.events(source="external-resizer ebs.csi.aws.com")


def attempts(world: ProvisionerWorld) -> list[int]:
    """When the driver was asked to expand, in ms."""
    return [
        record.time_ms
        for record in world.trace.records
        if record.subject.kind == "Event" and record.subject.reason == "Resizing"
    ]


def conditions(world: ProvisionerWorld) -> dict[str, str]:
    return {condition.type: condition.message for condition in world.claim().status.conditions}


def state(world: ProvisionerWorld) -> str:
    return world.claim().status.allocated_resource_statuses.get("storage", "")


def sizes(world: ProvisionerWorld) -> tuple[str, str]:
    """What the claim and its volume have."""
    return world.claim().status.capacity["storage"], world.volume().spec.capacity["storage"]


def test_a_raw_device_is_grown_without_the_node() -> None:
    world = bound()
    world.grow("1500M")
    world.run()
    assert sizes(world) == ("1500000000", "1500000000")
    assert (conditions(world), state(world)) == ({}, "")
    assert world.claim().metadata.annotations[UP_TO_DATE] == "true"
    assert BEFORE not in world.volume().metadata.annotations
    assert said(world) == [
        ("Resizing", f"External resizer is resizing volume {world.volume().metadata.name}", 1),
        ("VolumeResizeSuccessful", "Resize volume succeeded", 1),
    ]


def test_a_file_system_is_left_to_the_node() -> None:
    world = bound(volumeMode="Filesystem")
    world.grow("2Gi")
    world.run(60_000)
    assert sizes(world) == ("1Gi", "2Gi")
    assert state(world) == "NodeResizePending"
    assert conditions(world) == {
        "Resizing": "",
        "FileSystemResizePending": PENDING,
    }
    assert world.claim().status.allocated_resources == {"storage": "2Gi"}
    assert world.volume().metadata.annotations[BEFORE] == "1Gi"
    assert [reason for reason, _, _ in said(world)] == ["Resizing", "FileSystemResizeRequired"]


def test_the_mark_of_the_size_before_goes_when_the_claim_has_the_new_size() -> None:
    world = bound(volumeMode="Filesystem")
    world.grow("2Gi")
    world.run()
    grown = world.claim()
    world.server.update_status(replace(grown, status=replace(grown.status, capacity={"storage": "2Gi"})))
    world.run()
    assert BEFORE not in world.volume().metadata.annotations


def test_a_second_expansion_takes_away_what_the_first_told_the_node() -> None:
    world = bound()
    world.grow("2Gi")
    world.run()
    world.grow("3Gi")
    world.run(100)
    assert UP_TO_DATE not in world.claim().metadata.annotations
    assert state(world) == "ControllerResizeInProgress"
    world.run()
    assert sizes(world) == ("3Gi", "3Gi")


@pytest.mark.parametrize("behaviour", [replace(csi, resize=False), nfs])
def test_without_a_resizer_nothing_grows(behaviour: ProvisionerBehaviour) -> None:
    world = bound(behaviour, volumeMode="Filesystem")
    world.grow("2Gi")
    world.run(60_000)
    assert (*sizes(world), attempts(world)) == ("1Gi", "1Gi", [])


# Failures


def test_an_infeasible_expansion_is_tried_once_more_and_then_every_five_minutes() -> None:
    world = bound()
    world.world.provisioners.fail(csi.name, IMPOSSIBLE)
    world.grow("9Gi")
    world.run(2_000)
    assert state(world) == "ControllerResizeInfeasible"
    assert conditions(world) == {"Resizing": "", "ControllerResizeError": f"failed to expand pvc with {IMPOSSIBLE}"}
    text = f'resize volume "{world.volume().metadata.name}" by resizer "{csi.name}" failed: {IMPOSSIBLE}'
    assert ("VolumeResizeFailed", text, 2) in said(world)

    world.run(800_000)
    gaps = [after - before for before, after in pairwise(attempts(world))]
    assert len(gaps) == 3
    assert gaps[0] < 1_000
    assert all(300_000 <= gap < 301_000 for gap in gaps[1:])


def test_an_infeasible_expansion_is_recovered_from_by_asking_for_less() -> None:
    world = bound()
    world.world.provisioners.fail(csi.name, IMPOSSIBLE)
    world.grow("9Gi")
    world.run(20_000)
    world.world.provisioners.recover(csi.name)
    world.grow("8Gi")
    world.run()
    assert sizes(world) == ("8Gi", "8Gi")
    assert (conditions(world), state(world)) == ({}, "")


def test_a_definite_failure_is_tried_again_at_growing_intervals_and_lets_the_size_be_lowered() -> None:
    world = bound()
    world.world.provisioners.fail(csi.name, BROKEN)
    world.grow("9Gi")
    world.run(20_000)
    assert state(world) == "ControllerResizeInProgress"
    assert "ControllerResizeError" in conditions(world)
    gaps = [after - before for before, after in pairwise(attempts(world))]
    # The first failure is followed by a second attempt at once: the claim's state has changed.
    assert [gap // 500 * 500 for gap in gaps[:4]] == [500, 1_000, 4_500, 8_500]

    world.world.provisioners.recover(csi.name)
    world.grow("8Gi")
    world.run()
    assert sizes(world) == ("8Gi", "8Gi")


def test_an_expansion_of_unknown_outcome_is_brought_to_its_end_before_a_lower_wish_counts() -> None:
    world = bound()
    world.world.provisioners.fail(csi.name, NO_ANSWER)
    world.grow("9Gi")
    world.run(2_000)
    assert "ControllerResizeError" not in conditions(world)
    world.world.provisioners.recover(csi.name)
    world.grow("8Gi")
    world.run(20_000)
    assert sizes(world) == ("9Gi", "9Gi")


def test_a_driver_that_expands_nothing_in_use_is_asked_again_when_the_pod_is_gone() -> None:
    world = bound()
    user = pod("user", "data")
    world.apply(user)
    world.world.provisioners.fail(csi.name, IN_USE)
    world.grow("2Gi")
    world.run(10_000)
    assert len(attempts(world)) == 1
    text = (
        "Unable to expand default/data because CSI driver ebs.csi.aws.com only supports offline expansion "
        "and volume is currently in-use"
    )
    assert text in [message for _, message, _ in said(world)]

    world.world.provisioners.recover(csi.name)
    world.delete(user)
    world.run(60_000)
    assert sizes(world) == ("2Gi", "2Gi")


def test_a_claim_changed_while_its_volume_grows_is_told_of_it_at_the_next_attempt() -> None:
    world = bound()
    world.grow("2Gi")
    world.run(100)
    touched = world.claim()
    world.server.update(replace(touched, metadata=replace(touched.metadata, labels={"touched": "yes"})))
    world.run(500)
    ((_, text, _),) = [event for event in said(world) if event[0] == "VolumeResizeFailed"]
    assert text.startswith(
        'mark PVC "default/data" as resize finished failed: can\'t patch status of  PVC default/data'
    )
    assert sizes(world) == ("1Gi", "2Gi")
    world.run(5_000)
    assert sizes(world) == ("2Gi", "2Gi")
    assert world.claim().metadata.labels == {"touched": "yes"}


def test_a_resizer_that_starts_again_takes_up_what_was_begun() -> None:
    world = bound()
    world.grow("2Gi")
    world.run(100)
    world.world.provisioners.fail(csi.name)
    world.run(60_000)
    assert (*sizes(world), state(world)) == ("1Gi", "1Gi", "ControllerResizeInProgress")
    world.world.provisioners.recover(csi.name)
    world.run()
    assert sizes(world) == ("2Gi", "2Gi")


# Which size comes next. (wish, allocated, state, capacity of the volume, given up by the driver) -> size


@pytest.mark.parametrize(
    ("wish", "allocated", "state", "capacity", "over", "size"),
    [
        ("9Gi", "", "", "1Gi", False, "9Gi"),
        ("9Gi", "5Gi", "ControllerResizeInProgress", "1Gi", False, "5Gi"),
        ("9Gi", "5Gi", "ControllerResizeInProgress", "1Gi", True, "9Gi"),
        ("9Gi", "5Gi", "ControllerResizeInfeasible", "1Gi", False, "9Gi"),
        ("9Gi", "5Gi", "NodeResizePending", "5Gi", False, None),
        ("9Gi", "5Gi", "NodeResizeInProgress", "5Gi", False, None),
        ("9Gi", "5Gi", "NodeResizePending", "1Gi", False, "5Gi"),
        ("9Gi", "5Gi", "NodeResizeInfeasible", "5Gi", False, "5Gi"),
        ("4Gi", "5Gi", "NodeResizePending", "5Gi", False, None),
        ("4Gi", "5Gi", "NodeResizeInfeasible", "5Gi", False, "5Gi"),
        ("4Gi", "5Gi", "ControllerResizeInProgress", "5Gi", False, "5Gi"),
        ("4Gi", "5Gi", "ControllerResizeInfeasible", "5Gi", False, "5Gi"),
        ("4Gi", "5Gi", "", "5Gi", False, "5Gi"),
        ("4Gi", "", "", "5Gi", False, "4Gi"),
    ],
)
def test_what_was_begun_comes_before_what_is_wished_for(
    wish: str, allocated: str, state: str, capacity: str, *, over: bool, size: str | None
) -> None:
    status = {
        "allocatedResources": {"storage": allocated} if allocated else {},
        "allocatedResourceStatuses": {"storage": state} if state else {},
    }
    wished = from_wire(
        {"spec": {"resources": {"requests": {"storage": wish}}}, "status": status}, PersistentVolumeClaim
    )
    volume = from_wire({"spec": {"capacity": {"storage": capacity}}}, PersistentVolume)
    assert size_to_reach(wished, volume, over=over) == size
