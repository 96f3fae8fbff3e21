"""Opening and closing a node for scheduling: what `cordon` and `uncordon` have in common."""

from __future__ import annotations

from msgspec.structs import replace

from harness.api import kinds
from harness.api.problems import ApiError
from harness.objects.node import Node
from harness.runner.verb import Stage


async def set_unschedulable(stage: Stage, name: str, wanted: bool) -> None:
    """Set spec.unschedulable of a node, and print what kubectl prints."""
    kubectl, kind = stage.kubectl, kinds.BY_TYPE[Node]
    word = "cordoned" if wanted else "uncordoned"
    try:
        node = await kubectl.get(kind, "", name)
        assert isinstance(node, Node)
        if node.spec.unschedulable == wanted:
            kubectl.say(kind.resource, name, f"already {word}")
            return
        await kubectl.ask(
            lambda: kubectl.server.modify(
                node, lambda stored: replace(stored, spec=replace(stored.spec, unschedulable=wanted)), kubectl.cause
            )
        )
    except ApiError as problem:
        kubectl.refuse(problem)
        return
    kubectl.say(kind.resource, name, word)
