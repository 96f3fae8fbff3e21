"""Revisions and rolling updates: which template a pod is made from, which pod is replaced next, what is remembered."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from statefulset_world import (
    HASH,
    NEW_IMAGE,
    OLD_IMAGE,
    ON_DELETE,
    PARALLEL,
    REVISION,
    A,
    B,
    SetWorld,
    partition,
)

from harness.objects.meta import ObjectMeta
from harness.objects.statefulset import ControllerRevision

NO_ROLLING_UPDATE = {"updateStrategy": {"type": "RollingUpdate"}}


# The rolling update


def test_a_rollout_goes_from_the_highest_ordinal_to_the_lowest() -> None:
    world = SetWorld()
    world.made(3)
    world.image(NEW_IMAGE)
    world.heal()
    assert world.acted() == [
        "revision 2", "delete web-2", "pod web-2", "delete web-1", "pod web-1", "delete web-0", "pod web-0",
    ]  # fmt: skip


def test_a_rollout_writes_these_counts_and_no_others() -> None:
    world = SetWorld()
    world.made(2)
    world.image(NEW_IMAGE)
    world.unready("web-1")
    world.end("web-1")
    world.start("web-1")
    world.unready("web-0")
    world.end("web-0")
    world.start("web-0")
    assert world.statuses() == [
        "2/2/2/1/0",  # the first pass: revision, deletion of web-1
        "2/1/1/1/0",  # web-1 not ready any more
        "1/1/1/1/0",  # web-1 gone, and created again
        "2/1/1/1/1",
        "2/2/2/0/1",  # web-1 ready, and web-0 deleted
        "2/1/1/0/1",
        "1/1/1/0/1",
        "2/1/1/0/2",
        "2/2/2/2/2",  # complete: current is what update was
    ]


def test_a_finished_rollout_makes_the_update_revision_the_current_one() -> None:
    world = SetWorld()
    world.made(2)
    world.image(NEW_IMAGE)
    assert (world.set.status.current_revision, world.set.status.update_revision) == (A, B)
    world.heal()
    assert (world.set.status.current_revision, world.set.status.update_revision) == (B, B)


@pytest.mark.parametrize("policy", [{}, PARALLEL])
def test_one_pod_is_replaced_at_a_time_whatever_the_policy(policy: dict[str, Any]) -> None:
    world = SetWorld()
    world.made(3, **policy)
    world.image(NEW_IMAGE)
    assert world.acted() == ["revision 2", "delete web-2"]
    world.end("web-2")
    assert world.acted() == ["pod web-2"]
    world.start("web-2", ready=False)
    assert world.acted() == []
    world.start("web-2")
    assert world.acted() == ["delete web-1"]


def test_in_parallel_an_old_pod_is_replaced_even_if_it_is_not_ready() -> None:
    world = SetWorld()
    world.made(2, **PARALLEL)
    world.unready("web-1")
    world.forget()
    world.image(NEW_IMAGE)
    assert world.acted() == ["revision 2", "delete web-1"]


def test_in_parallel_a_pod_below_the_target_does_not_hold_the_update() -> None:
    world = SetWorld()
    world.made(3, **PARALLEL)
    world.unready("web-0")
    world.forget()
    world.image(NEW_IMAGE)
    assert world.acted() == ["revision 2", "delete web-2"]


def test_in_order_a_pod_that_is_not_ready_holds_the_update() -> None:
    world = SetWorld()
    world.made(3)
    world.unready("web-0")
    world.forget()
    world.image(NEW_IMAGE)
    assert world.acted() == ["revision 2"]


@pytest.mark.parametrize("policy", [{}, PARALLEL])
def test_the_next_pod_is_replaced_when_the_last_has_been_ready_for_min_ready_seconds(policy: dict[str, Any]) -> None:
    world = SetWorld()
    world.made(2, **policy)
    world.edit(minReadySeconds=30)
    world.run(60_000)
    world.image(NEW_IMAGE)
    world.end("web-1")
    world.start("web-1")
    world.forget()
    world.run(29_000)
    assert world.acted() == []
    world.run(1_000)
    assert world.acted() == ["delete web-0"]


def test_a_broken_release_is_not_healed_by_reverting_it_in_order() -> None:
    world = SetWorld()
    world.made(3)
    world.image(NEW_IMAGE)
    world.end("web-2")
    world.start("web-2", ready=False)
    world.forget()
    world.image(OLD_IMAGE)
    world.run(600_000)
    assert world.acted() == ["renumber revision 3"]
    world.end("web-2")
    assert world.revision_of("web-2") == A


def test_a_broken_release_is_healed_by_reverting_it_in_parallel() -> None:
    world = SetWorld()
    world.made(3, **PARALLEL)
    world.image(NEW_IMAGE)
    world.end("web-2")
    world.start("web-2", ready=False)
    world.forget()
    world.image(OLD_IMAGE)
    assert world.acted() == ["renumber revision 3", "delete web-2"]


def test_a_broken_release_whose_pod_fails_is_replaced_in_order_too() -> None:
    world = SetWorld()
    world.made(2)
    world.image(NEW_IMAGE)
    world.end("web-1")
    world.start("web-1", ready=False)
    world.image(OLD_IMAGE)
    world.forget()
    world.phase("web-1", "Failed")
    assert world.acted() == ["delete web-1", "pod web-1"]
    assert world.revision_of("web-1") == A


def test_a_second_release_in_the_middle_replaces_pods_of_both_earlier_ones_from_the_top() -> None:
    world = SetWorld()
    world.made(3)
    world.image(NEW_IMAGE)
    world.end("web-2")
    world.start("web-2")
    world.forget()
    world.image("nginx:1.29")
    world.heal()
    assert world.acted() == [
        "revision 3", "pod web-1", "delete web-2", "pod web-2", "delete web-0", "pod web-0",
    ]  # fmt: skip


def test_a_second_release_in_the_middle_leaves_the_current_revision_where_it_was() -> None:
    world = SetWorld()
    world.made(2)
    world.image(NEW_IMAGE)
    world.end("web-1")
    world.image("nginx:1.29")
    assert world.set.status.current_revision == A
    assert sorted(world.revisions().values()) == [1, 2, 3]


def test_new_replicas_come_before_the_rollout() -> None:
    world = SetWorld()
    world.made(2)
    world.image(NEW_IMAGE, replicas=4)
    world.heal()
    assert world.acted() == [
        "revision 2", "pod web-2", "pod web-3", "delete web-1", "pod web-1", "delete web-0", "pod web-0",
    ]  # fmt: skip


def test_a_release_with_new_replicas_leaves_the_current_count_as_it_was() -> None:
    world = SetWorld()
    world.made(2)
    world.image(NEW_IMAGE, replicas=3)
    assert world.statuses()[0] == "2/2/2/2/0"


def test_in_order_superfluous_replicas_go_before_the_rollout() -> None:
    world = SetWorld()
    world.made(3)
    world.image(NEW_IMAGE, replicas=2)
    assert world.acted() == ["revision 2", "delete web-2"]
    world.end("web-2")
    assert world.acted() == ["delete web-1"]
    assert world.status()[0] == 2


def test_in_parallel_a_pod_just_created_holds_the_update_until_it_is_ready() -> None:
    world = SetWorld()
    world.made(2, **PARALLEL)
    world.image(NEW_IMAGE, replicas=3)
    assert world.acted() == ["revision 2", "pod web-2"]
    world.start("web-2")
    assert world.acted() == ["delete web-1"]


# Partitions


def test_a_partition_holds_the_pods_below_it() -> None:
    world = SetWorld()
    world.made(3, **partition(2))
    world.image(NEW_IMAGE)
    world.heal()
    assert world.acted() == ["revision 2", "delete web-2", "pod web-2"]
    assert world.status() == (3, 3, 3, 2, 1)
    assert (world.set.status.current_revision, world.set.status.update_revision) == (A, B)


def test_a_partition_counts_positions_and_not_ordinals() -> None:
    world = SetWorld()
    world.made(3, ordinals={"start": 5}, **partition(2))
    world.image(NEW_IMAGE)
    world.heal()
    assert world.acted() == ["revision 2", "delete web-7", "pod web-7"]


def test_a_partition_above_the_replicas_rolls_nothing_but_moves_the_update_revision() -> None:
    world = SetWorld()
    world.made(2, **partition(5))
    world.image(NEW_IMAGE)
    assert world.did() == ["revision 2", "status 2/2/2/2/0"]
    assert world.set.status.update_revision == B


def test_lowering_the_partition_rolls_the_ordinals_it_lets_go() -> None:
    world = SetWorld()
    world.made(3, **partition(2))
    world.image(NEW_IMAGE)
    world.heal()
    world.forget()
    world.edit(**partition(1))
    world.heal()
    assert world.acted() == ["delete web-1", "pod web-1"]


def test_raising_the_partition_reverts_nothing_until_a_pod_is_made_again() -> None:
    world = SetWorld()
    world.made(2, **partition(1))
    world.image(NEW_IMAGE)
    world.heal()
    world.forget()
    world.edit(**partition(2))
    assert world.acted() == []
    assert world.revision_of("web-1") == B
    world.end("web-1")
    assert world.revision_of("web-1") == A


def test_a_pod_below_the_partition_comes_back_at_the_current_revision() -> None:
    world = SetWorld()
    world.made(2, **partition(1))
    world.image(NEW_IMAGE)
    world.heal()
    world.end("web-0")
    assert world.revision_of("web-0") == A
    assert world.pod("web-0").spec.containers[0].image == OLD_IMAGE


def test_without_a_partition_a_pod_not_yet_rolled_comes_back_at_the_update_revision() -> None:
    world = SetWorld()
    world.made(3)
    world.image(NEW_IMAGE)
    world.end("web-2")
    world.end("web-0")
    assert world.revision_of("web-0") == B


def test_without_rolling_update_settings_a_pod_not_yet_rolled_comes_back_at_the_current_revision() -> None:
    world = SetWorld()
    world.made(3, **NO_ROLLING_UPDATE)
    world.image(NEW_IMAGE)
    world.end("web-2")
    world.end("web-0")
    assert world.revision_of("web-0") == A


def test_an_edit_of_the_partition_alone_is_one_write_of_the_observed_generation() -> None:
    world = SetWorld()
    world.made(2)
    world.edit(**partition(1))
    assert world.did() == ["status 2/2/2/2/2"]
    assert world.set.status.observed_generation == world.set.metadata.generation == 2


def test_new_replicas_below_the_partition_start_at_the_current_revision() -> None:
    world = SetWorld()
    world.made(1, **partition(3))
    world.image(NEW_IMAGE)
    world.scale(2)
    assert world.revision_of("web-1") == A


# OnDelete


def test_on_delete_replaces_nothing_by_itself() -> None:
    world = SetWorld()
    world.made(2, **ON_DELETE)
    world.image(NEW_IMAGE)
    assert world.did() == ["revision 2", "status 2/2/2/2/0"]


def test_on_delete_a_pod_deleted_by_hand_comes_back_at_the_update_revision() -> None:
    world = SetWorld()
    world.made(2, **ON_DELETE)
    world.image(NEW_IMAGE)
    world.end("web-0")
    world.start("web-0")
    assert (world.revision_of("web-0"), world.status()) == (B, (2, 2, 2, 1, 1))


def test_on_delete_never_promotes_the_update_revision() -> None:
    world = SetWorld()
    world.made(2, **ON_DELETE)
    world.image(NEW_IMAGE)
    world.end("web-0", "web-1")
    world.heal()
    assert world.status() == (2, 2, 2, 0, 2)
    assert world.set.status.current_revision == A


def test_on_delete_new_replicas_start_at_the_update_revision() -> None:
    world = SetWorld()
    world.made(1, **ON_DELETE)
    world.image(NEW_IMAGE)
    world.scale(2)
    assert world.revision_of("web-1") == B


def test_leaving_on_delete_rolls_what_was_held() -> None:
    world = SetWorld()
    world.made(2, **ON_DELETE)
    world.image(NEW_IMAGE)
    world.forget()
    world.edit(updateStrategy={"type": "RollingUpdate"})
    assert world.acted() == ["delete web-1"]


# Revisions


def test_the_revision_has_the_name_a_real_cluster_gives_it() -> None:
    world = SetWorld()
    world.make(0)
    world.image(NEW_IMAGE)
    assert world.revisions() == {A: 1, B: 2}


def test_a_revision_carries_the_labels_of_the_template_and_the_annotations_of_the_set() -> None:
    world = SetWorld()
    world.make(0)
    world.annotate(world.set, **{"kubernetes.io/change-cause": "a new broker"})
    world.image(NEW_IMAGE)
    revision = world.find(ControllerRevision, B)
    assert revision.metadata.labels == {"app": "web", HASH: B.removeprefix("web-")}
    assert revision.metadata.annotations == {"kubernetes.io/change-cause": "a new broker"}
    assert [(o.name, o.controller, o.block_owner_deletion) for o in revision.metadata.owner_references] == [
        ("web", True, True)
    ]


def test_edits_that_leave_the_template_alone_make_no_revision() -> None:
    world = SetWorld()
    world.made(2)
    world.scale(1)
    world.edit(minReadySeconds=5)
    world.edit(**partition(1))
    assert world.revisions() == {A: 1}


def test_going_back_renumbers_the_old_revision_and_makes_none() -> None:
    world = SetWorld()
    world.made(1)
    world.annotate(world.set, **{"kubernetes.io/change-cause": "later"})
    world.image(NEW_IMAGE)
    world.heal()
    world.forget()
    world.image(OLD_IMAGE)
    world.heal()
    assert world.acted() == ["renumber revision 3", "delete web-0", "pod web-0"]
    assert world.revisions() == {A: 3, B: 2}
    assert world.find(ControllerRevision, A).metadata.annotations == {}


def test_at_no_replicas_the_update_revision_is_promoted_in_the_write_that_names_it() -> None:
    world = SetWorld()
    world.made(0)
    world.image(NEW_IMAGE)
    assert world.did() == ["revision 2", "status 0/0/0/0/0"]
    assert world.set.status.current_revision == B


@pytest.mark.parametrize(("limit", "kept"), [(0, [4]), (1, [3, 4]), (2, [2, 3, 4]), (-1, [1, 2, 3, 4])])
def test_revisions_beyond_the_history_limit_go_oldest_first(limit: int, kept: list[int]) -> None:
    world = SetWorld()
    world.made(1, revisionHistoryLimit=limit)
    for image in ("nginx:1.28", "nginx:1.29", "nginx:1.30"):
        world.image(image)
        world.heal()
    world.touch()
    assert sorted(world.revisions().values()) == kept


def test_a_revision_that_a_pod_carries_is_kept_beyond_the_limit() -> None:
    world = SetWorld()
    world.made(2, revisionHistoryLimit=0, **ON_DELETE)
    for image in ("nginx:1.28", "nginx:1.29"):
        world.image(image)
        world.end("web-1")
        world.heal()
    world.touch()
    assert sorted(world.revisions().values()) == [1, 3]


def test_history_is_trimmed_one_pass_after_the_rollout_is_complete() -> None:
    world = SetWorld()
    world.made(1, revisionHistoryLimit=0)
    world.image(NEW_IMAGE)
    world.end("web-0")
    world.forget()
    world.start("web-0")
    assert world.did() == ["status 1/1/1/1/1", "drop revision 1"]


def test_a_revision_name_taken_by_other_data_gets_another_hash_but_keeps_the_label() -> None:
    world = SetWorld()
    taken = ControllerRevision(
        metadata=ObjectMeta(name=A, namespace="default", labels={"app": "other"}),
        data={"spec": {"template": {"$patch": "replace"}}},
        revision=7,
    )
    world.create(taken)
    world.make(1)
    assert world.set.status.update_revision == "web-6578754d75"
    assert world.find(ControllerRevision, "web-6578754d75").metadata.labels[HASH] == A.removeprefix("web-")
    assert world.set.status.collision_count == 1


def test_a_revision_name_taken_by_the_same_data_is_used_whoever_owns_it() -> None:
    world = SetWorld()
    world.make(0)
    same = world.find(ControllerRevision, A)
    world.delete(world.set)
    world.create(replace(same, metadata=ObjectMeta(name=A, namespace="default", labels={"app": "other"}), revision=7))
    world.make(1)
    assert world.set.status.update_revision == A
    assert world.revisions() == {A: 7}


def test_a_revision_whose_labels_do_not_match_the_selector_is_not_counted() -> None:
    world = SetWorld()
    world.made(1)
    world.relabel(world.find(ControllerRevision, A), {"app": "other"})
    world.image(NEW_IMAGE)
    assert world.revisions()[B] == 1
    assert world.set.status.current_revision == B


def test_a_revision_is_made_even_while_the_set_is_being_deleted() -> None:
    world = SetWorld()
    world.made(1)
    world.metadata(world.set, finalizers=("example.com/held",))
    world.delete(world.set)
    world.forget()
    world.image(NEW_IMAGE)
    assert world.did() == ["revision 2", "status 1/1/1/1/0"]


# The revision of a pod


def test_a_pod_without_its_revision_label_is_outdated_and_made_again() -> None:
    world = SetWorld()
    world.made(2)
    world.relabel(world.pod("web-0"), {REVISION: None})
    assert world.acted() == ["delete web-0"]
    world.end("web-0")
    assert world.revision_of("web-0") == A


def test_deleting_a_pod_that_was_not_counted_makes_the_current_count_too_low_for_one_write() -> None:
    world = SetWorld()
    world.made(2)
    world.relabel(world.pod("web-0"), {REVISION: None})
    assert world.statuses() == ["2/2/2/0/1", "2/2/2/1/1"]


def test_a_count_below_nothing_is_refused_and_the_pass_comes_again() -> None:
    world = SetWorld()
    world.made(1)
    world.relabel(world.pod("web-0"), {REVISION: None})
    assert world.did() == ["delete web-0", "status 1/1/1/0/0"]


def test_a_refused_status_does_not_keep_the_history_from_being_trimmed_in_that_pass() -> None:
    world = SetWorld()
    world.made(1)
    world.image(NEW_IMAGE)
    world.heal()
    world.forget()
    pod = world.pod("web-0")
    labels = {key: value for key, value in pod.metadata.labels.items() if key != REVISION}
    world.server.modify(pod, lambda stored: replace(stored, metadata=replace(stored.metadata, labels=labels)))
    world.edit(revisionHistoryLimit=0)
    assert world.did() == ["delete web-0", "drop revision 1", "status 1/1/1/0/0"]
