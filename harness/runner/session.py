"""A scenario being played: its cluster, its steps in order, and what came of each.

Owns the course of a run. How a verb is played stands with the verb; what an outcome looks like in a file is not known
here. The same scenario and the same chooser give the same outcome, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from harness.api.store import Key
from harness.cluster import Cluster, ClusterSpec
from harness.errors import ScenarioError, TooLarge
from harness.kernel.chance import Chooser, first
from harness.kernel.garbage import seldom_collected
from harness.kernel.loop import sleep
from harness.objects import quantity
from harness.objects.event import Event
from harness.objects.meta import Object, ObjectMeta
from harness.objects.node import Node, NodeAddress, NodeSpec, NodeStatus, Taint
from harness.objects.scheduling import SchedulingCycle
from harness.outcome import LIMIT, NOT_AWAITED, SETTLED, Outcome, StepOutcome
from harness.runner.behaviour import as_played, provisioner_as_played
from harness.runner.cycles import cycle
from harness.runner.kubectl import Kubectl
from harness.runner.questions import Asked, answer
from harness.runner.settling import Quiet
from harness.runner.verb import Stage
from harness.runner.verbs import VERBS
from harness.scenario.durations import format_duration
from harness.scenario.model import Expect, Load, NodeSettings, Scenario, Step, Wait

# What a command takes to end after its last answer, and so the least that lies between two commands.
_COMMAND_END_MS = 3

# Of what is there at the start, only these kinds are part of a scenario's outcome.
_OWN_KINDS = frozenset({"Node"})


def unplayable(scenario: Scenario) -> tuple[ScenarioError, ...]:
    """Complaints about steps that this version reads but does not play, in order."""
    complaints = []
    for step in scenario.steps:
        at, action = step.at, step.action
        what = None if isinstance(action, Wait | Expect) else VERBS[type(action)].unplayed(action, scenario)
        if what is not None:
            complaints.append(ScenarioError(what, file=at.file, line=at.line, column=at.column))
    return tuple(complaints)


def play(
    scenario: Scenario, *, chooser: Chooser = first, on_scheduling: Callable[[SchedulingCycle], None] | None = None
) -> Outcome:
    """Play a scenario to its end; `on_scheduling` is told of every attempt to place a pod.

    Raises ScenarioError, before anything happens, for a step that cannot be played.
    """
    complaints = unplayable(scenario)
    if complaints:
        raise complaints[0]
    with seldom_collected():
        return Session(scenario, chooser, on_scheduling).run()


class Session:
    """One run of one scenario."""

    def __init__(
        self,
        scenario: Scenario,
        chooser: Chooser = first,
        on_scheduling: Callable[[SchedulingCycle], None] | None = None,
    ) -> None:
        self.scenario = scenario
        settings = scenario.cluster
        self.cluster = Cluster(
            ClusterSpec(
                start_ms=settings.start_ms,
                nodes=[_node(node, number) for number, node in enumerate(settings.nodes, 1)],
                images={image: as_played(behaviour) for image, behaviour in settings.images.items()},
                provisioners=[provisioner_as_played(one) for one in settings.provisioners],
                flags=settings.flags,
                paths={node.name: node.paths for node in settings.nodes},
                on_scheduling=on_scheduling,
                metrics=_metrics(scenario),
            ),
            chooser,
        )
        self._own = {id_ for id_ in self._keys() if id_[0] not in _OWN_KINDS}
        self._quiet = Quiet(self.cluster, settings.quiet_ms)
        self._since = len(self.cluster.trace.records)

    def run(self) -> Outcome:
        """Play every step, and gather the outcome. Raises ScenarioError for a step that asks for too much."""
        steps = tuple(self._placed_step(index, step) for index, step in enumerate(self.scenario.steps))
        return Outcome(
            path=self.scenario.path,
            description=self.scenario.description,
            before=self.cluster.before,
            steps=steps,
            objects=self._objects(),
        )

    def _placed_step(self, index: int, step: Step) -> StepOutcome:
        try:
            return self.play_step(index, step)
        except TooLarge as problem:
            at = step.at
            raise ScenarioError(str(problem), file=at.file, line=at.line, column=at.column) from None

    def play_step(self, index: int, step: Step) -> StepOutcome:
        """Play one step up to the moment the next may begin."""
        records = self.cluster.trace.records
        began = StepOutcome(
            index=index,
            verb=step.verb,
            did=_told(step),
            written=step.written,
            line=step.at.line,
            began_ms=self.cluster.clock.now_ms,
            expected_rejection=step.rejected,
        )
        if isinstance(step.action, Expect):
            return self._asked(began, step.action)
        self._since = len(records)
        done = self._waited(began, step.action) if isinstance(step.action, Wait) else self._acted(began, step)
        happened = tuple(records[self._since :])
        return replace(
            done,
            records=happened,
            settled_ms=self.cluster.clock.now_ms,
            cycle=cycle(happened) if done.reason == LIMIT else (),
        )

    def _acted(self, began: StepOutcome, step: Step) -> StepOutcome:
        """Run the command, then let the cluster settle."""
        kubectl = Kubectl(self.cluster.server, step.verb)
        over: list[bool] = []
        stage = Stage(self.cluster, step, kubectl)
        self.cluster.loop.spawn(_activity(stage), lambda: over.append(True))
        self._quiet.run_while(lambda: not over)
        reason = NOT_AWAITED
        if step.settle and not VERBS[type(step.action)].only_asks(step.action):
            reason = self._quiet.settle(began.began_ms + step.limit_ms)
        return replace(
            began,
            message="\n".join(kubectl.printed),
            rejected=kubectl.stderr if kubectl.failed else None,
            warned="" if kubectl.failed else kubectl.stderr,
            reason=reason,
        )

    def _waited(self, began: StepOutcome, action: Wait) -> StepOutcome:
        self._quiet.run_until(began.began_ms + action.duration_ms)
        return replace(began, reason=SETTLED)

    def _asked(self, began: StepOutcome, action: Expect) -> StepOutcome:
        """Answer every question about now, or about what happened since the last step began."""
        records = self.cluster.trace.records
        asked = Asked(self.cluster.server.store, records, self._since)
        noes = [text for question in action.questions if (text := answer(question, asked)) is not None]
        return replace(
            began,
            held=not noes,
            text="\n".join(noes),
            settled_ms=began.began_ms,
            reason=NOT_AWAITED,
        )

    def _keys(self) -> set[tuple[str, Key]]:
        everything = self.cluster.server.store.everything()
        return {(obj.kind, (obj.metadata.namespace, obj.metadata.name)) for obj in everything}

    def _objects(self) -> tuple[Object, ...]:
        """What there is at the end, but for Events and what the server made for itself at the start."""
        return tuple(
            obj
            for obj in self.cluster.server.store.everything()
            if not isinstance(obj, Event) and (obj.kind, (obj.metadata.namespace, obj.metadata.name)) not in self._own
        )


def _metrics(scenario: Scenario) -> frozenset[str]:
    """The metrics APIs that run beside the cluster: those whose readings the scenario tells."""
    loads = [step.action for step in scenario.steps if isinstance(step.action, Load)]
    found = {"resource"} if any(load.cpu is not None or load.memory is not None for load in loads) else set()
    return frozenset(found | ({"named"} if any(load.metrics for load in loads) else set()))


async def _activity(stage: Stage) -> None:
    action = stage.step.action
    clock = stage.cluster.clock
    began_ms = clock.now_ms
    await VERBS[type(action)].play(action, stage)
    # What asks the server nothing is no command: it happens at once.
    if clock.now_ms != began_ms:
        await sleep(_COMMAND_END_MS)


def _told(step: Step) -> str:
    action = step.action
    if isinstance(action, Wait):
        return f"wait {format_duration(action.duration_ms)}"
    if isinstance(action, Expect):
        return "expect"
    told = VERBS[type(action)].tell(action)
    return told if step.namespace is None else f"{told} (namespace {step.namespace})"


def _node(node: NodeSettings, number: int) -> Node:
    """A node as its kubelet would register it."""
    labels = {"kubernetes.io/hostname": node.name}
    for prefix in ("kubernetes.io", "beta.kubernetes.io"):
        labels[f"{prefix}/os"] = "linux"
        labels[f"{prefix}/arch"] = "amd64"
    capacity = {name: quantity.canonical(amount) for name, amount in sorted(node.capacity.items())}
    taints = tuple(Taint(key=taint.key, value=taint.value, effect=taint.effect) for taint in node.taints)
    return Node(
        metadata=ObjectMeta(name=node.name, labels={**labels, **node.labels}),
        spec=NodeSpec(taints=taints),
        status=NodeStatus(
            capacity=capacity,
            allocatable=capacity,
            addresses=(
                NodeAddress(type="InternalIP", address=f"10.0.{number // 250}.{number % 250 + 1}"),
                NodeAddress(type="Hostname", address=node.name),
            ),
        ),
    )
