"""Who is a pod of a set: what a new one is given, and how pods and revisions are adopted and let go."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from statefulset_world import (
    NEW_IMAGE,
    PARALLEL,
    POD_INDEX,
    POD_NAME,
    REVISION,
    SETS,
    A,
    B,
    SetWorld,
    other_pod,
    stranger,
    without_pod_name,
)

from harness.objects.meta import controller_of
from harness.objects.statefulset import ControllerRevision

WEB = {"app": "web"}


# What a pod is given


def test_a_pod_is_given_its_name_its_ordinal_and_the_name_of_its_revision_as_labels() -> None:
    world = SetWorld()
    world.make(1, ordinals={"start": 7})
    assert world.pod("web-7").metadata.labels == {"app": "web", POD_NAME: "web-7", POD_INDEX: "7", REVISION: A}


def test_a_pod_is_given_its_host_name_and_the_service_of_its_set() -> None:
    world = SetWorld()
    world.make(1, serviceName="backends")
    pod = world.pod("web-0")
    assert (pod.spec.hostname, pod.spec.subdomain, pod.metadata.generate_name) == ("web-0", "backends", "web-")


def test_the_set_manages_its_pods_and_blocks_on_them() -> None:
    world = SetWorld()
    world.make(1)
    (reference,) = world.pod("web-0").metadata.owner_references
    assert (reference.kind, reference.name, reference.uid) == ("StatefulSet", "web", world.set.metadata.uid)
    assert (reference.controller, reference.block_owner_deletion) == (True, True)


# Labels that somebody changed


def test_the_label_with_the_name_of_a_pod_is_restored_and_told_of() -> None:
    world = SetWorld()
    world.made(1)
    before = world.pod("web-0")
    world.change(before, without_pod_name)
    assert world.did() == ["update web-0"]
    assert world.pod("web-0").metadata.labels == before.metadata.labels
    assert world.said("SuccessfulUpdate") == ["SuccessfulUpdate: Update Pod web-0 in StatefulSet web successful"]


def test_the_label_with_the_index_of_a_pod_is_not_restored_for_itself() -> None:
    world = SetWorld()
    world.made(1)
    world.relabel(world.pod("web-0"), {POD_INDEX: None})
    assert world.did() == []


def test_the_label_with_the_index_comes_back_together_with_the_name() -> None:
    world = SetWorld()
    world.made(1)
    world.relabel(world.pod("web-0"), {POD_INDEX: None, POD_NAME: None})
    assert world.pod("web-0").metadata.labels[POD_INDEX] == "0"


def test_a_pod_whose_labels_no_longer_match_is_let_go_without_a_word() -> None:
    world = SetWorld()
    world.made(2)
    said = world.said()
    world.relabel(world.pod("web-1"), {"app": "other"})
    assert world.did() == ["owners web-1", "status 1/1/1/1/1"]
    assert controller_of(world.pod("web-1")) is None
    assert world.said() == said


def test_a_pod_that_was_let_go_is_adopted_again_when_its_labels_match_again() -> None:
    world = SetWorld()
    world.made(2)
    before = world.pod("web-1").metadata.uid
    world.relabel(world.pod("web-1"), {"app": "other"})
    world.run(3_000)
    world.forget()
    world.relabel(world.pod("web-1"), WEB)
    assert world.did() == ["owners web-1", "status 2/2/2/2/2"]
    assert world.pod("web-1").metadata.uid == before


# Adopting


def test_an_orphan_with_a_fitting_name_and_labels_is_adopted_and_put_right() -> None:
    world = SetWorld()
    world.create(other_pod("web-0", WEB))
    world.start("web-0")
    world.make(2, **PARALLEL)
    assert world.acted()[:4] == ["owners web-0", "revision 1", "update web-0", "pod web-1"]
    assert world.pod("web-0").metadata.labels[POD_INDEX] == "0"


def test_the_pass_that_adopts_and_repairs_goes_on_to_create_the_next() -> None:
    world = SetWorld()
    world.create(other_pod("web-0", WEB))
    world.start("web-0")
    world.make(2)
    assert world.did()[:4] == ["owners web-0", "revision 1", "update web-0", "pod web-1"]


def test_an_adopted_pod_without_a_revision_counts_as_neither_and_is_replaced_last() -> None:
    world = SetWorld()
    world.create(other_pod("web-0", WEB))
    world.start("web-0")
    world.make(2)
    assert world.status()[3:] == (1, 1)
    world.start("web-1")
    assert world.acted()[-1] == "delete web-0"


def test_adoption_is_not_told_of() -> None:
    world = SetWorld()
    world.create(other_pod("web-0", {**WEB, POD_NAME: "web-0"}))
    world.make(1)
    assert controller_of(world.pod("web-0")) is not None
    assert world.said() == []


@pytest.mark.parametrize(
    ("name", "labels"),
    [("web-0", {"app": "other"}), ("other-0", WEB), ("web-x", WEB), ("web", WEB), ("web-1-0", WEB)],
)
def test_an_orphan_with_another_name_or_other_labels_is_not_adopted(name: str, labels: dict[str, str]) -> None:
    world = SetWorld()
    world.create(other_pod(name, labels))
    world.make(1)
    assert controller_of(world.pod(name)) is None


def test_a_pod_that_somebody_else_manages_is_not_adopted() -> None:
    world = SetWorld()
    pod = other_pod("web-0", WEB)
    world.create(replace(pod, metadata=replace(pod.metadata, owner_references=(stranger(),))))
    world.make(1)
    assert [found.kind for found in world.pod("web-0").metadata.owner_references] == ["Node"]


def test_an_orphan_that_is_being_deleted_is_not_adopted() -> None:
    world = SetWorld()
    world.create(other_pod("web-0", WEB, nodeName="node-1"))
    world.delete(world.pod("web-0"))
    world.make(1)
    assert controller_of(world.pod("web-0")) is None


def test_an_orphan_whose_ordinal_is_too_large_is_adopted_and_counts_for_nothing() -> None:
    world = SetWorld()
    world.create(other_pod("web-99999999999", WEB))
    world.make(0)
    assert controller_of(world.pod("web-99999999999")) is not None
    assert world.status()[0] == 0
    assert world.acted() == ["owners web-99999999999", "revision 1"]


def test_an_orphan_outside_the_ordinals_is_adopted_and_deleted() -> None:
    world = SetWorld()
    world.create(other_pod("web-5", WEB))
    world.make(0)
    assert world.acted() == ["owners web-5", "revision 1", "delete web-5"]


def test_an_orphan_with_a_zero_too_many_cannot_be_put_right() -> None:
    world = SetWorld()
    world.create(other_pod("web-00", WEB))
    world.start("web-00")
    world.make(1)
    assert world.said("FailedUpdate") == [
        'FailedUpdate: Update Pod web-0 in StatefulSet web failed error: pods "web-0" not found'
    ]


def test_an_orphan_that_comes_to_match_wakes_the_set() -> None:
    world = SetWorld()
    world.made(0)
    world.create(other_pod("web-5", {"app": "other"}))
    assert world.did() == []
    world.relabel(world.pod("web-5"), WEB)
    assert world.acted() == ["owners web-5", "delete web-5"]


def test_a_set_being_deleted_adopts_nothing_and_lets_nothing_go() -> None:
    world = SetWorld()
    world.made(1)
    world.metadata(world.set, finalizers=("example.com/held",))
    world.delete(world.set)
    world.forget()
    world.create(other_pod("web-5", WEB))
    world.relabel(world.pod("web-0"), {"app": "other"})
    assert world.acted() == []


def test_a_pod_whose_owner_somebody_took_away_is_adopted_again_at_once() -> None:
    world = SetWorld()
    world.made(1)
    world.metadata(world.pod("web-0"), owner_references=())
    assert world.did() == ["owners web-0"]


def test_two_sets_with_the_same_selector_keep_to_the_pods_of_their_names() -> None:
    world = SetWorld()
    world.make(1)
    world.make(1, name="api")
    world.heal()
    world.touch()
    owners = {name: world.pod(name).metadata.owner_references[0].name for name in world.pods()}
    assert owners == {"web-0": "web", "api-0": "api"}
    assert len(world.revisions()) == 2


# Sets that come after one another


def test_orphaned_revisions_are_adopted_before_orphaned_pods() -> None:
    world = SetWorld()
    _orphan(world, 2)
    world.make(2)
    assert world.did() == ["adopt revision 1", "owners web-0", "owners web-1", "status 2/2/2/2/2"]


def test_orphaned_pods_live_on() -> None:
    world = SetWorld()
    world.made(2)
    before = [world.pod(name).metadata.uid for name in ("web-0", "web-1")]
    _delete_only_the_set(world)
    world.make(2)
    assert [world.pod(name).metadata.uid for name in ("web-0", "web-1")] == before


def test_a_set_with_another_template_counts_the_pods_it_adopts_as_neither_and_names_one_revision() -> None:
    world = SetWorld()
    _orphan(world, 2)
    world.make(3, template=_template(NEW_IMAGE))
    assert world.did() == [
        "adopt revision 1", "owners web-0", "owners web-1", "revision 2", "pod web-2", "status 2/2/2/0/0",
        "status 3/2/2/1/1",
    ]  # fmt: skip
    assert (world.set.status.current_revision, world.set.status.update_revision) == (B, B)


def test_a_set_with_another_template_makes_its_missing_pods_before_it_rolls_those_it_adopts() -> None:
    world = SetWorld()
    _orphan(world, 2)
    world.make(3, template=_template(NEW_IMAGE))
    world.heal()
    assert world.acted() == [
        "adopt revision 1", "owners web-0", "owners web-1", "revision 2",
        "pod web-2", "delete web-1", "pod web-1", "delete web-0", "pod web-0",
    ]  # fmt: skip


def test_nothing_is_adopted_while_the_set_that_orphans_is_still_there() -> None:
    world = SetWorld()
    world.made(1)
    world.metadata(world.set, finalizers=("example.com/held",))
    world.server.delete(SETS, "default", "web", propagation="Orphan")
    world.run(5_000)
    assert world.has(ControllerRevision, A)
    assert controller_of(world.find(ControllerRevision, A)) is None
    assert controller_of(world.pod("web-0")) is None


def test_pods_of_a_set_deleted_in_the_background_go_all_at_once() -> None:
    world = SetWorld()
    world.made(3)
    world.delete(world.set)
    assert [world.pod(name).metadata.deletion_timestamp is not None for name in world.pods()] == [True] * 3


def test_a_set_made_again_at_once_waits_for_the_pods_of_the_first_in_silence() -> None:
    world = SetWorld()
    world.made(1)
    world.delete(world.set)
    said = world.said()
    world.make(1)
    world.run(1_000)
    assert world.said() == said
    world.end("web-0")
    world.run(2_000)
    (reference,) = world.pod("web-0").metadata.owner_references
    assert reference.uid == world.set.metadata.uid


def test_the_end_of_a_pod_of_another_set_of_that_name_wakes_nobody() -> None:
    world = SetWorld(rest_ms=0)
    world.make(1)
    world.run(40)
    world.start("web-0")
    world.run(40)
    world.delete(world.set)
    world.run(40)
    world.make(1)
    world.run(800)
    world.lose("web-0")
    world.run(100)
    assert world.pods() == []


def test_a_set_made_again_in_the_same_instant_ends_with_a_revision_of_its_own() -> None:
    world = SetWorld()
    world.made(0)
    world.server.delete(SETS, "default", "web")
    world.make(0)
    world.touch()
    (reference,) = world.find(ControllerRevision, A).metadata.owner_references
    assert reference.uid == world.set.metadata.uid


def test_pods_that_are_still_being_made_when_the_set_goes_are_collected() -> None:
    world = SetWorld(rest_ms=0)
    world.make(8, **PARALLEL)
    world.run(4)
    world.server.delete(SETS, "default", "web")
    world.run(1_000)
    assert world.pods() == []
    assert world.revisions() == {}


def test_a_pod_is_deleted_with_its_own_grace() -> None:
    world = SetWorld()
    world.made(2)
    world.scale(1)
    assert world.pod("web-1").metadata.deletion_grace_period_seconds == 30


def _delete_only_the_set(world: SetWorld) -> None:
    world.server.delete(SETS, "default", "web", propagation="Orphan")
    world.run()


def _orphan(world: SetWorld, replicas: int) -> None:
    """A set's pods and revision, without the set."""
    world.made(replicas)
    _delete_only_the_set(world)
    world.forget()


def _template(image: str) -> dict[str, Any]:
    return {"metadata": {"labels": WEB}, "spec": {"containers": [{"name": "c", "image": image}]}}
