"""Starting one container on its node: back-off, image, configuration, start, postStart hook.

Owns those five steps, their events, and why a container waits when one of them fails. Which containers are started,
and in which order, is the pod worker's. Source: pkg/kubelet/kuberuntime/kuberuntime_container.go (startContainer),
pkg/kubelet/images/image_manager.go (EnsureImageExists).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from harness.actors.kubelet import configuration, hooks, image_names, images
from harness.actors.kubelet.containers import Record, begun, refused
from harness.actors.kubelet.node import KubeletNode
from harness.actors.kubelet.restarts import Backoff
from harness.actors.world import World
from harness.control.events import NORMAL, WARNING
from harness.kernel.clock import Clock
from harness.kernel.durations import go_duration
from harness.objects.pod import Container, ContainerStateWaiting, Pod

RETRY_MS = 10_000
"""How long a failed pass is put off, where nothing says otherwise."""


class Say(Protocol):
    """Records an event about the pod, or about one of its containers."""

    def __call__(self, type_: str, reason: str, message: str, record: Record | None = None) -> None: ...


class Starter:
    """Starts the containers of one pod.

    `wait` lets time pass, and does not come back if the pod is stopped then; `runs` is told of every run that begins,
    `stop` stops one whose hook failed.
    """

    __slots__ = ("_clock", "_find_config", "_node", "_runs", "_say", "_stop", "_wait", "_world")

    def __init__(
        self,
        clock: Clock,
        world: World,
        node: KubeletNode,
        find_config: configuration.FindConfig,
        say: Say,
        wait: Callable[[int], Awaitable[None]],
        runs: Callable[[Record], None],
        stop: Callable[[Record, str], Awaitable[None]],
    ) -> None:
        self._clock = clock
        self._world = world
        self._node = node
        self._find_config = find_config
        self._say = say
        self._wait = wait
        self._runs = runs
        self._stop = stop

    async def start(self, pod: Pod, record: Record, known_end_ms: int | None, pod_ip: str) -> int:
        """Start the container. Returns 0 when it runs, else the milliseconds until it is worth trying again.

        `known_end_ms` is when the last run that was known to have ended before this pass did.
        """
        crash_ms = self._crash_wait(pod, record, known_end_ms)
        if crash_ms:
            return crash_ms
        if not await self._has_image(record):
            return RETRY_MS
        container = record.container
        problem = configuration.environment_problem(
            pod.metadata.namespace, container, self._find_config
        ) or configuration.user_problem(pod, container)
        if problem:
            record.waiting = ContainerStateWaiting(reason="CreateContainerConfigError", message=problem)
            self._say(WARNING, "Failed", f"Error: {problem}", record)
            return RETRY_MS
        self._say(NORMAL, "Created", "Container created", record)
        behaviour = self._world.behaviour(container.image)
        await self._wait(behaviour.start_time_ms)
        record.last = record.run
        number = record.number if record.run is None else record.run.number + 1
        clock = self._clock
        record.run = begun(pod.metadata.uid, record.name, number, container.image, clock.now_ms, clock.stamp())
        if behaviour.run:
            record.run = refused(record.run, behaviour.run, clock.stamp())
            record.waiting = ContainerStateWaiting(reason="RunContainerError", message=behaviour.run)
            self._say(WARNING, "Failed", f"Error: {behaviour.run}", record)
            return RETRY_MS
        record.waiting = None
        self._say(NORMAL, "Started", "Container started", record)
        self._runs(record)
        if container.lifecycle is not None and not await self._greet(pod, record, container, pod_ip):
            return RETRY_MS
        return 0

    async def _greet(self, pod: Pod, record: Record, container: Container, pod_ip: str) -> bool:
        """Run the container's postStart hook, if it has one; nothing else of the pod is attended to meanwhile."""
        hook = hooks.post_start(container, self._world.behaviour(container.image))
        if hook is None:
            return True
        while hook.takes_ms is None and record.running:
            await self._wait(RETRY_MS)
        if hook.takes_ms:
            await self._wait(hook.takes_ms)
        if record.running and not hook.fails:
            return True
        self._say(WARNING, hooks.FAILED_POST_START, hooks.POST_START_FAILED, record)
        if record.running:
            await self._stop(record, hooks.FAILED_POST_START)
        problem = hooks.post_start_problem(pod, container, pod_ip)
        record.waiting = ContainerStateWaiting(reason=hooks.POST_START_ERROR, message=problem)
        return False

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
        problem = image_names.name_problem(image)
        if problem:
            record.waiting = ContainerStateWaiting(reason=images.INVALID_IMAGE_NAME, message=problem)
            self._say(WARNING, "InspectFailed", problem, record)
            self._say(WARNING, "Failed", f"Error: {images.INVALID_IMAGE_NAME}", record)
            return False
        if self._is_present(record, image):
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
        if policy != "Always":
            # Pods that start together want the same image: one pulls it, the others find it present.
            await self._wait(self._node.images.coming_in_ms(image, self._clock.now_ms))
            if self._is_present(record, image):
                return True
        return await self._pull(record, image)

    def _is_present(self, record: Record, image: str) -> bool:
        if record.container.image_pull_policy == "Always" or not self._node.images.has(image):
            return False
        self._say(NORMAL, "Pulled", images.present(image), record)
        return True

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
            size_bytes = self._world.behaviour(image).size_bytes
            store.finish(image, size_bytes, pulled=not problem)
        if not problem:
            record.pull_backoff = Backoff()
            said = images.pulled(image, size_bytes, end_ms - begin_ms, end_ms - asked_ms)
            self._say(NORMAL, "Pulled", said, record)
            return True
        now_ms = self._clock.now_ms
        record.pull_problem = problem
        record.pull_backoff.raise_delay(now_ms, now_ms)
        record.waiting = ContainerStateWaiting(reason=images.ERR_IMAGE_PULL, message=problem)
        self._say(WARNING, "Failed", images.failed_pull(image, problem), record)
        self._say(WARNING, "Failed", f"Error: {images.ERR_IMAGE_PULL}", record)
        return False
