"""A command line while it is played: where it runs, what it may ask for, and that it ends.

Owns the interruption of a command that would not end by itself, and waiting for an object to change.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from harness.api.kinds import Kind
from harness.api.store import DELETED, Change
from harness.kernel.clock import Clock
from harness.kernel.loop import sleep
from harness.objects.meta import Object
from harness.runner.kubectl import Kubectl
from harness.runner.verb import Stage
from harness.scenario.model import Kubectl as Line
from harness.scenario.model import Plain

# How long what was watched takes to reach the one who watches.
_WATCH_MS = 5
WEEK_MS = 604_800_000


class Run(NamedTuple):
    """One line on its stage."""

    line: Line
    stage: Stage

    @property
    def kubectl(self) -> Kubectl:
        return self.stage.kubectl

    @property
    def options(self) -> Plain:
        return self.line.options

    @property
    def clock(self) -> Clock:
        return self.stage.cluster.clock


async def interrupted(activity: Coroutine[int, None, Any], clock: Clock, ends_ms: int) -> bool:
    """Run an activity to its end, or to cluster time `ends_ms`; whether it had to be ended."""
    try:
        while True:
            delay_ms = activity.send(None)
            if clock.now_ms + delay_ms > ends_ms:
                await sleep(max(0, ends_ms - clock.now_ms))
                return True
            await sleep(delay_ms)
    except StopIteration:
        return False
    finally:
        activity.close()


async def watched(
    run: Run, kind: Kind, namespace: str, name: str, seen: Callable[[Object | None], bool], timeout_ms: int
) -> bool:
    """Show `seen` the object as it is and after each change (None: it is gone) until it is content.

    Returns whether it was within `timeout_ms`.
    """
    collection = run.kubectl.server.store.collection(kind.key)
    key = (namespace, name)
    deadline_ms = run.clock.now_ms + timeout_ms
    waiting: list[Object | None] = [await run.kubectl.ask(lambda: collection.objects.get(key))]

    def note(change: Change) -> None:
        metadata = change.object.metadata
        if (metadata.namespace, metadata.name) == key:
            waiting.append(None if change.type == DELETED else change.object)

    collection.watchers.append(note)
    try:
        while True:
            while waiting:
                if seen(waiting.pop(0)):
                    return True
            left_ms = deadline_ms - run.clock.now_ms
            if left_ms <= 0:
                return False
            await sleep(min(_WATCH_MS, left_ms))
    finally:
        # A new list: the old one may just be gone through.
        collection.watchers = [each for each in collection.watchers if each is not note]
