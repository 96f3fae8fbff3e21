"""P4: a volume stays with the claim it points at, and once released is bound to nobody until it is cleared.

A claim is its uid: one that is made anew under the same name is another. A person may write any claimRef. If it has the
uid of a claim and the name of another, the volume is released, and the claim takes it back by its uid: it is another
reference by then, and no fault.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import DELETED, Scene, by_person
from harness.kernel.trace import Record
from harness.objects.storage import PersistentVolume

_RELEASED = ("Released", "Failed")


class Faithfulness(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # By uid of a volume, where it pointed when it was released: namespace, name and uid of a claim.
        self._released_from: dict[str, tuple[str, str, str]] = {}

    def see(self, record: Record) -> Iterator[Sighting]:
        volume: PersistentVolume = record.subject
        before: PersistentVolume | None = record.previous
        uid = volume.metadata.uid
        if record.type == DELETED or by_person(record):
            self._released_from.pop(uid, None)
            return
        held = before.spec.claim_ref.uid if before is not None and before.spec.claim_ref is not None else ""
        holds = volume.spec.claim_ref.uid if volume.spec.claim_ref is not None else ""
        if held:
            self.came_true += 1
            if holds and holds != held:
                name = volume.spec.claim_ref.name if volume.spec.claim_ref is not None else ""
                text = f"points at claim {name} with uid {holds}, but it still was that of the claim with uid {held}"
                yield Sighting(volume, text)
        phase, reference = volume.status.phase, volume.spec.claim_ref
        if reference is None or not reference.uid:
            self._released_from.pop(uid, None)
            return
        pointed = (reference.namespace, reference.name, reference.uid)
        if phase in _RELEASED:
            self._released_from.setdefault(uid, pointed)
        elif phase == "Bound" and self._released_from.get(uid) == pointed:
            yield Sighting(volume, "is Bound again after its release, and nobody cleared its claimRef")


CHECK = Check(
    name="volume-keeps-its-claim",
    property="P4",
    judged=EVERY_STEP,
    sentence="A volume stays with its claim, and once released is bound to nobody until its claimRef is cleared.",
    condition="an actor writes a volume that points at a claim",
    types=(PersistentVolume,),
    watch=Faithfulness,
)
