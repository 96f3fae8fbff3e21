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
    Nothing is asked for, (), where a class allows topologies and names none. Raises NoTopology.
    """
    chosen = _of_chosen(*selected, keys) if selected is not None else ()
    terms = sorted(set(_flattened(allowed) if allowed else _of_nodes(nodes, keys)), key=_order)
    if not terms:
        return ()
    if selected is None:
        return terms[spread(claim) % len(terms)]
    for segments in terms:
        if set(segments) <= set(chosen):
            return segments
    raise NoTopology(
        f'topology {_go_segments(chosen)} from selected node "{selected[0]}" '
        f"is not in requisite: [{' '.join(map(_go_segments, terms))}]"
    )


def _of_chosen(node: str, labels: Mapping[str, str], keys: Sequence[str]) -> Segments:
    """The topology of the node that the scheduler chose."""
    if not keys:
        raise NoTopology(f"no topology key found for node {node}")
    found = segments_of(labels, keys)
    if found is None:
        raise NoTopology(
            f"topology labels from selected node {_go_map(labels)} "
            f"does not match topology keys from CSINode [{' '.join(keys)}]"
        )
    return found


def _of_nodes(nodes: Iterable[Mapping[str, str]], keys: Sequence[str]) -> list[Segments]:
    """The topologies that there are nodes in."""
    if not keys:
        raise NoTopology("no available topology found")
    found = [segments for labels in nodes if (segments := segments_of(labels, keys)) is not None]
    if not found:
        raise NoTopology(f"topologyKeys [{' '.join(keys)}] were not found on any nodes")
    return found


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
