"""What a ReplicaSet and a ReplicationController differ in.

Owns that difference; everything else in this folder treats both alike. Mirrors pkg/controller/replication, which is the
ReplicaSet's controller behind a conversion.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import msgspec

from harness.objects.apps import ReplicaSet, ReplicaSetCondition, ReplicaSetStatus
from harness.objects.meta import LabelSelector
from harness.objects.replication import (
    ReplicationController,
    ReplicationControllerCondition,
    ReplicationControllerStatus,
)

Replicated: TypeAlias = ReplicaSet | ReplicationController
Status: TypeAlias = ReplicaSetStatus | ReplicationControllerStatus


class Flavour(msgspec.Struct, frozen=True):
    """One of the two kinds. `component` is the controller's name and that under which its events come."""

    owner: type[Replicated]
    component: str
    condition: type[Any]
    selector: Callable[[Any], LabelSelector | None]
    counts_terminating: bool


REPLICA_SETS = Flavour(
    owner=ReplicaSet,
    component="replicaset-controller",
    condition=ReplicaSetCondition,
    selector=lambda owner: owner.spec.selector,
    counts_terminating=True,
)
REPLICATION_CONTROLLERS = Flavour(
    owner=ReplicationController,
    component="replication-controller",
    condition=ReplicationControllerCondition,
    selector=lambda owner: LabelSelector(match_labels=owner.spec.selector),
    counts_terminating=False,
)
