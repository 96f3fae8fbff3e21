"""The status of a set: what each write says, how many writes there are, and what is not written."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from statefulset_world import NEW_IMAGE, PARALLEL, SETS, A, SetWorld

from harness.objects.statefulset import StatefulSet, StatefulSetCondition
from harness.objects.wire import to_wire


def test_a_start_in_order_writes_two_statuses_a_pod_after_the_first_of_zeros() -> None:
    world = SetWorld()
    world.make(2)
    world.start("web-0", ready=False)
    world.start("web-0")
    world.start("web-1", ready=False)
    world.start("web-1")
    assert world.did() == [
        "revision 1", "pod web-0", "status 0/0/0/0/0",
        "status 1/0/0/1/1",
        "pod web-1", "status 1/1/1/1/1",
        "status 2/1/1/2/2",
        "status 2/2/2/2/2",
    ]  # fmt: skip


def test_with_claims_the_order_of_a_pass_is_claim_pod_owners_status() -> None:
    world = SetWorld()
    world.make(
        1, claims=["data"], persistentVolumeClaimRetentionPolicy={"whenScaled": "Retain", "whenDeleted": "Delete"}
    )
    assert world.did()[:5] == [
        "revision 1", "claim data-web-0", "pod web-0", "owners data-web-0", "status 0/0/0/0/0",
    ]  # fmt: skip


def test_a_start_in_parallel_writes_none_then_all_then_each_readiness() -> None:
    world = SetWorld()
    world.make(3, **PARALLEL)
    world.start("web-0", "web-1", "web-2")
    assert world.statuses() == ["0/0/0/0/0", "3/0/0/3/3", "3/1/1/3/3", "3/2/2/3/3", "3/3/3/3/3"]


def test_with_min_ready_seconds_ready_and_available_rise_in_separate_writes() -> None:
    world = SetWorld()
    world.make(2, minReadySeconds=10)
    world.forget()
    world.start("web-0")
    world.run(20_000)
    assert world.did() == ["status 1/1/0/1/1", "pod web-1", "status 1/1/1/1/1", "status 2/1/1/2/2"]


def test_a_pod_is_available_at_the_very_second_its_time_is_up() -> None:
    world = SetWorld()
    world.make(1, minReadySeconds=10)
    world.loop.run_until(5_000)
    world.start("web-0")
    world.loop.run_until(14_999)
    assert world.status()[2] == 0
    world.loop.run_until(15_005)
    assert world.status()[2] == 1


def test_raising_min_ready_seconds_on_a_settled_set_is_one_write_without_availability() -> None:
    world = SetWorld()
    world.made(2)
    world.edit(minReadySeconds=600)
    assert world.did() == ["status 2/2/0/2/2"]


def test_while_min_ready_seconds_pass_a_scale_down_waits() -> None:
    world = SetWorld()
    world.made(3)
    world.edit(minReadySeconds=600)
    world.forget()
    world.scale(1)
    assert world.acted() == []


def test_lowering_min_ready_seconds_to_nothing_restores_availability_and_goes_on_in_one_pass() -> None:
    world = SetWorld()
    world.made(3)
    world.edit(minReadySeconds=600)
    world.scale(2)
    world.forget()
    world.edit(minReadySeconds=0)
    assert world.did()[:2] == ["delete web-2", "status 3/3/3/3/3"]


def test_a_deletion_lowers_current_and_updated_then_ready_then_replicas() -> None:
    world = SetWorld()
    world.made(2)
    world.delete(world.pod("web-1"))
    world.unready("web-1")
    world.end("web-1")
    assert world.did() == [
        "status 2/2/2/1/1", "status 2/1/1/1/1", "pod web-1", "status 1/1/1/1/1", "status 2/1/1/2/2",
    ]  # fmt: skip


def test_the_pass_that_deletes_for_a_scale_down_does_not_count_it_yet() -> None:
    world = SetWorld()
    world.made(3)
    world.scale(2)
    assert world.did() == ["delete web-2", "status 3/3/3/3/3", "status 3/3/3/2/2"]


def test_a_scale_down_writes_the_next_deletion_with_the_last_one_gone() -> None:
    world = SetWorld()
    world.made(3)
    world.scale(1)
    world.forget()
    world.end("web-2")
    assert world.did() == ["delete web-1", "status 2/2/2/2/2", "status 2/2/2/1/1"]


def test_a_terminating_pod_that_is_still_ready_counts_as_ready_and_available() -> None:
    world = SetWorld()
    world.made(1)
    world.delete(world.pod("web-0"))
    assert world.status() == (1, 1, 1, 0, 0)


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_a_finished_pod_stops_counting_as_ready_even_if_its_condition_says_so(phase: str) -> None:
    world = SetWorld()
    world.made(2)
    world.forget()
    world.phase("web-1", phase)
    assert world.statuses() == ["2/1/1/2/2", "1/1/1/1/1", "2/1/1/2/2"]


def test_a_scale_up_alone_writes_the_generation_with_the_first_new_pod() -> None:
    world = SetWorld()
    world.made(1)
    world.scale(2)
    assert world.did() == ["pod web-1", "status 1/1/1/1/1", "status 2/1/1/2/2"]


def test_an_annotation_of_the_set_is_no_news_for_its_status() -> None:
    world = SetWorld()
    world.made(1)
    world.touch()
    assert world.did() == []


def test_conditions_in_the_status_are_wiped_by_the_next_write() -> None:
    world = SetWorld()
    world.made(1)
    condition = StatefulSetCondition(type="Mine", status="True")
    world.server.modify(
        world.set, lambda found: replace(found, status=replace(found.status, conditions=(condition,))), status=True
    )
    world.run()
    assert [found.type for found in world.set.status.conditions] == ["Mine"]
    world.unready("web-0")
    assert world.set.status.conditions == ()


def test_a_new_set_reads_with_no_replicas_before_the_controller_has_seen_it() -> None:
    world = SetWorld(rest_ms=0)
    stored = world.make(1)
    assert to_wire(stored)["status"] == {"replicas": 0, "availableReplicas": 0}


def test_the_first_write_names_both_revisions() -> None:
    world = SetWorld()
    world.make(1)
    first = next(r.subject for r in world.trace.records if isinstance(r.subject, StatefulSet) and r.type == "MODIFIED")
    assert to_wire(first)["status"] == {
        "observedGeneration": 1,
        "replicas": 0,
        "availableReplicas": 0,
        "currentRevision": A,
        "updateRevision": A,
        "collisionCount": 0,
    }


def test_the_status_write_comes_again_ten_ms_after_a_conflict() -> None:
    world = SetWorld(rest_ms=0)
    world.make(0)
    # The controller makes the revision at 1 ms after it saw the set, and writes the status at 2 ms.
    seen = world.loop.now_ms
    world.loop.at(seen + 1, world.touch)
    world.run(30)
    assert [instant - seen for instant in world.times("status 0/0/0/0/0")] == [13]


def test_a_set_being_deleted_still_counts_its_pods() -> None:
    world = SetWorld()
    world.made(2)
    world.metadata(world.set, finalizers=("example.com/held",))
    world.delete(world.set)
    world.forget()
    world.unready("web-0")
    assert world.statuses() == ["2/1/1/2/2"]


def test_beginning_to_delete_a_set_is_one_write_of_the_observed_generation() -> None:
    world = SetWorld()
    world.made(1)
    world.metadata(world.set, finalizers=("example.com/held",))
    world.forget()
    world.delete(world.set)
    assert world.did() == ["status 1/1/1/1/1"]
    assert world.set.status.observed_generation == world.set.metadata.generation == 2


def test_a_set_being_deleted_observes_a_scale_and_acts_on_no_pod() -> None:
    world = SetWorld()
    world.made(2)
    world.metadata(world.set, finalizers=("example.com/held",))
    world.delete(world.set)
    world.forget()
    world.scale(0)
    world.scale(5)
    assert world.did() == ["status 2/2/2/2/2", "status 2/2/2/2/2"]
    assert world.pods() == ["web-0", "web-1"]


def test_a_set_that_is_gone_is_written_no_more() -> None:
    world = SetWorld()
    world.made(1)
    world.server.delete(SETS, "default", "web", propagation="Orphan")
    world.run()
    world.forget()
    world.unready("web-0")
    assert world.did() == []


def test_the_first_release_step_names_the_revision_and_lowers_the_current_count_in_one_write() -> None:
    world = SetWorld()
    world.made(3)
    world.image(NEW_IMAGE)
    assert world.statuses() == ["3/3/3/2/0"]
