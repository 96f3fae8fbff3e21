"""`kubectl`: one command line, played as kubectl plays it, for as long as it lasts."""

from __future__ import annotations

from harness.kernel.durations import go_duration
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Kubectl


async def play(action: Kubectl, stage: Stage) -> None:
    # The commands are many, and most scenarios have none.
    from harness.runner.commands import command
    from harness.runner.commands.running import Run, interrupted

    stage.kubectl.act_as(action.command.partition(" ")[0])
    clock, limit_ms = stage.cluster.clock, stage.step.limit_ms
    activity = command(action.command)(Run(action, stage))
    if await interrupted(activity, clock, clock.now_ms + limit_ms):
        stage.kubectl.fail(f"interrupted after {go_duration(limit_ms)}")


_ASKING = frozenset({"get", "rollout history", "rollout status", "wait"})


def _only_asks(action: Kubectl) -> bool:
    return action.command in _ASKING or bool(action.options.get("list"))


VERB = Verb(
    Kubectl,
    "Do what a command line says, with kubectl's own options and answers.",
    '- kubectl: "scale sts web --replicas=5"',
    lambda action: f"kubectl {action.line}",
    play,
    only_asks=_only_asks,
)
