"""`images`: from now on, containers of an image behave otherwise."""

from __future__ import annotations

from harness.runner.behaviour import as_played
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Images


async def play(action: Images, stage: Stage) -> None:
    for image, behaviour in action.behaviours.items():
        stage.cluster.world.behave(image, as_played(behaviour))


VERB = Verb(
    Images,
    "Change how containers of an image behave, running ones included.",
    "- images: {myapp:v3: {ready: never}}",
    lambda action: f"images {' '.join(action.behaviours)}",
    play,
)
