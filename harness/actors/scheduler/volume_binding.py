"""Choosing volumes for a pod: which node can serve its claims, and what has to be written once a node is chosen.

Owns the decisions of the VolumeBinding plugin, all pure: the filter, the plan made for each node, what the plan's
objects will look like, and whether everything written for it has come true.
Mirrors pkg/scheduler/framework/plugins/volumebinding (volume_binding.go, binder.go).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from harness.actors.scheduler.attempt import Attempt, Prepared, Rejection
from harness.actors.scheduler.nodes import NodeView
from harness.actors.scheduler.storage import Storage, VolumePlan, is_bound
from harness.control.events import reference
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.node_affinity import topology_matches
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume
from harness.objects.volume_matching import find_matching_volume, is_claimed_by, may_hold, reaches, request

VOLUME_BINDING = "VolumeBinding"

SELECTED_NODE = "volume.kubernetes.io/selected-node"
_BOUND_BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
_NO_PROVISIONER = "kubernetes.io/no-provisioner"
_LOST = "Lost"

_NOT_REACHED = "node(s) didn't match PersistentVolume's node affinity"
_NOTHING_TO_BIND = "node(s) didn't find available persistent volumes to bind"
_VOLUME_MISSING = Rejection(
    VOLUME_BINDING, ("node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)",), True
)
_UNBOUND = Rejection(VOLUME_BINDING, ("pod has unbound immediate PersistentVolumeClaims",), True)


class BindingFailed(Exception):
    """What was written for a pod's claims will not come true; the text says why."""


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
    unbound = [claim for claim in claims if not is_bound(claim)]
    if any(claim.spec.volume_name or not storage.waits_for_pod(claim) for claim in unbound):
        return _UNBOUND
    unbound.sort(key=request)
    volumes = [storage.volume(claim.spec.volume_name) for claim in claims if is_bound(claim)]
    attempt.plans = plans = {}

    def check(view: NodeView) -> Rejection | None:
        reasons: list[str] = []
        for volume in volumes:
            if volume is None:
                return _VOLUME_MISSING
            if not reaches(volume, view.labels):
                reasons.append(_NOT_REACHED)
                break
        if unbound:
            plan = _plan(storage, unbound, view)
            if plan is None:
                reasons.append(_NOTHING_TO_BIND)
            else:
                plans[view.name] = plan
        return Rejection(VOLUME_BINDING, tuple(reasons), True) if reasons else None

    return check


def _claim_problem(pod: Pod, claim: PersistentVolumeClaim | None, name: str, generated: bool) -> str | None:
    """Why no node will do because of this claim."""
    if claim is None:
        missing = f'persistentvolumeclaim "{name}" not found'
        made = f'waiting for ephemeral volume controller to create the persistentvolumeclaim "{name}"'
        return made if generated else missing
    if claim.status.phase == _LOST:
        return f'persistentvolumeclaim "{name}" bound to non-existent persistentvolume "{claim.spec.volume_name}"'
    if claim.metadata.deletion_timestamp is not None:
        return f'persistentvolumeclaim "{name}" is being deleted'
    owners = (owner.uid for owner in claim.metadata.owner_references if owner.controller)
    if generated and pod.metadata.uid not in owners:
        namespace = pod.metadata.namespace
        return f"PVC {namespace}/{name} was not created for pod {namespace}/{pod.metadata.name} (pod is not owner)"
    return None


def _plan(storage: Storage, unbound: Iterable[PersistentVolumeClaim], view: NodeView) -> VolumePlan | None:
    """How to serve the claims on this node; None if one of them cannot be."""
    bindings: list[tuple[PersistentVolumeClaim, PersistentVolume]] = []
    provisioned: list[PersistentVolumeClaim] = []
    for claim in unbound:
        selected = claim.metadata.annotations.get(SELECTED_NODE)
        if selected is not None and selected != view.name:
            return None
        if selected is None:
            excluded = tuple(volume.metadata.name for _, volume in bindings)
            volume = _match(storage, claim, view, excluded)
            if volume is not None:
                bindings.append((claim, volume))
                continue
        if not _may_provision(storage, claim, view):
            return None
        provisioned.append(claim)
    return VolumePlan(tuple(bindings), tuple(provisioned))


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


def _may_provision(storage: Storage, claim: PersistentVolumeClaim, view: NodeView) -> bool:
    found = storage.storage_class(claim)
    return (
        found is not None
        and found.provisioner not in ("", _NO_PROVISIONER)
        and topology_matches(found.allowed_topologies, view.labels)
    )


def reserved_for(plan: VolumePlan) -> tuple[PersistentVolume, ...]:
    """The plan's volumes with the claimRef they get."""
    return tuple(_claimed(volume, claim) for claim, volume in plan.bindings)


def selected_for(plan: VolumePlan, node: str) -> tuple[PersistentVolumeClaim, ...]:
    """The plan's claims with the annotation that asks the provisioner to act for the node."""
    return tuple(_annotated(claim, {SELECTED_NODE: node}) for claim in plan.provisioned)


def _claimed(volume: PersistentVolume, claim: PersistentVolumeClaim) -> PersistentVolume:
    current = volume.spec.claim_ref
    if current is not None and current.uid:
        return volume
    metadata = volume.metadata
    if current is None:
        metadata = replace(metadata, annotations={**metadata.annotations, _BOUND_BY_CONTROLLER: "yes"})
    return replace(volume, metadata=metadata, spec=replace(volume.spec, claim_ref=reference(claim)))


def _annotated(claim: PersistentVolumeClaim, annotations: dict[str, str]) -> PersistentVolumeClaim:
    metadata = claim.metadata
    return replace(claim, metadata=replace(metadata, annotations={**metadata.annotations, **annotations}))


def is_settled(storage: Storage, plan: VolumePlan, view: NodeView) -> bool:
    """Whether all of the plan's claims are bound by now. Raises `BindingFailed` when they will not be."""
    for claim, volume in plan.bindings:
        written = storage.written_volume(volume.metadata.name)
        if written is None:
            raise BindingFailed(
                f'failed to get pv "{volume.metadata.name}" from cache: could not find v1.PersistentVolume'
            )
        _check_reach(written, view)
        if written.spec.claim_ref is None or not written.spec.claim_ref.uid:
            raise BindingFailed(f'ClaimRef got reset for pv "{volume.metadata.name}"')
        if not is_bound(_written_claim(storage, claim)):
            return False
    return all(_is_provisioned(storage, _written_claim(storage, claim), view) for claim in plan.provisioned)


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
    return is_bound(claim)


def _check_reach(volume: PersistentVolume, view: NodeView) -> None:
    if not reaches(volume, view.labels):
        raise BindingFailed(
            f'pv "{volume.metadata.name}" node affinity doesn\'t match node "{view.name}": '
            "no matching NodeSelectorTerms"
        )


def _written_claim(storage: Storage, claim: PersistentVolumeClaim) -> PersistentVolumeClaim:
    metadata = claim.metadata
    written = storage.written_claim(metadata.namespace, metadata.name)
    if written is None:
        key = f"{metadata.namespace}/{metadata.name}"
        raise BindingFailed(f'failed to get pvc "{key}" from cache: could not find v1.PersistentVolumeClaim "{key}"')
    return written
