"""P1: no two claims are bound to one volume, and no claim to two volumes.

Judged by the phase Bound, which is written last on either side. Silent until things are settled where a person has
rewritten a volume's claimRef: the claim that loses its volume that way learns of it only later.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import DELETED, Scene, by_person
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume

_BOUND = "Bound"


class OneToOne(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # By volume name, the claims bound to it, by uid; by claim uid, the volumes bound to it, by name.
        self._claims: dict[str, dict[str, PersistentVolumeClaim]] = {}
        self._volumes: dict[str, dict[str, PersistentVolume]] = {}
        self._rewritten: dict[str, None] = {}

    def see(self, record: Record) -> Iterator[Sighting]:
        if isinstance(record.subject, PersistentVolume):
            yield from self._see_volume(record, record.subject)
        else:
            yield from self._see_claim(record, record.subject)

    def settled(self) -> Iterator[Sighting]:
        for name in self._rewritten:
            yield from _shared(name, self._claims.get(name, {}))
        self._rewritten.clear()

    def _see_claim(self, record: Record, claim: PersistentVolumeClaim) -> Iterator[Sighting]:
        uid = claim.metadata.uid
        before: PersistentVolumeClaim | None = record.previous
        if before is not None:
            self._claims.get(before.spec.volume_name, {}).pop(uid, None)
        name = claim.spec.volume_name
        if record.type == DELETED or not name or claim.status.phase != _BOUND:
            return
        bound = self._claims.setdefault(name, {})
        bound[uid] = claim
        if before is None or before.status.phase != _BOUND:
            self.came_true += 1
        if name not in self._rewritten:
            yield from _shared(name, bound)

    def _see_volume(self, record: Record, volume: PersistentVolume) -> Iterator[Sighting]:
        name = volume.metadata.name
        before: PersistentVolume | None = record.previous
        held = before.spec.claim_ref if before is not None else None
        if held is not None:
            self._volumes.get(held.uid, {}).pop(name, None)
        reference = volume.spec.claim_ref
        if before is not None and by_person(record) and reference != held:
            self._rewritten[name] = None
        if record.type == DELETED or reference is None or not reference.uid or volume.status.phase != _BOUND:
            return
        bound = self._volumes.setdefault(reference.uid, {})
        bound[name] = volume
        if len(bound) > 1 and not any(other in self._rewritten for other in bound):
            names = " and ".join(sorted(bound))
            yield Sighting(volume, f"is Bound to claim {reference.name}, and so are two volumes at once: {names}")


def _shared(name: str, bound: dict[str, PersistentVolumeClaim]) -> Iterator[Sighting]:
    if len(bound) > 1:
        claims = [bound[uid] for uid in sorted(bound)]
        names = " and ".join(f"{claim.metadata.name} (uid {claim.metadata.uid})" for claim in claims)
        yield Sighting(claims[-1], f"is Bound to volume {name}, and so are two claims at once: {names}")


CHECK = Check(
    name="volume-serves-one-claim",
    property="P1",
    judged=EVERY_STEP,
    sentence="No two claims are bound to one volume, and no claim to two volumes.",
    condition="a claim becomes Bound",
    types=(PersistentVolumeClaim, PersistentVolume),
    watch=OneToOne,
)
