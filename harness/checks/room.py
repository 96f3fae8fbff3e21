"""How much room a pod takes on a node: what witnesses of scheduling count, by themselves.

Owns the arithmetic of requests as the API's documents have it. Shares none with the scheduler, which it judges.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.objects import quantity
from harness.objects.node import Node
from harness.objects.pod import Container, Pod

_OVER = ("Succeeded", "Failed")
_PODS = "pods"


def takes_room(pod: Pod) -> bool:
    """Whether the pod is on a node and has not ended."""
    return pod.spec.node_name != "" and pod.status.phase not in _OVER


def requested_milli(pod: Pod) -> dict[str, int]:
    """Thousandths of each resource that the pod takes, itself included under `pods`."""
    spec = pod.spec
    starting, beside = [_of(container) for container in spec.containers], []
    highest: dict[str, int] = {}
    for container in spec.init_containers:
        own = _of(container)
        if container.restart_policy == "Always":
            beside.append(own)
        else:
            highest = _larger(highest, _sum((own, *beside)))
    total = _larger(_sum((*starting, *beside)), highest)
    if spec.resources is not None:
        total |= {name: quantity.parse(text) for name, text in spec.resources.requests.items()}
    overhead = {name: quantity.parse(text) for name, text in spec.overhead.items()}
    return _sum((total, overhead, {_PODS: 1000}))


def shortage(node: Node, pods: Iterable[Pod]) -> str:
    """The first resource of which the pods take more than the node has; "" if they fit together."""
    used = _sum(requested_milli(pod) for pod in pods)
    for name in sorted(used):
        if used[name] > quantity.parse(node.status.allocatable.get(name, "0")):
            return name
    return ""


def _of(container: Container) -> dict[str, int]:
    return {name: quantity.parse(text) for name, text in container.resources.requests.items()}


def _sum(parts: Iterable[Mapping[str, int]]) -> dict[str, int]:
    total: dict[str, int] = {}
    for part in parts:
        for name, amount in part.items():
            total[name] = total.get(name, 0) + amount
    return total


def _larger(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    return {name: max(one.get(name, 0), other.get(name, 0)) for name in (*one, *other)}
