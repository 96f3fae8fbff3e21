"""`load`: from now on, the pods of a workload use so much, or named metrics say so much."""

from __future__ import annotations

from harness.api import kinds
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Load


async def play(action: Load, stage: Stage) -> None:
    target = action.target
    used = (("cpu", action.cpu), ("memory", action.memory))
    resources = {name: amount for name, amount in used if amount is not None}
    key = (target.namespace, target.name)
    stage.cluster.server.metrics.say(kinds.of_resource(target.resource), key, resources, action.metrics)


def tell(action: Load) -> str:
    used = {"cpu": action.cpu, "memory": action.memory, **action.metrics}
    words = [f"{name}={amount}" for name, amount in used.items() if amount is not None]
    return f"load {action.target} {' '.join(words)}"


VERB = Verb(
    Load,
    "Change what pods use and what metrics say, as the autoscaler sees it.",
    "- load: deploy/web\n  cpu: 80%",
    tell,
    play,
)
