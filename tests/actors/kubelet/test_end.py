"""How containers and pods end: by themselves, again and again, or because someone deletes them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from kubelet_world import KubeletWorld, summary
from msgspec.structs import replace

from harness.actors.world import NEVER, ImageBehaviour


def lines(world: KubeletWorld, name: str = "a") -> list[str]:
    """What the kubelet wrote, one line a write."""
    return [summary(status) for _, status in world.written(name) if status.start_time]


@pytest.mark.parametrize(
    ("code", "policy", "reason", "phase"),
    [
        (0, "Never", "Completed", "Succeeded"),
        (0, "OnFailure", "Completed", "Succeeded"),
        (3, "Never", "Error", "Failed"),
    ],
)
def test_pod_that_is_done_is_unready_first_and_over_then(code: int, policy: str, reason: str, phase: str) -> None:
    world = KubeletWorld(app=ImageBehaviour(exit=code, after_ms=1000))
    world.make("a", restartPolicy=policy)
    world.wait(5000)
    assert lines(world)[-2:] == [
        f"Running ready=False ip=yes c={reason}({code})",
        f"{phase} ready=False ip=yes c={reason}({code})",
    ]
    conditions = world.conditions("a")
    assert conditions["Ready"] == ("False PodCompleted" if phase == "Succeeded" else "False PodFailed")
    assert conditions["PodReadyToStartContainers"] == "False"


def test_crashing_container_restarts_at_once_and_then_after_ten_and_twenty_seconds() -> None:
    world = KubeletWorld(app=ImageBehaviour(exit=1, after_ms=1000))
    world.make("a")
    world.wait(40_000)
    ends = [s.container_statuses[0].state.terminated for _, s in world.written("a") if s.container_statuses]
    assert sum(end is not None for end in ends) == 4
    starts = [time for time, s in world.written("a") if "running" in summary(s)]
    # It runs for a second, is seen to have ended by the next look at the node, and takes half a second to start.
    assert [later - earlier for earlier, later in pairwise(starts)] == [2346, 12_000, 22_000]
    world.wait(40_000)
    told = [s.container_statuses[0] for _, s in world.written("a") if "CrashLoopBackOff" in summary(s)][-1]
    assert told.state.waiting is not None
    assert told.state.waiting.message.startswith("back-off 40s restarting failed container=c pod=a_default(")
    assert told.last_state.terminated is not None


def test_running_container_exits_when_its_image_comes_to_say_so() -> None:
    world = KubeletWorld()
    world.make("a", restartPolicy="Never")
    world.wait(5000)
    world.world.behave("app:v1", ImageBehaviour(exit=3, after_ms=8000))
    world.wait(4000)
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*"
    world.wait(3000)
    assert summary(world.get("a").status) == "Failed ready=False ip=yes c=Error(3)"


def test_running_container_stays_when_its_image_is_mended() -> None:
    world = KubeletWorld(app=ImageBehaviour(exit=3, after_ms=8000))
    world.make("a", restartPolicy="Never")
    world.wait(5000)
    world.world.behave("app:v1", ImageBehaviour())
    world.wait(10_000)
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*"


def test_pod_in_crash_loop_stays_running_and_says_why_at_the_next_pass_over_it() -> None:
    world = KubeletWorld(app=ImageBehaviour(exit=0, after_ms=1000))
    world.make("a")
    world.wait(8000)
    assert summary(world.get("a").status) == "Running ready=False ip=yes c=Completed(0)#1"
    world.wait(10_000)
    assert "Running ready=False ip=yes c=CrashLoopBackOff#1" in lines(world)


def test_container_in_a_long_back_off_is_looked_after_every_minute() -> None:
    world = KubeletWorld(app=ImageBehaviour(exit=1))
    world.make("a")
    world.wait(900_000)
    told = [time for time, s in world.written("a") if "CrashLoopBackOff" in summary(s)]
    ended = [time for time, s in world.written("a") if "Error" in summary(s)]
    # The back-offs are 10, 20, 40, 80, 160 and 300 seconds long.
    waits = [next(t for t in told if t > end) - end for end in ended[1:7]]
    assert [round(wait, -3) for wait in waits] == [10_000, 20_000, 40_000, 60_000, 60_000, 60_000]


def test_exit_is_seen_by_the_next_look_at_the_node() -> None:
    world = KubeletWorld(nodes=2, app=ImageBehaviour(exit=0, after_ms=1000))
    world.make("a", restartPolicy="Never")
    world.make("b", restartPolicy="Never", node="node-2")
    world.wait(5000)
    seen = {name: next(t for t, s in world.written(name) if "Completed" in summary(s)) for name in "ab"}
    # Both exited after 2.3 s. The kubelets of different nodes look at different moments, each once a second.
    assert seen == {"a": 3148, "b": 2530}


def test_failed_init_container_fails_a_pod_that_never_restarts() -> None:
    world = KubeletWorld(init=ImageBehaviour(exit=1))
    world.make("a", restartPolicy="Never", initContainers=[{"name": "i", "image": "init:v1"}])
    world.wait(5000)
    assert lines(world)[-1] == "Failed ready=False ip=yes i=Error(1) c=PodInitializing"
    assert world.conditions("a")["Initialized"] == "False ContainersNotInitialized"


def test_sidecar_is_stopped_when_the_work_is_done() -> None:
    world = KubeletWorld(job=ImageBehaviour(exit=0, after_ms=3000))
    world.make(
        "a",
        restartPolicy="Never",
        initContainers=[{"name": "s", "image": "side:v1", "restartPolicy": "Always"}],
        containers=[{"name": "j", "image": "job:v1"}],
    )
    world.wait(9000)
    assert lines(world)[-1] == "Succeeded ready=False ip=yes s=Completed(0) j=Completed(0)"


def test_deleted_pod_ends_in_one_write_and_is_gone_after_the_next_look_at_the_node() -> None:
    world = KubeletWorld()
    world.make("a")
    world.wait(2500)
    before = len(lines(world))
    world.delete("a")
    world.wait(100)
    assert world.get("a").status.phase == "Succeeded"
    world.wait(1000)
    assert world.find("a") is None
    assert lines(world)[before:] == ["Succeeded ready=False ip=yes c=Completed(0)"]
    assert world.said("a")[-1] == "Killing: Stopping container c"


def test_deletion_right_after_the_start_waits_for_a_look_at_the_node() -> None:
    world = KubeletWorld()
    world.make("a")
    world.wait(1500)
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*"
    world.delete("a")
    world.wait(500)
    assert "Killing: Stopping container c" not in world.said("a")
    world.wait(500)
    assert "Killing: Stopping container c" in world.said("a")


def test_container_that_does_not_stop_is_killed_after_the_grace_period() -> None:
    world = KubeletWorld(app=ImageBehaviour(stop=NEVER))
    world.make("a", terminationGracePeriodSeconds=5)
    world.wait(2500)
    world.delete("a")
    world.wait(4900)
    assert world.get("a").status.observed_generation == 2
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*"
    world.wait(200)
    assert lines(world)[-1] == "Failed ready=False ip=yes c=Error(137)"
    world.wait(1000)
    assert world.find("a") is None


def test_second_deletion_with_less_grace_is_sooner() -> None:
    world = KubeletWorld(app=ImageBehaviour(stop=NEVER))
    world.make("a", terminationGracePeriodSeconds=60)
    world.wait(2000)
    world.delete("a")
    world.wait(1000)
    world.delete("a", grace_seconds=3)
    world.wait(4100)
    assert world.find("a") is None


def test_pod_whose_container_never_ran_fails_when_it_is_deleted() -> None:
    world = KubeletWorld(app=ImageBehaviour(pull="not found"))
    world.make("a")
    world.wait(5000)
    world.delete("a")
    world.wait(50)
    assert world.get("a").status.phase == "Pending"
    world.wait(1100)
    assert world.find("a") is None
    assert lines(world)[-1] == "Failed ready=False ip=yes c=ContainerStatusUnknown(137)"


def test_deletion_waits_for_a_pull_that_has_begun_and_stops_what_comes_of_it() -> None:
    world = KubeletWorld(app=ImageBehaviour(pull_time_ms=60_000))
    world.make("a")
    world.wait(5000)
    world.delete("a")
    world.wait(55_000)
    assert world.get("a").status.phase == "Pending"
    world.wait(3000)
    assert world.find("a") is None
    assert world.said("a")[-2:] == ["Started: Container started", "Killing: Stopping container c"]
    assert lines(world)[-1] == "Succeeded ready=False ip=yes c=Completed(0)"


def test_deletion_does_not_wait_for_volumes() -> None:
    world = KubeletWorld()
    claim = {"name": "v", "persistentVolumeClaim": {"claimName": "none"}}
    mount = {"name": "v", "mountPath": "/v"}
    world.make("a", containers=[{"name": "c", "image": "app:v1", "volumeMounts": [mount]}], volumes=[claim])
    world.wait(5000)
    world.delete("a")
    world.wait(2100)
    assert world.find("a") is None


def test_pod_with_a_finalizer_ends_and_stays_until_it_is_let_go() -> None:
    world = KubeletWorld()
    pod = world.make("a")
    world.server.update(replace(pod, metadata=replace(pod.metadata, finalizers=("example.com/hold",))))
    world.wait(2000)
    world.delete("a")
    world.wait(5000)
    held = world.get("a")
    assert held.status.phase == "Succeeded"
    assert held.metadata.deletion_grace_period_seconds == 0
    world.server.update(replace(held, metadata=replace(held.metadata, finalizers=())))
    assert world.find("a") is None


def test_pod_deleted_while_it_ends_by_itself_is_not_forgotten() -> None:
    world = KubeletWorld(app=ImageBehaviour(exit=0, after_ms=1000))
    world.make("a", restartPolicy="Never")
    world.wait(3500)
    assert summary(world.get("a").status) == "Running ready=False ip=yes c=Completed(0)"
    world.delete("a")
    world.wait(2000)
    assert world.find("a") is None


def test_pod_taken_away_by_force_leaves_nothing_behind() -> None:
    world = KubeletWorld()
    world.make("a")
    world.wait(2000)
    world.delete("a", grace_seconds=0)
    assert world.find("a") is None
    world.make("a")
    world.wait(2000)
    assert world.conditions("a")["Ready"] == "True"


def test_sidecar_is_told_to_stop_only_after_the_others_ended() -> None:
    world = KubeletWorld(app=ImageBehaviour(stop=3000), side=ImageBehaviour(stop=1000))
    world.make("a", initContainers=[{"name": "s", "image": "side:v1", "restartPolicy": "Always"}])
    world.wait(4000)
    world.delete("a")
    world.wait(3900)
    assert world.get("a").status.phase == "Running"
    world.wait(200)
    assert world.get("a").status.phase == "Succeeded"


def test_pod_that_is_active_for_too_long_fails() -> None:
    world = KubeletWorld()
    world.make("a", activeDeadlineSeconds=5)
    world.wait(7000)
    status = world.get("a").status
    assert (status.phase, status.reason) == ("Failed", "DeadlineExceeded")
    assert status.message == "Pod was active on the node longer than the specified deadline"


def test_pods_of_a_failed_node_stay_as_they_were_and_start_anew_with_it() -> None:
    world = KubeletWorld()
    world.make("a")
    world.make("b")
    world.wait(3000)
    world.world.fail("node-1")
    world.delete("b")
    world.wait(60_000)
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*"
    assert summary(world.get("b").status) == "Running ready=True ip=yes c=running*"
    world.world.recover("node-1")
    world.wait(3000)
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*#1"
    assert world.find("b") is None
    assert lines(world, "b")[-1].startswith("Failed")


def test_container_whose_image_changes_is_replaced_within_its_pod() -> None:
    world = KubeletWorld()
    pod = world.make("a")
    world.wait(3000)
    pod = world.get("a")
    container = replace(pod.spec.containers[0], image="app:v2")
    world.server.update(replace(pod, spec=replace(pod.spec, containers=(container,))))
    world.wait(3000)
    status = world.get("a").status.container_statuses[0]
    assert (status.image, status.restart_count, status.ready) == ("app:v2", 1, True)
    assert "Killing: Container c definition changed, will be restarted" in world.said("a")
