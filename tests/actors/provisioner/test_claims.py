"""Provisioners make the volumes that are asked of them, and do what their libraries do when that fails."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace
from provisioner_world import (
    FULL,
    NO_ANSWER,
    SELECTED,
    ZONE,
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

REFUSED = "rpc error: code = InvalidArgument desc = no such type"
zonal = replace(csi, topology=(ZONE,))
zones = (node("node-1", **{ZONE: "a"}), node("node-2", **{ZONE: "b"}))


def begun(world: ProvisionerWorld, name: str = "data") -> list[int]:
    """The times, in ms, at which a volume for the claim was begun to be made."""
    times = []
    for record in world.trace.records:
        event = record.subject
        if event.kind == "Event" and event.involved_object.name == name and event.reason == "Provisioning":
            times.append(record.time_ms)
    return times


@pytest.mark.parametrize("behaviour", [nfs, csi])
def test_a_claim_gets_a_volume_that_is_bound_to_it_without_ever_being_available(
    behaviour: ProvisionerBehaviour,
) -> None:
    world = ProvisionerWorld(behaviour)
    world.apply(storage_class(behaviour.name), claim())

    volume = world.volume()
    assert volume.metadata.name == f"pvc-{world.claim().metadata.uid}"
    assert (world.claim().spec.volume_name, world.claim().status.phase) == (volume.metadata.name, "Bound")
    phases = [r.subject.status.phase for r in world.trace.records if r.subject.kind == "PersistentVolume"]
    assert "Available" not in phases
    assert world.events() == [
        ("Provisioning", 'External provisioner is provisioning volume for claim "default/data"', 1),
        ("ProvisioningSucceeded", f"Successfully provisioned volume {volume.metadata.name}", 1),
    ]


def test_a_claim_of_a_late_class_waits_for_a_node() -> None:
    world = ProvisionerWorld(local_path, nodes=zones)
    world.apply(late_class(local_path.name), claim())
    assert world.volumes() == []

    stored = world.claim()
    annotations = {**stored.metadata.annotations, SELECTED: "node-2"}
    world.server.update(replace(stored, metadata=replace(stored.metadata, annotations=annotations)))
    world.run()
    assert world.claim().status.phase == "Bound"


def test_a_provisioner_leaves_the_claims_of_others_alone() -> None:
    world = ProvisionerWorld(nfs)
    world.apply(storage_class("example.com/other"), claim())
    assert (world.volumes(), world.events()) == ([], [])


def test_a_library_provisioner_makes_four_volumes_at_a_time_and_a_csi_driver_a_hundred() -> None:
    for behaviour, at_once in ((nfs, 4), (csi, 6)):
        world = ProvisionerWorld(behaviour)
        world.create(storage_class(behaviour.name), *(claim(f"data-{number}") for number in range(6)))
        world.run(300)
        assert sum(world.attempts(f"data-{number}") for number in range(6)) == at_once


def test_a_block_claim_is_refused_once_and_for_all_by_a_provisioner_of_folders() -> None:
    world = ProvisionerWorld(nfs)
    world.apply(storage_class(nfs.name), claim(volumeMode="Block"))
    world.run(600_000)
    assert world.events() == [("ProvisioningFailed", "example.com/nfs does not support block volume provisioning", 1)]


def test_every_claim_is_looked_at_again_every_fifteen_minutes() -> None:
    world = ProvisionerWorld(nfs)
    world.apply(storage_class(nfs.name), claim(volumeMode="Block"))
    world.run(900_000)
    assert [count for _, _, count in world.events()] == [2]


# Failures


@pytest.mark.parametrize(
    ("behaviour", "text"),
    [
        (
            nfs,
            'failed to provision volume with StorageClass "fast": '
            "unable to create directory to provision new pv: no space left on device",
        ),
        (csi, "rpc error: code = Unknown desc = no space left on device"),
    ],
)
def test_what_the_storage_complains_of_is_told_of_the_claim(behaviour: ProvisionerBehaviour, text: str) -> None:
    world = ProvisionerWorld(behaviour)
    world.world.provisioners.fail(behaviour.name, "no space left on device")
    world.apply(storage_class(behaviour.name), claim())
    assert world.failures() == [text]


def test_local_path_tells_which_volume_could_not_be_made() -> None:
    world = ProvisionerWorld(local_path, nodes=zones)
    world.world.provisioners.fail(local_path.name, "create process timeout after 120 seconds")
    world.apply(late_class(local_path.name), claim(annotations={SELECTED: "node-1"}))
    assert world.failures() == [
        'failed to provision volume with StorageClass "fast": failed to create volume '
        f"pvc-{world.claim().metadata.uid}: create process timeout after 120 seconds"
    ]


def test_a_library_provisioner_tries_again_after_fifteen_seconds_doubled_each_time_fifteen_times_at_most() -> None:
    world = ProvisionerWorld(nfs)
    world.world.provisioners.fail(nfs.name, "no space left on device")
    world.apply(storage_class(nfs.name), claim())
    world.run(800_000)
    gaps = [after - before for before, after in pairwise(begun(world)[:5])]
    # A rest, and the 500 ms of an attempt; the first gap also has the time until the claim is annotated.
    assert gaps == [15_500, 30_500, 60_500, 120_500]

    world.run(30_000_000)
    given_up = world.attempts()
    # Only the look at everything every fifteen minutes is left.
    world.run(900_000)
    assert world.attempts() == given_up + 1


def test_a_provisioner_that_gave_up_tries_once_when_somebody_touches_the_claim() -> None:
    world = ProvisionerWorld(nfs)
    world.world.provisioners.fail(nfs.name, "no space left on device")
    world.apply(storage_class(nfs.name), claim())
    world.run(30_000_000)
    world.world.provisioners.recover(nfs.name)
    before = world.attempts()
    world.server.modify(
        world.claim(), lambda stored: replace(stored, metadata=replace(stored.metadata, labels={"touched": "yes"}))
    )
    world.run()
    assert (world.attempts(), world.claim().status.phase) == (before + 1, "Bound")


def test_a_csi_provisioner_tries_again_after_a_second_doubled_up_to_five_minutes_without_end() -> None:
    world = ProvisionerWorld(csi)
    world.world.provisioners.fail(csi.name, "the API is throttled")
    world.apply(storage_class(csi.name), claim())
    world.run(3_600_000)
    gaps = [after - before for before, after in pairwise(begun(world)[:4])]
    assert gaps == [1_500, 2_500, 4_500]
    assert world.attempts() > 16

    world.world.provisioners.recover(csi.name)
    world.run(301_000)
    assert world.claim().status.phase == "Bound"


def test_a_request_that_a_driver_calls_invalid_rests_for_five_minutes() -> None:
    world = ProvisionerWorld(csi)
    world.world.provisioners.fail(csi.name, REFUSED)
    world.apply(storage_class(csi.name), claim())
    world.run(290_000)
    assert world.attempts() == 1
    assert world.failures() == [f"Volume provisioning failed with infeasible error. Retries will be delayed. {REFUSED}"]
    world.run(300_000)
    assert world.attempts() == 2


def test_a_class_made_anew_ends_the_rest_of_an_invalid_request() -> None:
    world = ProvisionerWorld(csi)
    world.world.provisioners.fail(csi.name, REFUSED)
    fast = storage_class(csi.name)
    world.apply(fast, claim())
    world.world.provisioners.recover(csi.name)
    world.delete(fast)
    world.apply(fast)
    world.run(10_000)
    assert world.claim().status.phase == "Bound"


def test_a_claim_deleted_while_nobody_knows_what_became_of_its_volume_is_seen_through() -> None:
    world = ProvisionerWorld(csi)
    world.world.provisioners.fail(csi.name, NO_ANSWER)
    world.apply(storage_class(csi.name), claim())
    world.delete(world.claim())
    world.world.provisioners.recover(csi.name)
    world.run(20_000)

    made = [r.subject for r in world.trace.records if r.subject.kind == "PersistentVolume"]
    assert made, "the volume that may be there is taken up after all"
    assert world.volumes() == [], "so that it is removed"
    assert "ProvisioningSucceeded" not in [reason for reason, _, _ in world.events()]


def test_a_claim_deleted_after_a_definite_refusal_is_forgotten() -> None:
    world = ProvisionerWorld(csi)
    world.world.provisioners.fail(csi.name, "rpc error: code = Internal desc = broken")
    world.apply(storage_class(csi.name), claim())
    world.delete(world.claim())
    before = world.attempts()
    world.run(20_000)
    assert world.attempts() == before


def test_a_claim_deleted_while_its_volume_is_made_leaves_no_volume() -> None:
    world = ProvisionerWorld(nfs)
    world.create(storage_class(nfs.name), claim())
    world.run(100)
    world.delete(world.claim())
    world.run(5_000)
    assert world.volumes() == []
    assert "VolumeFailedDelete" not in [reason for reason, _, _ in world.events()]


def test_failures_of_a_claim_are_no_failures_of_its_namesake() -> None:
    world = ProvisionerWorld(nfs)
    world.world.provisioners.fail(nfs.name, "no space left on device")
    world.apply(storage_class(nfs.name), claim())
    world.run(40_000)
    world.delete(world.claim())
    since = len(begun(world))
    world.apply(claim())
    world.run(16_000)
    first, second = begun(world)[since:]
    assert second - first == 15_500


def test_a_class_that_is_gone_is_waited_for_without_a_word() -> None:
    world = ProvisionerWorld(nfs)
    fast = storage_class(nfs.name)
    world.world.provisioners.fail(nfs.name)
    world.apply(fast, claim())
    world.delete(fast)
    world.world.provisioners.recover(nfs.name)
    world.run(10_000)
    assert world.events() == []

    world.apply(fast)
    world.run(15_000)
    assert world.claim().status.phase == "Bound"


# Nodes


def test_a_driver_without_room_in_the_zone_of_the_node_has_another_node_chosen() -> None:
    world = ProvisionerWorld(zonal, nodes=zones)
    world.world.provisioners.fail(csi.name, FULL)
    world.apply(late_class(csi.name), claim(annotations={SELECTED: "node-1"}))
    assert world.failures() == [FULL]
    assert SELECTED not in world.claim().metadata.annotations
    assert world.attempts() == 1


def test_a_driver_without_zones_or_without_a_chosen_node_just_tries_again() -> None:
    for behaviour, chosen in ((csi, {SELECTED: "node-1"}), (zonal, {})):
        world = ProvisionerWorld(behaviour, nodes=zones)
        world.world.provisioners.fail(csi.name, FULL)
        of_class = late_class(csi.name) if chosen else storage_class(csi.name)
        world.apply(of_class, claim(annotations=chosen))
        assert world.claim().metadata.annotations.get(SELECTED) == chosen.get(SELECTED)
        assert world.attempts() == 2


@pytest.mark.parametrize(
    ("behaviour", "text", "kept"),
    [
        (local_path, 'nodes "gone" not found', False),
        (nfs, 'failed to get target node: nodes "gone" not found', True),
        (zonal, 'failed to get selected CSINode gone: csinode.storage.k8s.io "gone" not found', False),
    ],
)
def test_a_chosen_node_that_is_gone_is_complained_of(behaviour: ProvisionerBehaviour, text: str, *, kept: bool) -> None:
    world = ProvisionerWorld(behaviour, nodes=zones)
    world.apply(late_class(behaviour.name), claim(annotations={SELECTED: "gone"}))
    assert world.failures() == [text]
    assert (SELECTED in world.claim().metadata.annotations) is kept


def test_a_driver_without_zones_does_not_ask_which_node_was_chosen() -> None:
    world = ProvisionerWorld(csi, nodes=zones)
    world.apply(late_class(csi.name), claim(annotations={SELECTED: "gone"}))
    assert world.claim().status.phase == "Bound"


# Storing


def test_a_volume_that_the_api_refuses_is_removed_again_after_five_attempts() -> None:
    world = ProvisionerWorld(replace(nfs, server=""))
    world.apply(storage_class(nfs.name), claim())
    world.run(38_000)
    assert world.failures() == []
    world.run(5_000)
    (text,) = world.failures()
    assert text.startswith("Error creating provisioned PV object for claim default/data: PersistentVolume ")
    assert text.endswith("Deleting the volume.")


# Stopping and starting


def test_a_stopped_provisioner_does_nothing_and_makes_up_for_it_once_it_runs() -> None:
    world = ProvisionerWorld(nfs)
    world.world.provisioners.fail(nfs.name)
    world.apply(storage_class(nfs.name), claim())
    assert world.events() == []

    world.world.provisioners.recover(nfs.name)
    world.run()
    assert world.claim().status.phase == "Bound"


def test_a_provisioner_stopped_while_the_storage_is_at_work_stores_nothing() -> None:
    world = ProvisionerWorld(nfs)
    world.create(storage_class(nfs.name), claim())
    world.run(100)
    world.world.provisioners.fail(nfs.name)
    world.run(60_000)
    assert world.volumes() == []


def test_a_provisioner_that_starts_again_has_forgotten_its_rests_and_what_it_said() -> None:
    world = ProvisionerWorld(nfs)
    world.world.provisioners.fail(nfs.name, "no space left on device")
    world.apply(storage_class(nfs.name), claim())
    world.world.provisioners.fail(nfs.name)
    world.world.provisioners.recover(nfs.name)
    world.run()
    assert [(reason, count) for reason, _, count in world.events()] == [
        ("Provisioning", 1),
        ("ProvisioningFailed", 1),
        ("Provisioning", 1),
        ("ProvisioningSucceeded", 1),
    ]
    assert world.claim().status.phase == "Bound"
