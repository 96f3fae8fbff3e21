"""How many pods a Deployment may have too many, and how many may be missing, while it rolls out.

Pure. Mirrors pkg/controller/deployment/util/deployment_util.go (ResolveFenceposts, MaxSurge, MaxUnavailable).
"""

from __future__ import annotations

import math

from harness.objects.apps import Deployment

ROLLING_UPDATE = "RollingUpdate"
RECREATE = "Recreate"


def is_rolling(deployment: Deployment) -> bool:
    return deployment.spec.strategy.type == ROLLING_UPDATE


def max_surge(deployment: Deployment) -> int:
    """How many pods there may be beyond the replicas."""
    return _fenceposts(deployment)[0] if is_rolling(deployment) else 0


def max_unavailable(deployment: Deployment) -> int:
    """How many of the replicas need not be available."""
    replicas = deployment.spec.replicas or 0
    if not is_rolling(deployment) or replicas == 0:
        return 0
    return min(_fenceposts(deployment)[1], replicas)


def min_available(deployment: Deployment) -> int:
    return (deployment.spec.replicas or 0) - max_unavailable(deployment)


def _fenceposts(deployment: Deployment) -> tuple[int, int]:
    """(surge, unavailable); if neither left room, no rollout could ever begin."""
    replicas = deployment.spec.replicas or 0
    rolling = deployment.spec.strategy.rolling_update
    surge = _resolved(rolling.max_surge if rolling is not None else None, replicas, up=True)
    unavailable = _resolved(rolling.max_unavailable if rolling is not None else None, replicas, up=False)
    return (surge, unavailable) if surge or unavailable else (0, 1)


def _resolved(limit: int | str | None, replicas: int, *, up: bool) -> int:
    """A number of pods, or a percentage of the replicas in whole pods."""
    if not isinstance(limit, str):
        return limit or 0
    parts = int(limit.removesuffix("%")) * replicas
    return math.ceil(parts / 100) if up else parts // 100
