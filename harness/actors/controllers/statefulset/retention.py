"""What the retention policy makes of a claim: who owns it, and whether that is already so.

Owns the owner references of claims. Source: pkg/controller/statefulset/stateful_set_utils.go
(isClaimOwnerUpToDate, updateClaimOwnerRefForSetAndPod).
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.actors.controllers.statefulset.identity import ordinal_of, start_ordinal
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import Object, OwnerReference, controller_of, owned_by
from harness.objects.pod import Pod
from harness.objects.statefulset import StatefulSet

RETAIN = "Retain"
DELETE = "Delete"

# (whenScaled, whenDeleted, the pod is outside the ordinals) -> (the set owns the claim, the pod owns it)
_OWNERS = {
    (RETAIN, RETAIN, False): (False, False),
    (RETAIN, RETAIN, True): (False, False),
    (RETAIN, DELETE, False): (True, False),
    (RETAIN, DELETE, True): (True, False),
    (DELETE, RETAIN, False): (False, False),
    (DELETE, RETAIN, True): (False, True),
    (DELETE, DELETE, False): (True, False),
    (DELETE, DELETE, True): (False, True),
}


def policy_of(stateful_set: StatefulSet) -> tuple[str, str]:
    """(whenScaled, whenDeleted)."""
    policy = stateful_set.spec.persistent_volume_claim_retention_policy
    if policy is None:
        return RETAIN, RETAIN
    return policy.when_scaled or RETAIN, policy.when_deleted or RETAIN


def is_condemned(stateful_set: StatefulSet, pod: Pod) -> bool:
    """Whether the pod's ordinal is outside those the set asks for."""
    start = start_ordinal(stateful_set)
    return not start <= ordinal_of(pod) < start + (stateful_set.spec.replicas or 0)


def owner_matches(stateful_set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim) -> bool:
    """Whether the claim's owners are what the policy wants, or are none of our business."""
    references = claim.metadata.owner_references
    policy = policy_of(stateful_set)
    if not references and policy == (RETAIN, RETAIN):
        return True
    if _has_stale(references, stateful_set) or _has_stale(references, pod):
        return True
    owns = (_has(references, stateful_set), _has(references, pod))
    if has_unexpected_controller(stateful_set, pod, claim):
        # Somebody else manages the claim: ours are taken away, and none is added.
        return owns == (False, False)
    for reference in references:
        if reference.uid in (stateful_set.metadata.uid, pod.metadata.uid) and not reference.controller:
            return False
    return owns == _OWNERS[(*policy, is_condemned(stateful_set, pod))]


def with_owners(stateful_set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim) -> PersistentVolumeClaim:
    """The claim with the owners that the policy wants; foreign references stay, ours come after them."""
    kept = tuple(
        reference
        for reference in claim.metadata.owner_references
        if not _same_object(reference, stateful_set) and not _same_object(reference, pod)
    )
    if not has_unexpected_controller(stateful_set, pod, claim):
        set_owns, pod_owns = _OWNERS[(*policy_of(stateful_set), is_condemned(stateful_set, pod))]
        if set_owns:
            kept = (*kept, owned_by(stateful_set))
        if pod_owns:
            kept = (*kept, owned_by(pod))
    return replace(claim, metadata=replace(claim.metadata, owner_references=kept))


def has_unexpected_controller(stateful_set: StatefulSet, pod: Pod, claim: PersistentVolumeClaim) -> bool:
    """Whether something other than this set and this pod manages the claim, so that the policy cannot."""
    if policy_of(stateful_set) == (RETAIN, RETAIN):
        return False
    ours = (stateful_set.metadata.uid, pod.metadata.uid)
    manager = controller_of(claim)
    if manager is not None and manager.uid not in ours:
        return True
    references = claim.metadata.owner_references
    return _has_stale(references, stateful_set) or _has_stale(references, pod)


def is_stale(claim: PersistentVolumeClaim, pod: Pod) -> bool:
    """Whether the claim still belongs to a former pod of this name, and so is about to be collected."""
    return _has_stale(claim.metadata.owner_references, pod)


def _same_object(reference: OwnerReference, owner: Object) -> bool:
    return (
        reference.kind == owner.kind
        and reference.name == owner.metadata.name
        and reference.api_version == owner.api_version
    )


def _has(references: tuple[OwnerReference, ...], owner: Object) -> bool:
    return any(reference.uid == owner.metadata.uid for reference in references)


def _has_stale(references: tuple[OwnerReference, ...], owner: Object) -> bool:
    return any(_same_object(reference, owner) and reference.uid != owner.metadata.uid for reference in references)
