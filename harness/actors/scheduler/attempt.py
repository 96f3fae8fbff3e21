"""One attempt to place one pod: what the plugins are asked with, and how they answer.

Owns the shapes only. A filter prepares itself for the pod and answers with a check of single nodes, with None if the
pod does not concern it, or with a rejection of all nodes at once. A check that has counted pods of other nodes too can
be told of one that is to be thought away, or in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias, runtime_checkable

import msgspec

from harness.actors.scheduler.crowds import Placement
from harness.actors.scheduler.demand import Demand
from harness.actors.scheduler.nodes import Nodes, NodeView
from harness.actors.scheduler.nominations import Nominations
from harness.actors.scheduler.storage import Storage, VolumePlan
from harness.actors.scheduler.terms import NamespaceLabels
from harness.objects.pod import Pod
from harness.objects.selector import Selector


class Rejection(NamedTuple):
    """Why a node will not do. `unresolvable`: removing pods from it would not help."""

    plugin: str
    reasons: tuple[str, ...]
    unresolvable: bool


class FilterFailed(Exception):
    """A filter cannot tell whether a node would do. The attempt ends, and no plugin is to blame."""

    def __init__(self, plugin: str, problem: str) -> None:
        super().__init__(f'running "{plugin}" filter plugin: {problem}')


Check: TypeAlias = Callable[[NodeView], Rejection | None]
Prepared: TypeAlias = Check | Rejection | None


@runtime_checkable
class CountingCheck(Protocol):
    """A check that rests on counts of pods beyond the node it is asked about."""

    def __call__(self, view: NodeView) -> Rejection | None: ...

    def shift(self, placement: Placement, view: NodeView, by: int) -> None:
        """Count a pod on the node of `view` in (1), or leave it out (-1)."""


class Attempt(msgspec.Struct):
    """The pod, the world it is to be placed in, and what filters find out for later steps.

    `siblings` selects the pods that the same services and owner select. `verdicts` says of every listed node whether
    it can be for the pod at all, None if all can; `allowed` are the only nodes the pod may use, if it names nodes at
    all. `plans` holds by node what is to be done for the pod's claims there.
    """

    pod: Pod
    demand: Demand
    nodes: Nodes
    storage: Storage
    namespaces: NamespaceLabels
    siblings: Callable[[Pod], Selector | None]
    nominations: Nominations
    verdicts: list[Rejection | None] | None = None
    allowed: tuple[NodeView, ...] | None = None
    plans: dict[str, VolumePlan] = {}

    @property
    def node_count(self) -> int:
        return len(self.nodes.listed())
