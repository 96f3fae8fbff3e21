"""`label`: set or remove labels of one object."""

from __future__ import annotations

from harness.runner.metadata import LABELS, change, told_changes
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Label


async def play(action: Label, stage: Stage) -> None:
    await change(stage, action.target, "labels", action.set, words=LABELS)


VERB = Verb(
    Label,
    "Set labels of an object, as `kubectl label --overwrite`; null removes one.",
    "- label: pod/web-0\n  set: {tier: front, stale: null}",
    lambda action: f"label {action.target} {told_changes(action.set)}",
    play,
)
