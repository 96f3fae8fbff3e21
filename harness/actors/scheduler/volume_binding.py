"""Choosing volumes for a pod: which node can serve its claims, and what has to be written once a node is chosen.

Owns the decisions of the VolumeBinding plugin, all pure: the filter, the plan made for each node, what the plan's
objects will look like, and whether everything written for it has come true.
Mirrors pkg/scheduler/framework/plugins/volumebinding (volume_binding.go, binder.go).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from harness.actors.scheduler.attempt import Attempt, Prepared, Rejection
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.storage import Storage, VolumePlan
from harness.control.events import reference
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import LabelSelector
from harness.objects.node_affinity import topology_matches
from harness.objects.pod import Pod
from harness.objects.pod_claims import ownership_problem
from harness.objects.selector import matches
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_classes import NO_PROVISIONER
from harness.objects.storage_phases import LOST
from harness.objects.volume_binding import BOUND_BY_CONTROLLER, SELECTED_NODE, YES, annotated, is_fully_bound
from harness.objects.volume_matching import find_matching_volume, is_claimed_by, may_hold, reaches, request

VOLUME_BINDING = "VolumeBinding"

_NOT_REACHED = "node(s) didn't match PersistentVolume's node affinity"
_NOTHING_TO_BIND = "node(s) didn't find available persistent volumes to bind"
_NO_ROOM = "node(s) did not have enough free storage"
_VOLUME_MISSING = "node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"
# The order in which the reasons of one node are given.
_REASONS = (_NOT_REACHED, _NOTHING_TO_BIND, _NO_ROOM, _VOLUME_MISSING)
_UNBOUND = Rejection(VOLUME_BINDING, ("pod has unbound immediate PersistentVolumeClaims",), True)


class BindingFailed(Exception):
    """What was written for a pod's claims will not come true; the text says why."""


class _Unbound(NamedTuple):
    """A claim without a volume; the node selected for it before, if one was; its class, and where that has room.

    `room` is None if nobody counts it.
    """

    claim: PersistentVolumeClaim
    selected: str | None
    storage_class: StorageClass | None
    room: tuple[LabelSelector, ...] | None


def volume_binding(attempt: Attempt) -> Prepared:
    """Bound claims must be reachable from the node; others need a volume there, or a provisioner that may make one."""
    pod, storage = attempt.pod, attempt.storage
    if not attempt.demand.claims:
        return None
    claims: list[PersistentVolumeClaim] = []
    for use in attempt.demand.claims:
        claim = storage.claim(pod.metadata.namespace, use.claim)
        problem = _claim_problem(pod, claim, use.claim, use.generated)
        if problem is not None or claim is None:
            return Rejection(VOLUME_BINDING, (problem or "",), True)
        claims.append(claim)
    waiting = [claim for claim in claims if not is_fully_bound(claim)]
    if any(claim.spec.volume_name or not storage.waits_for_pod(claim) for claim in waiting):
        return _UNBOUND
    unbound = [_unbound(storage, claim) for claim in waiting]
    promised = [each for each in unbound if each.selected is not None]
    unmatched = [each for each in unbound if each.selected is None]
    unmatched.sort(key=lambda each: request(each.claim))
    volumes = [storage.volume(claim.spec.volume_name) for claim in claims if is_fully_bound(claim)]
    tied = [
        None if volume is None else _reaching(attempt, volume)
        for volume in volumes
        if volume is None or volume.spec.node_affinity is not None
    ]
    if not tied and not unbound:
        return None
    attempt.plans = plans = {}

    def check(view: NodeView) -> Rejection | None:
        unreachable = _unreachable(tied, view) if tied else None
        unserved = None
        if unbound:
            plan = _plan(storage, promised, unmatched, view)
            if isinstance(plan, VolumePlan):
                plans[view.name] = plan
            else:
                unserved = plan
        if unreachable is None and unserved is None:
            return None
        reasons = tuple(reason for reason in _REASONS if reason in (unreachable, unserved))
        return Rejection(VOLUME_BINDING, reasons, True)

    return check


def _reaching(attempt: Attempt, volume: PersistentVolume) -> Mapping[str, bool]:
    """For each node by name whether it can use the volume."""
    nodes = attempt.nodes
    return nodes.remembered(
        ("reach", volume.spec.node_affinity),
        lambda: {view.name: reaches(volume, view.labels) for view in nodes.listed()},
    )


def _unreachable(volumes: Iterable[Mapping[str, bool] | None], view: NodeView) -> str | None:
    """What is wrong with the first volume that the node cannot use."""
    for reaching in volumes:
        if reaching is None:
            return _VOLUME_MISSING
        if not reaching[view.name]:
            return _NOT_REACHED
    return None


def _claim_problem(pod: Pod, claim: PersistentVolumeClaim | None, name: str, generated: bool) -> str | None:
    """Why no node will do because of this claim."""
    if claim is None:
        missing = f'persistentvolumeclaim "{name}" not found'
        made = f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
        return made if generated else missing
    if claim.status.phase == LOST:
        return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{claim.spec.volume_name}"'
    if claim.metadata.deletion_timestamp is not None:
        return f'persistentvolumeclaim "{name}" is being deleted'
    return (ownership_problem(pod, claim) or None) if generated else None


def _unbound(storage: Storage, claim: PersistentVolumeClaim) -> _Unbound:
    selected = claim.metadata.annotations.get(SELECTED_NODE)
    found = storage.storage_class(claim)
    asked = claim.spec.resources.requests.get("storage")
    if found is None or asked is None or not storage.drivers.counts_room(found.provisioner):
        return _Unbound(claim, selected, found, None)
    return _Unbound(claim, selected, found, storage.drivers.room(found.metadata.name, quantity.value(asked)))


def _plan(
    storage: Storage, promised: Sequence[_Unbound], unmatched: Sequence[_Unbound], view: NodeView
) -> VolumePlan | str:
    """How to serve the claims on this node, or why one of them cannot be.

    The `promised` have had a node selected before, and are provisioned if it is this one. For the `unmatched`, smallest
    first, a volume is looked for, and only without one they are provisioned too.
    """
    for each in promised:
        if each.selected != view.name:
            return _NOTHING_TO_BIND
    to_provision = [*promised]
    bindings: list[tuple[PersistentVolumeClaim, PersistentVolume]] = []
    for each in unmatched:
        excluded = tuple(volume.metadata.name for _, volume in bindings) if bindings else ()
        volume = _match(storage, each.claim, view, excluded)
        if volume is not None:
            bindings.append((each.claim, volume))
        else:
            to_provision.append(each)
    for each in to_provision:
        problem = _unprovisionable(each, view)
        if problem is not None:
            return problem
    return VolumePlan(tuple(bindings), tuple(each.claim for each in to_provision) if to_provision else ())


def _match(
    storage: Storage, claim: PersistentVolumeClaim, view: NodeView, excluded: tuple[str, ...]
) -> PersistentVolume | None:
    """The volume the claim would get on the node: one reserved for it before any other."""
    reserved = [
        volume
        for volume in storage.reserved_volumes(claim)
        if is_claimed_by(volume, claim) and may_hold(claim, volume) and volume.metadata.name not in excluded
    ]
    labels = view.labels
    if reserved:
        return find_matching_volume(claim, reserved, node_labels=labels, delay_binding=True)
    for volume in storage.free_volumes(claim, labels):
        if find_matching_volume(claim, (volume,), node_labels=labels, excluded=excluded, delay_binding=True):
            return volume
    return None


def _unprovisionable(unbound: _Unbound, view: NodeView) -> str | None:
    """Why no volume can be made for the claim on this node."""
    found = unbound.storage_class
    if (
        found is None
        or found.provisioner in ("", NO_PROVISIONER)
        or not topology_matches(found.allowed_topologies, view.labels)
    ):
        return _NOTHING_TO_BIND
    if unbound.room is not None and not any(matches(place, view.labels) for place in unbound.room):
        return _NO_ROOM
    return None


def reserved_for(plan: VolumePlan) -> tuple[PersistentVolume, ...]:
    """The plan's volumes with the claimRef they get."""
    return tuple(_claimed(volume, claim) for claim, volume in plan.bindings)


def selected_for(plan: VolumePlan, node: str) -> tuple[PersistentVolumeClaim, ...]:
    """The plan's claims with the annotation that asks the provisioner to act for the node."""
    return tuple(
        replace(claim, metadata=annotated(claim.metadata, {SELECTED_NODE: node})) for claim in plan.provisioned
    )


def _claimed(volume: PersistentVolume, claim: PersistentVolumeClaim) -> PersistentVolume:
    current = volume.spec.claim_ref
    if current is not None and current.uid:
        return volume
    metadata = volume.metadata
    if current is None:
        metadata = annotated(metadata, {BOUND_BY_CONTROLLER: YES})
    return replace(volume, metadata=metadata, spec=replace(volume.spec, claim_ref=reference(claim)))


def is_settled(storage: Storage, plan: VolumePlan, view: NodeView) -> bool:
    """Whether all of the plan's claims are bound by now. Raises `BindingFailed` when they will not be."""
    for claim, volume in plan.bindings:
        name = volume.metadata.name
        written = storage.written_volume(name)
        if written is None:
            raise BindingFailed(f'failed to check binding: could not find v1.PersistentVolume "{name}"')
        written_claim = _written_claim(storage, claim, "failed to check binding")
        _check_reach(written, view)
        if written.spec.claim_ref is None or not written.spec.claim_ref.uid:
            raise BindingFailed(f'ClaimRef got reset for pv "{name}"')
        if not is_fully_bound(written_claim):
            return False
    return all(
        _is_provisioned(storage, _written_claim(storage, claim, "failed to check provisioning pvc"), view)
        for claim in plan.provisioned
    )


def _is_provisioned(storage: Storage, claim: PersistentVolumeClaim, view: NodeView) -> bool:
    name = claim.metadata.name
    if not claim.metadata.annotations:
        raise BindingFailed(f'selectedNode annotation reset for PVC "{name}"')
    if claim.metadata.annotations.get(SELECTED_NODE) != view.name:
        raise BindingFailed(f'provisioning failed for PVC "{name}"')
    if claim.spec.volume_name:
        volume = storage.written_volume(claim.spec.volume_name)
        if volume is None:
            return False
        _check_reach(volume, view)
    return is_fully_bound(claim)


def _check_reach(volume: PersistentVolume, view: NodeView) -> None:
    if not reaches(volume, view.labels):
        raise BindingFailed(
            f'pv "{volume.metadata.name}" node affinity doesn\'t match node "{view.name}": '
            "no matching NodeSelectorTerms"
        )


def _written_claim(storage: Storage, claim: PersistentVolumeClaim, doing: str) -> PersistentVolumeClaim:
    metadata = claim.metadata
    written = storage.written_claim(metadata.namespace, metadata.name)
    if written is None:
        key = f"{metadata.namespace}/{metadata.name}"
        raise BindingFailed(f'{doing}: could not find v1.PersistentVolumeClaim "{key}"')
    return written
