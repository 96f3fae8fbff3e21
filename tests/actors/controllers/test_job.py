"""Jobs: how many pods there are, what counts as success and failure, and how a job ends."""

from __future__ import annotations

from typing import Any

import pytest
from job_world import World
from msgspec.structs import replace

from harness.api import kinds
from harness.api.server import BACKGROUND
from harness.api.store import Change
from harness.objects.batch import Job
from harness.objects.jobs import INDEX, TRACKING, is_tracked
from harness.objects.meta import OwnerReference
from harness.objects.pod import Pod, PodCondition

DISRUPTED = PodCondition(type="DisruptionTarget", status="True")


@pytest.fixture
def world() -> World:
    return World()


def succeeded(world: World) -> int:
    return world.job.status.succeeded


# How many pods


def test_no_more_pods_are_made_than_are_left_to_complete(world: World) -> None:
    world.create(completions=3, parallelism=2)
    assert len(world.pods()) == 2
    world.end(world.pods()[0])
    assert len(world.pods()) == 2
    world.end(world.pods()[0])
    assert len(world.pods()) == 1


def test_work_queue_makes_no_new_pods_after_the_first_success(world: World) -> None:
    world.create(parallelism=3)
    world.end(world.pods()[0])
    assert len(world.pods()) == 2 and world.conditions() == []
    world.end(world.pods()[0])
    world.end(world.pods()[0])
    assert world.conditions() == [
        ("SuccessCriteriaMet", "CompletionsReached"),
        ("Complete", "CompletionsReached"),
    ]


def test_less_parallelism_deletes_pods_that_do_not_count_as_failed(world: World) -> None:
    world.create(completions=4, parallelism=4)
    world.change(parallelism=1)
    assert len(world.pods()) == 1
    assert world.job.status.failed == 0 and world.said("SuccessfulDelete") == 3


def test_pods_that_have_come_less_far_go_first(world: World) -> None:
    world.create(completions=2, parallelism=2)
    first = world.pods()[0]
    world.server.bind("default", first.metadata.name, first.metadata.uid, "node-1")
    world.run()
    world.change(parallelism=1)
    assert [pod.metadata.name for pod in world.pods()] == [first.metadata.name]


def test_job_that_another_controller_manages_gets_no_pods(world: World) -> None:
    world.create(managedBy="example.com/queue")
    assert world.everything() == [] and world.job.status.start_time is None


# Counting


def test_pod_is_held_until_it_is_counted(world: World) -> None:
    world.create(completions=2)
    (pod,) = world.pods()
    assert pod.metadata.finalizers == (TRACKING,)
    world.end(pod)
    assert not any(is_tracked(each) for each in world.pods("Succeeded"))
    assert succeeded(world) == 1
    assert world.job.status.uncounted_terminated_pods is not None
    assert not world.job.status.uncounted_terminated_pods.succeeded


def test_what_pods_do_is_gathered_for_a_second(world: World) -> None:
    world.create(completions=2)
    (pod,) = world.pods()
    status = replace(pod.status, phase="Succeeded")
    world.server.modify(pod, lambda stored: replace(stored, status=status), status=True)
    world.run(900)
    assert succeeded(world) == 0
    world.run(200)
    assert succeeded(world) == 1


def test_completed_job_says_since_when(world: World) -> None:
    world.create()
    world.end(world.pods()[0])
    status = world.job.status
    assert world.said("Completed") == 1 and status.completion_time == status.conditions[-1].last_transition_time


def test_orphan_that_the_selector_picks_is_taken_in_and_held(world: World) -> None:
    world.create(parallelism=1, completions=2)
    (pod,) = world.pods()
    stranger = replace(pod.metadata, name="stranger", resource_version="", owner_references=(), finalizers=())
    world.server.create(replace(pod, metadata=stranger))
    world.run()
    adopted = world.server.find(Pod, "default", "stranger")
    # Taken in, it was one pod too many.
    assert adopted is None and len(world.pods()) == 1


def test_pods_of_a_job_that_is_gone_are_not_held(world: World) -> None:
    world.create()
    world.delete_job()
    assert [is_tracked(pod) for pod in world.everything()] == [False]


def times_of_letting_go(world: World) -> list[int]:
    """When each pod that is let go of from now on loses the finalizer, as the list grows."""
    times: list[int] = []

    def seen(change: Change) -> None:
        if change.previous is not None and is_tracked(change.previous) and not is_tracked(change.object):
            times.append(world.loop.now_ms)

    world.server.store.collection("pods").watchers.append(seen)
    return times


def test_pods_of_a_job_that_is_gone_are_let_go_of_one_after_the_other(world: World) -> None:
    world.create(completions=3, parallelism=3)
    world.put_on_a_node()
    times = times_of_letting_go(world)
    world.delete_job()
    assert len(times) == 3 and len(set(times)) == 3


def test_pods_that_nobody_owns_any_more_are_let_go_of_side_by_side(world: World) -> None:
    world.create(completions=3, parallelism=3)
    times = times_of_letting_go(world)
    world.server.delete(kinds.BY_TYPE[Job], "default", "work", propagation=BACKGROUND)
    for pod in world.pods():
        world.server.modify(pod, lambda stored: replace(stored, metadata=replace(stored.metadata, owner_references=())))
    world.run()
    assert len(times) == 3 and len(set(times)) == 1


def test_pod_that_the_selector_no_longer_picks_is_let_go_of(world: World) -> None:
    world.create()
    (pod,) = world.pods()
    world.server.modify(pod, lambda stored: replace(stored, metadata=replace(stored.metadata, labels={})))
    world.run()
    freed, successor = world.pods()
    assert freed.metadata.uid == pod.metadata.uid
    assert not freed.metadata.owner_references and not is_tracked(freed) and is_tracked(successor)


def test_pod_of_another_kind_of_owner_keeps_its_finalizer(world: World) -> None:
    world.create()
    (pod,) = world.pods()
    other = OwnerReference(api_version="example.com/v1", kind="Batch", name="b", uid="u", controller=True)
    world.server.modify(
        pod, lambda stored: replace(stored, metadata=replace(stored.metadata, owner_references=(other,)))
    )
    world.delete(pod)
    assert [is_tracked(each) for each in world.everything() if each.metadata.uid == pod.metadata.uid] == [True]


# Failures


def test_each_failure_in_a_row_doubles_the_wait(world: World) -> None:
    world.create(backoffLimit=6)
    made = []
    for _ in range(4):
        (pod,) = world.pods()
        made.append(world.loop.now_ms)
        world.end(pod, 1)
        failed_ms = made[-1]
        while not world.pods():
            world.run(100)
        made[-1] = round((world.loop.now_ms - failed_ms) / 10_000)
    assert made == [1, 2, 4, 8]


def test_job_that_takes_the_name_of_one_that_failed_does_not_wait(world: World) -> None:
    world.create(backoffLimit=6)
    world.end(world.pods()[0], 1)
    assert world.pods() == []
    world.server.delete(kinds.BY_TYPE[Job], "default", "work", propagation=BACKGROUND)
    world.create(backoffLimit=6)
    assert len(world.pods()) == 1


def test_wait_counts_from_the_end_of_the_sidecar(world: World) -> None:
    sidecar = {"name": "proxy", "image": "proxy:v1", "restartPolicy": "Always"}
    world.create(pod={"initContainers": [{"name": "init", "image": "init:v1"}, sidecar]})
    (pod,) = world.pods()
    world.end(pod, 1, sidecar_seconds=20)
    world.run(5_000)
    assert world.pods() == [], "the container ended long ago, the sidecar did not"
    world.run(5_000)
    assert len(world.pods()) == 1


def test_failure_beside_a_ready_pod_is_counted_only_after_the_wait(world: World) -> None:
    """A status that counts no pod as active and one as ready is refused (kubernetes/kubernetes#139428)."""
    world.create(completions=2, parallelism=2, backoffLimit=6)
    broken, other = world.pods()
    world.ready(other)
    world.end(broken, 1)
    assert world.job.status.active == 2 and world.job.status.failed == 0
    world.run(12_000)
    assert world.job.status.active == 2 and world.job.status.failed == 1 and len(world.everything()) == 3


def test_a_success_ends_the_row_of_failures(world: World) -> None:
    world.create(completions=3, parallelism=1, backoffLimit=6)
    for code in (1, 0):
        world.end(world.pods()[0], code)
        world.run(12_000)
    world.end(world.pods()[0], 1)
    world.run(11_000)
    assert len(world.pods()) == 1


@pytest.mark.parametrize(("limit", "failures"), [(0, 1), (1, 2), (2, 3)])
def test_job_fails_once_more_pods_failed_than_its_limit(world: World, limit: int, failures: int) -> None:
    world.create(backoffLimit=limit)
    for number in range(failures):
        assert world.conditions() == [], number
        world.end(world.pods()[0], 1)
        world.run(60_000)
    assert world.conditions() == [("FailureTarget", "BackoffLimitExceeded"), ("Failed", "BackoffLimitExceeded")]
    assert world.job.status.failed == failures and world.said("BackoffLimitExceeded") == 1
    assert world.job.status.completion_time is None


@pytest.mark.parametrize(("limit", "restarts", "fails"), [(2, 1, False), (2, 2, True), (0, 0, False), (0, 1, True)])
def test_restarts_in_place_count_towards_the_limit(world: World, limit: int, restarts: int, fails: bool) -> None:
    world.create(backoffLimit=limit, pod={"restartPolicy": "OnFailure"})
    world.restart(world.pods()[0], restarts)
    assert (("FailureTarget", "BackoffLimitExceeded") in world.conditions()) is fails


def test_failing_job_waits_for_the_end_of_the_pods_that_it_deletes(world: World) -> None:
    world.create(completions=2, parallelism=2, backoffLimit=0)
    world.put_on_a_node()
    broken, other = world.pods()
    world.end(broken, 1)
    assert world.conditions() == [("FailureTarget", "BackoffLimitExceeded")]
    assert world.job.status.failed == 2 and world.job.status.terminating == 1
    world.server.delete(kinds.BY_TYPE[Pod], "default", other.metadata.name, grace_seconds=0)
    world.run()
    assert ("Failed", "BackoffLimitExceeded") in world.conditions()


def test_deadline_ends_the_job_and_not_before(world: World) -> None:
    world.create(activeDeadlineSeconds=30)
    world.run(27_000)
    assert world.conditions() == []
    world.run(2_000)
    assert world.conditions()[-1] == ("Failed", "DeadlineExceeded")


@pytest.mark.parametrize(("policy", "failed"), [("TerminatingOrFailed", 1), ("Failed", 0)])
def test_deleted_pod_counts_at_once_or_when_it_has_ended(world: World, policy: str, failed: int) -> None:
    world.create(podReplacementPolicy=policy)
    world.put_on_a_node()
    world.delete(world.pods()[0])
    world.run(15_000)
    assert world.job.status.failed == failed and len(world.pods()) == failed


# Suspending


def test_job_made_suspended_says_so_and_does_not_start(world: World) -> None:
    world.create(suspend=True)
    assert world.conditions() == [("Suspended", "JobSuspended")]
    assert world.everything() == [] and world.job.status.start_time is None


def test_suspended_job_gives_up_its_pods_without_failures_and_its_time_starts_anew(world: World) -> None:
    world.create(activeDeadlineSeconds=30)
    world.change(suspend=True)
    assert world.pods() == [] and world.job.status.failed == 0 and world.job.status.start_time is None
    world.run(60_000)
    world.change(suspend=False)
    assert len(world.pods()) == 1 and world.conditions() == []
    assert world.said("Suspended") == 1 and world.said("Resumed") == 1
    assert world.job.status.start_time is not None


# Indexes


def indexed(**spec: Any) -> dict[str, Any]:
    return {"completionMode": "Indexed", "completions": 4, "parallelism": 4, **spec}


def index_of(pod: Pod) -> str:
    return pod.metadata.annotations[INDEX]


def test_each_index_has_a_name_a_host_and_a_variable(world: World) -> None:
    world.create(**indexed())
    pod = world.pods()[2]
    assert pod.metadata.name.startswith("work-2-") and pod.spec.hostname == "work-2"
    assert pod.metadata.labels[INDEX] == index_of(pod) == "2"
    (variable,) = pod.spec.containers[0].env
    assert variable.name == "JOB_COMPLETION_INDEX" and variable.value_from is not None


def test_completed_indexes_are_written_in_runs_and_are_not_done_again(world: World) -> None:
    world.create(**indexed(parallelism=2))
    for pod in world.pods():
        world.end(pod)
    assert [index_of(pod) for pod in world.pods()] == ["2", "3"]
    world.end(world.pods()[0])
    assert world.job.status.completed_indexes == "0-2"
    world.end(world.pods()[0])
    assert world.conditions()[-1] == ("Complete", "CompletionsReached")
    assert len(world.everything()) == 4


def test_lowest_index_that_nobody_does_comes_next(world: World) -> None:
    world.create(**indexed(parallelism=2))
    world.end(world.pods()[1], 1)
    world.run(11_000)
    assert sorted(index_of(pod) for pod in world.pods()) == ["0", "1"]


def test_index_fails_alone_where_each_has_its_limit(world: World) -> None:
    world.create(**indexed(backoffLimitPerIndex=1))
    assert world.job.status.failed_indexes == ""
    world.end(world.pods()[1], 1)
    held = world.pods("Failed")[0]
    assert is_tracked(held), "its successor has to learn from it how often the index failed"
    world.run(12_000)
    again = next(pod for pod in world.pods() if index_of(pod) == "1")
    assert again.metadata.annotations["batch.kubernetes.io/job-index-failure-count"] == "1"
    world.end(again, 1)
    assert world.job.status.failed_indexes == "1" and world.conditions() == []
    for pod in world.pods():
        world.end(pod)
    assert world.conditions()[-1] == ("Failed", "FailedIndexes")
    assert world.job.status.completed_indexes == "0,2,3"


def test_too_many_failed_indexes_end_the_job(world: World) -> None:
    world.create(**indexed(backoffLimitPerIndex=0, maxFailedIndexes=1))
    for number in (0, 1):
        assert world.conditions() == [], number
        world.end(world.pods()[0], 1)
    world.run()
    assert ("FailureTarget", "MaxFailedIndexesExceeded") in world.conditions()


@pytest.mark.parametrize(
    ("rule", "ends"),
    [
        ({"succeededCount": 2}, True),
        ({"succeededCount": 3}, False),
        ({"succeededIndexes": "0,1"}, True),
        ({"succeededIndexes": "0,3"}, False),
        ({"succeededIndexes": "1-3", "succeededCount": 1}, True),
    ],
)
def test_success_policy_decides_when_enough_is_done(world: World, rule: dict[str, Any], ends: bool) -> None:
    world.create(**indexed(successPolicy={"rules": [rule]}))
    first, second, *_ = world.pods()
    world.end(first)
    world.end(second)
    assert (("SuccessCriteriaMet", "SuccessPolicy") in world.conditions()) is ends
    if ends:
        world.run()
        assert world.conditions()[-1] == ("Complete", "SuccessPolicy")
        assert world.job.status.conditions[-1].message == "Matched rules at index 0"


# Failure policies


def policy(action: str, **demand: Any) -> dict[str, Any]:
    return {"podFailurePolicy": {"rules": [{"action": action, **demand}]}, "backoffLimit": 0}


def test_ignored_failure_is_replaced_and_not_counted(world: World) -> None:
    world.create(**policy("Ignore", onPodConditions=[{"type": "DisruptionTarget"}]))
    world.end(world.pods()[0], 137, (DISRUPTED,))
    world.run(12_000)
    assert world.job.status.failed == 0 and len(world.pods()) == 1


@pytest.mark.parametrize(
    ("demand", "code", "fails"),
    [
        ({"operator": "In", "values": [42]}, 42, True),
        ({"operator": "In", "values": [42]}, 41, False),
        ({"operator": "NotIn", "values": [42]}, 41, True),
        ({"operator": "NotIn", "values": [42]}, 42, False),
    ],
)
def test_exit_code_fails_the_job(world: World, demand: dict[str, Any], code: int, fails: bool) -> None:
    world.create(**{**policy("FailJob", onExitCodes=demand), "backoffLimit": 3})
    name = world.pods()[0].metadata.name
    world.end(world.pods()[0], code)
    assert (("Failed", "PodFailurePolicy") in world.conditions()) is fails
    if fails:
        text = f"Container c for pod default/{name} failed with exit code {code} matching FailJob rule at index 0"
        assert world.job.status.conditions[-1].message == text


def test_first_rule_that_matches_decides(world: World) -> None:
    rules = [
        {"action": "Count", "onExitCodes": {"operator": "In", "values": [1]}},
        {"action": "FailJob", "onExitCodes": {"operator": "NotIn", "values": [2]}},
    ]
    world.create(podFailurePolicy={"rules": rules})
    world.end(world.pods()[0], 1)
    assert world.conditions() == [] and world.job.status.failed == 1


def test_index_is_given_up_by_a_rule_before_its_limit(world: World) -> None:
    world.create(
        **{**indexed(backoffLimitPerIndex=5), **policy("FailIndex", onPodConditions=[{"type": "DisruptionTarget"}])},
    )
    world.end(world.pods()[0], 137, (DISRUPTED,))
    assert world.job.status.failed_indexes == "0"
