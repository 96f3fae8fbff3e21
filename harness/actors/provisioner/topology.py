"""From where a CSI driver makes a volume reachable: the choice among the topologies of a cluster.

Pure. A topology is the labels of a node that a driver goes by, such as its zone. Mirrors external-provisioner's
pkg/controller/topology.go (GenerateAccessibilityRequirements), and a driver that takes what is preferred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from typing import TypeAlias

from harness.objects.storage import TopologySelectorTerm

Segments: TypeAlias = tuple[tuple[str, str], ...]
"""Labels of one topology, sorted by key."""

_FNV_OFFSET = 2166136261
_FNV_PRIME = 16777619
_UINT32 = 2**32


class NoTopology(Exception):
    """There is no topology to make the volume in; the text says why."""

    def __init__(self, why: str) -> None:
        super().__init__(f"error generating accessibility requirements: {why}")


def segments_of(labels: Mapping[str, str], keys: Sequence[str]) -> Segments | None:
    """A node's topology; None if it lacks one of the labels."""
    if any(key not in labels for key in keys):
        return None
    return tuple((key, labels[key]) for key in sorted(keys))


def preferred(
    claim: str,
    keys: Sequence[str],
    allowed: Sequence[TopologySelectorTerm],
    nodes: Iterable[Mapping[str, str]],
    selected: tuple[str, Mapping[str, str]] | None,
) -> Segments:
    """The topology a driver is asked first to make the volume in.

    `claim` is the claim's name, `allowed` what its class allows, `nodes` the labels of all nodes, `selected` the name
    and labels of the node that the scheduler chose. Without one, claims of a set are spread by their ordinals.
    Raises NoTopology.
    """
    chosen: Segments | None = None
    if selected is not None:
        chosen = segments_of(selected[1], keys)
        if chosen is None:
            raise NoTopology(
                f"topology labels from selected node {_go_map(selected[1])} "
                f"does not match topology keys from CSINode [{' '.join(keys)}]"
            )
    if allowed:
        terms = sorted(set(_flattened(allowed)), key=_order)
    else:
        found = (segments_of(labels, keys) for labels in nodes)
        terms = sorted({segments for segments in found if segments is not None}, key=_order)
    if not terms:
        raise NoTopology("no available topology found")
    if chosen is None:
        return terms[spread(claim) % len(terms)]
    for segments in terms:
        if set(segments) <= set(chosen):
            return segments
    raise NoTopology(
        f'topology {_go_segments(chosen)} from selected node "{selected[0] if selected else ""}" '
        f"is not in requisite: [{' '.join(map(_go_segments, terms))}]"
    )


def spread(claim: str) -> int:
    """The place of a claim among equal topologies: claims of one set follow each other, those of one pod agree."""
    hashed, index = claim, 0
    head, dash, tail = claim.rpartition("-")
    if dash and tail.isascii() and tail.isdigit() and int(tail) < _UINT32:
        index = int(tail)
        hashed = head.rpartition("-")[2]
    value = _FNV_OFFSET
    for byte in hashed.encode():
        value = (value * _FNV_PRIME) % _UINT32 ^ byte
    return (value + index) % _UINT32


def _flattened(allowed: Sequence[TopologySelectorTerm]) -> list[Segments]:
    """Each combination of the values that a term lists."""
    found: list[Segments] = []
    for term in allowed:
        options = [[(one.key, value) for value in one.values] for one in term.match_label_expressions]
        if options:
            found += [tuple(sorted(combination)) for combination in product(*options)]
    return found


def _order(segments: Segments) -> tuple[int, Segments]:
    return (len(segments), segments)


def _go_map(labels: Mapping[str, str]) -> str:
    return f"map[{' '.join(f'{key}:{value}' for key, value in sorted(labels.items()))}]"


def _go_segments(segments: Segments) -> str:
    return f"[{' '.join(f'{{{key} {value}}}' for key, value in segments)}]"
