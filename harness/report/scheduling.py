"""Why pods went where they went, for a person: every attempt to place one, below the step it was made in.

Owns the layout. Names of pods that the API made up stand as golden files have them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from itertools import chain

from harness.golden import log, naming
from harness.golden.stand_ins import StandIns
from harness.objects.scheduling import Fallen, NodeScore, SchedulingCycle
from harness.outcome import Outcome

# Of many nodes no more are named.
_MOST = 5


def tell(outcome: Outcome, cycles: Sequence[SchedulingCycle], pods: Collection[str] = ()) -> Iterator[str]:
    """The lines of an explanation; `pods` are the names of those that are asked about, none for all."""
    stand_ins = StandIns(chain(outcome.before, *(step.records for step in outcome.steps)))
    yield outcome.path
    ends = [step.began_ms for step in outcome.steps[1:]]
    for step, end_ms in zip(outcome.steps, [*ends, None], strict=True):
        made = [
            cycle
            for cycle in cycles
            if cycle.time_ms >= step.began_ms
            and (end_ms is None or cycle.time_ms < end_ms)
            and (not pods or cycle.pod in pods)
        ]
        if made:
            yield ""
            yield f"{step.index + 1:>2}  {step.did}"
        for cycle in made:
            for line in _lines(cycle, step.began_ms):
                yield f"    {stand_ins.text(line)}"


def _lines(cycle: SchedulingCycle, began_ms: int) -> Iterator[str]:
    name = naming.short("Pod", cycle.pod, cycle.namespace)
    where = f"goes to {cycle.node}" if cycle.node else "finds no node"
    yield f"{log.relative(cycle.time_ms - began_ms)}  {name}  {where}"
    for fallen in cycle.fallen:
        yield f"  {_nodes(fallen)}  {fallen.plugin}: {', '.join(fallen.reasons)}"
    for score in cycle.scores[:_MOST]:
        yield f"  {_score(score)}"
    if len(cycle.scores) > _MOST:
        yield f"  … and {len(cycle.scores) - _MOST} more nodes that would do"
    if cycle.nominated:
        gone = ", ".join(naming.short("Pod", pod, namespace) for namespace, pod in cycle.victims)
        yield f"  room is made on {cycle.nominated}: {gone}"
    if cycle.said:
        yield f"  {cycle.said}"


def _nodes(fallen: Fallen) -> str:
    names = ", ".join(fallen.nodes[:_MOST])
    rest = len(fallen.nodes) - _MOST
    return f"{names} and {rest} more" if rest > 0 else names


def _score(score: NodeScore) -> str:
    parts = " + ".join(f"{plugin} {points}" for plugin, points in score.parts)
    return f"{score.node}  {score.total} = {parts}"
