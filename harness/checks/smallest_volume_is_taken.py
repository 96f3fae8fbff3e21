"""P9: of the volumes that would do, a claim gets the smallest.

The binder looks among the volumes with the fewest access modes that suffice first; the scheduler looks at all that its
node can use. A smaller volume counts only if it was free when the choice was made and nobody has touched it until
things are settled: a volume that another choice had in mind already is no alternative.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.bindings import BINDER, PLAIN, binding, class_name, size, unmet
from harness.checks.check import ACTION, Check, Sighting, Witness
from harness.checks.scene import Past, Scene, actor
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume


class Choice(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # (chosen, its claim, the better volume as it was when it was passed over)
        self._doubts: list[tuple[PersistentVolume, PersistentVolumeClaim, PersistentVolume]] = []

    def see(self, record: Record) -> Iterator[Sighting]:
        made = binding(record, self.scene.now)
        if made is not None and made.claim is not None and made.manner == PLAIN:
            self.came_true += 1
            pasts = list(self.scene.seen(record))
            by_binder = actor(record) == BINDER
            for better in _better(made.volume, made.claim, self.scene.now, by_binder):
                if all(past.get(PersistentVolume, "", better.metadata.name) is better for past in pasts):
                    self._doubts.append((made.volume, made.claim, better))
        yield from ()

    def settled(self) -> Iterator[Sighting]:
        for chosen, claim, better in self._doubts:
            if self.scene.now.get(PersistentVolume, "", better.metadata.name) is better:
                text = f"is given to claim {claim.metadata.name}, but the smaller {better.metadata.name} was free"
                yield Sighting(chosen, text)
        self._doubts.clear()


def _better(
    chosen: PersistentVolume, claim: PersistentVolumeClaim, now: Past, by_binder: bool
) -> Iterator[PersistentVolume]:
    """The free volumes that should have come first, in order of name."""
    wanted = class_name(claim)
    volumes = (volume for volume in now.every(PersistentVolume) if class_name(volume) == wanted)
    for volume in sorted(volumes, key=lambda volume: volume.metadata.name):
        if volume.spec.claim_ref is not None or volume.status.phase != "Available":
            continue
        if not by_binder and volume.spec.node_affinity != chosen.spec.node_affinity:
            continue
        if _comes_first(volume, chosen, by_binder) and not any(unmet(volume, claim, PLAIN)):
            yield volume


def _comes_first(volume: PersistentVolume, chosen: PersistentVolume, by_binder: bool) -> bool:
    """Smaller; to the binder also of fewer access modes, and among as many only where they are the same."""
    modes, others = frozenset(volume.spec.access_modes), frozenset(chosen.spec.access_modes)
    if by_binder and modes != others:
        return len(modes) < len(others)
    return size(volume) < size(chosen)


CHECK = Check(
    name="smallest-volume-is-taken",
    property="P9",
    judged=ACTION,
    sentence="Of the volumes that would do, a claim gets the smallest.",
    condition="an actor chooses a volume for a claim",
    types=(PersistentVolume,),
    watch=Choice,
)
