"""Taints of a node: the keys Kubernetes itself uses, and taints put beside others or taken away.

Pure functions; owns no opinion of when a node is tainted. What a toleration accepts stands in node_affinity. Mirrors
pkg/util/taints and k8s.io/api/core/v1 (well_known_taints.go).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from harness.objects.node import Node, Taint

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"
OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"

NO_SCHEDULE = "NoSchedule"
NO_EXECUTE = "NoExecute"
HARD_EFFECTS = (NO_SCHEDULE, NO_EXECUTE)
"""Those that keep a new pod away for certain."""


def is_same(taint: Taint, other: Taint) -> bool:
    """Whether one stands in the place of the other: the same key with the same effect."""
    return taint.key == other.key and taint.effect == other.effect


def has(taints: Iterable[Taint], key: str, effect: str) -> bool:
    return any(taint.key == key and taint.effect == effect for taint in taints)


def of_effect(taints: Iterable[Taint], effect: str) -> tuple[Taint, ...]:
    return tuple(taint for taint in taints if taint.effect == effect)


def is_out_of_service(node: Node) -> bool:
    """Whether somebody declared that the node is lost, by a taint of whatever effect."""
    return any(taint.key == OUT_OF_SERVICE for taint in node.spec.taints)


def added(taints: tuple[Taint, ...], new: Iterable[Taint]) -> tuple[Taint, ...]:
    """The taints with each new one in the place of the one it is the same as, or at the end."""
    for taint in new:
        if any(is_same(old, taint) for old in taints):
            taints = tuple(taint if is_same(old, taint) else old for old in taints)
        else:
            taints = (*taints, taint)
    return taints


def removed(taints: tuple[Taint, ...], unwanted: Collection[Taint]) -> tuple[Taint, ...]:
    """The taints but those; the very same tuple if there is none of them."""
    kept = tuple(taint for taint in taints if not any(is_same(taint, other) for other in unwanted))
    return taints if len(kept) == len(taints) else kept
