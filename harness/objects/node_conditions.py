"""The conditions of a node: what a kubelet says of a healthy one, and what is said of one that fell silent.

Pure functions over the API's own values. Whether a node is silent is not known here. Mirrors pkg/kubelet/nodestatus
(setters.go) and pkg/controller/nodelifecycle (tryUpdateNodeHealth).
"""

from __future__ import annotations

from typing import NamedTuple

from msgspec.structs import replace

from harness.objects.conditions import find, is_true
from harness.objects.node import Node, NodeCondition

READY = "Ready"
UNKNOWN = "Unknown"


class Healthy(NamedTuple):
    """A condition of a healthy node, and the reason of the event when it comes to be so."""

    type: str
    status: str
    reason: str
    message: str
    event: str


HEALTHY = (
    Healthy(
        "MemoryPressure",
        "False",
        "KubeletHasSufficientMemory",
        "kubelet has sufficient memory available",
        "NodeHasSufficientMemory",
    ),
    Healthy(
        "DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure", "NodeHasNoDiskPressure"
    ),
    Healthy(
        "PIDPressure",
        "False",
        "KubeletHasSufficientPID",
        "kubelet has sufficient PID available",
        "NodeHasSufficientPID",
    ),
    Healthy(READY, "True", "KubeletReady", "kubelet is posting ready status", "NodeReady"),
)
"""In the order a kubelet reports them."""

# In the order the node lifecycle controller goes through them.
_OF_THE_KUBELET = (READY, "MemoryPressure", "DiskPressure", "PIDPressure")


def is_ready(node: Node) -> bool:
    return is_true(node.status.conditions, READY)


def healthy(conditions: tuple[NodeCondition, ...], stamp: str) -> tuple[NodeCondition, ...]:
    """The conditions as a kubelet that is well reports them at `stamp`."""
    for wanted in HEALTHY:
        old = find(conditions, wanted.type)
        kept = old.last_transition_time if old is not None and old.status == wanted.status else None
        new = NodeCondition(
            type=wanted.type,
            status=wanted.status,
            reason=wanted.reason,
            message=wanted.message,
            last_heartbeat_time=stamp,
            last_transition_time=kept or stamp,
        )
        conditions = _put(conditions, new)
    return conditions


def silent(node: Node, stamp: str) -> tuple[NodeCondition, ...]:
    """The conditions of a node that said nothing for too long: what its kubelet knows is unknown since `stamp`."""
    conditions = node.status.conditions
    for type_ in _OF_THE_KUBELET:
        old = find(conditions, type_)
        if old is None:
            new = NodeCondition(
                type=type_,
                status=UNKNOWN,
                reason="NodeStatusNeverUpdated",
                message="Kubelet never posted node status.",
                last_heartbeat_time=node.metadata.creation_timestamp,
                last_transition_time=stamp,
            )
        elif old.status == UNKNOWN:
            continue
        else:
            new = replace(
                old,
                status=UNKNOWN,
                reason="NodeStatusUnknown",
                message="Kubelet stopped posting node status.",
                last_transition_time=stamp,
            )
        conditions = _put(conditions, new)
    return conditions


def _put(conditions: tuple[NodeCondition, ...], new: NodeCondition) -> tuple[NodeCondition, ...]:
    if find(conditions, new.type) is None:
        return (*conditions, new)
    return tuple(new if old.type == new.type else old for old in conditions)
