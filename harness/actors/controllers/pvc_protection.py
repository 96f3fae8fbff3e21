"""Keeps a claim that is being deleted until no pod on a node uses it any more.

Owns the finalizer `kubernetes.io/pvc-protection`. A pod counts from its scheduling until its object is gone, whatever
its phase. Mirrors pkg/controller/volume/pvcprotection/pvc_protection_controller.go.
"""

from __future__ import annotations

from harness.api.client import Client
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.finalizers import CLAIM_PROTECTION, with_finalizer, without_finalizer
from harness.objects.pod import Pod
from harness.objects.pod_claims import claim_keys, ephemeral_claim_name, is_made_for, is_terminated


class PersistentVolumeClaimProtection(Controller[Key]):
    """Keys are claims."""

    name = "pvc-protection-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=30)
        self._claims = process.informers.of(PersistentVolumeClaim)
        pods = process.informers.of(Pod)
        self._pods_by_claim = pods.index(claim_keys)
        self._claims.subscribe(self._claim_changed)
        pods.subscribe(self._pod_changed)

    def _claim_changed(self, change: Change) -> None:
        claim: PersistentVolumeClaim = change.object
        metadata = claim.metadata
        held = CLAIM_PROTECTION in metadata.finalizers
        if change.type != DELETED and (metadata.deletion_timestamp is None) != held:
            self.queue.add((metadata.namespace, metadata.name), change.sequence)

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        if change.type != DELETED and pod.spec.node_name and not is_terminated(pod):
            return
        for key in claim_keys(pod):
            claim = self._claims.get(*key)
            if claim is not None and claim.metadata.deletion_timestamp is not None:
                self.queue.add(key, change.sequence)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        claim = self._claims.get(*key)
        if claim is None:
            return None
        metadata = claim.metadata
        held = CLAIM_PROTECTION in metadata.finalizers
        if metadata.deletion_timestamp is None and not held:
            changed = with_finalizer(claim, CLAIM_PROTECTION)
        elif metadata.deletion_timestamp is not None and held and not self._is_used(claim):
            changed = without_finalizer(claim, CLAIM_PROTECTION)
        else:
            return None
        await client.update(changed)
        return None

    def _is_used(self, claim: PersistentVolumeClaim) -> bool:
        pods = self._pods_by_claim.of((claim.metadata.namespace, claim.metadata.name))
        return any(pod.spec.node_name and _uses(pod, claim) for pod in pods)


def _uses(pod: Pod, claim: PersistentVolumeClaim) -> bool:
    """Whether the pod names the claim, or, while not fully shut down, has it for an ephemeral volume of its own."""
    name = claim.metadata.name
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            used = volume.persistent_volume_claim.claim_name == name
        else:
            generated = volume.ephemeral is not None and ephemeral_claim_name(pod, volume.name) == name
            used = generated and is_made_for(pod, claim) and not _is_shut_down(pod)
        if used:
            return True
    return False


def _is_shut_down(pod: Pod) -> bool:
    return pod.metadata.deletion_timestamp is not None and pod.metadata.deletion_grace_period_seconds == 0
