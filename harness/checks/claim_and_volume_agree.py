"""P2: a claim and its volume point at each other, and the volume did so first.

Half of a binding is legal for as long as it is being written. So the direction is judged when a claim is told its
volume, and the agreement only when nothing moves any more. A claim whose volume a person named is not told by anyone.
A Bound volume that a person makes point at another claim stays Bound while that claim does not take it.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.bindings import claim_meant, holds
from harness.checks.check import SETTLED, Check, Sighting, Witness
from harness.checks.scene import ADDED, DELETED, Scene, by_person
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import ObjectReference
from harness.objects.storage import PersistentVolume

_BOUND = "Bound"


class Agreement(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # By uid of a volume, where a person has made it point since it was there.
        self._redirected: dict[str, ObjectReference | None] = {}

    def see(self, record: Record) -> Iterator[Sighting]:
        if isinstance(record.subject, PersistentVolume):
            self._see_volume(record, record.subject)
        else:
            yield from self._see_claim(record, record.subject)

    def _see_volume(self, record: Record, volume: PersistentVolume) -> None:
        if by_person(record) and record.previous is not None:
            if record.previous.spec.claim_ref != volume.spec.claim_ref:
                self._redirected[volume.metadata.uid] = volume.spec.claim_ref
        elif volume.status.phase != _BOUND:
            self._redirected.pop(volume.metadata.uid, None)

    def _see_claim(self, record: Record, claim: PersistentVolumeClaim) -> Iterator[Sighting]:
        name = claim.spec.volume_name
        if record.type in (ADDED, DELETED) or by_person(record) or not name or record.previous.spec.volume_name == name:
            return
        self.came_true += 1
        if not any(holds(past.get(PersistentVolume, "", name), claim) for past in self.scene.seen(record)):
            yield Sighting(claim, f"is given volume {name}, which does not point at it yet")

    def settled(self) -> Iterator[Sighting]:
        now = self.scene.now
        for claim in now.every(PersistentVolumeClaim):
            if claim.status.phase == _BOUND:
                self.came_true += 1
                volume = now.get(PersistentVolume, "", claim.spec.volume_name)
                if not holds(volume, claim):
                    what = "is not there" if volume is None else "does not point at it"
                    yield Sighting(claim, f"is Bound, but its volume {claim.spec.volume_name!r} {what}")
        for volume in now.every(PersistentVolume):
            reference = volume.spec.claim_ref
            untouched = reference is None or self._redirected.get(volume.metadata.uid) != reference
            if volume.status.phase == _BOUND and untouched:
                meant = claim_meant(reference, now) if reference is not None else None
                if meant is None or meant.spec.volume_name != volume.metadata.name:
                    yield Sighting(volume, "is Bound, but no claim that it points at names it")


CHECK = Check(
    name="claim-and-volume-agree",
    property="P2",
    judged=SETTLED,
    sentence="A claim and its volume point at each other, and the volume did so first.",
    condition="a claim is given its volume, or is Bound when things are settled",
    types=(PersistentVolumeClaim, PersistentVolume),
    watch=Agreement,
)
