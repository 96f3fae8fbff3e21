"""One run of the pod that scrubs a volume: made, watched until it has ended, deleted.

Owns what the end of the pod means, and which of its Events are passed on. Knows nothing of what the volume becomes.
Mirrors pkg/volume/util/recyclerclient/recycler_client.go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeAlias

from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import ADDED, DELETED, Change
from harness.kernel.loop import Activity, Loop
from harness.objects.event import Event
from harness.objects.pod import Pod
from harness.objects.pods import FAILED, SUCCEEDED

Echo: TypeAlias = Callable[[str, str], None]
"""Called with type and message of each Event about the pod."""
Continuation: TypeAlias = Callable[[str], Activity]
"""What follows the run: told what went wrong, or nothing (empty)."""

_NO_MESSAGE = "pod failed, pod.Status.Message unknown"


class Scrubbing:
    """Runs one pod. As in a real cluster only its own watch tells how it ended: nothing limits how long that takes."""

    def __init__(self, loop: Loop, pod: Pod, client: Client, echo: Echo, then: Continuation) -> None:
        self._loop = loop
        self._pod = pod
        self._client = client
        self._echo = echo
        self._then = then
        self._unread: deque[Change] = deque()
        self._stops: list[Callable[[], None]] = []
        self._reading = False

    async def run(self) -> None:
        """Make the pod. What follows its end is not waited for."""
        for type_ in (Pod, Event):
            self._stops.append(await self._client.watch(type_, self._note))
        try:
            await self._client.create(self._pod)
        except ApiError as refusal:
            self._stop()
            await self._then(await self._refused(refusal))
            return
        self._reading = True
        self._read()

    async def _refused(self, refusal: ApiError) -> str:
        """Why there is no pod. One that is in the way may be of an earlier run, or forged: it has to go."""
        if refusal.reason != "AlreadyExists":
            return f"unexpected error creating recycler pod:  {refusal.message}"
        try:
            await self._client.delete(self._pod)
        except ApiError as problem:
            metadata = self._pod.metadata
            return f"failed to delete old recycler pod {metadata.namespace}/{metadata.name}: {problem.message}"
        return "old recycler pod found, will retry later"

    def _note(self, change: Change) -> None:
        about = change.object.involved_object if isinstance(change.object, Event) else change.object.metadata
        if change.object.metadata.namespace == self._pod.metadata.namespace and about.name == self._pod.metadata.name:
            self._unread.append(change)
            self._loop.after(0, self._read)

    def _read(self) -> None:
        while self._reading and self._unread:
            change = self._unread.popleft()
            if isinstance(change.object, Event):
                if change.type == ADDED:
                    self._echo(change.object.type, change.object.message)
                continue
            problem = _problem(change)
            if problem is not None:
                self._stop()
                self._loop.spawn(self._finish(problem))

    def _stop(self) -> None:
        self._reading = False
        for stop in self._stops:
            stop()

    async def _finish(self, problem: str) -> None:
        """Take the pod away, however it ended. What went wrong with the scrubbing is worth more than what does here."""
        left = ""
        try:
            await self._client.delete(self._pod)
        except ApiError as refusal:
            left = f"failed to delete recycler pod: {refusal.message}"
        await self._then(f"failed to recycle volume: {problem}" if problem else left)


def _problem(change: Change) -> str | None:
    """How the pod ended by this change: well (empty), or with what problem; None if it has not ended."""
    if change.type == DELETED:
        return "recycler pod was deleted"
    status = change.object.status
    if status.phase == FAILED:
        return status.message or _NO_MESSAGE
    return "" if status.phase == SUCCEEDED else None
