"""How badly a zone is disrupted, and how fast its nodes may be emptied then.

Pure decisions, and the limiter they set. Knows no server. Source: pkg/controller/nodelifecycle (ComputeZoneState,
setLimiterInZone), k8s.io/component-helpers/node/topology (GetZoneKey), client-go util/flowcontrol.
"""

from __future__ import annotations

from typing import TypeAlias

from harness.objects.node import Node
from harness.objects.node_labels import region_and_zone

Zone: TypeAlias = tuple[str, str]
"""Region and zone; both empty for a node without either."""

INITIAL = "Initial"
NORMAL = "Normal"
PARTIAL_DISRUPTION = "PartialDisruption"
FULL_DISRUPTION = "FullDisruption"

EVICTION_INTERVAL_MS = 10_000
_REDUCED_INTERVAL_MS = 100_000
_LARGE_ZONE = 50
_UNHEALTHY_PERCENT = 55
_FEW = 2

_EXCLUDED = "node.kubernetes.io/exclude-disruption"


def zone_of(node: Node) -> Zone:
    return region_and_zone(node.metadata.labels)


def is_counted(node: Node) -> bool:
    """Whether the node's health says anything about its zone."""
    return _EXCLUDED not in node.metadata.labels


def state(ready: int, not_ready: int) -> str:
    """The state of a zone with so many nodes that are ready and that are not."""
    if not_ready and not ready:
        return FULL_DISRUPTION
    if not_ready > _FEW and not_ready * 100 >= _UNHEALTHY_PERCENT * (ready + not_ready):
        return PARTIAL_DISRUPTION
    return NORMAL


def interval_ms(state: str, size: int) -> int | None:
    """What lies between two nodes of a zone of that size that are emptied; None if none is."""
    if state != PARTIAL_DISRUPTION:
        return EVICTION_INTERVAL_MS
    return _REDUCED_INTERVAL_MS if size > _LARGE_ZONE else None


class Limiter:
    """A token bucket that holds one token."""

    __slots__ = ("_free_ms", "_interval_ms")

    def __init__(self) -> None:
        self._interval_ms: int | None = EVICTION_INTERVAL_MS
        self._free_ms = 0

    @property
    def free_ms(self) -> int | None:
        """From when on there is a token, in cluster time; None if there will not be one."""
        return None if self._interval_ms is None else self._free_ms

    def take(self, now_ms: int) -> bool:
        """Take the token, if it is there."""
        if self._interval_ms is None or now_ms < self._free_ms:
            return False
        self._free_ms = now_ms + self._interval_ms
        return True

    def set(self, interval_ms: int | None, now_ms: int) -> None:
        """Give tokens at another rate. Where there was none to take, the first comes after a whole interval."""
        if interval_ms == self._interval_ms:
            return
        drained = not self.take(now_ms)
        self._interval_ms = interval_ms
        self._free_ms = now_ms + interval_ms if drained and interval_ms is not None else now_ms
