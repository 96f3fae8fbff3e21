"""Who belongs to a set: pods and revisions it controls, lets go of, or takes in.

Owns what a set asks beyond its selector: a pod must have its name too, a revision is never let go of. Source:
pkg/controller/statefulset/stateful_set.go (getPodsForStatefulSet, adoptOrphanRevisions).
"""

from __future__ import annotations

from harness.actors.controllers.statefulset.identity import parent_and_ordinal
from harness.api.client import Client
from harness.control.controller import Process
from harness.control.ownership import Ownership
from harness.objects.meta import controller_of
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision, StatefulSet


class Membership:
    """The pods and the revisions of sets."""

    def __init__(self, process: Process) -> None:
        self.pods = Ownership(process, StatefulSet, Pod, lambda owner: owner.spec.selector)
        self._revisions = Ownership(process, StatefulSet, ControllerRevision, lambda owner: owner.spec.selector)

    def revisions(self, stateful_set: StatefulSet) -> list[ControllerRevision]:
        """The revisions this set controls, and those nobody controls that match its selector."""
        metadata = stateful_set.metadata
        found = (*self._revisions.managed(metadata.uid), *self._revisions.orphans(metadata.namespace))
        return [revision for revision in found if self._revisions.selects(stateful_set, revision)]

    def has_orphans(self, stateful_set: StatefulSet) -> bool:
        """Whether there is any pod in the set's namespace that nobody controls."""
        return bool(self.pods.orphans(stateful_set.metadata.namespace))

    async def adopt_revisions(self, stateful_set: StatefulSet, client: Client) -> list[ControllerRevision]:
        """The set's revisions, after taking in those that match and nobody controls. Raises as `Ownership.adopt`."""
        found = self.revisions(stateful_set)
        orphans = [revision for revision in found if controller_of(revision) is None]
        if not orphans:
            return found
        await self._revisions.adopt(stateful_set, orphans, client)
        return self.revisions(stateful_set)

    async def claim_pods(self, stateful_set: StatefulSet, client: Client) -> list[Pod]:
        """The set's pods, after letting go of those that no longer match and taking in orphans that do."""
        name = stateful_set.metadata.name
        return await self.pods.claim(stateful_set, client, lambda pod: parent_and_ordinal(pod.metadata.name)[0] == name)


def is_deleting(stateful_set: StatefulSet) -> bool:
    return stateful_set.metadata.deletion_timestamp is not None
