"""What a Deployment's controller makes of its replica sets: the steps of a rollout, its counts, and what it says."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from harness.actors.controllers.deployment import DeploymentController
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.apps import Deployment, DeploymentStatus, ReplicaSet
from harness.objects.conditions import find
from harness.objects.config import Namespace
from harness.objects.event import Event
from harness.objects.meta import ObjectMeta
from harness.objects.quota import ResourceQuota
from harness.objects.wire import from_wire


class World:
    """The controller alone: replica sets have the pods that a test says they have."""

    def __init__(self) -> None:
        self.loop = Loop(Clock(parse("2026-01-01T00:00:00Z")))
        self.server = Server(self.loop.clock, Trace())
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        DeploymentController(Process.start(self.loop, self.server, Chance(), {}))
        self.told: list[DeploymentStatus] = []
        self.server.store.collection("deployments.apps").watchers.append(
            lambda change: self.told.append(change.object.status)
        )

    def run(self, milliseconds: int = 100) -> None:
        self.loop.run_until(self.loop.now_ms + milliseconds)

    def create(self, replicas: int, surge: int, unavailable: int) -> None:
        template = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "app:v1"}]}}
        rolling = {"maxSurge": surge, "maxUnavailable": unavailable}
        spec = {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": "web"}},
            "template": template,
            "strategy": {"type": "RollingUpdate", "rollingUpdate": rolling},
        }
        body = {"metadata": {"name": "web", "namespace": "default"}, "spec": spec}
        self.server.create(from_wire(body, Deployment))
        self.run()

    def image(self, image: str) -> None:
        def changed(stored: Deployment) -> Deployment:
            template = stored.spec.template
            containers = tuple(replace(each, image=image) for each in template.spec.containers)
            new = replace(template, spec=replace(template.spec, containers=containers))
            return replace(stored, spec=replace(stored.spec, template=new))

        self.server.modify(self.web(), changed)
        self.run()

    def web(self) -> Deployment:
        found = self.server.find(Deployment, "default", "web")
        assert found is not None
        return found

    def of(self, image: str) -> ReplicaSet:
        """The replica set whose pods run the image."""
        found: list[Any] = self.server.list(kinds.BY_TYPE[ReplicaSet], "default")
        (one,) = [each for each in found if each.spec.template.spec.containers[0].image == image]
        assert isinstance(one, ReplicaSet)
        return one

    def sizes(self) -> tuple[int, int]:
        return self.of("app:v1").spec.replicas or 0, self.of("app:v2").spec.replicas or 0

    def has(self, image: str, replicas: int, available: int) -> None:
        """Have the replica set count that many pods."""

        def counted(stored: ReplicaSet) -> ReplicaSet:
            status = replace(
                stored.status,
                replicas=replicas,
                ready_replicas=available,
                available_replicas=available,
                observed_generation=stored.metadata.generation,
                terminating_replicas=0,
            )
            return replace(stored, status=status)

        self.server.modify(self.of(image), counted, status=True)
        self.run()

    def said(self) -> list[tuple[str, str]]:
        events: list[Event] = list(self.server.store.collection("events").objects.values())
        return [(event.reason, event.message) for event in events]


def test_a_pass_that_scales_counts_its_replica_sets_as_it_found_them() -> None:
    world = World()
    world.create(replicas=5, surge=0, unavailable=2)
    world.has("app:v1", replicas=5, available=5)
    world.image("app:v2")
    world.has("app:v1", replicas=3, available=3)
    world.told.clear()
    world.has("app:v2", replicas=2, available=1)
    assert world.sizes() == (2, 3)
    # The old one goes to 2 and is counted with 3, then the new one to 3 and is counted with 2.
    assert [status.unavailable_replicas for status in world.told] == [1, 0, 1]


def test_a_replica_set_whose_counts_are_behind_holds_up_the_next_step_down() -> None:
    world = World()
    world.create(replicas=10, surge=3, unavailable=2)
    world.has("app:v1", replicas=10, available=10)
    world.image("app:v2")
    assert world.sizes() == (8, 5)
    # Of the old one ten are still counted as available, though it is to have eight.
    world.has("app:v2", replicas=5, available=2)
    assert world.sizes() == (8, 5)
    world.has("app:v1", replicas=8, available=8)
    assert world.sizes() == (6, 7)


def test_a_replica_set_that_a_quota_refuses_is_told_of_in_the_condition_and_an_event() -> None:
    world = World()
    hard = {"hard": {"count/replicasets.apps": "0"}}
    world.server.create(from_wire({"metadata": {"name": "few", "namespace": "default"}, "spec": hard}, ResourceQuota))
    quota = world.server.find(ResourceQuota, "default", "few")
    assert quota is not None
    world.server.modify(
        quota,
        lambda stored: replace(
            stored, status=replace(stored.status, hard=stored.spec.hard, used={"count/replicasets.apps": "0"})
        ),
        status=True,
    )
    world.create(replicas=1, surge=1, unavailable=0)
    (reason, message) = world.said()[0]
    assert reason == "ReplicaSetCreateError"
    assert message.startswith('Failed to create new replica set "web-')
    assert "forbidden: exceeded quota: few, requested: count/replicasets.apps=1, used:" in message
    progressing = find(world.web().status.conditions, "Progressing")
    assert progressing is not None
    assert (progressing.status, progressing.reason, progressing.message) == ("False", reason, message)
