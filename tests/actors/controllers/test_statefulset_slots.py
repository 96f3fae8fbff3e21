"""What one pass does about each pod it finds, in order or in parallel, and about pods it no longer wants."""

from __future__ import annotations

from typing import Any

import pytest
from statefulset_world import (
    NEW_IMAGE,
    ON_DELETE,
    PARALLEL,
    SetWorld,
    keeping,
    other_pod,
    owner,
    without_pod_name,
)

IN_ORDER: dict[str, Any] = {}


# Replicas, in the order of the table: what is found in a slot, and what follows from it


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_in_order_a_finished_pod_is_deleted_and_nothing_else_is_done_in_that_pass(phase: str) -> None:
    world = SetWorld()
    world.made(3)
    world.end("web-2")
    world.forget()
    world.phase("web-0", phase)
    assert world.acted()[:1] == ["delete web-0"]
    assert world.said("SuccessfulDelete") == ["SuccessfulDelete: Delete Pod web-0 in StatefulSet web successful"]


def test_in_order_a_finished_pod_comes_back_before_a_higher_one_that_is_missing() -> None:
    world = SetWorld()
    world.made(3)
    world.lose("web-2")
    world.phase("web-0", "Failed")
    assert [line for line in world.acted() if line.startswith("pod")] == ["pod web-0"]


def test_in_parallel_every_finished_pod_is_deleted_in_one_pass() -> None:
    world = SetWorld()
    world.made(2, **PARALLEL)
    world.report("web-0", "Failed")
    world.report("web-1", "Succeeded")
    world.run()
    assert world.did()[:3] == ["delete web-0", "delete web-1", "status 2/0/0/2/2"]


@pytest.mark.parametrize("policy", [IN_ORDER, PARALLEL])
def test_a_finished_pod_that_is_being_deleted_is_waited_for(policy: dict[str, Any]) -> None:
    world = SetWorld()
    world.made(1, **policy)
    world.delete(world.pod("web-0"))
    world.phase("web-0", "Failed", ready=False)
    assert world.acted() == []
    assert world.pods() == ["web-0"]


def test_in_order_nothing_is_created_above_a_pod_that_is_not_ready() -> None:
    world = SetWorld()
    world.make(3)
    world.start("web-0", ready=False)
    world.touch()
    assert world.pods() == ["web-0"]


def test_in_order_one_pod_is_created_in_a_pass() -> None:
    world = SetWorld()
    world.make(3)
    world.forget()
    world.start("web-0")
    assert world.acted() == ["pod web-1"]


def test_in_parallel_all_pods_are_created_in_one_pass_in_batches_that_double() -> None:
    world = SetWorld()
    world.make(8, **PARALLEL)
    assert world.acted() == ["revision 1", *(f"pod web-{ordinal}" for ordinal in range(8))]
    instants = [world.times(f"pod web-{ordinal}")[0] for ordinal in range(8)]
    assert [instants.count(instant) for instant in dict.fromkeys(instants)] == [1, 2, 4, 1]


def test_in_parallel_the_claims_of_a_batch_come_before_its_pods() -> None:
    world = SetWorld()
    world.make(4, claims=["data"], **PARALLEL)
    done = world.acted()
    for ordinal in range(4):
        assert done.index(f"claim data-web-{ordinal}") < done.index(f"pod web-{ordinal}")
    assert done.index("pod web-0") < done.index("claim data-web-1")
    assert done.index("pod web-2") < done.index("claim data-web-3")


@pytest.mark.parametrize("policy", [IN_ORDER, PARALLEL])
def test_a_pending_pod_gets_a_claim_that_has_gone_missing(policy: dict[str, Any]) -> None:
    world = SetWorld()
    world.make(1, claims=["data"], **policy)
    world.delete(world.claim("data-web-0"))
    world.forget()
    world.touch()
    assert world.acted() == ["claim data-web-0"]
    assert world.said_times("SuccessfulCreate") == 3


def test_a_running_pod_does_not_get_a_claim_that_has_gone_missing() -> None:
    world = SetWorld()
    world.made(1, claims=["data"])
    world.lose_claim("data-web-0")
    world.touch()
    assert world.claims() == []
    assert world.did() == []


def test_in_order_a_pending_pod_that_is_being_deleted_still_gets_its_claim() -> None:
    world = SetWorld()
    world.make(2, claims=["data"])
    world.bind("web-0")
    world.delete(world.pod("web-0"))
    world.lose_claim("data-web-0")
    world.forget()
    world.touch()
    assert world.acted() == ["claim data-web-0"]


def test_in_order_a_terminating_pod_holds_everything_above_it() -> None:
    world = SetWorld()
    world.made(3)
    world.lose("web-2")
    world.delete(world.pod("web-0"))
    world.touch()
    assert world.pods() == ["web-0", "web-1"]


def test_in_order_pods_deleted_together_come_back_one_after_the_other() -> None:
    world = SetWorld()
    world.made(3)
    world.delete(world.pod("web-0"))
    world.delete(world.pod("web-1"))
    world.end("web-1")
    assert world.acted() == []
    world.end("web-0")
    assert world.acted() == ["pod web-0"]
    world.start("web-0")
    assert world.acted() == ["pod web-1"]


def test_in_parallel_a_terminating_pod_holds_nothing() -> None:
    world = SetWorld()
    world.made(3, **PARALLEL)
    world.delete(world.pod("web-0"))
    world.forget()
    world.end("web-2")
    assert world.acted() == ["pod web-2"]


def test_a_terminating_pod_is_never_replaced_before_it_is_gone() -> None:
    world = SetWorld()
    world.made(1, **PARALLEL)
    world.delete(world.pod("web-0"))
    world.run(600_000)
    assert world.acted() == []
    world.end("web-0")
    assert world.acted() == ["pod web-0"]


def test_in_order_a_pod_younger_than_min_ready_seconds_holds_the_next() -> None:
    world = SetWorld()
    world.make(2, minReadySeconds=10)
    world.start("web-0")
    world.run(9_000)
    assert world.pods() == ["web-0"]
    world.run(1_000)
    assert world.pods() == ["web-0", "web-1"]


def test_in_parallel_min_ready_seconds_hold_no_creation() -> None:
    world = SetWorld()
    world.make(3, minReadySeconds=10, **PARALLEL)
    assert world.pods() == ["web-0", "web-1", "web-2"]


def test_in_order_a_pod_is_put_right_and_the_pass_goes_on_to_the_next_slot() -> None:
    world = SetWorld()
    world.made(2)
    world.lose("web-1")
    world.change(world.pod("web-0"), without_pod_name)
    assert world.acted() == ["update web-0", "pod web-1"]


def test_in_order_a_pod_that_is_not_ready_is_not_put_right() -> None:
    world = SetWorld()
    world.made(1)
    world.unready("web-0")
    world.change(world.pod("web-0"), without_pod_name)
    assert world.acted() == []


def test_in_parallel_a_pod_that_is_not_ready_is_put_right() -> None:
    world = SetWorld()
    world.made(1, **PARALLEL)
    world.unready("web-0")
    world.forget()
    world.change(world.pod("web-0"), without_pod_name)
    assert world.acted() == ["update web-0"]


@pytest.mark.parametrize("policy", [IN_ORDER, PARALLEL])
def test_a_healthy_set_is_left_alone(policy: dict[str, Any]) -> None:
    world = SetWorld()
    world.made(3, claims=["data"], **policy)
    world.touch()
    assert world.did() == []


def test_in_order_a_finished_pod_above_one_that_is_not_ready_is_not_replaced() -> None:
    world = SetWorld()
    world.made(2)
    world.unready("web-0")
    world.forget()
    world.phase("web-1", "Failed", ready=False)
    assert world.acted() == []
    world.start("web-0")
    assert world.acted() == ["delete web-1", "pod web-1"]


# Pods outside the ordinals


def test_in_order_pods_are_removed_from_the_top_one_at_a_time() -> None:
    world = SetWorld()
    world.made(4)
    world.scale(1)
    assert world.acted() == ["delete web-3"]
    world.end("web-3")
    assert world.acted() == ["delete web-2"]
    world.end("web-2")
    assert world.acted() == ["delete web-1"]


def test_in_parallel_pods_are_removed_in_one_pass_from_the_top() -> None:
    world = SetWorld()
    world.made(4, **PARALLEL)
    world.scale(1)
    assert world.acted() == ["delete web-3", "delete web-2", "delete web-1"]


def test_in_order_nothing_is_removed_while_a_wanted_pod_is_not_ready() -> None:
    world = SetWorld()
    world.made(3)
    world.unready("web-0")
    world.scale(1)
    assert world.acted() == []
    world.start("web-0")
    assert world.acted() == ["delete web-2"]


def test_in_parallel_removal_waits_for_nothing() -> None:
    world = SetWorld()
    world.made(3, **PARALLEL)
    world.unready("web-0", "web-1", "web-2")
    world.forget()
    world.scale(1)
    assert world.acted() == ["delete web-2", "delete web-1"]


def test_in_order_the_only_unhealthy_pod_among_the_unwanted_is_removed_all_the_same() -> None:
    world = SetWorld()
    world.made(3)
    world.unready("web-2")
    world.forget()
    world.scale(1)
    assert world.acted() == ["delete web-2"]


def test_in_order_a_healthy_unwanted_pod_above_an_unhealthy_one_is_removed() -> None:
    world = SetWorld()
    world.made(3)
    world.unready("web-1")
    world.forget()
    world.scale(1)
    assert world.acted() == ["delete web-2"]


def test_in_order_two_unhealthy_unwanted_pods_stop_each_other() -> None:
    world = SetWorld()
    world.made(3)
    world.unready("web-1", "web-2")
    world.forget()
    world.scale(1)
    world.run(600_000)
    assert world.acted() == []


def test_in_order_the_two_are_let_loose_when_the_lower_one_is_removed_by_hand() -> None:
    world = SetWorld()
    world.made(3)
    world.unready("web-1", "web-2")
    world.scale(1)
    world.forget()
    world.end("web-1")
    assert world.acted() == ["delete web-2"]


def test_in_order_an_unwanted_pod_younger_than_min_ready_seconds_is_removed_if_it_is_the_only_one() -> None:
    world = SetWorld()
    world.made(2)
    world.edit(minReadySeconds=60)
    world.run(60_000)
    world.unready("web-1")
    world.start("web-1")
    world.forget()
    world.scale(1)
    assert world.acted() == ["delete web-1"]


def test_in_order_of_two_unwanted_pods_younger_than_min_ready_seconds_the_higher_waits() -> None:
    world = SetWorld()
    world.made(3)
    world.edit(minReadySeconds=60)
    world.run(60_000)
    world.unready("web-1", "web-2")
    world.start("web-1", "web-2")
    world.forget()
    world.scale(1)
    world.run(50_000)
    assert world.acted() == []
    world.run(20_000)
    assert world.acted() == ["delete web-2"]


def test_raising_the_start_adds_on_top_before_it_removes_below() -> None:
    world = SetWorld()
    world.made(3)
    world.edit(ordinals={"start": 2})
    assert world.acted() == ["pod web-3"]
    world.start("web-3")
    assert world.acted() == ["pod web-4"]
    assert world.status()[0] == 5
    world.start("web-4")
    assert world.acted() == ["delete web-1"]
    world.end("web-1")
    assert world.acted() == ["delete web-0"]


def test_pods_above_the_ordinals_go_before_those_below() -> None:
    world = SetWorld()
    world.made(4)
    world.edit(ordinals={"start": 1}, replicas=2)
    world.heal()
    assert world.acted() == ["delete web-3", "delete web-0"]


# The whole pass


def test_in_parallel_a_scale_down_and_the_first_update_are_of_one_pass() -> None:
    world = SetWorld()
    world.made(3, **PARALLEL)
    world.image(NEW_IMAGE, replicas=2)
    assert world.acted() == ["revision 2", "delete web-2", "delete web-1"]
    assert world.times("delete web-1")[0] - world.times("delete web-2")[0] == 1


def test_in_parallel_a_finished_pod_at_an_old_revision_is_deleted_twice_in_one_pass() -> None:
    world = SetWorld()
    world.made(2, **PARALLEL)
    world.report("web-1", "Failed")
    world.image(NEW_IMAGE)
    assert world.said_times("SuccessfulDelete") == 2


def test_in_parallel_a_failed_creation_lets_its_batch_end_and_stops_the_later_ones() -> None:
    world = SetWorld()
    world.create(other_pod("web-1"))
    world.make(4, **PARALLEL)
    assert world.pods() == ["web-0", "web-1", "web-2"]


def test_in_order_a_missing_pod_whose_claim_is_stale_is_waited_for_in_silence() -> None:
    world = SetWorld()
    world.made(2, claims=["data"], **keeping("Delete", "Retain"))
    world.own("data-web-1", owner(world.pod("web-1")), finalizers=("example.com/held", "kubernetes.io/pvc-protection"))
    said = world.said()
    world.forget()
    world.end("web-1")
    world.run(60_000)
    assert world.acted() == []
    assert world.said() == said


def test_in_parallel_a_missing_pod_whose_claim_is_stale_is_skipped() -> None:
    world = SetWorld()
    world.made(3, claims=["data"], **keeping("Delete", "Retain"), **PARALLEL)
    world.own("data-web-0", owner(world.pod("web-0")), finalizers=("example.com/held", "kubernetes.io/pvc-protection"))
    world.lose("web-2")
    world.forget()
    world.end("web-0")
    world.run(60_000)
    assert "web-2" in world.pods()
    assert "web-0" not in world.pods()


@pytest.mark.parametrize("policy", [IN_ORDER, PARALLEL])
def test_a_missing_pod_whose_claim_is_going_is_not_created(policy: dict[str, Any]) -> None:
    world = SetWorld()
    world.give_claim("data-web-0", finalizers=["example.com/held"])
    world.delete(world.claim("data-web-0"))
    world.make(1, claims=["data"], **policy)
    assert world.pods() == []
    assert world.said() == [
        "FailedCreate: Create Pod web-0 in StatefulSet web failed error: pvc data-web-0 is being deleted"
    ]


@pytest.mark.parametrize("policy", [IN_ORDER, PARALLEL])
def test_a_pending_pod_whose_claim_is_going_fails_the_pass_without_a_word(policy: dict[str, Any]) -> None:
    world = SetWorld()
    world.make(1, claims=["data"], **policy)
    world.own("data-web-0", finalizers=("example.com/held",))
    world.delete(world.claim("data-web-0"))
    said = world.said()
    world.forget()
    world.scale(2)
    assert world.acted() == []
    assert world.said() == said


def test_in_order_an_unwanted_pod_that_is_being_deleted_holds_the_next() -> None:
    world = SetWorld()
    world.made(3)
    world.delete(world.pod("web-2"))
    world.forget()
    world.scale(1)
    assert world.acted() == []
    world.end("web-2")
    assert world.acted() == ["delete web-1"]


def test_in_parallel_an_unwanted_pod_that_is_being_deleted_is_passed_over() -> None:
    world = SetWorld()
    world.made(3, **PARALLEL)
    world.delete(world.pod("web-2"))
    world.forget()
    world.scale(1)
    assert world.acted() == ["delete web-1"]


def test_with_on_delete_a_pod_that_is_not_ready_still_holds_those_above_it() -> None:
    world = SetWorld()
    world.made(2, **ON_DELETE)
    world.unready("web-0")
    world.forget()
    world.end("web-1")
    assert world.acted() == []
