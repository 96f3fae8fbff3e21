"""Changing the taints of one node: what the verb and the command line have in common.

Mirrors kubectl's pkg/cmd/taint (taint.go, utils.go).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from harness.api import kinds
from harness.api.problems import ApiError
from harness.objects.node import Node
from harness.objects.node import Taint as NodeTaint
from harness.runner.verb import Stage
from harness.scenario.model import TaintSetting


async def change_taints(
    stage: Stage, name: str, settings: Sequence[TaintSetting], *, overwrite: bool, word: str = "modified"
) -> None:
    """Set and remove taints. `word` is what is printed once taints may be overwritten."""
    kubectl, kind = stage.kubectl, kinds.BY_TYPE[Node]
    added = [NodeTaint(key=each.key, value=each.value, effect=each.effect) for each in settings if not each.removed]
    removed = [each for each in settings if each.removed]
    try:
        node = await kubectl.get(kind, "", name)
        assert isinstance(node, Node)
        present = node.spec.taints
        taken = [new.key for new in added if any(_same(new, old) for old in present)]
        if taken and not overwrite:
            keys = ",".join(taken)
            kubectl.fail(f"error: node {name} already has {keys} taint(s) with same effect(s) and --overwrite is false")
            return
        taints = (*added, *(old for old in present if not any(_same(new, old) for new in added)))
        grew = len(taints) != len(present)
        missing = [each for each in removed if not any(_is_meant(taint, each) for taint in taints)]
        if missing:
            for each in missing:
                effect = f":{each.effect}" if each.effect else ""
                kubectl.fail(f'error: taint "{each.key}{effect}" not found')
            return
        taints = tuple(taint for taint in taints if not any(_is_meant(taint, each) for each in removed))
        new = replace(node, spec=replace(node.spec, taints=taints))
        await kubectl.ask(lambda: kubectl.server.update(new, kubectl.cause))
    except ApiError as problem:
        kubectl.refuse(problem)
        return
    if not overwrite:
        word = "modified" if grew and removed else "tainted" if grew else "untainted"
    kubectl.say(kind.resource, name, word)


def _same(one: NodeTaint, other: NodeTaint) -> bool:
    return one.key == other.key and one.effect == other.effect


def _is_meant(taint: NodeTaint, setting: TaintSetting) -> bool:
    """Whether the setting is about this taint: the same key, and the same effect if it names one."""
    return taint.key == setting.key and setting.effect in ("", taint.effect)
