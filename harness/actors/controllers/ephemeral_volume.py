"""Makes the claims behind generic ephemeral volumes, and makes them again when they are deleted under a living pod.

Owns their names, contents and owner, and the complaint about a claim that is in the way. It deletes nothing: the owner
reference has the garbage collector do that once the pod is gone. Mirrors pkg/controller/volume/ephemeral/controller.go.
"""

from __future__ import annotations

from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import ADDED, DELETED, Change, Key
from harness.control.controller import Controller, Process, Retry
from harness.control.events import WARNING
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimTemplate
from harness.objects.meta import ObjectMeta, owned_by
from harness.objects.pod import Pod
from harness.objects.pod_claims import claim_keys, ephemeral_claim_name, ownership_problem


class EphemeralVolumeController(Controller[Key]):
    """Keys are pods."""

    name = "ephemeral_volume"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5)
        self._pods = process.informers.of(Pod)
        self._claims = process.informers.of(PersistentVolumeClaim)
        self._pods_by_claim = self._pods.index(claim_keys)
        self._pods.subscribe(self._pod_changed)
        self._claims.subscribe(self._claim_changed)

    def _pod_changed(self, change: Change) -> None:
        # The volumes of a pod never change, and its claims go without this controller.
        if change.type == ADDED:
            self._wake(change.object, change.sequence)

    def _claim_changed(self, change: Change) -> None:
        metadata = change.object.metadata
        if change.type == DELETED:
            for pod in self._pods_by_claim.of((metadata.namespace, metadata.name)):
                self._wake(pod, change.sequence)

    def _wake(self, pod: Pod, sequence: int) -> None:
        metadata = pod.metadata
        if metadata.deletion_timestamp is None and any(volume.ephemeral is not None for volume in pod.spec.volumes):
            self.queue.add((metadata.namespace, metadata.name), sequence)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        pod = self._pods.get(*key)
        if pod is None or pod.metadata.deletion_timestamp is not None:
            return None
        for volume in pod.spec.volumes:
            template = volume.ephemeral.volume_claim_template if volume.ephemeral is not None else None
            if template is None:
                continue
            problem = await self._provide(pod, ephemeral_claim_name(pod, volume.name), template, client)
            if problem:
                text = f"ephemeral volume {volume.name}: {problem}"
                self.recorder.event(pod, WARNING, "FailedBinding", text, cause=client.cause)
                raise Retry
        return None

    async def _provide(self, pod: Pod, name: str, template: PersistentVolumeClaimTemplate, client: Client) -> str:
        """See to it that the claim of this name is there and the pod's own; else why it is not."""
        claim = self._claims.get(pod.metadata.namespace, name)
        if claim is not None:
            return ownership_problem(pod, claim)
        try:
            await client.create(_claim(pod, name, template))
        except ApiError as refusal:
            return f"create PVC {name}: {refusal.message}"
        return ""


def _claim(pod: Pod, name: str, template: PersistentVolumeClaimTemplate) -> PersistentVolumeClaim:
    metadata = ObjectMeta(
        name=name,
        namespace=pod.metadata.namespace,
        labels=template.metadata.labels,
        annotations=template.metadata.annotations,
        owner_references=(owned_by(pod),),
    )
    return PersistentVolumeClaim(metadata=metadata, spec=template.spec)
