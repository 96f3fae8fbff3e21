"""Starting one container on its node: back-off, image, configuration, start.

Owns those four steps, their events, and why a container waits when one of them fails. Which containers are started,
and in which order, is the pod worker's. Source: pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer),
pkg/kubelet/images/image_manager.go (EnsureImageExists).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from harness.actors.kubelet import configuration, images
from harness.actors.kubelet.containers import Record, begun
from harness.actors.kubelet.node import KubeletNode
from harness.actors.kubelet.restarts import Backoff
from harness.actors.world import World
from harness.control.events import NORMAL, WARNING
from harness.kernel.clock import Clock
from harness.kernel.durations import go_duration
from harness.objects.pod import ContainerStateWaiting, Pod

RETRY_MS = 10_000
"""How long a failed pass is put off, where nothing says otherwise."""


class Say(Protocol):
    """Records an event about the pod, or about one of its containers."""

    def __call__(self, type_: str, reason: str, message: str, record: Record | None = None) -> None: ...


class Starter:
    """Starts the containers of one pod. `wait` lets time pass, and does not come back if the pod is stopped then."""

    __slots__ = ("_clock", "_find_config", "_node", "_say", "_wait", "_world")

    def __init__(
        self,
        clock: Clock,
        world: World,
        node: KubeletNode,
        find_config: configuration.FindConfig,
        say: Say,
        wait: Callable[[int], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._world = world
        self._node = node
        self._find_config = find_config
        self._say = say
        self._wait = wait

    async def start(self, pod: Pod, record: Record, known_end_ms: int | None) -> int:
        """Start the container. Returns 0 when it runs, else the milliseconds until it is worth trying again.

        `known_end_ms` is when the last run that was known to have ended before this pass did.
        """
        crash_ms = self._crash_wait(pod, record, known_end_ms)
        if crash_ms:
            return crash_ms
        if not await self._has_image(record):
            return RETRY_MS
        problem = configuration.environment_problem(pod.metadata.namespace, record.container, self._find_config)
        if problem:
            record.waiting = ContainerStateWaiting(reason="CreateContainerConfigError", message=problem)
            self._say(WARNING, "Failed", f"Error: {problem}", record)
            return RETRY_MS
        self._say(NORMAL, "Created", "Container created", record)
        image = record.container.image
        await self._wait(self._world.behaviour(image).start_time_ms)
        record.last = record.run
        number = record.number if record.run is None else record.run.number + 1
        clock = self._clock
        record.run = begun(pod.metadata.uid, record.name, number, image, clock.now_ms, clock.stamp())
        record.waiting = None
        self._say(NORMAL, "Started", "Container started", record)
        return 0

    def _crash_wait(self, pod: Pod, record: Record, known_end_ms: int | None) -> int:
        """How long the container's back-off still holds it; 0 if it does not."""
        if known_end_ms is None:
            return 0
        now_ms = self._clock.now_ms
        remaining_ms = record.backoff.remaining_ms(known_end_ms, now_ms)
        if not remaining_ms:
            record.backoff.raise_delay(known_end_ms, now_ms)
            return 0
        metadata = pod.metadata
        where = f"{metadata.name}_{metadata.namespace}({metadata.uid})"
        self._say(WARNING, "BackOff", f"Back-off restarting failed container {record.name} in pod {where}", record)
        delay = go_duration(record.backoff.delay_ms)
        record.waiting = ContainerStateWaiting(
            reason="CrashLoopBackOff",
            message=f"back-off {delay} restarting failed container={record.name} pod={where}",
        )
        return remaining_ms

    async def _has_image(self, record: Record) -> bool:
        """Bring the container's image to the node, if its policy wants that."""
        image, policy = record.container.image, record.container.image_pull_policy
        if policy != "Always":
            # Pods that start together want the same image: one pulls it, the others find it present.
            await self._wait(self._node.images.coming_in_ms(image, self._clock.now_ms))
        there = self._node.images.has(image)
        if there and policy != "Always":
            self._say(NORMAL, "Pulled", images.present(image), record)
            return True
        if policy == "Never":
            record.waiting = ContainerStateWaiting(reason=images.ERR_IMAGE_NEVER_PULL, message=images.absent(image))
            self._say(WARNING, images.ERR_IMAGE_NEVER_PULL, images.absent(image), record)
            self._say(WARNING, "Failed", f"Error: {images.ERR_IMAGE_NEVER_PULL}", record)
            return False
        if record.pull_backoff.remaining_since_update_ms(self._clock.now_ms):
            record.waiting = images.waiting_for_retry(image, record.pull_problem)
            self._say(NORMAL, "BackOff", images.backing_off(image), record)
            self._say(WARNING, "Failed", f"Error: {images.IMAGE_PULL_BACK_OFF}", record)
            return False
        return await self._pull(record, image)

    async def _pull(self, record: Record, image: str) -> bool:
        asked_ms = self._clock.now_ms
        store = self._node.images
        pull_time_ms = self._world.behaviour(image).pull_time_ms
        begin_ms, end_ms = store.reserve(image, pull_time_ms, asked_ms)
        self._say(NORMAL, "Pulling", images.pulling(image), record)
        try:
            await self._wait(end_ms - asked_ms)
        finally:
            problem = self._world.behaviour(image).pull
            store.finish(image, pulled=not problem)
        if not problem:
            record.pull_backoff = Backoff()
            self._say(NORMAL, "Pulled", images.pulled(image, end_ms - begin_ms, end_ms - asked_ms), record)
            return True
        now_ms = self._clock.now_ms
        record.pull_problem = problem
        record.pull_backoff.raise_delay(now_ms, now_ms)
        record.waiting = ContainerStateWaiting(reason=images.ERR_IMAGE_PULL, message=problem)
        self._say(WARNING, "Failed", images.failed_pull(image, problem), record)
        self._say(WARNING, "Failed", f"Error: {images.ERR_IMAGE_PULL}", record)
        return False
