"""An order for a volume, and what makers of all styles need of it.

Pure. What a volume looks like is known by the makers beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from harness.actors.provisioner.topology import Segments
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import VolumeAttributesClass
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.storage import StorageClass, VolumeNodeAffinity


class Refused(Exception):
    """The provisioner will not make the volume; the text says why. `elsewhere`: it might, on another node."""

    def __init__(self, why: str, *, elsewhere: bool = False) -> None:
        super().__init__(why)
        self.elsewhere = elsewhere


class LeftToOthers(Exception):
    """Somebody else is to make the volume for this claim."""


class Order(NamedTuple):
    """What is asked for: a volume for `claim` of `storage_class`, on the node named `selected`, "" for any.

    `nodes` are the labels of the chosen node, and for a driver with a topology those of all nodes; `keys` are then the
    topology keys of the driver on each node where it is registered.
    `attributes_class` is what the claim names as such, if it exists; `started_ms` is when the provisioner's program
    began, since 1970.
    """

    claim: PersistentVolumeClaim
    storage_class: StorageClass
    selected: str
    nodes: Mapping[str, Mapping[str, str]]
    keys: Mapping[str, Sequence[str]]
    attributes_class: VolumeAttributesClass | None
    started_ms: int


def in_bytes(size: str) -> str:
    """A size as a CSI driver answers with it."""
    return quantity.write(quantity.value(size) * 1000, like="1Ki")


def affinity_to(segments: Segments) -> VolumeNodeAffinity:
    """Reachable from nodes with these labels only."""
    expressions = tuple(NodeSelectorRequirement(key=key, operator="In", values=(value,)) for key, value in segments)
    return VolumeNodeAffinity(
        required=NodeSelector(node_selector_terms=(NodeSelectorTerm(match_expressions=expressions),))
    )
