"""Which changes of slices are the controller's own, so that those of others are noticed.

Owns that knowledge alone. Source: staging/src/k8s.io/endpointslice/util/endpointslice_tracker.go.
"""

from __future__ import annotations

from harness.api.store import ADDED, DELETED, Change
from harness.objects.service import EndpointSlice

_GOING = -1


class Tracker:
    """The generations that the controller's own writes leave behind, by the uid of the slice.

    What it is about to write is told before the write, since the view is current at the instant of each.
    """

    def __init__(self) -> None:
        self._generations: dict[str, int] = {}
        self._creating = 0

    def create(self) -> None:
        self._creating += 1

    def not_created(self) -> None:
        """The slice that was about to be made was refused."""
        self._creating -= 1

    def update(self, found: EndpointSlice) -> None:
        self._generations[found.metadata.uid] = found.metadata.generation + 1

    def delete(self, found: EndpointSlice) -> None:
        self._generations[found.metadata.uid] = _GOING

    def is_of_others(self, change: Change) -> bool:
        """Whether somebody else made, changed or deleted the slice."""
        metadata = change.object.metadata
        if change.type == DELETED:
            return self._generations.pop(metadata.uid, _GOING) != _GOING
        if change.type == ADDED and self._creating:
            self._creating -= 1
            self._generations[metadata.uid] = metadata.generation
            return False
        return bool(metadata.generation > self._generations.get(metadata.uid, 0))
