"""Jobs and who looks after them. There is no scheduler and no kubelet: a pod is only what a test makes of it."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from harness.actors.controllers.job import JobController
from harness.api import kinds
from harness.api.server import BACKGROUND, Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.batch import Job
from harness.objects.config import Namespace
from harness.objects.event import Event
from harness.objects.meta import ObjectMeta
from harness.objects.pod import ContainerState, ContainerStateTerminated, ContainerStatus, Pod, PodCondition
from harness.objects.wire import from_wire

START = "2026-01-01T00:00:00Z"


def job(pod: dict[str, Any] | None = None, **spec: Any) -> Job:
    template = {"spec": {"containers": [{"name": "c", "image": "task:v1"}], "restartPolicy": "Never", **(pod or {})}}
    return from_wire(
        {"metadata": {"name": "work", "namespace": "default"}, "spec": {"template": template, **spec}}, Job
    )


class World:
    """A server and the controllers of jobs. A test plays the kubelet."""

    def __init__(self) -> None:
        self.loop = Loop(Clock(parse(START)))
        self.server = Server(self.loop.clock, Trace())
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        self.process = Process.start(self.loop, self.server, Chance(), {})
        JobController(self.process)

    def run(self, milliseconds: int = 2500) -> None:
        self.loop.run_until(self.loop.now_ms + milliseconds)

    def create(self, **spec: Any) -> None:
        self.server.create(job(**spec))
        self.run()

    def change(self, **fields: Any) -> None:
        self.server.modify(self.job, lambda stored: replace(stored, spec=replace(stored.spec, **fields)))
        self.run()

    @property
    def job(self) -> Job:
        found = self.server.find(Job, "default", "work")
        assert found is not None
        return found

    def pods(self, phase: str = "Pending") -> list[Pod]:
        """The pods in this phase that are not on their way out, in the order in which they were made."""
        found: list[Pod] = list(self.server.store.collection("pods").objects.values())
        return [pod for pod in found if pod.status.phase == phase and pod.metadata.deletion_timestamp is None]

    def everything(self) -> list[Pod]:
        return list(self.server.store.collection("pods").objects.values())

    def put_on_a_node(self) -> None:
        """Bind every pod, so that a deletion has a grace period."""
        for pod in self.pods():
            self.server.bind(pod.metadata.namespace, pod.metadata.name, pod.metadata.uid, "node-1")
        self.run()

    def end(
        self, pod: Pod, code: int = 0, conditions: tuple[PodCondition, ...] = (), sidecar_seconds: int | None = None
    ) -> None:
        """Let the pod's container end with this exit code, and the controllers see it.

        Its sidecar, if it has one, ends so much later, and only then the pod.
        """
        now = self.loop.clock.stamp()
        ended = ContainerStateTerminated(exit_code=code, finished_at=now)
        beside: tuple[ContainerStatus, ...] = ()
        if sidecar_seconds is not None:
            self.loop.run_until(self.loop.now_ms + sidecar_seconds * 1000)
            last = ContainerStateTerminated(finished_at=self.loop.clock.stamp())
            first = ContainerStateTerminated(finished_at=pod.metadata.creation_timestamp)
            beside = (
                ContainerStatus(name="init", state=ContainerState(terminated=first)),
                ContainerStatus(name="proxy", state=ContainerState(terminated=last)),
            )
        status = replace(
            pod.status,
            phase="Failed" if code else "Succeeded",
            conditions=conditions,
            container_statuses=(ContainerStatus(name="c", state=ContainerState(terminated=ended)),),
            init_container_statuses=beside,
        )
        self.server.modify(pod, lambda stored: replace(stored, status=status), status=True)
        self.run()

    def ready(self, pod: Pod) -> None:
        condition = PodCondition(type="Ready", status="True", last_transition_time=self.loop.clock.stamp())
        status = replace(pod.status, phase="Running", conditions=(condition,))
        self.server.modify(pod, lambda stored: replace(stored, status=status), status=True)
        self.run()

    def restart(self, pod: Pod, count: int) -> None:
        status = replace(
            pod.status, phase="Running", container_statuses=(ContainerStatus(name="c", restart_count=count),)
        )
        self.server.modify(pod, lambda stored: replace(stored, status=status), status=True)
        self.run()

    def delete(self, pod: Pod) -> None:
        self.server.delete(kinds.BY_TYPE[Pod], "default", pod.metadata.name)
        self.run()

    def delete_job(self, propagation: str = BACKGROUND) -> None:
        self.server.delete(kinds.BY_TYPE[Job], "default", "work", propagation=propagation)
        self.run()

    def conditions(self) -> list[tuple[str, str]]:
        return [(each.type, each.reason) for each in self.job.status.conditions if each.status == "True"]

    def said(self, reason: str) -> int:
        events: list[Event] = list(self.server.store.collection("events").objects.values())
        return sum(event.count or 1 for event in events if event.reason == reason)
