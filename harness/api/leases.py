"""The leases of nodes: when each kubelet last said that it is alive.

Owns how often a lease that is held is renewed. A renewal is no write and no change here: nobody but the node lifecycle
controller looks at it, and it would be one every ten seconds for every node. Source: pkg/kubelet (nodeLeaseController),
k8s.io/component-helpers/apimachinery/lease.
"""

from __future__ import annotations

from collections.abc import Callable

from harness.kernel.clock import Clock

RENEWAL_MS = 10_000


class Leases:
    """One lease for each node, by its name. `watchers` are told of every lease that is taken or left alone."""

    __slots__ = ("_clock", "_held", "_left", "watchers")

    def __init__(self, clock: Clock) -> None:
        self.watchers: list[Callable[[str], None]] = []
        self._clock = clock
        # Node -> since when its lease is held, or when one that is left alone was last renewed.
        self._held: dict[str, int] = {}
        self._left: dict[str, int] = {}

    def hold(self, node: str) -> None:
        """Renew the lease now and every ten seconds from now on."""
        self._left.pop(node, None)
        self._held[node] = self._clock.now_ms
        self._tell(node)

    def leave(self, node: str) -> None:
        """Renew the lease no more; it stays as it was last renewed."""
        last_ms = self.renewed_ms(node)
        if self._held.pop(node, None) is not None and last_ms is not None:
            self._left[node] = last_ms
            self._tell(node)

    def is_held(self, node: str) -> bool:
        return node in self._held

    def renewed_ms(self, node: str) -> int | None:
        """When the lease was last renewed, in cluster time; None if there is no lease."""
        since_ms = self._held.get(node)
        if since_ms is None:
            return self._left.get(node)
        now_ms = self._clock.now_ms
        return now_ms - (now_ms - since_ms) % RENEWAL_MS

    def _tell(self, node: str) -> None:
        for watcher in self.watchers:
            watcher(node)
