"""The revisions a set has and gets: choosing, creating, renumbering and trimming them.

Owns the writes; what equals what, and what may go, is decided in `revisions`.
"""

from __future__ import annotations

from harness.actors.controllers.statefulset.identity import REVISION_LABEL
from harness.actors.controllers.statefulset.passes import Pass
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.ownership import ignoring
from harness.objects import revisions
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision, StatefulSet


class History:
    """The controller's memory of templates, and the hands that keep revisions."""

    def __init__(self) -> None:
        self._memory = revisions.Memory()
        self.template = self._memory.template

    async def choose(
        self, stateful_set: StatefulSet, history: list[ControllerRevision], client: Client
    ) -> tuple[ControllerRevision, ControllerRevision, int]:
        """(current, update, collision count). Creates or renumbers a revision where the template asks for it."""
        collisions = stateful_set.status.collision_count or 0
        candidate = self._memory.candidate(stateful_set)
        equal = [revision for revision in history if self._memory.content(revision) == candidate.content]
        if equal and equal[-1] is history[-1]:
            update = history[-1]
        elif equal:
            number = revisions.next_number(history)
            update = await client.modify(equal[-1], lambda revision: revisions.renumbered(revision, number))
        else:
            update, collisions = await self._create(stateful_set, candidate, history, collisions, client)
        named = stateful_set.status.current_revision
        current = next((revision for revision in history if revision.metadata.name == named), None)
        if current is None or current.metadata.name == update.metadata.name:
            current = update
        return current, update, collisions

    async def _create(
        self,
        stateful_set: StatefulSet,
        candidate: revisions.Candidate,
        history: list[ControllerRevision],
        collisions: int,
        client: Client,
    ) -> tuple[ControllerRevision, int]:
        number, label_hash = revisions.next_number(history), ""
        while True:
            new = revisions.new_revision(stateful_set, candidate, number, collisions, label_hash)
            label_hash = new.metadata.labels[revisions.HASH_LABEL]
            try:
                return await client.create(new), collisions
            except ApiError as problem:
                if problem.reason != "AlreadyExists":
                    raise
            taken = await client.get(ControllerRevision, new.metadata.namespace, new.metadata.name)
            if taken is not None and self._memory.content(taken) == candidate.content:
                return taken, collisions
            collisions += 1

    @staticmethod
    def is_long(stateful_set: StatefulSet, history: list[ControllerRevision]) -> bool:
        """Whether there may be revisions beyond the history limit."""
        limit = stateful_set.spec.revision_history_limit
        return limit is not None and len(history) > limit

    async def trim(self, history: list[ControllerRevision], one: Pass, pods: list[Pod]) -> None:
        """Delete revisions beyond the history limit that are neither current, nor update, nor carried by a pod."""
        limit = one.stateful_set.spec.revision_history_limit
        if not self.is_long(one.stateful_set, history):
            return
        live = {one.current.metadata.name, one.update.metadata.name}
        live.update(pod.metadata.labels.get(REVISION_LABEL, "") for pod in pods)
        for revision in revisions.superfluous(history, live, limit):
            await ignoring(("NotFound",), one.client.delete(revision))
