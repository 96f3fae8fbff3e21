"""Lifecycle hooks: how they hold up a start, take from the grace period, fail, and order the end of sidecars."""

from __future__ import annotations

from typing import Any

import pytest
from kubelet_world import KubeletWorld, summary

from harness.actors.world import FAILS, NEVER, ImageBehaviour

COMMAND = {"exec": {"command": ["/bin/tidy", "up"]}}
SLEEP = {"sleep": {"seconds": 5}}


def container(name: str = "c", image: str = "app:v1", **hooks: Any) -> dict[str, Any]:
    return {"name": name, "image": image, "lifecycle": hooks}


def deleted_after_ms(world: KubeletWorld, **spec: Any) -> int | None:
    """How long the pod's deletion takes, in whole seconds' worth of ms; None if longer than a minute."""
    world.make("a", **spec)
    world.wait(5000)
    world.delete("a")
    for second in range(60):
        if world.find("a") is None:
            return second * 1000
        world.wait(1000)
    return None


def test_post_start_hook_holds_up_what_is_told_of_the_container() -> None:
    world = KubeletWorld(app=ImageBehaviour(post_start=4000))
    world.make("a", containers=[container(postStart=COMMAND)])
    world.wait(4500)
    assert summary(world.get("a").status) == "Pending ready=False ip=no c=ContainerCreating"
    world.wait(1500)
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*"


def test_post_start_hook_that_fails_takes_the_container_with_it() -> None:
    world = KubeletWorld(app=ImageBehaviour(post_start=FAILS))
    world.make("a", containers=[container(postStart=COMMAND)])
    world.wait(2500)
    assert "FailedPostStartHook: PostStartHook failed" in world.said("a")
    assert "Killing: FailedPostStartHook" in world.said("a")
    status = world.get("a").status.container_statuses[0]
    assert status.state.waiting is not None
    assert status.state.waiting.reason == "PostStartHookError"
    uid = world.get("a").metadata.uid
    assert status.state.waiting.message == (
        f'Exec lifecycle hook ([/bin/tidy up]) for Container "c" in Pod "a_default({uid})" failed - error: '
        "command '/bin/tidy up' exited with 1: , message: \"\""
    )
    world.wait(12_500)
    assert any("CrashLoopBackOff" in summary(status) for _, status in world.written("a"))


def test_post_start_hook_that_asks_in_vain_names_what_it_asked() -> None:
    world = KubeletWorld(app=ImageBehaviour(post_start=FAILS))
    world.make("a", containers=[container(postStart={"httpGet": {"path": "/join", "port": 80}})])
    world.wait(2500)
    waiting = world.get("a").status.container_statuses[0].state.waiting
    assert waiting is not None
    assert waiting.message.startswith('HTTP lifecycle hook (/join) for Container "c" in Pod "a_default(')
    assert 'Get "http://10.244.1.2:80/join": dial tcp 10.244.1.2:80: connect: connection refused' in waiting.message


def test_container_that_ends_during_its_post_start_hook_fails_the_hook() -> None:
    world = KubeletWorld(app=ImageBehaviour(post_start=4000, exit=3, after_ms=1000))
    world.make("a", containers=[container(postStart=COMMAND)])
    world.wait(8000)
    assert "FailedPostStartHook: PostStartHook failed" in world.said("a")


@pytest.mark.parametrize(
    ("behaviour", "grace_seconds", "takes_ms"),
    [
        (ImageBehaviour(pre_stop=7000), 30, 8000),
        (ImageBehaviour(pre_stop=7000, stop=4000), 30, 12_000),
        (ImageBehaviour(pre_stop=7000, stop=NEVER), 10, 11_000),
        (ImageBehaviour(pre_stop=NEVER), 10, 11_000),
        (ImageBehaviour(pre_stop=NEVER, stop=NEVER), 10, 13_000),
        (ImageBehaviour(pre_stop=FAILS), 10, 1000),
    ],
)
def test_pre_stop_hook_takes_from_the_grace_period(
    behaviour: ImageBehaviour, grace_seconds: int, takes_ms: int
) -> None:
    world = KubeletWorld(app=behaviour)
    spec = {"terminationGracePeriodSeconds": grace_seconds, "containers": [container(preStop=COMMAND)]}
    assert deleted_after_ms(world, **spec) == takes_ms


def test_pre_stop_hook_that_does_not_end_in_time_fails_with_its_container() -> None:
    world = KubeletWorld(app=ImageBehaviour(pre_stop=NEVER))
    deleted_after_ms(world, terminationGracePeriodSeconds=10, containers=[container(preStop=COMMAND)])
    events = world.events("a")
    killing = next(event for event in events if event.reason == "Killing")
    failed = next(event for event in events if event.reason == "FailedPreStopHook")
    assert failed.message == "PreStopHook failed"
    assert (failed.first_timestamp or "") > (killing.first_timestamp or "")


def test_pre_stop_hook_that_sleeps_never_fails() -> None:
    world = KubeletWorld(app=ImageBehaviour(pre_stop=FAILS))
    spec = {"terminationGracePeriodSeconds": 10, "containers": [container(preStop=SLEEP)]}
    assert deleted_after_ms(world, **spec) == 6000
    assert not any("FailedPreStopHook" in line for line in world.said("a"))


def test_without_grace_period_no_hook_is_run() -> None:
    world = KubeletWorld(app=ImageBehaviour(pre_stop=FAILS))
    world.make("a", containers=[container(preStop=COMMAND)], terminationGracePeriodSeconds=0)
    world.wait(3000)
    world.delete("a", grace_seconds=0)
    world.wait(3000)
    assert not any("FailedPreStopHook" in line for line in world.said("a"))


def test_liveness_failure_runs_the_hook_before_the_restart() -> None:
    probe = {"exec": {"command": ["live"]}, "periodSeconds": 1, "failureThreshold": 1}
    world = KubeletWorld(app=ImageBehaviour(live=NEVER, pre_stop=4000))
    world.make("a", containers=[{**container(preStop=COMMAND), "livenessProbe": probe}])
    world.wait(5200)
    assert world.get("a").status.container_statuses[0].restart_count == 0
    world.wait(1500)
    assert world.get("a").status.container_statuses[0].restart_count == 1


def sidecar(name: str, image: str, **hooks: Any) -> dict[str, Any]:
    return {**container(name, image, **hooks), "restartPolicy": "Always"}


def test_hooks_of_sidecars_run_beside_those_of_the_others() -> None:
    world = KubeletWorld(app=ImageBehaviour(stop=5000), side=ImageBehaviour(pre_stop=4000))
    spec = {"initContainers": [sidecar("s", "side:v1", preStop=COMMAND)], "containers": [container()]}
    assert deleted_after_ms(world, **spec) == 6000


def test_sidecars_end_in_reverse_and_only_after_the_others() -> None:
    world = KubeletWorld(app=ImageBehaviour(stop=3000), one=ImageBehaviour(stop=1000), two=ImageBehaviour(stop=2000))
    world.make("a", initContainers=[sidecar("one", "one:v1"), sidecar("two", "two:v1")], containers=[container()])
    world.wait(8000)
    world.delete("a")
    world.wait(20_000)
    status = world.written("a")[-1][1]
    ends = {
        one.name: one.state.terminated.finished_at
        for one in (*status.init_container_statuses, *status.container_statuses)
        if one.state.terminated is not None
    }
    assert ends["c"] < ends["two"] < ends["one"]
    assert [line for line in world.said("a") if line.startswith("Killing")] == [
        "Killing: Stopping container one",
        "Killing: Stopping container two",
        "Killing: Stopping container c",
    ]


def test_sidecar_waits_for_its_turn_no_longer_than_the_grace_period() -> None:
    world = KubeletWorld(app=ImageBehaviour(stop=NEVER), side=ImageBehaviour(stop=NEVER))
    spec = {
        "terminationGracePeriodSeconds": 6,
        "initContainers": [sidecar("s", "side:v1")],
        "containers": [container()],
    }
    assert deleted_after_ms(world, **spec) == 9000
