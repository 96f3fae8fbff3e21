"""P7: a claim that a scheduled pod uses, and a volume that is Bound, keep the finalizer that protects them.

A person may take it away. A pod that is not scheduled protects nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import Past, by_person
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume

_OF_CLAIMS = "kubernetes.io/pvc-protection"
_OF_VOLUMES = "kubernetes.io/pv-protection"


class Protection(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        if record.previous is None or by_person(record):
            return
        subject: PersistentVolumeClaim | PersistentVolume = record.subject
        mark = _OF_CLAIMS if isinstance(subject, PersistentVolumeClaim) else _OF_VOLUMES
        if mark not in record.previous.metadata.finalizers or mark in subject.metadata.finalizers:
            return
        self.came_true += 1
        if isinstance(subject, PersistentVolumeClaim):
            user = self.scene.obstacle(record, partial(_user, subject))
            if user:
                yield Sighting(subject, f"loses its protection while pod {user} uses it")
        elif all(_is_bound(subject, past) for past in self.scene.seen(record)):
            yield Sighting(subject, "loses its protection while it is Bound")


def _user(claim: PersistentVolumeClaim, past: Past) -> str:
    """The first scheduled pod by name that uses the claim, though not as its own; "" if none does."""
    metadata = claim.metadata
    names = [
        pod.metadata.name
        for pod in past.every(Pod)
        if pod.spec.node_name
        and pod.metadata.namespace == metadata.namespace
        and any(
            volume.persistent_volume_claim is not None and volume.persistent_volume_claim.claim_name == metadata.name
            for volume in pod.spec.volumes
        )
    ]
    return min(names, default="")


def _is_bound(volume: PersistentVolume, past: Past) -> bool:
    found = past.get(PersistentVolume, "", volume.metadata.name)
    return found is not None and found.status.phase == "Bound"


CHECK = Check(
    name="used-storage-is-protected",
    property="P7",
    judged=EVERY_STEP,
    sentence="A claim that a scheduled pod uses, and a volume that is Bound, keep the finalizer that protects them.",
    condition="an actor takes the finalizer away",
    types=(PersistentVolumeClaim, PersistentVolume),
    watch=Protection,
)
