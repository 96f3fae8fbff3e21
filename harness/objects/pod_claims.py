"""Which claims a pod uses: those it names, and those made for it from its generic ephemeral volumes.

Mirrors component-helpers' storage/ephemeral/ephemeral.go, the volume controllers' pod index by claim, and
IsPodTerminated of pkg/volume/util/util.go.
"""

from __future__ import annotations

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import controller_of
from harness.objects.pod import Pod
from harness.objects.pods import has_ended


def claim_keys(pod: Pod) -> tuple[tuple[str, str], ...]:
    """(namespace, name) of every claim that the pod's volumes refer to, each once, in the order of the volumes."""
    namespace = pod.metadata.namespace
    names: dict[str, None] = {}
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            names[volume.persistent_volume_claim.claim_name] = None
        elif volume.ephemeral is not None:
            names[ephemeral_claim_name(pod, volume.name)] = None
    return tuple((namespace, name) for name in names)


def named_claim_keys(pod: Pod) -> tuple[tuple[str, str], ...]:
    """(namespace, name) of every claim that the pod names itself, each once, in the order of the volumes."""
    claims = (volume.persistent_volume_claim for volume in pod.spec.volumes)
    names = dict.fromkeys(claim.claim_name for claim in claims if claim is not None)
    return tuple((pod.metadata.namespace, name) for name in names)


def ephemeral_claim_name(pod: Pod, volume_name: str) -> str:
    """The name of the claim made for a generic ephemeral volume of the pod."""
    return f"{pod.metadata.name}-{volume_name}"


def is_made_for(pod: Pod, claim: PersistentVolumeClaim) -> bool:
    """Whether the pod is what controls the claim, as it controls the claims of its ephemeral volumes."""
    owner = controller_of(claim)
    return owner is not None and owner.uid == pod.metadata.uid and claim.metadata.namespace == pod.metadata.namespace


def ownership_problem(pod: Pod, claim: PersistentVolumeClaim) -> str:
    """What is said where a claim with the name of an ephemeral volume's is not that pod's; empty if it is."""
    if is_made_for(pod, claim):
        return ""
    made, wanted = claim.metadata, pod.metadata
    return (
        f"PVC {made.namespace}/{made.name} was not created for pod {wanted.namespace}/{wanted.name} (pod is not owner)"
    )


def is_terminated(pod: Pod) -> bool:
    """Whether nothing of the pod uses its claims any more: it has ended, or is being deleted and none of it runs."""
    if has_ended(pod):
        return True
    if pod.metadata.deletion_timestamp is None:
        return False
    states = (status.state for status in pod.status.container_statuses)
    return all(state.terminated is not None or state.waiting is not None for state in states)
