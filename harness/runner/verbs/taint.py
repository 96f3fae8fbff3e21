"""`taint`: set or remove taints of a node."""

from __future__ import annotations

from msgspec.structs import replace

from harness.api import kinds
from harness.api.problems import ApiError
from harness.objects.node import Node
from harness.objects.node import Taint as NodeTaint
from harness.runner.verb import Stage, Verb
from harness.scenario.model import Taint, TaintSetting


async def play(action: Taint, stage: Stage) -> None:
    kubectl, kind = stage.kubectl, kinds.BY_TYPE[Node]
    try:
        node = await kubectl.get(kind, "", action.node)
        assert isinstance(node, Node)
        taints = node.spec.taints
        for setting in action.set:
            if setting.removed and not any(_is_meant(taint, setting) for taint in taints):
                effect = f":{setting.effect}" if setting.effect else ""
                kubectl.fail(f'error: taint "{setting.key}{effect}" not found')
                return
            taints = tuple(taint for taint in taints if not _is_meant(taint, setting))
            if not setting.removed:
                taints = (*taints, NodeTaint(key=setting.key, value=setting.value, effect=setting.effect))
        new = replace(node, spec=replace(node.spec, taints=taints))
        await kubectl.ask(lambda: kubectl.server.update(new, kubectl.cause))
    except ApiError as problem:
        kubectl.refuse(problem)
        return
    removes = {setting.removed for setting in action.set}
    word = "modified" if len(removes) > 1 else "untainted" if True in removes else "tainted"
    kubectl.say(kind.resource, action.node, word)


def _is_meant(taint: NodeTaint, setting: TaintSetting) -> bool:
    """Whether the setting is about this taint: the same key, and the same effect if it names one."""
    return taint.key == setting.key and setting.effect in ("", taint.effect)


VERB = Verb(
    Taint,
    "Set or remove taints of a node, as `kubectl taint --overwrite`.",
    '- taint: node-1\n  set: ["disk=slow:NoSchedule", "old-"]',
    lambda action: f"taint node/{action.node} {' '.join(str(setting) for setting in action.set)}",
    play,
)
