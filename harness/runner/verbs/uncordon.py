"""`uncordon`: let pods be scheduled to a node again."""

from __future__ import annotations

from harness.runner.scheduling import set_unschedulable
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Uncordon


async def play(action: Uncordon, stage: Stage) -> None:
    await set_unschedulable(stage, action.node, False)


VERB = Verb(
    Uncordon,
    "Let pods be scheduled to a node again, as `kubectl uncordon`.",
    "- uncordon: node-1",
    lambda action: f"uncordon node/{action.node}",
    play,
)
