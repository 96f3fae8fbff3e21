"""Volumes nobody claims, smallest first, by what claims ask of them and by the nodes that can use them.

Owns an index kept up to date volume by volume, so that a claim finds its match without going through all volumes.
Whether a volume fits a claim is decided elsewhere: here nothing that fits is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import merge
from typing import NamedTuple, TypeAlias

from harness.api.store import DELETED, Change
from harness.control.ranking import Rank, Ranking
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.node_affinity import selector_matches
from harness.objects.node_selector import NodeSelector
from harness.objects.storage import PersistentVolume
from harness.objects.storage_classes import class_of
from harness.objects.storage_phases import AVAILABLE
from harness.objects.volume_matching import (
    attributes_class_of,
    capacity,
    normalised_modes,
    request,
    volume_mode_of,
)

_Tie: TypeAlias = tuple[str, str]
"""The label, with its value, that a node must bear to use a volume."""

_UNTIED: _Tie = ("", "")


class _Sort(NamedTuple):
    """What volumes have in common that suit the same claims on the same nodes, whatever their size and labels."""

    modes: tuple[str, ...]
    volume_mode: str
    attributes_class: str
    affinity: NodeSelector | None

    def suits(self, claim: PersistentVolumeClaim, labels: Mapping[str, str]) -> bool:
        return (
            self.volume_mode == volume_mode_of(claim)
            and self.attributes_class == attributes_class_of(claim)
            and all(mode in self.modes for mode in claim.spec.access_modes)
            and (self.affinity is None or selector_matches(self.affinity, labels))
        )


class _Place(NamedTuple):
    """Where a volume is found."""

    storage_class: str
    tie: _Tie
    sort: _Sort
    rank: Rank
    labels: Mapping[str, str]


class FreeVolumes:
    """The index. Feed it every change of a volume."""

    def __init__(self) -> None:
        self._volumes: dict[str, PersistentVolume] = {}
        self._places: dict[str, _Place] = {}
        self._rankings: dict[tuple[str, _Tie], dict[_Sort, Ranking]] = {}

    def changed(self, change: Change) -> None:
        volume: PersistentVolume = change.object
        name = volume.metadata.name
        free = change.type != DELETED and volume.spec.claim_ref is None and volume.status.phase == AVAILABLE
        before, after = self._places.pop(name, None), _place(volume) if free else None
        if before is not None and before != after:
            self._remove(before)
            del self._volumes[name]
        if after is not None:
            self._volumes[name], self._places[name] = volume, after
            if before != after:
                self._add(after)

    def of(self, claim: PersistentVolumeClaim, labels: Mapping[str, str]) -> Iterator[PersistentVolume]:
        """Volumes that suit the claim and may be used from a node with these labels.

        Smallest first, and by name among equally small ones.
        """
        storage_class, least, selector = class_of(claim), request(claim), claim.spec.selector
        walks = [
            ranking.at_least(least, selector)
            for tie in (_UNTIED, *labels.items())
            for sort, ranking in self._rankings.get((storage_class, tie), {}).items()
            if sort.suits(claim, labels)
        ]
        for _, name in merge(*walks) if len(walks) != 1 else walks[0]:
            yield self._volumes[name]

    def _add(self, place: _Place) -> None:
        sorts = self._rankings.setdefault((place.storage_class, place.tie), {})
        sorts.setdefault(place.sort, Ranking()).add(place.rank, place.labels)

    def _remove(self, place: _Place) -> None:
        sorts = self._rankings[place.storage_class, place.tie]
        ranking = sorts[place.sort]
        ranking.remove(place.rank)
        if not ranking:
            del sorts[place.sort]


def _place(volume: PersistentVolume) -> _Place:
    affinity = volume.spec.node_affinity
    required = affinity.required if affinity is not None else None
    sort = _Sort(
        normalised_modes(volume.spec.access_modes), volume_mode_of(volume), attributes_class_of(volume), required
    )
    metadata = volume.metadata
    return _Place(class_of(volume), _tie(required), sort, (capacity(volume), metadata.name), metadata.labels)


def _tie(affinity: NodeSelector | None) -> _Tie:
    """A label that a node must have for this affinity; none if it demands none, or in another way."""
    terms = affinity.node_selector_terms if affinity is not None else ()
    for expression in terms[0].match_expressions if len(terms) == 1 else ():
        if expression.operator == "In" and len(expression.values) == 1:
            return (expression.key, expression.values[0])
    return _UNTIED
