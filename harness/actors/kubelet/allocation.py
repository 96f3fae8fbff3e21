"""What a node sets aside for a pod, and whether it has that much left.

Owns the sums over containers and the refusals of a kubelet; pure questions. Source: component-helpers resource
(PodRequests), pkg/kubelet/lifecycle/predicate.go.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from harness.objects import node_affinity, quantity
from harness.objects.host_ports import conflict, host_ports
from harness.objects.node import Node
from harness.objects.pod import Container, Pod, PodSpec, ResourceRequirements
from harness.objects.pods import has_ended
from harness.objects.taints import NO_EXECUTE
from harness.objects.value import Quantity

COUNTED = ("cpu", "memory", "ephemeral-storage")


class Refusal(msgspec.Struct, frozen=True):
    """Why a kubelet will not run a pod: the reason of its failed status, and the text of the event."""

    reason: str
    message: str


def allocated(spec: PodSpec) -> ResourceRequirements:
    """What the whole pod requests and is limited to."""
    if spec.resources is not None:
        return spec.resources
    if not any(c.resources.requests or c.resources.limits for c in (*spec.containers, *spec.init_containers)):
        return _NONE
    return ResourceRequirements(requests=_total(spec, "requests"), limits=_total(spec, "limits"))


_NONE = ResourceRequirements()


def _total(spec: PodSpec, which: str) -> dict[str, Quantity]:
    """Of each resource, what all that run together need, or the one that runs before them if that needs more."""
    together: dict[str, int] = {}
    before: dict[str, int] = {}
    written: dict[str, Quantity] = {}

    def amounts(container: Container) -> dict[str, Quantity]:
        found: dict[str, Quantity] = getattr(container.resources, which)
        for name, amount in found.items():
            written.setdefault(name, amount)
        return found

    for container in spec.init_containers:
        sidecar = container.restart_policy == "Always"
        for name, amount in amounts(container).items():
            if sidecar:
                together[name] = together.get(name, 0) + quantity.parse(amount)
            else:
                before[name] = max(before.get(name, 0), together.get(name, 0) + quantity.parse(amount))
    for container in spec.containers:
        for name, amount in amounts(container).items():
            together[name] = together.get(name, 0) + quantity.parse(amount)
    return {
        name: quantity.write(max(together.get(name, 0), before.get(name, 0)), written[name]) for name in sorted(written)
    }


def refusal(pod: Pod, node: Node, others: Iterable[Pod]) -> Refusal | None:
    """Why the node cannot take the pod beside the others it has; None if it can."""
    running = [other for other in others if not has_ended(other)]
    room = node.status.allocatable
    limit = quantity.value(room.get("pods", "110"))
    if len(running) + 1 > limit:
        return _short("pods", 1, len(running), limit)
    requested = allocated(pod.spec).requests
    for name in COUNTED:
        if name in requested:
            taken = sum(quantity.parse(allocated(other.spec).requests.get(name, "0")) for other in running)
            asked, capacity = quantity.parse(requested[name]), quantity.parse(room.get(name, "0"))
            if taken + asked > capacity:
                unit = 1 if name == "cpu" else 1000
                return _short(name, asked // unit, taken // unit, capacity // unit)
    if not node_affinity.pod_admits(pod.spec, node):
        return _failed("NodeAffinity", "node(s) didn't match Pod's node affinity/selector")
    ports = list(host_ports(pod.spec))
    if ports and conflict(ports, [port for other in running for port in host_ports(other.spec)]):
        return _failed("NodePorts", "node(s) didn't have free ports for the requested pod ports")
    if node_affinity.untolerated(pod.spec.tolerations, node.spec.taints, (NO_EXECUTE,)) is not None:
        return _failed("TaintToleration", "node(s) had taints that the pod didn't tolerate")
    return None


def _failed(predicate: str, why: str) -> Refusal:
    return Refusal(predicate, f"Predicate {predicate} failed: {why}")


def _short(name: str, requested: int, used: int, capacity: int) -> Refusal:
    amounts = f"requested: {requested}, used: {used}, capacity: {capacity}"
    return Refusal(f"OutOf{name}", f"Node didn't have enough resource: {name}, {amounts}")
