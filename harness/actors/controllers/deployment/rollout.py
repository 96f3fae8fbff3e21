"""The two strategies: replacing pods step by step, or all at once after the old ones are gone.

Owns which step is next; each pass takes one, and counts replica sets as it found them to its end. Source:
pkg/controller/deployment/rolling.go and recreate.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from harness.actors.controllers.deployment import limits, replica_sets
from harness.actors.controllers.deployment.passes import Family, Pass
from harness.actors.controllers.deployment.scaling import Scaler
from harness.api.problems import ApiError
from harness.objects.apps import ReplicaSet

_Amount: TypeAlias = Callable[[ReplicaSet], int]


class _CountsBehind(Exception):
    """More pods of a replica set are available than it is to have: it was scaled and has not counted since."""


class Rollout:
    """Takes one step. Methods return whether they changed the size of any replica set; they raise `ApiError`."""

    def __init__(self, scaler: Scaler) -> None:
        self._scaler = scaler

    async def grow(self, one: Pass, family: Family, new: ReplicaSet) -> bool:
        """Bring the new replica set as near to its size as the surge leaves room for."""
        wanted, present = one.replicas, replica_sets.size(new)
        if present < wanted:
            wanted = replica_sets.new_size(one.deployment, family.all, present)
        return (await self._scaler.resize(one, new, wanted))[0]

    async def shrink(self, one: Pass, family: Family, new: ReplicaSet) -> bool:
        """Take from the old replica sets what need not be there: pods that are not available first.

        A replica set that changed meanwhile, or whose counts are behind its size, ends the step without a failure: it
        tells of itself when they are not.
        """
        old = sorted(replica_sets.active(family.old), key=replica_sets.by_age)
        if not old:
            return False
        least = limits.min_available(one.deployment)
        waited_for = replica_sets.size(new) - new.status.available_replicas
        budget = replica_sets.total_size([*old, new]) - least - waited_for
        if budget <= 0:
            return False
        try:
            cleaned = await self._remove(
                one, old, budget, lambda each: replica_sets.size(each) - each.status.available_replicas
            )
            available = replica_sets.total([*old, new], lambda status: status.available_replicas)
            removed = await self._remove(one, old, available - least, replica_sets.size)
        except (ApiError, _CountsBehind):
            return False
        return cleaned + removed > 0

    async def _remove(self, one: Pass, old: list[ReplicaSet], most: int, of: _Amount) -> int:
        """Scale down from the oldest, `most` pods in all, of each replica set as many as `of` says."""
        removed = 0
        for index, each in enumerate(old):
            if removed >= most:
                break
            if replica_sets.size(each) == 0:
                continue
            fewer = min(most - removed, of(each))
            if fewer < 0:
                raise _CountsBehind
            if fewer > 0:
                _, old[index] = await self._scaler.resize(one, each, replica_sets.size(each) - fewer)
                removed += fewer
        return removed

    async def empty(self, one: Pass, family: Family) -> bool:
        """Bring every old replica set to nothing."""
        changed = False
        for each in family.old:
            if replica_sets.size(each) > 0:
                changed = (await self._scaler.resize(one, each, 0))[0] or changed
        return changed
