"""What one pass over a set knows and works on, and the two ways in which it may end early."""

from __future__ import annotations

import msgspec

from harness.actors.controllers.statefulset.status import Health
from harness.api.client import Client
from harness.control.controller import Retry
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision, StatefulSet


class Refused(Retry):
    """A step of the algorithm failed with a text of its own."""


class StopPass(Exception):
    """The pass ends here, as one in order does at the first pod that is not as it should be. Not a failure."""


class Pass(msgspec.Struct):
    """What one pass knows and works on. `slots` are the pods of the wanted ordinals as the pass found them.

    `healths` remembers what was found of each pod by name: a pass sees the world as it was when it began.
    """

    client: Client
    stateful_set: StatefulSet
    current: ControllerRevision
    update: ControllerRevision
    collision_count: int
    slots: list[Pod | None]
    condemned: list[Pod]
    ordered: bool
    healths: dict[str, Health] = msgspec.field(default_factory=dict)

    @property
    def members(self) -> list[Pod]:
        return [pod for pod in self.slots if pod is not None] + self.condemned
