"""A small world to watch kubelets in: one server, some nodes, and pods that are bound by hand."""

from __future__ import annotations

from typing import Any

from harness.actors.kubelet import Kubelets
from harness.actors.world import ImageBehaviour, World
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.config import Namespace
from harness.objects.event import Event
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node
from harness.objects.pod import Pod, PodStatus
from harness.objects.wire import from_wire

_SERVED = {"cpu": "2", "memory": "4Gi", "pods": "110"}


class KubeletWorld:
    """Nodes `node-1` to `node-<nodes>` with their kubelets, and what a person or a scheduler would do around them."""

    def __init__(self, nodes: int = 1, **images: ImageBehaviour) -> None:
        clock = Clock(parse("2026-01-01T00:00:00Z"))
        self.trace = Trace()
        self.loop = Loop(clock)
        self.server = Server(clock, self.trace)
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        for number in range(1, nodes + 1):
            status = {"allocatable": _SERVED, "capacity": _SERVED}
            self.server.create(from_wire({"metadata": {"name": f"node-{number}"}, "status": status}, Node))
        self.world = World({f"{name}:v1": behaviour for name, behaviour in images.items()})
        process = Process.start(self.loop, self.server, Chance(), {})
        self.kubelets = Kubelets(process, self.world)

    def make(self, name: str, *, node: str = "node-1", **spec: Any) -> Pod:
        """Create a pod with this spec, by default of one container `c` with the image `app:v1`, and bind it."""
        spec.setdefault("containers", [{"name": "c", "image": "app:v1"}])
        pod = self.server.create(from_wire({"metadata": {"name": name}, "spec": spec}, Pod))
        if not pod.spec.node_name:
            self.server.bind("default", name, pod.metadata.uid, node)
        return self.get(name)

    def get(self, name: str) -> Pod:
        pod = self.find(name)
        assert pod is not None, f"there is no pod {name}"
        return pod

    def find(self, name: str) -> Pod | None:
        return self.server.find(Pod, "default", name)

    def delete(self, name: str, grace_seconds: int | None = None) -> None:
        self.server.delete(kinds.BY_TYPE[Pod], "default", name, grace_seconds=grace_seconds)

    def wait(self, milliseconds: int) -> None:
        self.loop.run_until(self.loop.now_ms + milliseconds)

    def written(self, name: str) -> list[tuple[int, PodStatus]]:
        """Every status the pod ever had, with the moment it was written, without repetition."""
        found: list[tuple[int, PodStatus]] = []
        for record in self.trace.records:
            subject = record.subject
            if (
                isinstance(subject, Pod)
                and subject.metadata.name == name
                and (not found or found[-1][1] != subject.status)
            ):
                found.append((record.time_ms, subject.status))
        return found

    def said(self, name: str) -> list[str]:
        """Reason and message of every event about the pod, in the order they first came."""
        return [f"{event.reason}: {event.message}" for event in self.events(name)]

    def events(self, name: str) -> list[Event]:
        stored = self.server.store.collection("events").objects.values()
        return [event for event in stored if event.involved_object.name == name]

    def conditions(self, name: str) -> dict[str, str]:
        """Status of each condition of the pod, with the reason where there is one."""
        return {c.type: f"{c.status} {c.reason}".strip() for c in self.get(name).status.conditions}


def summary(status: PodStatus) -> str:
    """One line about a status: each container with its state, `*` where it is ready and `#` before its restarts."""
    ready = next((c.status for c in status.conditions if c.type == "Ready"), "-")
    states = []
    for container in (*status.init_container_statuses, *status.container_statuses):
        state = container.state
        if state.running is not None:
            text = "running"
        elif state.terminated is not None:
            text = f"{state.terminated.reason}({state.terminated.exit_code})"
        else:
            text = state.waiting.reason if state.waiting is not None else "-"
        restarts = f"#{container.restart_count}" if container.restart_count else ""
        states.append(f"{container.name}={text}{'*' if container.ready else ''}{restarts}")
    return f"{status.phase} ready={ready} ip={'yes' if status.pod_ip else 'no'} {' '.join(states)}".strip()
