"""Which claims a pod uses: those it names, and those made for it from its generic ephemeral volumes.

Mirrors component-helpers' storage/ephemeral/ephemeral.go and the volume controllers' pod index by claim.
"""

from __future__ import annotations

from harness.objects.pod import Pod


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
