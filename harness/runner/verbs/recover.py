"""`recover`: a machine or a provisioner that stopped starts again."""

from __future__ import annotations

from harness.runner.failing import Failing, no_such_node, no_such_provisioner, unplayed
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Recover


async def _start_machine(action: Recover, stage: Stage) -> None:
    stage.cluster.world.recover(action.target.name)


async def _start_provisioner(action: Recover, stage: Stage) -> None:
    stage.cluster.world.provisioners.recover(action.target.name)


KINDS = {
    "Node": Failing(_start_machine, no_such_node),
    "Provisioner": Failing(_start_provisioner, no_such_provisioner),
}
"""By the kind of the target."""


async def play(action: Recover, stage: Stage) -> None:
    await KINDS[action.target.resource.kind].play(action, stage)


VERB = Verb(
    Recover,
    "Start a machine that failed, with nothing left of what ran there, or a provisioner.",
    "- recover: node/node-2",
    lambda action: f"recover {action.target}",
    play,
    lambda action, scenario: unplayed(action.verb, KINDS, action.target, scenario),
)
