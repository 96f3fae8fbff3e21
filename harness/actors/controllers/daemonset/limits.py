"""How many nodes a rolling update may touch at a time.

Both percentages are rounded up. Source: pkg/controller/daemon/util/daemonset_util.go (UnavailableCount, SurgeCount,
AllowsSurge).
"""

from __future__ import annotations

from harness.objects.apps import DaemonSet


def surge(daemon_set: DaemonSet, desired: int) -> int:
    """On how many nodes a new pod may start beside the old one; 0 without a rolling update."""
    strategy = daemon_set.spec.update_strategy
    if strategy.type != "RollingUpdate" or strategy.rolling_update is None:
        return 0
    return _share(strategy.rolling_update.max_surge, desired)


def allows_surge(daemon_set: DaemonSet) -> bool:
    """Whether a new pod may start beside an old one at all, however few nodes there are."""
    return surge(daemon_set, 1) > 0


def unavailable(daemon_set: DaemonSet, desired: int) -> int:
    """On how many nodes the pod may be missing; where neither this nor a surge is allowed, on one."""
    strategy = daemon_set.spec.update_strategy
    if strategy.type != "RollingUpdate" or strategy.rolling_update is None:
        return 0
    return _share(strategy.rolling_update.max_unavailable, desired) or (0 if surge(daemon_set, desired) else 1)


def _share(value: int | str | None, total: int) -> int:
    if isinstance(value, str):
        return -(-int(value.rstrip("%")) * total // 100)
    return value or 0
