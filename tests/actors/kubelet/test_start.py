"""How a pod comes to run, step by step as the API shows it."""

from __future__ import annotations

from kubelet_world import KubeletWorld, summary

from harness.actors.world import ImageBehaviour


def lines(world: KubeletWorld, name: str = "a") -> list[str]:
    """What the kubelet wrote, one line a write."""
    return [summary(status) for _, status in world.written(name) if status.start_time]


def test_plain_pod_is_told_of_three_times_on_its_way_to_ready() -> None:
    world = KubeletWorld()
    world.make("a")
    world.wait(2000)
    assert lines(world) == [
        "Pending ready=False ip=no c=ContainerCreating",
        "Pending ready=False ip=no c=ContainerCreating",
        "Running ready=True ip=yes c=running*",
    ]
    network = [
        next(c.status for c in status.conditions if c.type == "PodReadyToStartContainers")
        for _, status in world.written("a")
        if status.start_time
    ]
    assert network == ["False", "True", "True"]


def test_conditions_stand_in_the_order_of_a_real_status_with_those_of_others_first() -> None:
    world = KubeletWorld()
    world.make("a")
    world.wait(2000)
    conditions = world.get("a").status.conditions
    assert [c.type for c in conditions] == [
        "PodReadyToStartContainers",
        "Initialized",
        "Ready",
        "ContainersReady",
        "PodScheduled",
    ]
    assert {c.observed_generation for c in conditions} == {1}


def test_pull_start_and_their_events_name_the_container() -> None:
    world = KubeletWorld()
    world.make("a")
    world.wait(2000)
    assert world.said("a") == [
        'Pulling: Pulling image "app:v1"',
        'Pulled: Successfully pulled image "app:v1" in 500ms (500ms including waiting). Image size: 0 bytes.',
        "Created: Container created",
        "Started: Container started",
    ]
    assert {event.involved_object.field_path for event in world.events("a")} == {"spec.containers{c}"}
    assert {event.source.host for event in world.events("a")} == {"node-1"}


def test_image_is_pulled_once_a_node() -> None:
    world = KubeletWorld(nodes=2)
    world.make("a")
    world.wait(2000)
    world.make("b")
    world.make("c", node="node-2")
    world.wait(2000)
    present = 'Pulled: Container image "app:v1" already present on machine and can be accessed by the pod'
    assert present in world.said("b")
    assert present not in world.said("c")


def test_policy_always_pulls_again_what_is_there() -> None:
    world = KubeletWorld()
    container = {"name": "c", "image": "app:v1", "imagePullPolicy": "Always"}
    for name in ("a", "b"):
        world.make(name, containers=[container])
        world.wait(2000)
    assert 'Pulling: Pulling image "app:v1"' in world.said("b")


def test_pulls_on_a_node_wait_for_each_other() -> None:
    world = KubeletWorld()
    world.make("a", containers=[{"name": "c", "image": "one:v1"}])
    world.make("b", containers=[{"name": "c", "image": "two:v1"}])
    world.wait(3000)
    # The second was asked for two milliseconds after the first, when its kubelet came to its pod.
    assert any("in 500ms (998ms including waiting)" in line for line in world.said("b"))


def test_containers_start_one_after_another_and_are_told_of_together() -> None:
    world = KubeletWorld()
    world.make("a", containers=[{"name": "z", "image": "app:v1"}, {"name": "b", "image": "app:v1"}])
    world.wait(3000)
    assert lines(world)[-1] == "Running ready=True ip=yes b=running* z=running*"
    assert [time for time, _ in world.written("a")][-1] == 1804


def test_init_containers_run_in_turn_before_the_others() -> None:
    world = KubeletWorld(init=ImageBehaviour(exit=0, after_ms=1000))
    world.make("a", initContainers=[{"name": "i", "image": "init:v1"}, {"name": "j", "image": "init:v1"}])
    world.wait(8000)
    assert lines(world)[2:] == [
        "Pending ready=False ip=yes i=running j=PodInitializing c=PodInitializing",
        "Pending ready=False ip=yes i=Completed(0)* j=PodInitializing c=PodInitializing",
        "Pending ready=False ip=yes i=Completed(0)* j=running c=PodInitializing",
        "Pending ready=False ip=yes i=Completed(0)* j=Completed(0)* c=PodInitializing",
        "Running ready=True ip=yes i=Completed(0)* j=Completed(0)* c=running*",
    ]


def test_sidecar_starts_before_the_others_and_stays() -> None:
    world = KubeletWorld()
    world.make("a", initContainers=[{"name": "s", "image": "side:v1", "restartPolicy": "Always"}])
    world.wait(4000)
    assert lines(world)[-2:] == [
        "Pending ready=False ip=yes s=running* c=PodInitializing",
        "Running ready=True ip=yes s=running* c=running*",
    ]


def test_missing_environment_keeps_only_its_container_from_starting() -> None:
    world = KubeletWorld()
    variable = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "one"}}}
    world.make("a", containers=[{"name": "b", "image": "app:v1", "env": [variable]}, {"name": "c", "image": "app:v1"}])
    world.wait(5000)
    assert lines(world)[-1] == "Pending ready=False ip=yes b=CreateContainerConfigError c=running*"
    assert 'Failed: Error: secret "keys" not found' in world.said("a")


def test_failed_pull_shows_first_the_failure_and_later_the_waiting() -> None:
    world = KubeletWorld(app=ImageBehaviour(pull="not found"))
    world.make("a")
    world.wait(15_000)
    assert lines(world)[2:] == [
        "Pending ready=False ip=yes c=ErrImagePull",
        "Pending ready=False ip=yes c=ImagePullBackOff",
    ]
    assert world.said("a") == [
        'Pulling: Pulling image "app:v1"',
        'Failed: Failed to pull image "app:v1": not found',
        "Failed: Error: ErrImagePull",
        'BackOff: Back-off pulling image "app:v1"',
        "Failed: Error: ImagePullBackOff",
    ]
    waiting = world.get("a").status.container_statuses[0].state.waiting
    assert waiting is not None
    assert waiting.message == 'Back-off pulling image "app:v1": ErrImagePull: not found'


def test_pull_that_is_backed_off_from_does_not_wait_for_that_of_another_pod() -> None:
    world = KubeletWorld(app=ImageBehaviour(pull="not found", pull_time_ms=3000))
    world.make("a")
    world.wait(3000)
    world.make("b")
    world.wait(2000)
    assert 'Pulling: Pulling image "app:v1"' in world.said("b")
    assert 'BackOff: Back-off pulling image "app:v1"' in world.said("a")


def test_pod_starts_by_itself_once_its_image_can_be_pulled() -> None:
    world = KubeletWorld(app=ImageBehaviour(pull="not found"))
    world.make("a")
    world.wait(5000)
    world.world.behave("app:v1", ImageBehaviour())
    world.wait(15_000)
    assert world.conditions("a")["Ready"] == "True"
    assert next(event.count for event in world.events("a") if event.reason == "Pulling") == 2


def test_pod_placed_by_hand_where_it_does_not_fit_fails_at_once() -> None:
    world = KubeletWorld()
    container = {"name": "c", "image": "app:v1", "resources": {"requests": {"cpu": "3"}}}
    world.make("a", nodeName="node-1", containers=[container])
    world.wait(1000)
    status = world.get("a").status
    assert (status.phase, status.reason) == ("Failed", "OutOfcpu")
    assert status.message == (
        "Pod was rejected: Node didn't have enough resource: cpu, requested: 3000, used: 0, capacity: 2000"
    )
    assert status.conditions == ()


def test_pods_of_one_node_have_addresses_of_their_own() -> None:
    world = KubeletWorld(nodes=2)
    for name, node in (("a", "node-1"), ("b", "node-1"), ("c", "node-2")):
        world.make(name, node=node)
    world.wait(3000)
    assert [world.get(name).status.pod_ip for name in "abc"] == ["10.244.1.2", "10.244.1.3", "10.244.2.2"]


def test_pod_on_a_node_that_is_down_waits_for_it() -> None:
    world = KubeletWorld()
    world.world.fail("node-1")
    world.make("a")
    world.wait(5000)
    assert world.get("a").status.start_time is None
    world.world.recover("node-1")
    world.wait(2000)
    assert world.conditions("a")["Ready"] == "True"


def test_two_runs_of_the_same_story_are_the_same() -> None:
    def tell() -> list[object]:
        world = KubeletWorld(app=ImageBehaviour(exit=1, after_ms=700))
        for name in "abc":
            world.make(name)
        world.wait(60_000)
        return [(record.time_ms, record.type, record.subject) for record in world.trace.records]

    assert tell() == tell()


def test_one_kubelet_writes_the_statuses_of_its_pods_one_after_another() -> None:
    world = KubeletWorld(nodes=2)
    for name, node in (("a", "node-1"), ("b", "node-1"), ("c", "node-2")):
        world.make(name, node=node)
    world.wait(2000)
    first = {name: next(time for time, status in world.written(name) if status.start_time) for name in "abc"}
    # Each is read, and then written.
    assert first == {"a": 2, "b": 4, "c": 2}


def test_nothing_is_pulled_before_the_volumes_have_been_looked_for() -> None:
    world = KubeletWorld(nodes=2)
    world.make("a")
    world.make("b", node="node-2", automountServiceAccountToken=False)
    world.wait(250)
    assert world.said("a") == []
    assert world.said("b") == ['Pulling: Pulling image "app:v1"']
    world.wait(100)
    assert world.said("a") == ['Pulling: Pulling image "app:v1"']
