"""One attempt to find a node for a pod, told afterwards: which nodes fell to which plugin, and what the rest earned.

Owns the shape only. It is kept for those who ask for it; nothing that happens in a cluster rests on it.
"""

from __future__ import annotations

from typing import NamedTuple


class Fallen(NamedTuple):
    """Nodes that one plugin ruled out for the same reasons, in the order they were looked at."""

    plugin: str
    reasons: tuple[str, ...]
    nodes: tuple[str, ...]


class NodeScore(NamedTuple):
    """What a node earned: each plugin's points with its weight taken in, and their sum."""

    node: str
    parts: tuple[tuple[str, int], ...]
    total: int


class SchedulingCycle(NamedTuple):
    """One attempt at `time_ms`.

    `scores` has the best node first, and is empty where there was nothing to choose. `node` is where the pod goes, ""
    if nowhere; `nominated` where room is made for it, and `victims` the pods that have to go, by namespace and name.
    `said` is what the pod is told if it found no node.
    """

    time_ms: int
    namespace: str
    pod: str
    fallen: tuple[Fallen, ...] = ()
    scores: tuple[NodeScore, ...] = ()
    node: str = ""
    nominated: str = ""
    victims: tuple[tuple[str, str], ...] = ()
    said: str = ""
