"""`drain`: as `kubectl drain --ignore-daemonsets --delete-emptydir-data --force --timeout=60s`."""

from __future__ import annotations

from harness.runner.draining import Manner, drain
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Drain


async def play(action: Drain, stage: Stage) -> None:
    await drain([action.node], Manner(), stage)


VERB = Verb(
    Drain,
    "Cordon a node and evict its pods, for up to a minute, as `kubectl drain --force`.",
    "- drain: node-1",
    lambda action: f"drain node/{action.node}",
    play,
)
