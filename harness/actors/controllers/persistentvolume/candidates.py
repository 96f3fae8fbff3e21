"""The volumes a claim could be given, kept in the order in which a search visits them.

Owns nothing but speed: `best` answers exactly as `find_matching_volume` would over each group of equal access modes in
turn, without looking at the volumes that cannot be the answer. Mirrors pkg/controller/volume/persistentvolume/index.go.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TypeAlias

import msgspec

from harness.api.store import DELETED, Change, Key
from harness.control.informer import Informer
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume
from harness.objects.storage_classes import class_of
from harness.objects.volume_matching import (
    AVAILABLE,
    capacity,
    find_matching_volume,
    is_offered_to,
    may_hold,
    normalised_modes,
    request,
)

Modes: TypeAlias = tuple[str, ...]
Rank: TypeAlias = tuple[int, str]
"""(capacity in thousandths of a byte, name): the smallest first, then by name."""


class _Place(msgspec.Struct, frozen=True):
    """Where a volume is found: by the claim it is reserved for, or else among the free ones of its class."""

    modes: Modes
    storage_class: str
    rank: Rank
    reserved_for: Key | None


def _place(volume: PersistentVolume) -> _Place | None:
    """The volume's place; None if no claim could be given it."""
    if volume.metadata.deletion_timestamp is not None:
        return None
    reference = volume.spec.claim_ref
    if reference is None and volume.status.phase != AVAILABLE:
        return None
    return _Place(
        normalised_modes(volume.spec.access_modes),
        class_of(volume),
        (capacity(volume), volume.metadata.name),
        (reference.namespace, reference.name) if reference is not None else None,
    )


class Candidates:
    """An index over the volumes of an informer."""

    def __init__(self, volumes: Informer[PersistentVolume]) -> None:
        self._volumes = volumes
        self._places: dict[str, _Place] = {}
        self._free: dict[tuple[Modes, str], list[Rank]] = {}
        self._reserved: dict[Key, dict[str, Modes]] = {}
        # Every combination of access modes ever seen, in the order in which a search visits them.
        self._groups: list[Modes] = []
        for volume in volumes.objects.values():
            self._move(volume.metadata.name, _place(volume))
        volumes.subscribe(self._take_in)

    def best(self, claim: PersistentVolumeClaim, *, delay_binding: bool) -> PersistentVolume | None:
        """The volume to bind the claim to: the fewest access modes that suffice come before reservation and size."""
        wanted = claim.spec.access_modes
        metadata = claim.metadata
        reserved = self._reserved.get((metadata.namespace, metadata.name))
        for modes in self._groups:
            if all(mode in modes for mode in wanted):
                found = self._best_reserved(claim, reserved, modes) if reserved else None
                if found is None and not delay_binding:
                    found = self._best_free(claim, modes)
                if found is not None:
                    return found
        return None

    def _best_reserved(
        self, claim: PersistentVolumeClaim, reserved: dict[str, Modes], modes: Modes
    ) -> PersistentVolume | None:
        names = sorted(name for name, offered in reserved.items() if offered == modes)
        volumes = [self._volumes.objects["", name] for name in names]
        return find_matching_volume(claim, volumes, delay_binding=True)

    def _best_free(self, claim: PersistentVolumeClaim, modes: Modes) -> PersistentVolume | None:
        ranks = self._free.get((modes, class_of(claim)))
        if not ranks:
            return None
        for position in range(bisect_left(ranks, (request(claim), "")), len(ranks)):
            volume = self._volumes.objects["", ranks[position][1]]
            if may_hold(claim, volume) and is_offered_to(volume, claim):
                return volume
        return None

    def _take_in(self, change: Change) -> None:
        volume: PersistentVolume = change.object
        self._move(volume.metadata.name, None if change.type == DELETED else _place(volume))

    def _move(self, name: str, place: _Place | None) -> None:
        before = self._places.get(name)
        if before == place:
            return
        if before is not None:
            del self._places[name]
            self._remove(name, before)
        if place is not None:
            self._places[name] = place
            self._add(name, place)

    def _add(self, name: str, place: _Place) -> None:
        if place.modes not in self._groups:
            insort(self._groups, place.modes, key=lambda modes: (len(modes), modes))
        if place.reserved_for is not None:
            self._reserved.setdefault(place.reserved_for, {})[name] = place.modes
        else:
            insort(self._free.setdefault((place.modes, place.storage_class), []), place.rank)

    def _remove(self, name: str, place: _Place) -> None:
        if place.reserved_for is not None:
            reserved = self._reserved[place.reserved_for]
            del reserved[name]
            if not reserved:
                del self._reserved[place.reserved_for]
        else:
            ranks = self._free[place.modes, place.storage_class]
            del ranks[bisect_left(ranks, place.rank)]
