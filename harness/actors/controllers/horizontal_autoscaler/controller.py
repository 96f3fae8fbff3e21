"""When an autoscaler is looked at: 15 seconds after it came to be, and every 15 seconds after that.

Owns the pace, and what is remembered of each autoscaler between two looks. What a look does stands in `round`, which is
loaded with the first autoscaler. Source: pkg/controller/podautoscaler/horizontal.go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.api.client import Client
from harness.api.store import ADDED, DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.objects.meta import LabelSelector
from harness.objects.pod import Pod
from harness.objects.service_pods import namespaces

if TYPE_CHECKING:
    from harness.actors.controllers.horizontal_autoscaler.limits import History

SYNC_PERIOD_MS = 15_000


class HorizontalAutoscaler(Controller[Key]):
    """Keys are (namespace, name) of autoscalers. A change does not hasten the next look."""

    name = "horizontal-pod-autoscaler"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5)
        self.autoscalers = process.informers.of_resource("horizontalpodautoscalers.autoscaling")
        self.pods = process.informers.of(Pod)
        self.pods_in = self.pods.index(namespaces)
        self.histories: dict[Key, History] = {}
        # What the target of each autoscaler was seen to select when that was looked at last.
        self.selectors: dict[Key, LabelSelector | None] = {}
        self.autoscalers.subscribe(self._changed)

    def _changed(self, change: Change) -> None:
        key = (change.object.metadata.namespace, change.object.metadata.name)
        if change.type == ADDED:
            self.selectors[key] = None
            self.queue.add_after(key, SYNC_PERIOD_MS)
        elif change.type == DELETED:
            del self.selectors[key]

    async def reconcile(self, key: Key, client: Client) -> int | None:
        autoscaler = self.autoscalers.objects.get(key)
        if autoscaler is None:
            # Not before: one that is made anew by then goes on with what the old one wished for.
            self.histories.pop(key, None)
            return None
        from harness.actors.controllers.horizontal_autoscaler.round import Round

        await Round(self, autoscaler, client).make()
        return SYNC_PERIOD_MS
