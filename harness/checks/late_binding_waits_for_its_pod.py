"""P8: a claim of a class that waits for its first consumer is neither bound nor provisioned before a node is selected.

The scheduler's own writes are that selection. What a person reserved or named does not wait, and neither does what was
bound before. A class that came, went or changed while the actor looked excuses it.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.bindings import (
    BINDER,
    MADE,
    PLAIN,
    SELECTED_NODE,
    STORAGE_PROVISIONER,
    binding,
    waits_for_consumer,
)
from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import DELETED, actor, by_person
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume


class LateBinding(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        if by_person(record) or record.type == DELETED:
            return
        claim, what = self._handed_over(record)
        if claim is None or not all(waits_for_consumer(claim, past) for past in self.scene.seen(record)):
            return
        self.came_true += 1
        if SELECTED_NODE not in claim.metadata.annotations and actor(record) == BINDER:
            yield Sighting(claim, f"{what} although its class waits for a consumer and no node is selected")

    def _handed_over(self, record: Record) -> tuple[PersistentVolumeClaim | None, str]:
        """The claim that is bound or begins to be provisioned by this record, and which of the two."""
        subject = record.subject
        if isinstance(subject, PersistentVolume):
            made = binding(record, self.scene.now)
            if made is None or made.manner not in (PLAIN, MADE):
                return None, ""
            return made.claim, f"is bound to volume {subject.metadata.name}"
        before: PersistentVolumeClaim | None = record.previous
        asked = STORAGE_PROVISIONER in subject.metadata.annotations
        if not asked or (before is not None and STORAGE_PROVISIONER in before.metadata.annotations):
            return None, ""
        return subject, "begins to be provisioned"


CHECK = Check(
    name="late-binding-waits-for-its-pod",
    property="P8",
    judged=EVERY_STEP,
    sentence="A claim whose class waits for the first consumer is bound or provisioned only once a node is selected.",
    condition="a claim of such a class is bound or begins to be provisioned",
    types=(PersistentVolumeClaim, PersistentVolume),
    watch=LateBinding,
)
