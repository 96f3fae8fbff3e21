"""The witnesses of claims and volumes: what each says, and which legal states it lets pass."""

from __future__ import annotations

from msgspec.structs import replace
from told_story import (
    BINDER,
    COLLECTOR,
    SCHEDULER,
    Story,
    claim,
    late_class,
    node,
    pod,
    volume,
)

BOUND = "pv.kubernetes.io/bind-completed"
SELECTED = "volume.kubernetes.io/selected-node"
PROVISIONER = "volume.kubernetes.io/storage-provisioner"


def bound_in_order(story: Story) -> None:
    """The four writes of a binding, as the binder makes them."""
    one = story.put(claim())
    story.put(volume())
    binding = story.one_pass(BINDER)
    story.put(volume(holder=one), binding)
    story.put(volume(holder=one, phase="Bound"), binding)
    story.put(claim(volume="v1", marks=(BOUND,)), binding)
    story.put(claim(volume="v1", marks=(BOUND,), phase="Bound"), binding)


# P1


def test_two_claims_bound_to_one_volume_are_seen():
    story = Story()
    first = story.put(claim(volume="v1", phase="Bound"))
    story.put(volume(holder=first, phase="Bound"))
    story.put(claim("other"))
    story.put(claim("other", volume="v1", phase="Bound"), BINDER)
    assert "two claims at once: data-web-0" in story.seen_by("volume-serves-one-claim")[0]


def test_two_volumes_bound_to_one_claim_are_seen():
    story = Story()
    one = story.put(claim())
    for name in ("v1", "v2"):
        story.put(volume(name))
        story.put(volume(name, holder=one, phase="Bound"), BINDER)
    assert "two volumes at once: v1 and v2" in story.seen_by("volume-serves-one-claim")[0]


def test_a_claim_that_lost_its_volume_does_not_share_it():
    story = Story()
    bound_in_order(story)
    story.put(claim(volume="v1", phase="Lost"), BINDER)
    story.put(claim("other", volume="v1", phase="Bound"), BINDER)
    assert story.seen_by("volume-serves-one-claim") == []
    assert story.times("volume-serves-one-claim") == 2


def test_a_volume_handed_over_by_hand_may_be_shared_until_things_settle():
    story = Story()
    bound_in_order(story)
    other = story.put(claim("other"))
    story.put(volume(holder=other, phase="Bound"))
    story.put(claim("other", volume="v1", phase="Bound"), BINDER)
    story.put(claim(volume="v1", phase="Lost"), BINDER)
    assert story.seen_by("volume-serves-one-claim") == []


# P2


def test_a_claim_told_its_volume_before_the_volume_knows_is_seen():
    story = Story()
    one = story.put(claim())
    story.put(volume())
    binding = story.one_pass(BINDER)
    story.put(claim(volume="v1"), binding)
    story.put(volume(holder=one), binding)
    assert story.seen_by("claim-and-volume-agree") == [
        "persistentvolumeclaim/data-web-0 is given volume v1, which does not point at it yet"
    ]


def test_a_bound_claim_whose_volume_points_at_its_predecessor_is_seen_when_settled():
    story = Story()
    story.put(volume(holder=claim(uid="before"), phase="Released"))
    story.put(claim(uid="after", volume="v1", phase="Bound"))
    assert "does not point at it" in story.seen_by("claim-and-volume-agree")[0]


def test_a_bound_volume_that_no_claim_names_is_seen_when_settled():
    story = Story()
    story.put(volume(holder=story.put(claim())))
    story.put(volume(holder=claim(uid=story.records[0].subject.metadata.uid), phase="Bound"), BINDER)
    assert "no claim that it points at names it" in story.seen_by("claim-and-volume-agree")[0]


def test_a_bound_volume_that_a_person_makes_point_elsewhere_may_stay_so():
    story = Story()
    bound_in_order(story)
    story.put(volume(holder=story.put(claim("other")), phase="Bound"))
    story.put(claim(volume="v1", marks=(BOUND,), phase="Lost"), BINDER)
    assert story.seen_by("claim-and-volume-agree") == []


def test_half_a_binding_is_legal_while_it_is_written():
    story = Story()
    bound_in_order(story)
    assert story.seen_by("claim-and-volume-agree") == []
    assert story.times("claim-and-volume-agree") == 2


# P3


def test_a_volume_too_small_or_of_another_class_is_seen():
    story = Story()
    one = story.put(claim(gibibytes=2))
    story.put(volume(storage_class="other"))
    story.put(volume(storage_class="other", holder=one), BINDER)
    assert [text.rpartition("but ")[2] for text in story.seen_by("bound-volume-suits-its-claim")] == [
        "is smaller than asked for",
        "is of another class",
    ]


def test_a_volume_of_another_attributes_class_is_seen():
    story = Story()
    one = story.put(claim())
    story.put(with_attributes_class(volume(), "gold"))
    story.put(with_attributes_class(volume(holder=one), "gold"), BINDER)
    assert "is of another VolumeAttributesClass" in story.seen_by("bound-volume-suits-its-claim")[0]


def with_attributes_class(one, name):
    return replace(one, spec=replace(one.spec, volume_attributes_class_name=name))


def test_a_volume_reserved_by_hand_may_be_of_another_class():
    story = Story()
    one = claim()
    story.put(volume(storage_class="other", holder=claim(uid="-")))
    reserved = story.records[-1].subject
    reserved = replace(
        reserved, spec=replace(reserved.spec, claim_ref=replace(reserved.spec.claim_ref, uid="", resource_version=""))
    )
    story.put(reserved)
    story.put(one)
    story.put(volume(storage_class="other", holder=one), BINDER)
    assert story.seen_by("bound-volume-suits-its-claim") == []
    assert story.times("bound-volume-suits-its-claim") == 1


# P4


def test_a_volume_that_goes_over_to_a_claim_of_the_same_name_is_seen():
    story = Story()
    story.put(volume(holder=claim(uid="before"), phase="Released"))
    after = story.put(claim(uid="after"))
    story.put(volume(holder=after, phase="Released"), BINDER)
    assert "still was that of the claim with uid before" in story.seen_by("volume-keeps-its-claim")[0]


def test_a_released_volume_that_is_bound_again_is_seen():
    story = Story()
    one = story.put(claim())
    story.put(volume(holder=one, phase="Bound"))
    story.put(volume(holder=one, phase="Released"), BINDER)
    story.put(volume(holder=one, phase="Bound"), BINDER)
    assert "Bound again after its release" in story.seen_by("volume-keeps-its-claim")[0]


def test_a_volume_released_under_a_name_that_is_not_its_claims_may_be_taken_back():
    story = Story()
    one = story.put(claim())
    story.put(volume(holder=claim("other", uid=one.metadata.uid), phase="Bound"))
    story.put(volume(holder=claim("other", uid=one.metadata.uid), phase="Released"), BINDER)
    story.put(volume(holder=one, phase="Released"), BINDER)
    story.put(volume(holder=one, phase="Bound"), BINDER)
    assert story.seen_by("volume-keeps-its-claim") == []


def test_a_volume_released_for_the_second_time_and_bound_again_is_seen():
    story = Story()
    story.put(volume(holder=story.put(claim()), phase="Released"), BINDER)
    story.put(volume(phase="Available"), BINDER)
    other = story.put(claim("other"))
    story.put(volume(holder=other, phase="Released"), BINDER)
    story.put(volume(holder=other, phase="Bound"), BINDER)
    assert len(story.seen_by("volume-keeps-its-claim")) == 1


def test_a_volume_cleared_by_hand_may_serve_another_claim():
    story = Story()
    one = story.put(claim())
    story.put(volume(holder=one, phase="Bound"))
    story.put(volume(holder=one, phase="Released"), BINDER)
    story.put(volume(phase="Released"))
    story.put(volume(phase="Available"), BINDER)
    story.put(volume(holder=story.put(claim("other"))), BINDER)
    assert story.seen_by("volume-keeps-its-claim") == []


# P5


def test_a_volume_deleted_under_its_claim_is_seen():
    story = Story()
    bound_in_order(story)
    story.doomed(story.records[-3].subject, BINDER)
    assert "while its claim data-web-0 is there" in story.seen_by("used-volume-is-not-deleted")[0]


def test_a_volume_may_be_deleted_once_its_claim_is_gone_or_by_a_person():
    story = Story()
    bound_in_order(story)
    held = story.records[-3].subject
    story.doomed(held)
    story.remove(story.records[5].subject)
    story.put(volume(holder=claim(), phase="Released"), BINDER)
    assert story.seen_by("used-volume-is-not-deleted") == []
    assert story.times("used-volume-is-not-deleted") == 1


# P7


def test_a_used_claim_that_loses_its_finalizer_is_seen():
    story = Story()
    marked = story.put(claim(finalizers=("kubernetes.io/pvc-protection",)))
    story.put(pod(0, node="node-1", claims=("data-web-0",)))
    story.doomed(marked)
    story.put(claim(), "pvc-protection-controller")
    assert story.seen_by("used-storage-is-protected") == [
        "persistentvolumeclaim/data-web-0 loses its protection while pod web-0 uses it"
    ]


def test_a_pod_that_is_not_scheduled_protects_no_claim():
    story = Story()
    story.put(claim(finalizers=("kubernetes.io/pvc-protection",)))
    story.put(pod(0, claims=("data-web-0",)))
    story.put(claim(), "pvc-protection-controller")
    assert story.seen_by("used-storage-is-protected") == []
    assert story.times("used-storage-is-protected") == 1


def test_a_bound_volume_that_loses_its_finalizer_is_seen():
    story = Story()
    story.put(volume(phase="Bound", finalizers=("kubernetes.io/pv-protection",)))
    story.put(volume(phase="Bound"), "pv-protection-controller")
    assert "while it is Bound" in story.seen_by("used-storage-is-protected")[0]


# P8


def test_a_late_claim_bound_without_a_node_is_seen():
    story = Story()
    story.put(late_class())
    one = story.put(claim(storage_class="late"))
    story.put(volume(storage_class="late"))
    story.put(volume(storage_class="late", holder=one), BINDER)
    assert "although its class waits for a consumer" in story.seen_by("late-binding-waits-for-its-pod")[0]


def test_a_late_claim_provisioned_without_a_node_is_seen():
    story = Story()
    story.put(late_class())
    story.put(claim(storage_class="late"))
    story.put(claim(storage_class="late", marks=(PROVISIONER,)), BINDER)
    assert "begins to be provisioned" in story.seen_by("late-binding-waits-for-its-pod")[0]


def test_the_scheduler_and_a_selected_node_bind_late_claims():
    story = Story()
    story.put(late_class())
    one = story.put(claim(storage_class="late"))
    story.put(volume(storage_class="late"))
    story.put(volume(storage_class="late", holder=one), SCHEDULER)
    story.put(claim("other", storage_class="late", marks=(SELECTED,)))
    story.put(claim("other", storage_class="late", marks=(SELECTED, PROVISIONER)), BINDER)
    assert story.seen_by("late-binding-waits-for-its-pod") == []
    assert story.times("late-binding-waits-for-its-pod") == 2


# P9


def test_a_pod_put_where_its_volume_is_not_is_seen():
    story = Story()
    story.put(node("node-1"))
    one = story.put(claim(volume="v1", marks=(BOUND,)))
    story.put(volume(holder=one, phase="Bound", node="node-2"))
    story.put(pod(0, claims=("data-web-0",)))
    story.put(pod(0, claims=("data-web-0",), node="node-1"), SCHEDULER)
    assert story.seen_by("pod-runs-where-its-volumes-are") == [
        "pod/web-0 is put on node-1, but its claim data-web-0 has volume v1, which cannot be used there"
    ]


def test_a_pod_put_on_a_node_with_an_unbound_claim_is_seen():
    story = Story()
    story.put(claim())
    story.put(pod(0, claims=("data-web-0",)))
    story.put(pod(0, claims=("data-web-0",), node="node-1"), SCHEDULER)
    assert "is not bound" in story.seen_by("pod-runs-where-its-volumes-are")[0]


def test_a_pod_may_be_put_where_its_volume_is():
    story = Story()
    story.put(node("node-1"))
    one = story.put(claim(volume="v1", marks=(BOUND,)))
    story.put(volume(holder=one, phase="Bound", node="node-1"))
    story.put(pod(0, claims=("data-web-0",)))
    story.put(pod(0, claims=("data-web-0",), node="node-1"), SCHEDULER)
    assert story.seen_by("pod-runs-where-its-volumes-are") == []
    assert story.times("pod-runs-where-its-volumes-are") == 1


def test_a_larger_volume_taken_while_a_smaller_one_is_free_is_seen():
    story = Story()
    one = story.put(claim())
    story.put(volume("small"))
    story.put(volume("large", gibibytes=5))
    story.put(volume("large", gibibytes=5, holder=one), BINDER)
    assert "the smaller small was free" in story.seen_by("smallest-volume-is-taken")[0]


def test_a_smaller_volume_that_another_choice_takes_is_no_alternative():
    story = Story()
    one, other = story.put(claim()), story.put(claim("other"))
    story.put(volume("small"))
    story.put(volume("large", gibibytes=5))
    story.put(volume("large", gibibytes=5, holder=one), BINDER)
    story.put(volume("small", holder=other), SCHEDULER)
    assert story.seen_by("smallest-volume-is-taken") == []


def test_a_smaller_volume_of_more_access_modes_is_no_alternative_to_the_binder():
    story = Story()
    one = story.put(claim())
    story.put(volume("small", modes=("ReadWriteOnce", "ReadOnlyMany")))
    story.put(volume("large", gibibytes=5))
    story.put(volume("large", gibibytes=5, holder=one), BINDER)
    assert story.seen_by("smallest-volume-is-taken") == []
    assert story.times("smallest-volume-is-taken") == 1


# S7, which is about claims too


def test_a_claim_of_a_set_that_an_actor_deletes_is_seen():
    from told_story import TEMPLATES, stateful_set

    story = Story()
    story.put(stateful_set(volume_claim_templates=TEMPLATES))
    kept = story.put(claim())
    story.doomed(kept, COLLECTOR)
    assert story.seen_by("ordinal-keeps-its-claim") == [
        "persistentvolumeclaim/data-web-0 is collected, but nobody owned it"
    ]
