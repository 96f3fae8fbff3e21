"""S7: an ordinal's claim stays the same object until a person deletes it or the retention policy lets it go.

The policy acts through owners: what the garbage collector takes away must have had one. Nobody else may delete it.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks import stateful_sets as sets
from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import Past, actor, begins_deletion, by_person
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.statefulset import StatefulSet

_COLLECTOR = "garbage-collector-controller"
_NAMESPACES = "namespace-controller"


class Continuity(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        if not begins_deletion(record) or by_person(record) or actor(record) == _NAMESPACES:
            return
        claim: PersistentVolumeClaim = record.previous
        stateful_set = _set_that_uses(claim, self.scene.now)
        owned = any(reference.kind in ("StatefulSet", "Pod") for reference in claim.metadata.owner_references)
        if stateful_set is None and not owned:
            return
        self.came_true += 1
        if actor(record) != _COLLECTOR:
            yield Sighting(claim, f"is deleted by {actor(record)}")
        elif not claim.metadata.owner_references:
            yield Sighting(claim, "is collected, but nobody owned it")


def _set_that_uses(claim: PersistentVolumeClaim, past: Past) -> StatefulSet | None:
    """The set by one of whose templates the claim is named."""
    return next((found for found in past.every(StatefulSet) if _is_named_by(claim, found)), None)


def _is_named_by(claim: PersistentVolumeClaim, stateful_set: StatefulSet) -> bool:
    templates = stateful_set.spec.volume_claim_templates
    names = (f"{template.metadata.name}-{stateful_set.metadata.name}" for template in templates)
    return claim.metadata.namespace == stateful_set.metadata.namespace and sets.parent(claim.metadata.name) in names


CHECK = Check(
    name="ordinal-keeps-its-claim",
    property="S7",
    judged=EVERY_STEP,
    sentence="An ordinal's claim stays the same until a person deletes it or the retention policy lets it go.",
    condition="an actor deletes a claim of a set",
    types=(PersistentVolumeClaim,),
    watch=Continuity,
)
