"""How a change of a Deployment's size is shared among replica sets while a rollout is under way.

Pure. Mirrors pkg/controller/deployment/sync.go (scale) and util/deployment_util.go (GetReplicaSetProportion).
"""

from __future__ import annotations

import math

from harness.actors.controllers.deployment import limits, replica_sets
from harness.objects.apps import Deployment, ReplicaSet
from harness.objects.rollouts import MAX_REPLICAS, number


def shared(deployment: Deployment, active: list[ReplicaSet]) -> list[tuple[ReplicaSet, int]]:
    """Each active replica set with its new size, in the order in which they are scaled.

    The largest comes first and takes what rounding leaves over.
    """
    replicas = deployment.spec.replicas or 0
    allowed = replicas + limits.max_surge(deployment) if replicas > 0 else 0
    to_add = allowed - replica_sets.total_size(active)
    if to_add == 0:
        return [(each, replica_sets.size(each)) for each in active]
    ordered = replica_sets.by_size(active, newer_first=to_add > 0)
    added = 0
    sizes: list[int] = []
    for each in ordered:
        share = _share(each, deployment, to_add, added)
        sizes.append(replica_sets.size(each) + share)
        added += share
    sizes[0] = max(0, sizes[0] + to_add - added)
    return list(zip(ordered, sizes, strict=True))


def _share(replica_set: ReplicaSet, deployment: Deployment, to_add: int, added: int) -> int:
    left = to_add - added
    if left == 0:
        return 0
    wanted = _fraction(replica_set, deployment)
    return min(wanted, left) if to_add > 0 else max(wanted, left)


def _fraction(replica_set: ReplicaSet, deployment: Deployment) -> int:
    """By how much the replica set grows if it keeps its part of the whole; negative if it shrinks."""
    size, replicas = replica_sets.size(replica_set), deployment.spec.replicas or 0
    if replicas == 0:
        return -size
    before = number(replica_set.metadata.annotations.get(MAX_REPLICAS)) or deployment.status.replicas
    if before == 0:
        return 0
    exact = size * (replicas + limits.max_surge(deployment)) / before
    return math.floor(exact + 0.5) - size
