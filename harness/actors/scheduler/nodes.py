"""What the scheduler believes of every node: what it offers, and what the pods placed on it take away.

Owns the sums, kept pod by pod, and the order in which nodes are looked at. Decides nothing.
Mirrors the scheduler's backend/cache (cache.go, node_tree.go) and framework.NodeInfo.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, TypeVar

from harness.actors.scheduler.crowds import Crowds, HeldTerms, Placement
from harness.actors.scheduler.demand import CPU, EPHEMERAL_STORAGE, MEMORY, Demand, amount
from harness.objects.host_ports import HostPort, conflict
from harness.objects.node import Node
from harness.objects.node_labels import region_and_zone
from harness.objects.pod import Pod
from harness.objects.taints import HARD_EFFECTS

T = TypeVar("T")

PODS = "pods"
_PLAIN = (CPU, MEMORY, EPHEMERAL_STORAGE, PODS)
_NO_LABELS: Mapping[str, str] = {}


class NodeView:
    """One node. Amounts are as in `Demand`; without a `node` it is only remembered for the pods it still has.

    `disk_uses` is how often its pods name a claim or a driver's disk: no more volumes than that are in use there.
    `generated_claims` is how many of the claims were to be made for the pods. `images` are the sizes in bytes of those
    it has, by name. `known` is what plugins found out about it, by what they asked; it holds until anything changes.
    """

    __slots__ = (
        "assumed_cpu_milli",
        "assumed_memory_bytes",
        "cpu_milli",
        "disk_uses",
        "ephemeral_bytes",
        "generated_claims",
        "hard_taints",
        "images",
        "known",
        "labels",
        "memory_bytes",
        "name",
        "node",
        "others",
        "placements",
        "pods_allowed",
        "ports",
        "soft_taints",
        "unschedulable",
        "used_cpu_milli",
        "used_ephemeral_bytes",
        "used_memory_bytes",
        "used_others",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.used_cpu_milli = self.used_memory_bytes = self.used_ephemeral_bytes = 0
        self.assumed_cpu_milli = self.assumed_memory_bytes = 0
        self.disk_uses = self.generated_claims = 0
        self.used_others: dict[str, int] = {}
        self.ports: dict[HostPort, int] = {}
        self.placements: dict[str, Placement] = {}
        self.known: dict[Hashable, Any] = {}
        self.see(None)

    def see(self, node: Node | None) -> None:
        """Take in what the node is now."""
        self.node = node
        allocatable = node.status.allocatable if node is not None else {}
        self.labels = node.metadata.labels if node is not None else _NO_LABELS
        taints = node.spec.taints if node is not None else ()
        self.hard_taints = tuple(taint for taint in taints if taint.effect in HARD_EFFECTS)
        self.soft_taints = tuple(taint for taint in taints if taint.effect == "PreferNoSchedule")
        self.unschedulable = node is not None and node.spec.unschedulable
        self.cpu_milli = amount(CPU, allocatable.get(CPU, "0"))
        self.memory_bytes = amount(MEMORY, allocatable.get(MEMORY, "0"))
        self.ephemeral_bytes = amount(EPHEMERAL_STORAGE, allocatable.get(EPHEMERAL_STORAGE, "0"))
        self.pods_allowed = amount(PODS, allocatable.get(PODS, "0"))
        self.others = {name: amount(name, text) for name, text in allocatable.items() if name not in _PLAIN}
        images = node.status.images if node is not None else ()
        self.images = {name: image.size_bytes for image in images for name in image.names}
        self.known.clear()

    def copy(self) -> NodeView:
        """The node as it is, to be changed without consequences."""
        twin = NodeView(self.name)
        for slot in _KEPT:
            setattr(twin, slot, getattr(self, slot))
        for slot in _CHANGING:
            setattr(twin, slot, getattr(self, slot).copy())
        return twin

    def add(self, placement: Placement) -> None:
        self.placements[placement.pod.metadata.uid] = placement
        self._count(placement.demand, 1)

    def remove(self, placement: Placement) -> None:
        del self.placements[placement.pod.metadata.uid]
        self._count(placement.demand, -1)

    def conflicts(self, wanted: Iterable[HostPort]) -> bool:
        """Whether any of the ports is taken."""
        return conflict(wanted, self.ports)

    def _count(self, demand: Demand, sign: int) -> None:
        self.known.clear()
        self.used_cpu_milli += sign * demand.cpu_milli
        self.used_memory_bytes += sign * demand.memory_bytes
        self.used_ephemeral_bytes += sign * demand.ephemeral_bytes
        self.assumed_cpu_milli += sign * demand.assumed_cpu_milli
        self.assumed_memory_bytes += sign * demand.assumed_memory_bytes
        for name, size in demand.others:
            self.used_others[name] = self.used_others.get(name, 0) + sign * size
        if demand.claims or demand.driver_disks:
            self.disk_uses += sign * (len(demand.claims) + len(demand.driver_disks))
            self.generated_claims += sign * sum(use.generated for use in demand.claims)
        for port in demand.ports:
            count = self.ports.get(port, 0) + sign
            if count:
                self.ports[port] = count
            else:
                del self.ports[port]


_CHANGING = ("used_others", "ports", "placements")
_KEPT = tuple(slot for slot in NodeView.__slots__ if slot not in (*_CHANGING, "known"))


class Nodes:
    """All nodes, and all pods placed on them."""

    def __init__(self) -> None:
        self.by_name: dict[str, NodeView] = {}
        self.placements: dict[str, Placement] = {}
        self.claim_users: dict[tuple[str, str], int] = {}
        self.crowds = Crowds(self.placements, self._labels_of)
        self.held = HeldTerms(self._labels_of)
        self._listed: list[NodeView] | None = None
        self._remembered: dict[Hashable, Any] = {}
        self._numbers: dict[Hashable, int] = {}
        # How many nodes have an image, by its name.
        self.image_spread: dict[str, int] = {}

    def listed(self) -> list[NodeView]:
        """The nodes in the order they are looked at: the first of every zone, the second of every zone, ..."""
        if self._listed is None:
            self._listed = _interleaved([view for view in self.by_name.values() if view.node is not None])
        return self._listed

    def number_of(self, question: Hashable) -> int:
        """A short name for what is asked of single nodes again and again, under which they know the answer."""
        return self._numbers.setdefault(question, len(self._numbers))

    def remembered(self, question: Hashable, answer: Callable[[], T]) -> T:
        """What follows from the nodes as such, whatever pods they have; found out again once one of them changes."""
        found = self._remembered.get(question)
        if found is None:
            found = self._remembered[question] = answer()
        return found

    def see(self, node: Node) -> None:
        """A node is new or has changed."""
        view = self._view(node.metadata.name)
        known, images = view.node, view.images
        view.see(node)
        if images or view.images:
            self._count_images(images, view.images)
        if known is None or known.metadata.labels != node.metadata.labels:
            self._listed = None
            self.crowds.relabel()
            self.held.relabel()
            self._remembered.clear()
        elif known.spec != node.spec:
            self._remembered.clear()

    def lose(self, name: str) -> None:
        """A node is gone; its pods may still be there for a while."""
        view = self._view(name)
        self._count_images(view.images, {})
        view.see(None)
        self._listed = None
        self._remembered.clear()
        self.crowds.relabel()
        self.held.relabel()
        self._drop_if_empty(name)

    def place(self, pod: Pod, node: str, demand: Demand) -> None:
        """Count the pod on the node; a pod that was counted already, on whatever node, moves."""
        self.displace(pod.metadata.uid)
        placement = Placement(pod, node, demand)
        self.placements[pod.metadata.uid] = placement
        self._view(node).add(placement)
        self.crowds.add(placement)
        self.held.add(placement)
        for claim in _named_claims(placement):
            self.claim_users[claim] = self.claim_users.get(claim, 0) + 1

    def displace(self, uid: str) -> None:
        """Count the pod no more."""
        placement = self.placements.pop(uid, None)
        if placement is None:
            return
        self.by_name[placement.node].remove(placement)
        self.crowds.remove(placement)
        self.held.remove(placement)
        self._drop_if_empty(placement.node)
        for claim in _named_claims(placement):
            self.claim_users[claim] -= 1
            if not self.claim_users[claim]:
                del self.claim_users[claim]

    def _count_images(self, before: Iterable[str], after: Iterable[str]) -> None:
        for name in before:
            self.image_spread[name] -= 1
            if not self.image_spread[name]:
                del self.image_spread[name]
        for name in after:
            self.image_spread[name] = self.image_spread.get(name, 0) + 1

    def _labels_of(self, name: str) -> Mapping[str, str]:
        return self.by_name[name].labels

    def _view(self, name: str) -> NodeView:
        view = self.by_name.get(name)
        if view is None:
            view = self.by_name[name] = NodeView(name)
        return view

    def _drop_if_empty(self, name: str) -> None:
        view = self.by_name[name]
        if view.node is None and not view.placements:
            del self.by_name[name]


def _named_claims(placement: Placement) -> Iterable[tuple[str, str]]:
    """Namespace and name of each claim that the pod names; what is made for the pod itself nobody else can name."""
    namespace = placement.pod.metadata.namespace
    return ((namespace, use.claim) for use in placement.demand.claims if not use.generated)


def _interleaved(views: list[NodeView]) -> list[NodeView]:
    """By age, then name (as a scheduler that starts with a list of nodes meets them), zone by zone in turns."""
    ordered = sorted(views, key=lambda view: (view.node.metadata.creation_timestamp or "", view.name))  # type: ignore[union-attr]
    zones: dict[tuple[str, ...], list[NodeView]] = {}
    for view in ordered:
        zones.setdefault(region_and_zone(view.labels), []).append(view)
    if len(zones) == 1:
        return ordered
    longest = max((len(zone) for zone in zones.values()), default=0)
    return [zone[turn] for turn in range(longest) for zone in zones.values() if turn < len(zone)]
