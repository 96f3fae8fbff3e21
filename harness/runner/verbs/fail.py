"""`fail`: a machine stops, a container ends by itself, a provisioner stops or can do nothing that it is asked."""

from __future__ import annotations

from harness.errors import ScenarioError
from harness.objects.pod import Pod
from harness.runner.failing import Failing, no_such_node, no_such_provisioner, nothing, unplayed
from harness.runner.verb import Stage, Verb
from harness.scenario.complaints import nearest, one_of, quoted
from harness.scenario.model import Fail


async def _stop_machine(action: Fail, stage: Stage) -> None:
    stage.cluster.world.fail(action.target.name)


async def _end_container(action: Fail, stage: Stage) -> None:
    target = action.target
    pod = stage.cluster.server.find(Pod, target.namespace, target.name)
    if pod is None:
        raise _refused(stage, f"there is no pod {quoted(target.name)} in the namespace {quoted(target.namespace)}")
    names = [container.name for container in (*pod.spec.containers, *pod.spec.init_containers)]
    name = action.container or names[0]
    if name not in names:
        near = nearest(name, names)
        guess = f"; did you mean {quoted(near)}?" if near else f": {one_of(names)}"
        raise _refused(stage, f"found {quoted(name)}, expected a container of the pod {quoted(target.name)}{guess}")
    if not stage.cluster.world.end_container(pod.metadata.uid, name, action.exit):
        raise _refused(stage, f"the container {quoted(name)} of the pod {quoted(target.name)} does not run now")


def _refused(stage: Stage, text: str) -> ScenarioError:
    at = stage.step.at
    return ScenarioError(text, file=at.file, line=at.line, column=at.column)


async def _stop_provisioner(action: Fail, stage: Stage) -> None:
    stage.cluster.world.provisioners.fail(action.target.name, action.message)


KINDS = {
    "Node": Failing(_stop_machine, no_such_node),
    "Provisioner": Failing(_stop_provisioner, no_such_provisioner),
    "Pod": Failing(_end_container, nothing),
}
"""By the kind of the target."""


async def play(action: Fail, stage: Stage) -> None:
    await KINDS[action.target.resource.kind].play(action, stage)


def tell(action: Fail) -> str:
    words = [str(action.target)]
    if action.target.resource.kind == "Pod":
        if action.container is not None:
            words.append(f"container={action.container}")
        words.append(f"exit={action.exit}")
    if action.message:
        words.append(f"message={quoted(action.message)}")
    return f"fail {' '.join(words)}"


VERB = Verb(
    Fail,
    "Stop a machine and its kubelet, have a container exit, or trouble a provisioner.",
    "- fail: node/node-2",
    tell,
    play,
    lambda action, scenario: unplayed(action.verb, KINDS, action.target, scenario),
)
