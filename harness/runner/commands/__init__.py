"""The commands of a `kubectl` step, by their names, and how one is played."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from typing import Any, TypeAlias

from harness.runner import metadata
from harness.runner.commands import deleting, get, making, marking, nodes, rollouts, waiting, workloads
from harness.runner.commands.running import Run

Play: TypeAlias = Callable[[Run], Coroutine[Any, Any, None]]

COMMANDS: Mapping[str, Play] = {
    "annotate": marking.marking("annotations", metadata.ANNOTATIONS),
    "apply": making.apply,
    "autoscale": making.autoscale,
    "cordon": nodes.scheduling(True),
    "create": making.create_files,
    "delete": deleting.play,
    "drain": nodes.drain,
    "expose": making.expose,
    "get": get.play,
    "label": marking.marking("labels", metadata.LABELS),
    "patch": workloads.patch,
    "replace": making.replace_files,
    "rollout history": rollouts.history,
    "rollout pause": rollouts.action("pause"),
    "rollout restart": rollouts.action("restart"),
    "rollout resume": rollouts.action("resume"),
    "rollout status": rollouts.status,
    "rollout undo": rollouts.action("undo"),
    "run": making.run_pod,
    "scale": workloads.scale,
    "set env": workloads.environment,
    "set image": workloads.images,
    "set resources": workloads.resources,
    "taint": marking.taint,
    "uncordon": nodes.scheduling(False),
    "wait": waiting.play,
}


def command(name: str) -> Play:
    """How a command is played; all that make up an object are played alike."""
    return COMMANDS.get(name, making.create)
