"""P5: no actor deletes or recycles a volume while the claim that it points at exists and names it.

A person may ask for it, and then it waits for its claim. What is collected with its owner is the owner's.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.bindings import claim_meant
from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import actor, begins_deletion, by_person
from harness.kernel.trace import Record
from harness.objects.storage import PersistentVolume

_COLLECTOR = "garbage-collector-controller"
_RELEASED = "Released"


class Deletion(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        volume: PersistentVolume = record.subject
        before: PersistentVolume | None = record.previous
        if before is None or by_person(record) or actor(record) == _COLLECTOR:
            return
        released = volume.status.phase == _RELEASED and before.status.phase != _RELEASED
        if not released and not begins_deletion(record):
            return
        self.came_true += 1
        reference = before.spec.claim_ref
        if reference is None:
            return
        pasts = [self.scene.now, *self.scene.seen(record)]
        claims = [claim_meant(reference, past) for past in pasts]
        if all(claim is not None and claim.spec.volume_name == volume.metadata.name for claim in claims):
            what = "is released" if released else "is deleted"
            yield Sighting(volume, f"{what} by {actor(record)} while its claim {reference.name} is there and names it")


CHECK = Check(
    name="used-volume-is-not-deleted",
    property="P5",
    judged=EVERY_STEP,
    sentence="No actor releases or deletes a volume while the claim that it points at exists and names it.",
    condition="an actor releases or deletes a volume",
    types=(PersistentVolume,),
    watch=Deletion,
)
