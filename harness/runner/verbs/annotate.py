"""`annotate`: set or remove annotations of one object."""

from __future__ import annotations

from harness.runner.metadata import ANNOTATIONS, change, told_changes
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Annotate


async def play(action: Annotate, stage: Stage) -> None:
    await change(stage, action.target, "annotations", action.set, words=ANNOTATIONS)


VERB = Verb(
    Annotate,
    "Set annotations of an object, as `kubectl annotate --overwrite`; null removes one.",
    '- annotate: sts/web\n  set: {kubernetes.io/change-cause: "nginx 1.28"}',
    lambda action: f"annotate {action.target} {told_changes(action.set)}",
    play,
)
