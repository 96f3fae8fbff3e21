"""The claims of a set: made once, used as they are, and owned as the retention policy says."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from statefulset_world import (
    PARALLEL,
    SETS,
    SetWorld,
    claim_document,
    keeping,
    other_pod,
    owner,
    set_document,
    stranger,
    without_pod_name,
)

from harness.api import kinds
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision, StatefulSet
from harness.objects.wire import from_wire

BOTH, NEITHER = keeping("Delete", "Delete"), keeping("Retain", "Retain")
ON_SCALE, WITH_SET = keeping("Delete", "Retain"), keeping("Retain", "Delete")
CONFLICT = (
    "ConflictingController: PersistentVolumeClaim data-web-0 has a conflicting OwnerReference that acts as a manging "
    "controller, the retention policy is ignored for this claim"
)


# Making and using claims


def test_a_claim_has_the_labels_of_its_template_overlaid_by_those_of_the_selector() -> None:
    world = SetWorld()
    document = set_document(1)
    document["spec"]["volumeClaimTemplates"] = [
        claim_document("data", labels={"app": "other", "tier": "db"}, annotations={"team": "a"})
    ]
    world.create(from_wire(document, StatefulSet))
    metadata = world.claim("data-web-0").metadata
    assert (metadata.labels, metadata.annotations) == ({"app": "web", "tier": "db"}, {"team": "a"})
    assert (metadata.owner_references, metadata.finalizers) == ((), ("kubernetes.io/pvc-protection",))


def test_a_claim_gets_no_label_from_the_expressions_of_the_selector() -> None:
    world = SetWorld()
    expression = {"key": "app", "operator": "In", "values": ["web"]}
    world.make(1, claims=["data"], selector={"matchExpressions": [expression]})
    assert world.claim("data-web-0").metadata.labels == {}


def test_a_claim_that_exists_is_used_as_it_is_and_nothing_is_said_of_it() -> None:
    world = SetWorld()
    before = world.give_claim("data-web-0", stranger(), labels={"mine": "yes"})
    world.make(1, claims=["data"])
    assert world.acted() == ["revision 1", "pod web-0"]
    assert world.said() == ["SuccessfulCreate: Create Pod web-0 in StatefulSet web successful"]
    assert world.claim("data-web-0") == before


def test_a_pod_does_not_wait_for_its_claim_to_be_bound() -> None:
    world = SetWorld()
    world.make(1, claims=["data"])
    assert world.claim("data-web-0").status.phase == "Pending"
    assert world.pods() == ["web-0"]


def test_every_claim_of_a_pod_is_tried_and_the_failures_are_joined() -> None:
    world = SetWorld()
    for name in ("data-web-0", "logs-web-0"):
        world.give_claim(name, finalizers=["example.com/held"])
        world.delete(world.claim(name))
    world.make(1, claims=["data", "more", "logs"])
    assert world.said("FailedCreate") == [
        "FailedCreate: Create Pod web-0 in StatefulSet web failed error: "
        "[pvc data-web-0 is being deleted, pvc logs-web-0 is being deleted]"
    ]
    assert "more-web-0" in world.claims()


def test_a_claim_that_cannot_be_made_is_told_of_before_its_pod() -> None:
    world = SetWorld()
    template = claim_document("data", labels={"not a label": "x"})
    world.make(1, volumeClaimTemplates=[template])
    assert [line.split(" failed error: ")[0] for line in world.said()] == [
        "FailedCreate: Create Claim data-web-0 for Pod web-0 in StatefulSet web",
        "FailedCreate: Create Pod web-0 in StatefulSet web",
    ]
    assert " failed error: failed to create PVC data-web-0: PersistentVolumeClaim " in world.said()[1]


def test_claim_volumes_come_first_and_replace_those_of_the_same_name() -> None:
    world = SetWorld()
    document = set_document(1, claims=["data", "logs"])
    document["spec"]["template"]["spec"]["volumes"] = [
        {"name": "scratch", "emptyDir": {}},
        {"name": "data", "emptyDir": {}},
    ]
    world.create(from_wire(document, StatefulSet))
    found = [
        (volume.name, volume.persistent_volume_claim.claim_name if volume.persistent_volume_claim else None)
        for volume in world.pod("web-0").spec.volumes
    ]
    assert found[:3] == [("data", "data-web-0"), ("logs", "logs-web-0"), ("scratch", None)]


def test_the_claim_of_a_going_pod_that_is_gone_at_last_is_made_anew() -> None:
    world = SetWorld()
    world.give_claim("data-web-0", finalizers=["example.com/held"])
    world.delete(world.claim("data-web-0"))
    world.make(1, claims=["data"])
    stored = world.claim("data-web-0")
    world.forget()
    world.change(stored, lambda found: replace(found, metadata=replace(found.metadata, finalizers=())))
    world.run(2_000)
    assert world.acted() == ["claim data-web-0", "pod web-0"]


def test_deleting_the_claim_of_a_pending_pod_wakes_nobody() -> None:
    world = SetWorld()
    world.make(1, claims=["data"])
    world.lose_claim("data-web-0")
    world.forget()
    world.run(600_000)
    assert world.did() == []


# Who owns a claim


@pytest.mark.parametrize(
    ("policy", "owners"),
    [(NEITHER, []), (WITH_SET, ["StatefulSet/web"]), (ON_SCALE, []), (BOTH, ["StatefulSet/web"])],
)
def test_the_claim_of_a_wanted_pod_is_owned_as_the_policy_says(policy: dict[str, Any], owners: list[str]) -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **policy)
    assert world.owners("data-web-0") == owners


@pytest.mark.parametrize(
    ("policy", "owners"),
    [(NEITHER, []), (WITH_SET, ["StatefulSet/web"]), (ON_SCALE, ["Pod/web-1"]), (BOTH, ["Pod/web-1"])],
)
def test_the_claim_of_an_unwanted_pod_is_owned_as_the_policy_says(policy: dict[str, Any], owners: list[str]) -> None:
    world = SetWorld()
    world.made(2, claims=["data"], **policy)
    world.scale(1)
    assert world.owners("data-web-1") == owners


def test_an_owner_of_a_claim_manages_it_and_blocks_its_own_deletion() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **BOTH)
    (reference,) = world.claim("data-web-0").metadata.owner_references
    assert (reference.uid, reference.controller, reference.block_owner_deletion) == (world.set.metadata.uid, True, True)


def test_the_claims_of_all_unwanted_pods_change_owners_before_the_first_is_deleted() -> None:
    world = SetWorld()
    world.made(3, claims=["data"], **BOTH)
    world.scale(1)
    assert world.acted() == ["owners data-web-2", "owners data-web-1", "delete web-2"]


def test_a_claim_goes_only_after_its_own_unwanted_pod_is_gone() -> None:
    world = SetWorld()
    world.made(3, claims=["data"], **BOTH)
    world.scale(1)
    assert world.claims() == ["data-web-0", "data-web-1", "data-web-2"]
    world.end("web-2")
    assert world.claims() == ["data-web-0", "data-web-1"]
    world.end("web-1")
    assert world.claims() == ["data-web-0"]


def test_scaling_down_with_a_policy_says_nothing_but_that_the_pod_was_deleted() -> None:
    world = SetWorld()
    world.made(2, claims=["data"], **BOTH)
    said = world.said()
    world.scale(1)
    assert world.said()[len(said) :] == ["SuccessfulDelete: Delete Pod web-1 in StatefulSet web successful"]


def test_a_claim_kept_when_scaled_goes_with_the_set() -> None:
    world = SetWorld()
    world.made(2, claims=["data"], **WITH_SET)
    world.scale(1)
    world.heal()
    assert world.claims() == ["data-web-0", "data-web-1"]
    world.delete(world.set)
    world.end("web-0")
    assert world.claims() == []


def test_a_claim_deleted_when_scaled_survives_the_set() -> None:
    world = SetWorld()
    world.made(2, claims=["data"], **ON_SCALE)
    world.delete(world.set)
    world.end("web-0", "web-1")
    assert world.claims() == ["data-web-0", "data-web-1"]


def test_a_pod_deleted_by_hand_keeps_its_claim_whatever_the_policy() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **BOTH)
    before = world.claim("data-web-0").metadata.uid
    world.end("web-0")
    world.heal()
    assert world.claim("data-web-0").metadata.uid == before


def test_changing_the_policy_on_a_healthy_set_is_one_pass_with_an_update_of_each_pod() -> None:
    world = SetWorld()
    world.made(3, claims=["data"])
    world.edit(**WITH_SET)
    assert world.acted() == ["owners data-web-0", "owners data-web-1", "owners data-web-2"]
    assert world.said("SuccessfulUpdate") == [
        f"SuccessfulUpdate: Update Pod web-{ordinal} in StatefulSet web successful" for ordinal in range(3)
    ]


def test_changing_the_policy_stops_in_order_at_the_first_pod_that_is_not_ready() -> None:
    world = SetWorld()
    world.made(3, claims=["data"])
    world.unready("web-1")
    world.forget()
    world.edit(**WITH_SET)
    assert world.acted() == ["owners data-web-0"]


def test_changing_the_policy_back_takes_the_owners_away() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **WITH_SET)
    world.edit(**NEITHER)
    assert world.owners("data-web-0") == []


def test_changing_the_policy_does_not_reach_claims_whose_pods_are_gone() -> None:
    world = SetWorld()
    world.made(2, claims=["data"])
    world.scale(1)
    world.heal()
    world.edit(**WITH_SET)
    assert (world.owners("data-web-0"), world.owners("data-web-1")) == (["StatefulSet/web"], [])


def test_a_set_being_deleted_gives_no_claim_an_owner() -> None:
    world = SetWorld()
    world.made(1, claims=["data"])
    world.metadata(world.set, finalizers=("example.com/held",))
    world.delete(world.set)
    world.edit(**WITH_SET)
    assert world.owners("data-web-0") == []


# Owners that somebody else wrote


def test_a_foreign_owner_that_does_not_manage_the_claim_stays_before_ours() -> None:
    world = SetWorld()
    world.give_claim("data-web-0", stranger(controller=False))
    world.make(1, claims=["data"], **WITH_SET)
    assert world.owners("data-web-0") == ["Node/node-1", "StatefulSet/web"]


def test_a_claim_that_somebody_else_manages_is_left_alone_and_told_of() -> None:
    world = SetWorld()
    world.give_claim("data-web-0", stranger())
    world.make(1, claims=["data"], **WITH_SET)
    assert world.owners("data-web-0") == ["Node/node-1"]
    assert world.said("ConflictingController") == [CONFLICT]


def test_a_claim_that_somebody_else_manages_is_nobodys_business_without_a_policy() -> None:
    world = SetWorld()
    world.give_claim("data-web-0", stranger())
    world.made(1, claims=["data"])
    assert world.said("ConflictingController") == []


def test_a_claim_that_somebody_else_manages_loses_our_owner_and_gets_none() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **WITH_SET)
    ours = owner(world.set, controller=False)
    world.own("data-web-0", ours, stranger())
    world.touch()
    assert world.owners("data-web-0") == ["Node/node-1"]


def test_the_conflict_is_told_of_again_in_every_pass_while_the_pod_is_pending() -> None:
    world = SetWorld()
    world.give_claim("data-web-0", stranger())
    world.make(1, claims=["data"], **WITH_SET)
    before = world.said_times("ConflictingController")
    for _ in range(3):
        world.touch()
    assert world.said_times("ConflictingController") == before + 3


def test_the_conflict_is_not_told_of_when_the_pod_is_healthy() -> None:
    world = SetWorld()
    world.give_claim("data-web-0", stranger())
    world.made(1, claims=["data"], **WITH_SET)
    before = world.said_times("ConflictingController")
    world.touch()
    assert world.said_times("ConflictingController") == before


def test_the_conflict_is_not_told_of_when_an_unwanted_pod_is_deleted() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **WITH_SET)
    world.own("data-web-0", stranger())
    world.scale(0)
    assert world.said("ConflictingController") == []


def test_the_conflict_is_not_told_of_when_only_the_identity_of_the_pod_is_put_right() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **WITH_SET)
    world.own("data-web-0", stranger())
    world.change(world.pod("web-0"), without_pod_name)
    assert world.said_times("SuccessfulUpdate") == 1
    assert world.said("ConflictingController") == []


def test_an_owner_that_is_a_former_set_of_that_name_is_not_touched() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **WITH_SET)
    world.server.modify(
        world.claim("data-web-0"),
        lambda claim: replace(
            claim,
            metadata=replace(
                claim.metadata,
                owner_references=(owner(world.set, uid="former"), stranger(controller=False)),
            ),
        ),
    )
    world.server.modify(
        world.set, lambda found: replace(found, metadata=replace(found.metadata, annotations={"touched": "1"}))
    )
    world.run(2)
    assert world.acted() == []


def test_an_owner_of_ours_that_does_not_manage_the_claim_is_written_anew() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **WITH_SET)
    world.own("data-web-0", owner(world.set, controller=False))
    world.forget()
    world.touch()
    assert world.acted() == ["owners data-web-0"]
    assert world.claim("data-web-0").metadata.owner_references[0].controller is True


# When it goes wrong


def test_the_owner_is_written_even_if_the_pod_could_not_be_created() -> None:
    world = SetWorld()
    name = "w" * 60
    world.make(1, name=name, claims=["data"], **WITH_SET)
    assert world.pods() == []
    assert world.owners(f"data-{name}-0") == [f"StatefulSet/{name}"]


def test_the_owner_is_not_written_if_the_name_of_the_pod_is_taken() -> None:
    world = SetWorld()
    world.create(other_pod("web-0"))
    world.make(1, claims=["data"], **WITH_SET)
    assert world.owners("data-web-0") == []


def test_a_claim_changed_by_somebody_meanwhile_fails_the_pass_that_creates_its_pod() -> None:
    world = SetWorld(rest_ms=0)
    world.make(1, claims=["data"], **WITH_SET)
    _disturb(world, "data-web-0", at=Pod)
    world.run(30)
    assert world.said() == [
        "SuccessfulCreate: Create Claim data-web-0 Pod web-0 in StatefulSet web success",
        "FailedUpdate: Update Pod web-0 in StatefulSet web failed error: could not update claim data-web-0 for delete "
        'policy ownerRefs: Operation cannot be fulfilled on persistentvolumeclaims "data-web-0": the object has been '
        "modified; please apply your changes to the latest version and try again",
    ]
    assert world.owners("data-web-0") == ["StatefulSet/web"]
    assert world.acted() == ["revision 1", "claim data-web-0", "pod web-0", "owners data-web-0"]


def test_the_status_is_written_in_the_pass_that_failed_over_a_claim() -> None:
    world = SetWorld(rest_ms=0)
    world.make(1, claims=["data"], **WITH_SET)
    _disturb(world, "data-web-0", at=Pod)
    world.run(30)
    assert world.did()[3:] == ["status 0/0/0/0/0", "owners data-web-0", "status 1/0/0/1/1"]


def test_a_healthy_pods_claim_changed_by_somebody_meanwhile_is_tried_again_in_the_same_pass() -> None:
    world = SetWorld()
    world.made(1, claims=["data"])
    stored = replace(world.set.spec, persistent_volume_claim_retention_policy=_policy(WITH_SET))
    _disturb(world, "data-web-0", at=StatefulSet)
    world.server.modify(world.set, lambda found: replace(found, spec=stored))
    world.run()
    assert world.did() == ["owners data-web-0", "status 1/1/1/1/1"]


def test_in_parallel_the_claims_of_unwanted_pods_change_owners_before_the_deletions() -> None:
    world = SetWorld()
    world.made(3, claims=["data"], **ON_SCALE, **PARALLEL)
    world.scale(1)
    assert world.acted() == ["owners data-web-2", "owners data-web-1", "delete web-2", "delete web-1"]


def test_a_set_made_again_takes_the_claims_its_predecessor_orphaned() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **WITH_SET)
    world.server.delete(SETS, "default", "web", propagation="Orphan")
    world.run()
    assert world.owners("data-web-0") == []
    world.make(1, claims=["data"], **WITH_SET)
    (reference,) = world.claim("data-web-0").metadata.owner_references
    assert reference.uid == world.set.metadata.uid


def test_a_set_made_again_at_once_waits_for_the_claims_that_go_with_the_first() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **WITH_SET)
    world.delete(world.set)
    assert world.claim("data-web-0").metadata.deletion_timestamp is not None
    world.make(1, claims=["data"], **WITH_SET)
    world.end("web-0")
    world.run(2_000)
    assert world.claim("data-web-0").metadata.deletion_timestamp is None
    assert world.owners("data-web-0") == ["StatefulSet/web"]
    assert world.pods() == ["web-0"]


def test_scaling_up_again_does_not_save_the_claim_of_a_pod_that_is_going() -> None:
    world = SetWorld()
    world.made(2, claims=["data"], **BOTH)
    before = world.claim("data-web-1").metadata.uid
    world.scale(1)
    world.scale(2)
    world.heal()
    world.touch()
    world.heal()
    assert world.claim("data-web-1").metadata.uid != before


def test_an_unwanted_pods_claim_changed_by_somebody_meanwhile_stops_the_pass_without_a_word() -> None:
    world = SetWorld()
    world.made(2, claims=["data"], **ON_SCALE)
    said = world.said()
    _disturb(world, "data-web-1", at=StatefulSet)
    world.scale(1)
    assert world.did() == ["status 2/2/2/2/2", "owners data-web-1", "delete web-1", "status 2/2/2/1/1"]
    assert [line for line in world.said() if line not in said] == [
        "SuccessfulDelete: Delete Pod web-1 in StatefulSet web successful"
    ]


def test_a_claim_that_somebody_makes_meanwhile_is_told_of_as_the_pods_failure_only() -> None:
    world = SetWorld(rest_ms=0)
    watchers = world.server.store.collection(kinds.BY_TYPE[ControllerRevision].key).watchers

    def once(_change: Any) -> None:
        watchers.remove(once)
        world.loop.after(0, lambda: world.give_claim("data-web-0"))

    watchers.append(once)
    world.make(1, claims=["data"])
    world.run(30)
    assert world.said() == [
        "FailedCreate: Create Pod web-0 in StatefulSet web failed error: failed to create PVC data-web-0: "
        'persistentvolumeclaims "data-web-0" already exists',
        "SuccessfulCreate: Create Pod web-0 in StatefulSet web successful",
    ]


@pytest.mark.parametrize("phase", ["Failed", "Succeeded"])
def test_a_finished_pod_is_replaced_with_its_claim_whatever_the_policy(phase: str) -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **BOTH)
    before = world.claim("data-web-0").metadata.uid
    world.phase("web-0", phase)
    world.heal()
    assert world.claim("data-web-0").metadata.uid == before


def test_in_the_foreground_claims_that_go_with_the_set_go_before_it() -> None:
    world = SetWorld()
    world.made(1, claims=["data"], **WITH_SET)
    world.server.delete(SETS, "default", "web", propagation="Foreground")
    world.run()
    world.forget()
    world.end("web-0")
    world.run(1_000)
    gone = [r.subject.kind for r in world.records() if r.type == "DELETED"]
    assert gone[-1] == "StatefulSet"
    assert "PersistentVolumeClaim" in gone


def _disturb(world: SetWorld, claim: str, *, at: type[Any]) -> None:
    """Have somebody write to a claim in the instant after the next write of an object of this type, once."""
    watchers = world.server.store.collection(kinds.BY_TYPE[at].key).watchers

    def write() -> None:
        world.server.modify(
            world.claim(claim),
            lambda found: replace(found, metadata=replace(found.metadata, annotations={"disturbed": "yes"})),
        )

    def once(_change: Any) -> None:
        watchers.remove(once)
        world.loop.after(0, write)

    watchers.append(once)


def _policy(fields: dict[str, Any]) -> Any:
    return from_wire({"metadata": {}, "spec": fields}, StatefulSet).spec.persistent_volume_claim_retention_policy
