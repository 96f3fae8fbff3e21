"""Deletion: at once, held by finalizers, or graceful, as those who watch see it.

Source: staging/src/k8s.io/apiserver/pkg/registry/rest/delete.go and generic/registry/store.go.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from server_world import ServerWorld, refusal

from harness.kernel.trace import Record
from harness.objects.apps import ReplicaSet
from harness.objects.batch import CronJob, Job
from harness.objects.config import ConfigMap, Namespace
from harness.objects.meta import Object
from harness.objects.pod import Pod
from harness.objects.replication import ReplicationController
from harness.objects.statefulset import StatefulSet

HOLD = "example.com/hold"
START = "2026-01-01T00:00:00Z"


def told(records: list[Record]) -> list[tuple[str, int | None]]:
    """What a watcher is told: the type of each change and the grace period the object then has."""
    return [(record.type, record.subject.metadata.deletion_grace_period_seconds) for record in records]


def finished(world: ServerWorld, phase: str) -> Pod:
    pod = world.running_pod()
    return world.server.update_status(replace(pod, status=replace(pod.status, phase=phase)))


def without_finalizers(obj: Any) -> Any:
    return replace(obj, metadata=replace(obj.metadata, finalizers=()))


def stored(world: ServerWorld, obj: Any) -> Any:
    found = world.now(obj)
    assert found is not None
    return found


# Everything but pods


def test_what_nothing_holds_goes_at_once(world: ServerWorld) -> None:
    config = world.make(ConfigMap)
    assert told(world.seen_while_deleting(config)) == [("DELETED", None)]


def test_a_deletion_has_a_version_of_its_own(world: ServerWorld) -> None:
    config = world.make(ConfigMap)
    (record,) = world.seen_while_deleting(config)
    assert int(record.subject.metadata.resource_version) == int(config.metadata.resource_version) + 1


def test_what_is_not_there_is_not_found(world: ServerWorld) -> None:
    config = world.make(ConfigMap)
    world.delete(config)
    problem = refusal(world.delete, config)
    assert (problem.code, problem.reason, problem.message) == (404, "NotFound", 'configmaps "web" not found')


def test_a_finalizer_holds_what_is_deleted(world: ServerWorld) -> None:
    config = world.make(ConfigMap, metadata={"finalizers": [HOLD]})
    world.delete(config)
    metadata = stored(world, config).metadata
    assert (metadata.deletion_timestamp, metadata.deletion_grace_period_seconds) == (START, 0)


def test_deleting_twice_what_a_finalizer_holds_changes_nothing_more(world: ServerWorld) -> None:
    config = world.make(ConfigMap, metadata={"finalizers": [HOLD]})
    world.delete(config)
    world.pass_seconds(5)
    assert world.seen_while_deleting(config) == []


def test_taking_the_last_finalizer_away_ends_a_deletion(world: ServerWorld) -> None:
    config = world.make(ConfigMap, metadata={"finalizers": [HOLD]})
    world.delete(config)
    world.server.update(without_finalizers(stored(world, config)))
    assert world.now(config) is None


def test_taking_one_of_two_finalizers_away_ends_nothing(world: ServerWorld) -> None:
    config = world.make(ConfigMap, metadata={"finalizers": [HOLD, "example.com/other"]})
    world.delete(config)
    held = stored(world, config)
    world.server.update(replace(held, metadata=replace(held.metadata, finalizers=(HOLD,))))
    assert world.now(config) is not None


def test_taking_a_finalizer_from_what_is_not_deleted_leaves_it_there(world: ServerWorld) -> None:
    config = world.make(ConfigMap, metadata={"finalizers": [HOLD]})
    world.server.update(without_finalizers(config))
    assert world.now(config) is not None


def test_a_deletion_that_has_to_wait_moves_the_generation_once(world: ServerWorld) -> None:
    stateful_set = world.make(StatefulSet, metadata={"finalizers": [HOLD]})
    world.delete(stateful_set)
    world.delete(stateful_set)
    assert stored(world, stateful_set).metadata.generation == 2


def test_a_deletion_cannot_be_taken_back(world: ServerWorld) -> None:
    config = world.make(ConfigMap, metadata={"finalizers": [HOLD]})
    world.delete(config)
    held = stored(world, config)
    revived = replace(held, metadata=replace(held.metadata, deletion_timestamp=None, labels={"a": "b"}))
    assert world.server.update(revived).metadata.deletion_timestamp == START


def test_a_deletion_of_another_uid_is_a_conflict_that_names_the_kind(world: ServerWorld) -> None:
    pod = world.make(Pod)
    problem = refusal(world.delete, pod, uid="another")
    assert (problem.code, problem.reason, problem.message) == (
        409,
        "Conflict",
        'Operation cannot be fulfilled on Pod "web": the UID in the precondition (another) does not match the UID in '
        f"record ({pod.metadata.uid}). The object might have been deleted and then recreated",
    )


# Dependents


@pytest.mark.parametrize(("propagation", "finalizer"), [("Foreground", "foregroundDeletion"), ("Orphan", "orphan")])
def test_what_must_see_to_its_dependents_waits_with_a_finalizer(
    world: ServerWorld, propagation: str, finalizer: str
) -> None:
    stateful_set = world.make(StatefulSet)
    world.delete(stateful_set, propagation=propagation)
    metadata = stored(world, stateful_set).metadata
    assert (metadata.finalizers, metadata.deletion_timestamp) == ((finalizer,), START)


def test_a_background_deletion_waits_for_no_dependents(world: ServerWorld) -> None:
    stateful_set = world.make(StatefulSet)
    world.delete(stateful_set, propagation="Background")
    assert world.now(stateful_set) is None


def test_a_background_deletion_releases_what_a_foreground_one_holds(world: ServerWorld) -> None:
    stateful_set = world.make(StatefulSet)
    world.delete(stateful_set, propagation="Foreground")
    world.delete(stateful_set, propagation="Background")
    assert world.now(stateful_set) is None


def test_a_second_way_of_deleting_replaces_the_finalizer_of_the_first(world: ServerWorld) -> None:
    stateful_set = world.make(StatefulSet)
    world.delete(stateful_set, propagation="Foreground")
    world.delete(stateful_set, propagation="Orphan")
    assert stored(world, stateful_set).metadata.finalizers == ("orphan",)


@pytest.mark.parametrize("propagation", ["Foreground", "Orphan"])
def test_a_deletion_that_names_no_policy_keeps_that_of_the_earlier_one(world: ServerWorld, propagation: str) -> None:
    stateful_set = world.make(StatefulSet)
    world.delete(stateful_set, propagation=propagation)
    world.delete(stateful_set)
    assert world.now(stateful_set) is not None


@pytest.mark.parametrize("type_", [Job, ReplicationController])
def test_old_kinds_orphan_their_dependents_unless_told_otherwise(world: ServerWorld, type_: type[Object]) -> None:
    assert world.delete(world.make(type_)).metadata.finalizers == ("orphan",)


@pytest.mark.parametrize("type_", [ReplicaSet, CronJob])
def test_other_kinds_go_in_the_background_unless_told_otherwise(world: ServerWorld, type_: type[Object]) -> None:
    assert world.delete(world.make(type_)).metadata.finalizers == ()


# Pods


def test_a_running_pod_is_given_its_grace_period(world: ServerWorld) -> None:
    pod = world.running_pod(grace_seconds=20)
    assert told(world.seen_while_deleting(pod)) == [("MODIFIED", 20)]
    metadata = stored(world, pod).metadata
    assert (metadata.deletion_timestamp, metadata.generation) == ("2026-01-01T00:00:20Z", 2)


def test_who_deletes_a_pod_may_name_another_grace_period(world: ServerWorld) -> None:
    pod = world.running_pod(grace_seconds=20)
    world.delete(pod, grace_seconds=7)
    assert stored(world, pod).metadata.deletion_timestamp == "2026-01-01T00:00:07Z"


def test_a_negative_grace_period_is_one_second(world: ServerWorld) -> None:
    pod = world.running_pod()
    world.delete(pod, grace_seconds=-1)
    assert stored(world, pod).metadata.deletion_grace_period_seconds == 1


def test_a_pod_without_a_node_goes_at_once_in_two_steps(world: ServerWorld) -> None:
    assert told(world.seen_while_deleting(world.make(Pod))) == [("MODIFIED", 0), ("DELETED", 0)]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_goes_at_once_in_two_steps(world: ServerWorld, phase: str) -> None:
    assert told(world.seen_while_deleting(finished(world, phase))) == [("MODIFIED", 0), ("DELETED", 0)]


def test_a_pod_deleted_by_force_goes_at_once_in_two_steps(world: ServerWorld) -> None:
    assert told(world.seen_while_deleting(world.running_pod(), grace_seconds=0)) == [("MODIFIED", 0), ("DELETED", 0)]


def test_a_pod_leaves_with_its_last_state_at_a_version_of_its_own(world: ServerWorld) -> None:
    marked, gone = world.seen_while_deleting(world.make(Pod))
    assert int(gone.subject.metadata.resource_version) == int(marked.subject.metadata.resource_version) + 1
    assert replace(gone.subject, metadata=marked.subject.metadata) == marked.subject


def test_the_kubelet_ends_a_deletion_without_moving_the_generation(world: ServerWorld) -> None:
    pod = world.running_pod()
    world.delete(pod)
    records = world.seen_while_deleting(pod, grace_seconds=0, uid=pod.metadata.uid)
    assert [(record.type, record.subject.metadata.generation) for record in records] == [
        ("MODIFIED", 2),
        ("DELETED", 2),
    ]


def test_deleting_a_pod_again_shortens_its_grace_period(world: ServerWorld) -> None:
    pod = world.running_pod()
    world.delete(pod)
    world.delete(pod, grace_seconds=10)
    metadata = stored(world, pod).metadata
    assert (metadata.deletion_grace_period_seconds, metadata.deletion_timestamp) == (10, "2026-01-01T00:00:10Z")


def test_a_shortened_grace_period_counts_from_the_first_deletion(world: ServerWorld) -> None:
    pod = world.running_pod()
    world.delete(pod)
    world.pass_seconds(5)
    world.delete(pod, grace_seconds=10)
    assert stored(world, pod).metadata.deletion_timestamp == "2026-01-01T00:00:10Z"


@pytest.mark.parametrize("grace_seconds", [None, 30, 60])
def test_deleting_a_pod_again_never_gives_it_more_time(world: ServerWorld, grace_seconds: int | None) -> None:
    pod = world.running_pod()
    world.delete(pod)
    world.pass_seconds(5)
    assert world.seen_while_deleting(pod, grace_seconds=grace_seconds) == []


def test_a_pod_that_a_finalizer_holds_ends_with_no_grace_left(world: ServerWorld) -> None:
    pod = world.running_pod(finalizers=(HOLD,))
    world.delete(pod)
    assert told(world.seen_while_deleting(pod, grace_seconds=0)) == [("MODIFIED", 0)]


def test_deleting_once_more_a_pod_that_only_a_finalizer_holds_changes_nothing(world: ServerWorld) -> None:
    pod = world.running_pod(finalizers=(HOLD,))
    world.delete(pod, grace_seconds=0)
    world.pass_seconds(5)
    assert world.seen_while_deleting(pod, grace_seconds=0) == []


def test_a_pod_without_a_node_that_a_finalizer_holds_takes_the_first_step_only(world: ServerWorld) -> None:
    pod = world.make(Pod, metadata={"finalizers": [HOLD]})
    assert told(world.seen_while_deleting(pod)) == [("MODIFIED", 0)]


def test_a_pod_in_its_grace_period_stays_though_its_finalizer_goes(world: ServerWorld) -> None:
    pod = world.running_pod(finalizers=(HOLD,))
    world.delete(pod)
    world.server.update(without_finalizers(stored(world, pod)))
    assert world.now(pod) is not None


def test_a_pod_with_no_grace_left_goes_with_its_finalizer(world: ServerWorld) -> None:
    pod = world.running_pod(finalizers=(HOLD,))
    world.delete(pod, grace_seconds=0)
    world.server.update(without_finalizers(stored(world, pod)))
    assert world.now(pod) is None


def test_a_pod_deleted_in_the_foreground_outlives_its_kubelets_goodbye(world: ServerWorld) -> None:
    pod = world.running_pod()
    world.delete(pod, propagation="Foreground")
    world.delete(pod, grace_seconds=0)
    assert world.now(pod) is not None


# Namespaces


def test_a_namespace_stays_while_its_own_finalizer_is_there(world: ServerWorld) -> None:
    team = world.make(Namespace, "team")
    world.delete(team)
    assert stored(world, team).metadata.deletion_timestamp == START


@pytest.mark.parametrize("name", ["default", "kube-system", "kube-public"])
def test_the_namespaces_a_cluster_needs_cannot_be_deleted(world: ServerWorld, name: str) -> None:
    namespace = world.server.find(Namespace, "", name) or world.make(Namespace, name)
    problem = refusal(world.delete, namespace)
    assert (problem.code, problem.message) == (
        403,
        f'namespaces "{name}" is forbidden: this namespace may not be deleted',
    )
