"""What can fail and recover, besides objects of the API: which targets of a scenario are there to do so.

Owns what `fail` and `recover` have in common: how one kind of target is played and checked beforehand, and the words
for one that is not there. What failing means for each kind stands with the verbs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from harness.runner.verb import Stage
from harness.scenario.complaints import nearest, one_of, quoted
from harness.scenario.model import Scenario, Target


class Failing(NamedTuple):
    """How one kind of target is played. `missing` says what keeps it from being played, before anything happens."""

    play: Callable[[Any, Stage], Awaitable[None]]
    missing: Callable[[Target, Scenario], str | None]


def unplayed(verb: str, kinds: Mapping[str, Failing], target: Target, scenario: Scenario) -> str | None:
    """What keeps `verb` from being played with this target; None if nothing does."""
    kind = target.resource.kind
    failing = kinds.get(kind)
    if failing is None:
        played = " and ".join(f"a {name.lower()}" for name in kinds)
        return f"`{verb}` is not played yet for a {kind.lower()}; it is for {played}"
    return failing.missing(target, scenario)


def no_such_node(target: Target, scenario: Scenario) -> str | None:
    """Only the nodes that the cluster starts with have a machine that can fail."""
    names = [node.name for node in scenario.cluster.nodes]
    return None if target.name in names else _expected(target, names, "a node that the cluster starts with")


def _expected(target: Target, names: Sequence[str], what: str) -> str:
    near = nearest(target.name, names)
    guess = f"; did you mean {quoted(near)}?" if near else f": {one_of(names)}" if names else "; it has none"
    return f"found {quoted(target.name)}, expected {what}{guess}"


def no_such_provisioner(target: Target, scenario: Scenario) -> str | None:
    names = [provisioner.name for provisioner in scenario.cluster.provisioners]
    return None if target.name in names else _expected(target, names, "one of the cluster's provisioners")


def nothing(_target: Target, _scenario: Scenario) -> None:
    """Whether the target is there is known only when the step is played."""
