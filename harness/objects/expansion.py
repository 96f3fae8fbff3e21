"""How far the expansion of a claim has come: its conditions, its state, and the sizes it goes by.

Pure, and shared by those who each do their half of it: the resizer of a storage, and the node that has the volume.
Mirrors pkg/volume/util/resize_util.go and kubernetes-csi's external-resizer, pkg/util/util.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimCondition

BEFORE_RESIZE = "volume.alpha.kubernetes.io/pre-resize-capacity"
NODE_UP_TO_DATE = "volume.kubernetes.io/node-expansion-not-required"

CONTROLLER_RESIZING = "ControllerResizeInProgress"
CONTROLLER_INFEASIBLE = "ControllerResizeInfeasible"
NODE_PENDING = "NodeResizePending"
NODE_RESIZING = "NodeResizeInProgress"
NODE_INFEASIBLE = "NodeResizeInfeasible"
RESIZE_STATES_OF_NODE = (NODE_PENDING, NODE_RESIZING)

_STORAGE = "storage"
_RESIZE_CONDITIONS = frozenset({"Resizing", "FileSystemResizePending", "ControllerResizeError", "NodeResizeError"})


def capacity_of(claim: PersistentVolumeClaim) -> int:
    """The storage it has, in thousandths of a byte."""
    return quantity.parse(claim.status.capacity.get(_STORAGE, "0"))


def resize_state(claim: PersistentVolumeClaim) -> str:
    """Whose turn it is in an expansion; empty if there is none."""
    return claim.status.allocated_resource_statuses.get(_STORAGE, "")


def with_state(claim: PersistentVolumeClaim, state: str) -> PersistentVolumeClaim:
    """The claim in that state of an expansion; "" for none."""
    others = {name: one for name, one in claim.status.allocated_resource_statuses.items() if name != _STORAGE}
    states = {**others, _STORAGE: state} if state else others
    return replace(claim, status=replace(claim.status, allocated_resource_statuses=states))


def with_conditions(
    claim: PersistentVolumeClaim, new: Mapping[str, str], now: str, *, keep: bool
) -> PersistentVolumeClaim:
    """The claim with these conditions of an expansion, as type to message; `keep` leaves it earlier ones as well."""
    made = {
        type_: PersistentVolumeClaimCondition(type=type_, status="True", last_transition_time=now, message=message)
        for type_, message in new.items()
    }
    kept = []
    for one in claim.status.conditions:
        if one.type in made:
            kept.append(made.pop(one.type))
        elif keep or one.type not in _RESIZE_CONDITIONS:
            kept.append(one)
    return replace(claim, status=replace(claim.status, conditions=(*kept, *made.values())))


def finished(claim: PersistentVolumeClaim, size: str) -> PersistentVolumeClaim:
    """The claim after its expansion to that size."""
    done = with_state(with_conditions(claim, {}, "", keep=False), "")
    return replace(done, status=replace(done.status, capacity={**done.status.capacity, _STORAGE: size}))
