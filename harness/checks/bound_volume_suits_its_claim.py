"""P3: a volume bound to a claim has its classes, size, access modes and volume mode, and labels that it selects.

Judged when the volume begins to point at the claim. What a person reserved or named overrides some of it, and what was
bound before is bound again without questions, as upstream does. What a person writes is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.bindings import BY_HAND, DEMANDS, binding, unmet
from harness.checks.check import ACTION, Check, Sighting, Witness
from harness.kernel.trace import Record
from harness.objects.storage import PersistentVolume


class Suitability(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        made = binding(record, self.scene.now)
        if made is None or made.claim is None or made.manner == BY_HAND or not DEMANDS[made.manner]:
            return
        self.came_true += 1
        for words in unmet(made.volume, made.claim, made.manner):
            name = made.claim.metadata.name
            yield Sighting(made.volume, f"is bound to claim {name} ({made.manner}), but {words}")


CHECK = Check(
    name="bound-volume-suits-its-claim",
    property="P3",
    judged=ACTION,
    sentence="A volume bound to a claim has its class, size, access modes, volume mode, and labels that it selects.",
    condition="a volume begins to point at a claim that nobody bound it to by hand",
    types=(PersistentVolume,),
    watch=Suitability,
)
