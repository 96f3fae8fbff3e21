"""`cordon`: let no more pods be scheduled to a node."""

from __future__ import annotations

from harness.runner.scheduling import set_unschedulable
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Cordon


async def play(action: Cordon, stage: Stage) -> None:
    await set_unschedulable(stage, action.node, True)


VERB = Verb(
    Cordon,
    "Let no more pods be scheduled to a node, as `kubectl cordon`.",
    "- cordon: node-1",
    lambda action: f"cordon node/{action.node}",
    play,
)
