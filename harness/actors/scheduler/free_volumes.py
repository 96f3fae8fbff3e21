"""Volumes nobody claims, smallest first, by class and by the host they are tied to.

Owns an index kept up to date volume by volume, so that a claim finds its match without going through all volumes.
Whether a volume fits a claim is decided elsewhere.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from heapq import merge
from typing import TypeAlias

from harness.api.store import DELETED, Change
from harness.objects.storage import PersistentVolume
from harness.objects.storage_classes import class_of
from harness.objects.volume_matching import capacity

HOSTNAME = "kubernetes.io/hostname"

_Place: TypeAlias = tuple[str, str]
_Rank: TypeAlias = tuple[int, str]


class FreeVolumes:
    """The index. Feed it every change of a volume."""

    def __init__(self) -> None:
        self._volumes: dict[str, PersistentVolume] = {}
        self._ranks: dict[_Place, list[_Rank]] = {}

    def changed(self, change: Change) -> None:
        volume: PersistentVolume = change.object
        name = volume.metadata.name
        before = self._volumes.pop(name, None)
        after = volume if change.type != DELETED and volume.spec.claim_ref is None else None
        if after is not None:
            self._volumes[name] = after
        old = (_place(before), _rank(before)) if before is not None else None
        new = (_place(after), _rank(after)) if after is not None else None
        if old == new:
            return
        if old is not None:
            ranks = self._ranks[old[0]]
            del ranks[bisect_left(ranks, old[1])]
        if new is not None:
            insort(self._ranks.setdefault(new[0], []), new[1])

    def of(self, class_name: str, host: str, at_least: int) -> Iterator[PersistentVolume]:
        """Volumes of the class that may be usable from the host and hold `at_least` thousandths of a byte.

        Smallest first, and by name among equally small ones.
        """
        anywhere = self._ranks.get((class_name, ""), ())
        here = self._ranks.get((class_name, host), ()) if host else ()
        if anywhere and here:
            ranks: Iterable[_Rank] = merge(_from(anywhere, at_least), _from(here, at_least))
        else:
            ranks = _from(anywhere or here, at_least)
        for _, name in ranks:
            yield self._volumes[name]


def _from(ranks: list[_Rank] | tuple[()], at_least: int) -> Iterator[_Rank]:
    for position in range(bisect_left(ranks, (at_least, "")), len(ranks)):
        yield ranks[position]


def _rank(volume: PersistentVolume) -> _Rank:
    return (capacity(volume), volume.metadata.name)


def _place(volume: PersistentVolume) -> _Place:
    """The class, and the one host name that the affinity demands: "" if it demands none, or in another way."""
    affinity = volume.spec.node_affinity
    terms = affinity.required.node_selector_terms if affinity is not None and affinity.required is not None else ()
    expressions = terms[0].match_expressions if len(terms) == 1 else ()
    for expression in expressions:
        if expression.key == HOSTNAME and expression.operator == "In" and len(expression.values) == 1:
            return (class_of(volume), expression.values[0])
    return (class_of(volume), "")
