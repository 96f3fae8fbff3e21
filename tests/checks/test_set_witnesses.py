"""The witnesses of sets: what each says, and which legal states it lets pass."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from told_story import (
    COLLECTOR,
    KUBELET,
    SETS,
    TEMPLATES,
    WEB,
    Story,
    claim,
    pod,
    revision,
    stateful_set,
)

from harness.objects.meta import owned_by
from harness.objects.statefulset import StatefulSetUpdateStrategy


def set_with(*pods: int, ready: bool = True, **fields: object) -> Story:
    """A set at revision web-a with these pods."""
    story = Story()
    story.put(stateful_set(**fields))  # type: ignore[arg-type]
    story.put(revision("web-a", 1), SETS)
    for ordinal in pods:
        story.put(pod(ordinal, ready=ready))
    return story


# S1


def test_a_pod_that_runs_beside_its_predecessor_is_seen():
    story = set_with()
    before = story.put(pod(0, uid="before", running=True), KUBELET)
    story.remove(before, KUBELET)
    story.put(pod(0, uid="after"), SETS)
    story.put(pod(0, uid="after", running=True), KUBELET)
    assert "predecessor was still running when kubelet removed it" in story.seen_by("one-pod-runs-per-ordinal")[0]


@pytest.mark.parametrize("by_force", [True, False])
def test_a_pod_may_follow_one_that_ended_or_that_a_person_removed_by_force(by_force):
    story = set_with()
    before = story.put(pod(0, uid="before", running=True), KUBELET)
    if not by_force:
        before = story.put(pod(0, uid="before"), KUBELET)
    story.remove(before, None if by_force else KUBELET)
    story.put(pod(0, uid="after", running=True), KUBELET)
    assert story.seen_by("one-pod-runs-per-ordinal") == []
    assert story.times("one-pod-runs-per-ordinal") == 1


# S2


def test_a_pod_created_above_an_unready_one_is_seen():
    story = set_with(0, ready=False)
    story.put(pod(1), SETS)
    assert story.seen_by("pod-waits-for-lower-ordinals") == ["pod/web-1 is created although web-0 is not ready"]


def test_a_pod_created_above_one_not_available_for_long_enough_is_seen():
    story = set_with(0, min_ready_seconds=10)
    story.put(pod(1), SETS)
    assert "web-0 is not available yet" in story.seen_by("pod-waits-for-lower-ordinals")[0]


def test_a_pod_may_be_created_above_one_that_failed_after_the_pass_began():
    story = set_with(0)
    woken_by = len(story.records)
    story.put(pod(0, ready=False), KUBELET)
    story.put(pod(1), story.one_pass(SETS, woken_by=woken_by))
    assert story.seen_by("pod-waits-for-lower-ordinals") == []
    assert story.times("pod-waits-for-lower-ordinals") == 1


def test_a_parallel_set_creates_in_any_order():
    story = set_with(pod_management_policy="Parallel")
    story.put(pod(2), SETS)
    assert story.seen_by("pod-waits-for-lower-ordinals") == []
    assert story.times("pod-waits-for-lower-ordinals") == 0


# S3


def test_a_scale_down_that_does_not_begin_at_the_top_is_seen():
    story = set_with(0, 1, 2, replicas=1)
    story.doomed(pod(1), SETS)
    assert story.seen_by("scale-down-goes-from-the-top") == ["pod/web-1 is scaled down although web-2 is there still"]


def test_a_scale_down_above_an_unhealthy_pod_is_seen():
    story = set_with(1, replicas=1)
    story.put(pod(0, ready=False))
    story.doomed(pod(1), SETS)
    assert "web-0 is not ready" in story.seen_by("scale-down-goes-from-the-top")[0]


def test_the_lowest_unhealthy_pod_may_be_scaled_down():
    story = set_with(0, 1, replicas=1)
    story.put(pod(2, ready=False))
    story.doomed(pod(2, ready=False), SETS)
    assert story.seen_by("scale-down-goes-from-the-top") == []
    assert story.times("scale-down-goes-from-the-top") == 1


# S4


def rolling(**fields: object) -> Story:
    """Three pods at web-a, and web-b the newest revision."""
    story = set_with(0, 1, 2, **fields)
    story.put(revision("web-b", 2), SETS)
    return story


def test_a_rollout_that_begins_below_the_top_is_seen():
    story = rolling()
    story.doomed(pod(1), SETS)
    assert "the higher web-2 is not at the newest revision" in story.seen_by("rollout-replaces-one-pod-at-a-time")[0]


@pytest.mark.parametrize("policy", ["OrderedReady", "Parallel"])
def test_a_rollout_past_an_unready_higher_pod_is_seen(policy):
    story = rolling(pod_management_policy=policy)
    story.put(pod(2, at="web-b", ready=False))
    story.doomed(pod(1), SETS)
    assert "web-2 is not ready" in story.seen_by("rollout-replaces-one-pod-at-a-time")[0]


def test_a_rollout_below_the_partition_is_seen():
    story = rolling(partition=3)
    story.doomed(pod(2), SETS)
    assert "below the partition" in story.seen_by("rollout-replaces-one-pod-at-a-time")[0]


def test_a_rollout_under_on_delete_is_seen():
    story = rolling(update_strategy=StatefulSetUpdateStrategy(type="OnDelete"))
    story.doomed(pod(2), SETS)
    assert "only when they are deleted" in story.seen_by("rollout-replaces-one-pod-at-a-time")[0]


def test_a_rollout_from_the_top_down_is_let_pass():
    story = rolling()
    story.doomed(pod(2), SETS)
    story.remove(pod(2), KUBELET)
    story.put(pod(2, at="web-b", uid="new"), SETS)
    story.doomed(pod(1), SETS)
    assert story.seen_by("rollout-replaces-one-pod-at-a-time") == []
    assert story.times("rollout-replaces-one-pod-at-a-time") == 2


# S5


def test_a_pod_below_the_partition_made_at_the_new_revision_is_seen():
    story = rolling(partition=2)
    story.remove(pod(0))
    story.put(pod(0, at="web-b", uid="new"), SETS)
    assert story.seen_by("partition-keeps-the-old-revision") == [
        "pod/web-0 is made at revision web-b, but its ordinal is to be at web-a"
    ]


def test_a_promotion_before_its_time_does_not_excuse_the_new_revision_below_the_partition():
    story = rolling(partition=2)
    story.put(stateful_set(partition=2, current="web-b", update="web-b"), SETS)
    story.remove(pod(0))
    story.put(pod(0, at="web-b", uid="new"), SETS)
    assert len(story.seen_by("partition-keeps-the-old-revision")) == 1


def test_pods_are_made_old_below_the_partition_and_new_above_it():
    story = rolling(partition=1)
    for ordinal, at in ((0, "web-a"), (2, "web-b")):
        story.remove(pod(ordinal))
        story.put(pod(ordinal, at=at, uid="new"), SETS)
    assert story.seen_by("partition-keeps-the-old-revision") == []
    assert story.times("partition-keeps-the-old-revision") == 1


# S6


def test_a_pod_that_uses_the_claim_of_another_ordinal_is_seen():
    story = set_with(volume_claim_templates=TEMPLATES)
    story.put(replace(pod(0, claims=("data-web-1",)), spec=pod(0, claims=("data-web-1",)).spec), SETS)
    assert "does not use the claims of its ordinal" in story.seen_by("names-follow-from-the-ordinal")[0]


def test_a_claim_named_after_no_template_is_seen():
    story = set_with(volume_claim_templates=TEMPLATES)
    story.put(claim("logs-web-0"), SETS)
    assert "named after no claim template of web" in story.seen_by("names-follow-from-the-ordinal")[0]


def test_pods_and_claims_named_by_set_and_ordinal_are_let_pass():
    story = set_with(volume_claim_templates=TEMPLATES)
    story.put(claim(), SETS)
    story.put(pod(0, claims=("data-web-0",)), SETS)
    assert story.seen_by("names-follow-from-the-ordinal") == []
    assert story.times("names-follow-from-the-ordinal") == 2


# S7


def test_a_claim_that_the_set_controller_deletes_is_seen():
    story = set_with(volume_claim_templates=TEMPLATES)
    story.put(claim())
    story.doomed(claim(), SETS)
    assert story.seen_by("ordinal-keeps-its-claim") == [
        "persistentvolumeclaim/data-web-0 is deleted by statefulset-controller"
    ]


def test_a_claim_may_go_with_its_owner_or_by_hand():
    story = set_with(volume_claim_templates=TEMPLATES)
    owned = story.put(claim(owner_references=(owned_by(pod(0)),)))
    story.doomed(owned, COLLECTOR)
    by_hand = story.put(claim("data-web-1"))
    story.doomed(by_hand)
    assert story.seen_by("ordinal-keeps-its-claim") == []
    assert story.times("ordinal-keeps-its-claim") == 1


# S9


def test_a_finished_pod_that_is_not_replaced_is_seen_when_settled():
    story = set_with(0, 2)
    story.put(pod(1, phase="Succeeded"))
    assert story.seen_by("ordinals-are-filled") == ["pod/web-1 has finished (Succeeded) and is not replaced"]


def test_a_missing_ordinal_is_seen_when_settled():
    assert set_with(0).seen_by("ordinals-are-filled") == ["statefulset/web lacks its pod web-1"]


def test_a_pod_beyond_the_ordinals_is_seen_when_settled():
    assert "not removed" in set_with(0, 1, replicas=1).seen_by("ordinals-are-filled")[0]


def test_an_unhealthy_pod_excuses_everything_above_it():
    story = set_with(0)
    story.put(pod(1, ready=False))
    assert story.seen_by("ordinals-are-filled") == []
    assert story.times("ordinals-are-filled") == 1


def test_nothing_is_missing_before_things_are_settled():
    from harness.checks import examine

    assert examine(set_with(0).outcome(reason="limit"), ["ordinals-are-filled"]) == ()


# S11


def test_a_counter_that_is_off_is_seen_when_settled():
    story = set_with(0, 1, replicas=2, counts=(2, 1, 2, 2, 2))
    assert story.seen_by("status-counts-what-there-is") == ["statefulset/web tells readyReplicas: 1, but there are 2"]


def test_a_promotion_while_a_pod_is_outdated_is_seen():
    story = rolling(update="web-b")
    story.put(stateful_set(current="web-b", update="web-b"), SETS)
    assert "calls web-b current" in story.seen_by("status-counts-what-there-is")[0]


def test_a_promotion_is_due_once_every_pod_is_ready_at_the_revision():
    story = rolling(update="web-b")
    for ordinal in range(3):
        story.put(pod(ordinal, at="web-b"))
    story.put(stateful_set(current="web-b", update="web-b", counts=(3, 3, 3, 3, 3)), SETS)
    assert story.seen_by("status-counts-what-there-is") == []
    assert story.times("status-counts-what-there-is") == 2


def test_the_set_of_the_stories_is_the_owner_of_its_pods():
    assert pod(0).metadata.owner_references == (owned_by(WEB),)
