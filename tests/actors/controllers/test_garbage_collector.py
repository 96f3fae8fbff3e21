"""What becomes of an object when its owners go, in the background, in the foreground, or let go."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from statefulset_world import EVENTS, SETS, A, SetWorld, owner

from harness.api import kinds
from harness.objects.config import ConfigMap, Namespace
from harness.objects.meta import ObjectMeta, OwnerReference
from harness.objects.statefulset import ControllerRevision, StatefulSet
from harness.objects.storage import StorageClass

MAPS = kinds.BY_TYPE[ConfigMap]


class Family(SetWorld):
    """ConfigMaps that own each other."""

    def add(self, name: str, *owners: str | OwnerReference, blocking: bool = True, **metadata: Any) -> ConfigMap:
        references = tuple(
            found if isinstance(found, OwnerReference) else self.reference(found, blocking=blocking) for found in owners
        )
        made = ConfigMap(metadata=ObjectMeta(name=name, namespace="default", owner_references=references, **metadata))
        stored: ConfigMap = self.create(made)
        return stored

    def reference(self, name: str, *, blocking: bool = True) -> OwnerReference:
        return replace(owner(self.find(ConfigMap, name), controller=None), block_owner_deletion=blocking)

    def map(self, name: str) -> ConfigMap:
        found: ConfigMap = self.find(ConfigMap, name)
        return found

    def maps(self) -> list[str]:
        return [found.metadata.name for found in self.server.list(MAPS)]

    def remove(self, name: str, propagation: str = "Background") -> None:
        self.server.delete(MAPS, "default", name, propagation=propagation)
        self.run()

    def free(self, name: str) -> None:
        """Take all finalizers off."""
        self.metadata(self.map(name), finalizers=())

    def owners_of(self, name: str) -> list[str]:
        return [found.name for found in self.map(name).metadata.owner_references]


# Background


def test_what_an_object_owned_goes_when_it_is_gone() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent")
    family.remove("parent")
    assert family.maps() == []


def test_what_that_owned_goes_after_it() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent")
    family.add("grandchild", "child")
    family.remove("parent")
    gone = [r.subject.metadata.name for r in family.records() if r.type == "DELETED"]
    assert gone == ["parent", "child", "grandchild"]


def test_an_object_with_another_living_owner_only_loses_the_reference() -> None:
    family = Family()
    family.add("one")
    family.add("other")
    family.add("child", "one", "other")
    family.remove("one")
    assert family.owners_of("child") == ["other"]


def test_an_object_goes_when_the_last_of_its_owners_is_gone() -> None:
    family = Family()
    family.add("one")
    family.add("other")
    family.add("child", "one", "other")
    family.remove("one")
    family.remove("other")
    assert family.maps() == []


def test_an_owner_of_the_right_name_but_another_uid_is_no_owner() -> None:
    family = Family()
    family.add("parent")
    family.add("child", replace(family.reference("parent"), uid="another"))
    assert family.maps() == ["parent"]


def test_an_owner_of_the_right_uid_but_another_name_is_no_owner() -> None:
    family = Family()
    family.add("parent")
    family.add("child", replace(family.reference("parent"), name="nobody"))
    assert family.maps() == ["parent"]


def test_an_object_whose_owner_never_was_is_collected() -> None:
    family = Family()
    reference = OwnerReference(api_version="v1", kind="ConfigMap", name="nobody", uid="nobody")
    family.add("child", reference)
    assert family.maps() == []


def test_a_reference_to_an_absent_owner_is_dropped_where_a_living_one_is_left() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent", replace(family.reference("parent"), uid="another", name="nobody"))
    assert family.owners_of("child") == ["parent"]


def test_an_object_without_owners_is_never_collected() -> None:
    family = Family()
    family.add("alone")
    family.run(600_000)
    assert family.maps() == ["alone"]


def test_a_finalizer_of_its_own_keeps_an_object_that_is_collected() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent", finalizers=("example.com/held",))
    family.remove("parent")
    assert family.map("child").metadata.deletion_timestamp is not None
    family.free("child")
    assert family.maps() == []


def test_an_owner_in_another_namespace_is_no_owner() -> None:
    family = Family()
    family.create(Namespace(metadata=ObjectMeta(name="elsewhere")))
    stored = family.create(ConfigMap(metadata=ObjectMeta(name="parent", namespace="elsewhere")))
    family.add("child", owner(stored, controller=None))
    assert family.maps() == ["parent"]


@pytest.mark.parametrize("gone", [False, True])
def test_an_object_of_the_cluster_with_an_owner_in_a_namespace_is_never_collected(gone: bool) -> None:
    family = Family()
    family.add("parent")
    reference = family.reference("parent")
    if gone:
        family.remove("parent")
    family.create(
        StorageClass(metadata=ObjectMeta(name="slow", owner_references=(reference,)), provisioner="example.com/slow")
    )
    assert family.server.find(StorageClass, "", "slow") is not None


def test_collecting_says_nothing() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent")
    family.remove("parent")
    assert family.server.list(EVENTS) == []


# Foreground


def test_in_the_foreground_the_owner_waits_for_what_blocks_it() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent", finalizers=("example.com/held",))
    family.remove("parent", "Foreground")
    parent = family.map("parent").metadata
    assert (parent.finalizers, parent.deletion_grace_period_seconds) == (("foregroundDeletion",), 0)
    assert family.map("child").metadata.deletion_timestamp is not None
    family.free("child")
    assert family.maps() == []


def test_in_the_foreground_the_owner_goes_last() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent")
    family.add("grandchild", "child")
    family.remove("parent", "Foreground")
    gone = [r.subject.metadata.name for r in family.records() if r.type == "DELETED"]
    assert gone == ["grandchild", "child", "parent"]


def test_in_the_foreground_an_owner_of_nothing_goes_too() -> None:
    family = Family()
    family.add("parent")
    family.remove("parent", "Foreground")
    assert family.maps() == []


def test_in_the_foreground_the_owner_does_not_wait_for_what_does_not_block_it() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent", blocking=False, finalizers=("example.com/held",))
    family.remove("parent", "Foreground")
    assert family.maps() == ["child"]
    assert family.map("child").metadata.deletion_timestamp is not None


def test_in_the_foreground_what_does_not_block_is_deleted_while_the_owner_waits_for_the_rest() -> None:
    family = Family()
    family.add("parent")
    family.add("free", "parent", blocking=False)
    family.add("held", "parent", finalizers=("example.com/held",))
    family.remove("parent", "Foreground")
    assert family.maps() == ["held", "parent"]


def test_in_the_foreground_an_object_with_another_living_owner_only_loses_the_reference() -> None:
    family = Family()
    family.add("one")
    family.add("other")
    family.add("child", "one", "other")
    family.remove("one", "Foreground")
    assert family.maps() == ["child", "other"]
    assert family.owners_of("child") == ["other"]


def test_owners_in_a_circle_do_not_block_each_other() -> None:
    family = Family()
    family.add("one")
    family.add("other", "one")
    family.metadata(family.map("one"), owner_references=(family.reference("other"),))
    family.remove("one", "Foreground")
    family.run(5_000)
    assert family.maps() == []


def test_a_deletion_in_the_foreground_can_be_turned_into_one_in_the_background() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent", finalizers=("example.com/held",))
    family.remove("parent", "Foreground")
    family.remove("parent")
    assert family.maps() == ["child"]


def test_an_owner_stops_waiting_for_what_is_no_longer_its_own() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent", finalizers=("example.com/held",))
    family.remove("parent", "Foreground")
    family.metadata(family.map("child"), owner_references=())
    assert family.maps() == ["child"]


# Orphans


def test_what_is_let_go_loses_the_reference_and_lives_on() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent")
    family.remove("parent", "Orphan")
    assert family.maps() == ["child"]
    assert family.owners_of("child") == []


def test_references_are_taken_away_before_the_owner_goes() -> None:
    family = Family()
    family.add("parent")
    for name in ("one", "two"):
        family.add(name, "parent")
    family.forget()
    family.remove("parent", "Orphan")
    happened = [(r.type, r.subject.metadata.name) for r in family.records()]
    assert happened == [("MODIFIED", "parent"), ("MODIFIED", "one"), ("MODIFIED", "two"), ("DELETED", "parent")]


def test_only_the_reference_to_the_owner_that_lets_go_is_taken_away() -> None:
    family = Family()
    family.add("one")
    family.add("other")
    family.add("child", "one", "other")
    family.remove("one", "Orphan")
    assert family.owners_of("child") == ["other"]


def test_an_object_that_is_collected_keeps_to_its_own_orphan_finalizer() -> None:
    family = Family()
    family.add("parent")
    family.add("child", "parent", finalizers=("orphan",))
    family.add("grandchild", "child")
    family.remove("parent")
    assert family.maps() == ["grandchild"]


# Sets


def test_deleting_a_set_in_the_background_takes_its_pods_and_revisions_and_leaves_its_claims() -> None:
    world = SetWorld()
    world.made(2, claims=["data"])
    world.delete(world.set)
    world.end("web-0", "web-1")
    assert (world.pods(), world.revisions(), world.claims()) == ([], {}, ["data-web-0", "data-web-1"])


def test_deleting_a_set_does_not_say_that_its_pods_were_deleted() -> None:
    world = SetWorld()
    world.made(2)
    world.delete(world.set)
    assert world.said("SuccessfulDelete") == []


def test_in_the_foreground_a_set_stays_until_the_last_of_its_pods_is_gone() -> None:
    world = SetWorld()
    world.made(2)
    world.server.delete(SETS, "default", "web", propagation="Foreground")
    world.run()
    assert world.set.metadata.finalizers == ("foregroundDeletion",)
    world.end("web-0")
    assert world.set.status.replicas == 1
    world.end("web-1")
    world.run()
    assert not world.has(StatefulSet, "web")


def test_in_the_foreground_the_revision_goes_comes_back_and_goes_with_the_last_pod() -> None:
    world = SetWorld()
    world.made(1)
    before = world.find(ControllerRevision, A).metadata.uid
    world.server.delete(SETS, "default", "web", propagation="Foreground")
    world.run()
    again = world.find(ControllerRevision, A)
    assert (again.metadata.uid != before, again.revision) == (True, 1)
    world.end("web-0")
    world.run()
    assert world.revisions() == {}


def test_in_the_foreground_a_set_only_counts() -> None:
    world = SetWorld()
    world.made(2)
    world.server.delete(SETS, "default", "web", propagation="Foreground")
    world.run()
    world.end("web-0")
    assert [line for line in world.did() if line.split()[0] in ("pod", "delete")] == []


def test_a_finalizer_of_a_pod_holds_up_a_foreground_deletion() -> None:
    world = SetWorld()
    world.made(1)
    world.metadata(world.pod("web-0"), finalizers=("example.com/held",))
    world.server.delete(SETS, "default", "web", propagation="Foreground")
    world.run()
    world.end("web-0")
    assert world.status() == (1, 1, 1, 0, 0)
    world.metadata(world.pod("web-0"), finalizers=())
    world.run()
    assert world.pods() == []


@pytest.mark.parametrize("propagation", ["Foreground", "Orphan"])
def test_beginning_a_deletion_raises_the_generation(propagation: str) -> None:
    world = SetWorld(rest_ms=0)
    world.make(0)
    world.run(40)
    world.metadata(world.set, finalizers=("example.com/held",))
    world.server.delete(SETS, "default", "web", propagation=propagation)
    assert world.set.metadata.generation == 2


def test_orphaning_a_set_takes_its_name_off_pods_revisions_and_claims() -> None:
    world = SetWorld()
    world.made(
        1, claims=["data"], persistentVolumeClaimRetentionPolicy={"whenScaled": "Retain", "whenDeleted": "Delete"}
    )
    world.server.delete(SETS, "default", "web", propagation="Orphan")
    world.run()
    left = [world.pod("web-0"), world.find(ControllerRevision, A), world.claim("data-web-0")]
    assert [found.metadata.owner_references for found in left] == [(), (), ()]
    assert [found.metadata.deletion_timestamp for found in left] == [None, None, None]
