"""Make a failing scenario smaller while it fails in the same way.

Owns delta debugging over the parts a scenario has: steps, the objects of a manifest, fields that say nothing. Does not
know what failing means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from msgspec.structs import replace

from harness.scenario.model import Apply, Create, Manifest, Plain, Scenario, Step, Wait, numbered_nodes

T = TypeVar("T")

_LONG_MS = 900_000


class Budget:
    """How often a question may still be asked; when it is used up, the answer is no."""

    def __init__(self, fails: Callable[[Scenario], bool], plays: int) -> None:
        self._fails = fails
        self.left = plays

    def fails(self, scenario: Scenario) -> bool:
        if self.left <= 0:
            return False
        self.left -= 1
        return self._fails(scenario)


def smallest(items: Sequence[T], still_fails: Callable[[tuple[T, ...]], bool]) -> tuple[T, ...]:
    """A part of `items`, in order, of which no single one can be left out: Zeller's ddmin, complements only."""
    kept, chunks = tuple(items), 2
    while kept:
        size = -(-len(kept) // chunks)
        for begin in range(0, len(kept), size):
            fewer = kept[:begin] + kept[begin + size :]
            if still_fails(fewer):
                kept, chunks = fewer, max(2, chunks - 1)
                break
        else:
            if size == 1:
                break
            chunks = min(len(kept), chunks * 2)
    return kept


def shrunk(scenario: Scenario, fails: Callable[[Scenario], bool], plays: int = 500) -> Scenario:
    """A smaller scenario for which `fails` is still true, asked at most `plays` times."""
    budget = Budget(fails, plays)
    before = None
    while scenario != before and budget.left > 0:
        before = scenario
        scenario = _fewer_steps(scenario, budget)
        scenario = _waits(scenario, budget)
        scenario = _fewer_objects(scenario, budget)
        for simpler in _simpler(scenario):
            if budget.fails(simpler):
                scenario = simpler
    return scenario


def _fewer_steps(scenario: Scenario, budget: Budget) -> Scenario:
    return replace(
        scenario,
        steps=smallest(scenario.steps, lambda steps: bool(steps) and budget.fails(replace(scenario, steps=steps))),
    )


def _waits(scenario: Scenario, budget: Budget) -> Scenario:
    """A long wait in place of a step of which nothing matters but the time it takes; it often makes others needless."""
    for index, step in enumerate(scenario.steps[1:], 1):
        if isinstance(step.action, Wait):
            continue
        waiting = _with_step(scenario, index, Step(action=Wait(duration_ms=_LONG_MS)))
        if budget.fails(waiting):
            return _fewer_steps(waiting, budget)
    return scenario


def _fewer_objects(scenario: Scenario, budget: Budget) -> Scenario:
    """Each inline manifest with only the objects that matter."""
    for index, step in enumerate(scenario.steps):
        if not isinstance(step.action, (Apply, Create)) or len(step.action.manifests) != 1:
            continue
        scenario = _fewer_objects_in(scenario, index, step, step.action, budget)
    return scenario


def _fewer_objects_in(scenario: Scenario, index: int, step: Step, action: Apply | Create, budget: Budget) -> Scenario:
    def with_only(documents: tuple[Plain, ...]) -> Scenario:
        fewer = replace(action, manifests=(Manifest(documents=documents),))
        return _with_step(scenario, index, replace(step, action=fewer))

    documents = action.manifests[0].documents
    return with_only(smallest(documents, lambda few: bool(few) and budget.fails(with_only(few))))


def _simpler(scenario: Scenario) -> Iterator[Scenario]:
    """Settings that say less."""
    cluster = scenario.cluster
    for count in range(1, len(cluster.nodes)):
        yield replace(scenario, cluster=replace(cluster, nodes=numbered_nodes(count)))
    if cluster.flags:
        yield replace(scenario, cluster=replace(cluster, flags={}))
    for index, step in enumerate(scenario.steps):
        if not step.settle:
            yield _with_step(scenario, index, replace(step, settle=True))


def _with_step(scenario: Scenario, index: int, step: Step) -> Scenario:
    return replace(scenario, steps=(*scenario.steps[:index], step, *scenario.steps[index + 1 :]))
