"""`taint`: set or remove taints of a node."""

from __future__ import annotations

from harness.runner.tainting import change_taints
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Taint


async def play(action: Taint, stage: Stage) -> None:
    removes = {setting.removed for setting in action.set}
    word = "modified" if len(removes) > 1 else "untainted" if True in removes else "tainted"
    await change_taints(stage, action.node, action.set, overwrite=True, word=word)


VERB = Verb(
    Taint,
    "Set or remove taints of a node, as `kubectl taint --overwrite`.",
    '- taint: node-1\n  set: ["disk=slow:NoSchedule", "old-"]',
    lambda action: f"taint node/{action.node} {' '.join(str(setting) for setting in action.set)}",
    play,
)
