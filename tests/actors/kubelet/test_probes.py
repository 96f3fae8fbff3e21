"""What probes do to a pod, and when."""

from __future__ import annotations

from typing import Any

from kubelet_world import KubeletWorld, summary
from msgspec.structs import replace

from harness.actors.world import NEVER, ImageBehaviour
from harness.objects.pod import PodCondition


def probe(**fields: int) -> dict[str, Any]:
    return {"exec": {"command": ["ask"]}, "periodSeconds": 1, **fields}


def container(**probes: Any) -> list[dict[str, Any]]:
    return [{"name": "c", "image": "app:v1", **probes}]


def ready_times(world: KubeletWorld) -> list[tuple[int, str]]:
    """When the pod's Ready condition came to be what."""
    found: list[tuple[int, str]] = []
    for time_ms, status in world.written("a"):
        ready = next((c.status for c in status.conditions if c.type == "Ready"), "")
        if ready and (not found or found[-1][1] != ready):
            found.append((time_ms, ready))
    return found


def unhealthy(world: KubeletWorld) -> dict[str, int]:
    return {event.message: event.count for event in world.events("a") if event.reason == "Unhealthy"}


def test_pod_is_running_before_its_readiness_probe_makes_it_ready() -> None:
    world = KubeletWorld(app=ImageBehaviour(ready=2000))
    world.make("a", containers=container(readinessProbe=probe()))
    world.wait(10_000)
    # The container is asked as soon as it is seen to run, and every second from then on.
    assert ready_times(world) == [(2, "False"), (3304, "True")]
    assert unhealthy(world) == {"Readiness probe failed: ": 2}


def test_readiness_is_lost_after_as_many_failures_as_the_threshold() -> None:
    world = KubeletWorld()
    world.make("a", containers=container(readinessProbe=probe(failureThreshold=2)))
    world.wait(5500)
    world.world.behave("app:v1", ImageBehaviour(ready=NEVER))
    world.wait(5000)
    assert [status for _, status in ready_times(world)] == ["False", "True", "False"]
    assert ready_times(world)[-1][0] == 7304
    world.world.behave("app:v1", ImageBehaviour())
    world.wait(2000)
    assert ready_times(world)[-1][1] == "True"
    assert world.get("a").status.container_statuses[0].restart_count == 0


def test_readiness_that_comes_back_while_its_loss_waits_to_be_written_is_told_in_the_end() -> None:
    world = KubeletWorld()
    names = [f"p{number}" for number in range(1500)]
    for name in names:
        world.make(name, containers=container(readinessProbe=probe(failureThreshold=1)))
    world.wait(30_000)
    # So many statuses take their node longer to write than a probe takes to be asked again.
    world.world.behave("app:v1", ImageBehaviour(ready=NEVER))
    world.wait(1000)
    world.world.behave("app:v1", ImageBehaviour())
    world.wait(30_000)
    assert [name for name in names if world.conditions(name)["Ready"] != "True"] == []


def test_probe_waits_for_its_initial_delay() -> None:
    world = KubeletWorld()
    world.make("a", containers=container(readinessProbe=probe(initialDelaySeconds=4)))
    world.wait(10_000)
    time_ms, status = ready_times(world)[-1]
    assert status == "True"
    assert time_ms >= 1002 + 4000


def test_healthy_pod_with_probes_leaves_nothing_to_happen() -> None:
    world = KubeletWorld()
    world.make("a", containers=container(readinessProbe=probe(), livenessProbe=probe(), startupProbe=probe()))
    world.wait(10_000)
    assert world.conditions("a")["Ready"] == "True"
    assert world.loop.next_time_ms() is None


def test_third_liveness_failure_restarts_the_container_without_the_pod_losing_readiness() -> None:
    world = KubeletWorld(app=ImageBehaviour(live=NEVER))
    world.make("a", containers=container(livenessProbe=probe(failureThreshold=3)))
    world.wait(4000)
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*#1"
    assert [status for _, status in ready_times(world)] == ["False", "True"]
    assert "Killing: Container c failed liveness probe, will be restarted" in world.said("a")


def test_container_killed_again_and_again_is_put_off_until_it_is_cured() -> None:
    world = KubeletWorld(app=ImageBehaviour(live=NEVER))
    world.make("a", containers=container(livenessProbe=probe(failureThreshold=3)))
    world.wait(10_500)
    assert summary(world.get("a").status) == "Running ready=False ip=yes c=CrashLoopBackOff#2"
    world.world.behave("app:v1", ImageBehaviour())
    world.wait(15_000)
    assert summary(world.get("a").status) == "Running ready=True ip=yes c=running*#3"


def test_startup_probe_holds_back_the_other_two() -> None:
    world = KubeletWorld(app=ImageBehaviour(start=6000, live=5000, ready=1000))
    probes = {
        "readinessProbe": probe(),
        "livenessProbe": probe(failureThreshold=3),
        "startupProbe": probe(failureThreshold=20),
    }
    world.make("a", containers=container(**probes))
    world.wait(15_000)
    assert unhealthy(world) == {"Startup probe failed: ": 6}
    shown = [(s.container_statuses[0].started, s.container_statuses[0].ready) for _, s in world.written("a")[3:]]
    assert shown[-3:] == [(False, False), (True, False), (True, True)]


def test_first_liveness_probe_comes_a_period_after_the_pod_has_its_volumes() -> None:
    world = KubeletWorld(app=ImageBehaviour(live=NEVER, pull_time_ms=3000))
    world.make("a", containers=container(livenessProbe=probe(periodSeconds=10, failureThreshold=1)))
    world.wait(10_250)
    assert unhealthy(world) == {}
    world.wait(100)
    assert unhealthy(world) == {"Liveness probe failed: ": 1}


def test_startup_probe_that_never_passes_restarts_the_container() -> None:
    world = KubeletWorld(app=ImageBehaviour(start=NEVER))
    world.make("a", containers=container(startupProbe=probe(failureThreshold=2)))
    world.wait(3500)
    assert "Killing: Container c failed startup probe, will be restarted" in world.said("a")
    assert world.get("a").status.container_statuses[0].restart_count == 1


def test_readiness_gate_holds_only_the_pod_not_its_containers() -> None:
    world = KubeletWorld()
    world.make("a", readinessGates=[{"conditionType": "example.com/ok"}])
    world.wait(3000)
    assert world.conditions("a")["ContainersReady"] == "True"
    ready = next(c for c in world.get("a").status.conditions if c.type == "Ready")
    assert (ready.status, ready.reason) == ("False", "ReadinessGatesNotReady")
    assert ready.message == 'corresponding condition of pod readiness gate "example.com/ok" does not exist.'


def test_readiness_probe_that_finds_no_container_has_the_pod_looked_after() -> None:
    world = KubeletWorld(app=ImageBehaviour(exit=1, after_ms=20_000))
    world.make("a", containers=container(readinessProbe=probe(periodSeconds=5)))
    world.wait(60_000)
    told = [(time, summary(status)) for time, status in world.written("a")]
    ended = next(time for time, line in told if "c=Error(1)#1" in line)
    waiting = next(time for time, line in told if "CrashLoopBackOff" in line)
    assert 0 < waiting - ended <= 5000


def test_pod_with_a_gate_follows_its_condition() -> None:
    world = KubeletWorld()
    world.make("a", readinessGates=[{"conditionType": "example.com/ok"}])
    world.wait(3000)
    for status in ("True", "False"):
        pod = world.get("a")
        kept = tuple(c for c in pod.status.conditions if c.type != "example.com/ok")
        gate = PodCondition(type="example.com/ok", status=status)
        world.server.update_status(replace(pod, status=replace(pod.status, conditions=(*kept, gate))))
        world.wait(1000)
        assert world.conditions("a")["Ready"].split()[0] == status
    assert world.get("a").status.conditions[0].type == "example.com/ok"


def test_failed_http_probe_says_what_a_server_would() -> None:
    world = KubeletWorld(app=ImageBehaviour(ready=NEVER))
    http = {"httpGet": {"path": "/", "port": 80}, "periodSeconds": 1}
    world.make("a", containers=container(readinessProbe=http))
    world.wait(2000)
    assert list(unhealthy(world)) == ["Readiness probe failed: HTTP probe failed with statuscode: 503"]
