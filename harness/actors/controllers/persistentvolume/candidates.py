"""The volumes a claim could be given, kept in the order in which a search visits them.

Owns nothing but speed: `best` answers exactly as `find_matching_volume` would over each group of equal access modes in
turn, without looking at the volumes that cannot be the answer. Mirrors pkg/controller/volume/persistentvolume/index.go.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from harness.api.store import DELETED, Change, Key
from harness.control.informer import Informer
from harness.control.ranking import Rank, Ranking
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume
from harness.objects.storage_classes import class_of
from harness.objects.storage_phases import AVAILABLE
from harness.objects.volume_matching import (
    attributes_class_of,
    capacity,
    find_matching_volume,
    normalised_modes,
    request,
    volume_mode_of,
)

Modes: TypeAlias = tuple[str, ...]


class _Sort(NamedTuple):
    """What free volumes have in common of which the smallest will do, whatever their labels."""

    modes: Modes
    storage_class: str
    volume_mode: str
    attributes_class: str


class _Place(NamedTuple):
    """Where a volume is found: by the claim it is reserved for, or else among the free ones of its sort."""

    sort: _Sort
    rank: Rank
    labels: Mapping[str, str]
    reserved_for: Key | None


def _sort(obj: PersistentVolumeClaim | PersistentVolume, modes: Modes) -> _Sort:
    return _Sort(modes, class_of(obj), volume_mode_of(obj), attributes_class_of(obj))


def _place(volume: PersistentVolume) -> _Place | None:
    """The volume's place; None if no claim could be given it."""
    metadata = volume.metadata
    if metadata.deletion_timestamp is not None:
        return None
    reference = volume.spec.claim_ref
    if reference is None and volume.status.phase != AVAILABLE:
        return None
    return _Place(
        _sort(volume, normalised_modes(volume.spec.access_modes)),
        (capacity(volume), metadata.name),
        metadata.labels,
        (reference.namespace, reference.name) if reference is not None else None,
    )


class Candidates:
    """An index over the volumes of an informer."""

    def __init__(self, volumes: Informer[PersistentVolume]) -> None:
        self._volumes = volumes
        self._places: dict[str, _Place] = {}
        self._free: dict[_Sort, Ranking] = {}
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
        ranking = self._free.get(_sort(claim, modes))
        if ranking is None:
            return None
        _, name = next(ranking.at_least(request(claim), claim.spec.selector), (0, None))
        return self._volumes.objects["", name] if name is not None else None

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
        modes = place.sort.modes
        if modes not in self._groups:
            insort(self._groups, modes, key=lambda modes: (len(modes), modes))
        if place.reserved_for is not None:
            self._reserved.setdefault(place.reserved_for, {})[name] = modes
        else:
            self._free.setdefault(place.sort, Ranking()).add(place.rank, place.labels)

    def _remove(self, name: str, place: _Place) -> None:
        if place.reserved_for is not None:
            reserved = self._reserved[place.reserved_for]
            del reserved[name]
            if not reserved:
                del self._reserved[place.reserved_for]
        else:
            self._free[place.sort].remove(place.rank)
