"""The status of a ReplicaSet: its counts, its one condition, and when it is worth a write.

Pure. Mirrors pkg/controller/replicaset/replica_set_utils.go.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec.structs import replace

from harness.actors.controllers.replicaset.flavours import Flavour, Replicated, Status
from harness.objects import conditions

_FAILURE = "ReplicaFailure"


class Count(msgspec.Struct, frozen=True):
    """The pods of an owner at one moment."""

    active: int
    fully_labeled: int
    ready: int
    available: int
    terminating: int


def counted(flavour: Flavour, owner: Replicated, count: Count, failure: str, now: str) -> Status:
    """The status with these counts. `failure` is why pods could not be made or deleted, "" if nothing failed."""
    more: dict[str, Any] = {"terminating_replicas": count.terminating} if flavour.counts_terminating else {}
    return replace(
        owner.status,
        replicas=count.active,
        fully_labeled_replicas=count.fully_labeled,
        ready_replicas=count.ready,
        available_replicas=count.available,
        conditions=_conditions(flavour, owner, count, failure, now),
        observed_generation=owner.metadata.generation,
        **more,
    )


def _conditions(flavour: Flavour, owner: Replicated, count: Count, failure: str, now: str) -> tuple[Any, ...]:
    """A failure is told once and stands as long as anything fails."""
    stored: tuple[Any, ...] = owner.status.conditions
    known = conditions.find(stored, _FAILURE)
    if not failure:
        return tuple(each for each in stored if each is not known) if known is not None else stored
    if known is not None:
        return stored
    reason = "FailedCreate" if count.active < (owner.spec.replicas or 0) else "FailedDelete"
    new = flavour.condition(type=_FAILURE, status="True", reason=reason, message=failure, last_transition_time=now)
    return (*stored, new)


def is_news(owner: Replicated, new: Status) -> bool:
    """Whether the status is worth a write."""
    return owner.status != new
