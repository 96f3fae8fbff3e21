"""`paths`: from now on, something else stands at paths of a node's machine."""

from __future__ import annotations

from harness.api import kinds
from harness.api.problems import ApiError
from harness.objects.node import Node
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Paths


async def play(action: Paths, stage: Stage) -> None:
    try:
        await stage.kubectl.get(kinds.BY_TYPE[Node], "", action.node)
    except ApiError as problem:
        stage.kubectl.refuse(problem)
        return
    for path, kind in action.set.items():
        stage.cluster.world.place(action.node, path, kind)


VERB = Verb(
    Paths,
    "Change what stands at paths of a node's machine.",
    "- paths: node-1\n  set: {/mnt/disks/ssd1: directory}",
    lambda action: f"paths node/{action.node} {' '.join(f'{path}={kind}' for path, kind in action.set.items())}",
    play,
)
