"""One attempt to place one pod: what the plugins are asked with, and how they answer.

Owns the shapes only. A filter prepares itself for the pod and answers with a check of single nodes, with None if the
pod does not concern it, or with a rejection of all nodes at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import msgspec

from harness.actors.scheduler.demand import Demand
from harness.actors.scheduler.nodes import Nodes, NodeView
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


class Attempt(msgspec.Struct):
    """The pod, the world it is to be placed in, and what filters find out for later steps.

    `siblings` selects the pods that the same services and owner select. `allowed` names the only nodes the pod may
    use, if it names nodes at all. `plans` holds by node what is to be done for the pod's claims there.
    """

    pod: Pod
    demand: Demand
    nodes: Nodes
    storage: Storage
    namespaces: NamespaceLabels
    siblings: Callable[[Pod], Selector | None]
    allowed: tuple[str, ...] | None = None
    plans: dict[str, VolumePlan] = {}

    @property
    def node_count(self) -> int:
        return len(self.nodes.listed())
