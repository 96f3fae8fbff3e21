"""What the scheduler says when a pod finds no node.

Owns the texts that put many reasons into one sentence. Mirrors framework.FitError and the texts of post filters.
"""

from __future__ import annotations

from collections.abc import Iterable

NO_NODES = "no nodes available to schedule pods"

# Plugins that ran before the one for resource claims left that one without its notes.
_STOPPED_EARLY = "not found"
_NO_CLAIMS = "no new claims to deallocate"


def scheduled(namespace: str, name: str, node: str) -> str:
    return f"Successfully assigned {namespace}/{name} to {node}"


def deleting(namespace: str, name: str) -> str:
    return f"skip schedule deleting pod: {namespace}/{name}"


def stopped_early(node_count: int, reasons: Iterable[str]) -> str:
    """All nodes were ruled out at once."""
    return f"{_available(node_count)} {', '.join(reasons)}. {_STOPPED_EARLY}"


def unfit(node_count: int, reasons: Iterable[str], preemption: str = "") -> str:
    """Every node was ruled out for reasons of its own; `preemption` says why no pods are removed for this one."""
    said = f"{_available(node_count)} {counted(reasons)}."
    return f"{said} {_NO_CLAIMS}, preemption: {preemption}" if preemption else said


def preemption_unhelpful(node_count: int, reasons: Iterable[str]) -> str:
    return f"{_available(node_count)} {counted(reasons)}."


def counted(reasons: Iterable[str]) -> str:
    """Each reason with how often it was given, in the order of the texts."""
    counts: dict[str, int] = {}
    for reason in reasons:
        counts[reason] = counts.get(reason, 0) + 1
    return ", ".join(sorted(f"{count} {reason}" for reason, count in counts.items()))


def _available(node_count: int) -> str:
    return f"0/{node_count} nodes are available:"
