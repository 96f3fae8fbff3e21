"""A node as it would be with some pods more or fewer: asked about, and then as it was.

Owns the thinking in and away of pods, for nodes that others are nominated for and for pods that might be removed. The
world itself is never touched. Mirrors framework/runtime (RunFilterPluginsWithNominatedPods) and the AddPod and
RemovePod extensions of the filters.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.actors.scheduler import filters
from harness.actors.scheduler.attempt import Attempt, Check, CountingCheck, Rejection
from harness.actors.scheduler.crowds import Placement
from harness.actors.scheduler.nodes import NodeView


class Trial:
    """One node under trial. What it did to the checks has to be taken back with `end`."""

    def __init__(self, attempt: Attempt, checks: Sequence[Check], view: NodeView) -> None:
        self.node = view.name
        self._attempt = attempt
        self._checks = checks
        self._counting = [check for check in checks if isinstance(check, CountingCheck)]
        self._view = view.copy()
        self._done: list[tuple[Placement, int]] = []

    def add(self, placement: Placement) -> None:
        """Think a pod onto the node."""
        self._view.add(placement)
        self._shift(placement, 1)
        self._done.append((placement, 1))

    def remove(self, placement: Placement) -> None:
        """Think a pod of the node away."""
        self._view.remove(placement)
        self._shift(placement, -1)
        self._done.append((placement, -1))

    def rejection(self) -> Rejection | None:
        """Why the node would not do, both with and without the pods of importance that are nominated for it."""
        rivals = self._attempt.nominations.rivals(self._view.name, self._attempt.pod)
        if rivals:
            for rival in rivals:
                self.add(rival)
            found = filters.rejection_by(self._checks, self._view)
            for rival in rivals:
                self.remove(rival)
            if found is not None:
                return found
        return filters.rejection_by(self._checks, self._view)

    def end(self) -> None:
        """Let the checks count again what there is."""
        for placement, by in reversed(self._done):
            self._shift(placement, -by)

    def _shift(self, placement: Placement, by: int) -> None:
        for check in self._counting:
            check.shift(placement, self._view, by)


def rejection_of(attempt: Attempt, checks: Sequence[Check], view: NodeView) -> Rejection | None:
    """Why the node will not do, with regard to who else is nominated for it."""
    if not attempt.nominations.rivals(view.name, attempt.pod):
        return filters.rejection_by(checks, view)
    trial = Trial(attempt, checks, view)
    try:
        return trial.rejection()
    finally:
        trial.end()
