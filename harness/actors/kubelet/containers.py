"""What a node knows of one container: its runs, what keeps it from running, and the status that tells of both.

Owns the record and how it reads as a ContainerStatus. Decides nothing: what is started or stopped when is the pod
worker's. Source of the mapping: pkg/kubelet/kubelet_pods.go (convertToAPIContainerStatuses).
"""

from __future__ import annotations

from hashlib import sha256

import msgspec

from harness.actors.kubelet.restarts import Backoff
from harness.kernel.loop import Entry
from harness.objects.pod import (
    Container,
    ContainerState,
    ContainerStateRunning,
    ContainerStateTerminated,
    ContainerStateWaiting,
    ContainerStatus,
    VolumeMountStatus,
)

NOTHING = ContainerState()
CREATING = ContainerState(waiting=ContainerStateWaiting(reason="ContainerCreating"))
INITIALIZING = ContainerState(waiting=ContainerStateWaiting(reason="PodInitializing"))
LOST = ContainerState(
    terminated=ContainerStateTerminated(
        exit_code=137,
        reason="ContainerStatusUnknown",
        message="The container could not be located when the pod was terminated",
    )
)
"""What is said at the end of its pod of a container that cannot be found."""
GONE = ContainerState(
    terminated=ContainerStateTerminated(
        exit_code=137,
        reason="ContainerStatusUnknown",
        message="The container could not be located when the pod was deleted.  The container used to be Running",
    )
)
"""The last state of a container that ran on a machine which has started anew since."""


class Run(msgspec.Struct, frozen=True, gc=False):
    """One run of a container: `number` counts the restarts. While it runs, `finished_ms` is None."""

    number: int
    image: str
    container_id: str
    started_ms: int
    state: ContainerState
    finished_ms: int | None = None

    @property
    def exit_code(self) -> int:
        """The code it ended with; 0 while it runs."""
        terminated = self.state.terminated
        return terminated.exit_code if terminated is not None else 0


def begun(pod_uid: str, name: str, number: int, image: str, now_ms: int, stamp: str) -> Run:
    """A run that starts now."""
    identity = sha256(f"{pod_uid}/{name}/{number}".encode()).hexdigest()
    state = ContainerState(running=ContainerStateRunning(started_at=stamp))
    return Run(number, image, f"containerd://{identity}", now_ms, state)


def ended(run: Run, exit_code: int, now_ms: int, stamp: str) -> Run:
    """The run, ended now."""
    running = run.state.running
    terminated = ContainerStateTerminated(
        exit_code=exit_code,
        reason="Error" if exit_code else "Completed",
        started_at=running.started_at if running is not None else None,
        finished_at=stamp,
        container_id=run.container_id,
    )
    return msgspec.structs.replace(run, state=ContainerState(terminated=terminated), finished_ms=now_ms)


def refused(run: Run, problem: str, stamp: str) -> Run:
    """A run that the runtime could not start."""
    terminated = ContainerStateTerminated(
        exit_code=128,
        reason="StartError",
        message=problem,
        started_at="1970-01-01T00:00:00Z",
        finished_at=stamp,
        container_id=run.container_id,
    )
    return msgspec.structs.replace(run, state=ContainerState(terminated=terminated), finished_ms=run.started_ms)


class Record:
    """One container of a pod on its node.

    `run` is the newest run, `last` the one before it, `waiting` why there is no newer one. `init` is a container that
    ends before the others start, `sidecar` one that starts before them and stays. `known` is what the API says of it
    when the node knows nothing yet, `again` whether it is to run once more then. `in_hook` is for one whose preStop
    hook runs inside it, and so fails when it ends.
    """

    __slots__ = (
        "_before",
        "_mounts",
        "backoff",
        "container",
        "ending",
        "in_hook",
        "init",
        "kill",
        "last",
        "number",
        "pull_backoff",
        "pull_problem",
        "ready",
        "run",
        "sidecar",
        "started",
        "waiting",
    )

    def __init__(
        self, container: Container, *, initial: bool, known: ContainerStatus | None = None, again: bool = True
    ) -> None:
        self.container = container
        self.sidecar = initial and container.restart_policy == "Always"
        self.init = initial and not self.sidecar
        ran = known is not None and known.state.running is not None
        self.number = known.restart_count + (ran and again) if known is not None else 0
        self._before = GONE if ran else NOTHING
        self.run: Run | None = None
        self.last: Run | None = None
        self.waiting: ContainerStateWaiting | None = None
        self.started = False
        self.ready = False
        self.kill: str = ""
        self.ending: Entry | None = None
        self.in_hook = False
        self.backoff = Backoff()
        self.pull_backoff = Backoff()
        self.pull_problem = ""
        self._mounts = tuple(
            VolumeMountStatus(
                name=mount.name,
                mount_path=mount.mount_path,
                read_only=mount.read_only,
                recursive_read_only="Disabled" if mount.read_only else None,
            )
            for mount in container.volume_mounts
        )

    @property
    def name(self) -> str:
        return self.container.name

    @property
    def running(self) -> bool:
        return self.run is not None and self.run.finished_ms is None

    @property
    def succeeded(self) -> bool:
        """Whether the newest run ended with 0."""
        return self.run is not None and self.run.finished_ms is not None and self.run.exit_code == 0

    @property
    def field_path(self) -> str:
        """How events name it."""
        group = "initContainers" if self.init or self.sidecar else "containers"
        return f"spec.{group}{{{self.name}}}"

    def status(self, unstarted: ContainerState) -> ContainerStatus:
        """What the API says of it; `unstarted` is the state of one that never ran and is not held up."""
        run, last, container = self.run, self.last, self.container
        if run is None:
            state = ContainerState(waiting=self.waiting) if self.waiting is not None else unstarted
            return ContainerStatus(
                name=container.name,
                state=state,
                last_state=self._before,
                image=container.image,
                started=False,
                restart_count=self.number,
            )
        state, last_state = run.state, last.state if last is not None else NOTHING
        if self.waiting is not None and run.finished_ms is not None:
            state, last_state = ContainerState(waiting=self.waiting), run.state
        return ContainerStatus(
            name=container.name,
            state=state,
            last_state=last_state,
            ready=self.ready or (self.init and self.succeeded and self.waiting is None),
            restart_count=run.number,
            image=tagged(run.image),
            image_id=image_id(run.image),
            container_id=run.container_id,
            started=self.started,
            allocated_resources=container.resources.requests,
            resources=container.resources,
            volume_mounts=self._mounts,
        )


def tagged(image: str) -> str:
    """The image as the runtime names it: with the tag that goes without saying."""
    name = image.rpartition("/")[2]
    return image if ":" in name or "@" in name else f"{image}:latest"


def image_id(image: str) -> str:
    """The digest an image is known by on a node."""
    return f"{image}@sha256:{sha256(image.encode()).hexdigest()}"
