"""The revisions a DaemonSet has and gets: choosing, creating, renumbering and trimming them.

Owns the writes; what equals what stands in objects.revisions. Unlike a StatefulSet's, the hash in a name is that of
the template as a Deployment takes it. Source: pkg/controller/daemon/update.go (constructHistory, snapshot).
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from harness.actors.controllers.daemonset.eligibility import HASH_LABEL
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.controller import Retry
from harness.objects import hashes, revisions
from harness.objects.apps import DaemonSet
from harness.objects.meta import ObjectMeta, owned_by
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision


class History:
    """The controller's memory of templates, and the hands that keep revisions."""

    def __init__(self) -> None:
        self._memory = revisions.Memory()

    async def choose(
        self, daemon_set: DaemonSet, found: Iterable[ControllerRevision], client: Client
    ) -> tuple[ControllerRevision, list[ControllerRevision]]:
        """(the revision of the present template, the others by number). Raises `Retry` after a collision."""
        content = self._memory.candidate(daemon_set).content
        history = revisions.in_order(found)
        old = [each for each in history if self._memory.content(each) != content]
        equal = [each for each in history if self._memory.content(each) == content]
        number = revisions.next_number(old)
        if not equal:
            return await self._create(daemon_set, number, client), old
        current = equal[-1]
        if current.revision < number:
            current = await client.modify(current, lambda stored: revisions.renumbered(stored, number))
        return current, old

    async def _create(self, daemon_set: DaemonSet, number: int, client: Client) -> ControllerRevision:
        metadata, template = daemon_set.metadata, daemon_set.spec.template
        candidate = self._memory.candidate(daemon_set)
        hash_ = hashes.template_hash(template, daemon_set.status.collision_count)
        new = ControllerRevision(
            metadata=ObjectMeta(
                name=f"{metadata.name}-{hash_}",
                namespace=metadata.namespace,
                labels={**template.metadata.labels, HASH_LABEL: hash_},
                annotations=metadata.annotations,
                owner_references=(owned_by(daemon_set),),
            ),
            data=candidate.data,
            revision=number,
        )
        try:
            return await client.create(new)
        except ApiError as problem:
            if problem.reason != "AlreadyExists":
                raise
        taken = await client.get(ControllerRevision, new.metadata.namespace, new.metadata.name)
        if taken is not None and self._memory.content(taken) == candidate.content:
            return taken
        status = replace(daemon_set.status, collision_count=(daemon_set.status.collision_count or 0) + 1)
        await client.update_status(replace(daemon_set, status=status))
        raise Retry(f"the name {new.metadata.name} belongs to another template")

    @staticmethod
    async def trim(daemon_set: DaemonSet, old: list[ControllerRevision], pods: Iterable[Pod], client: Client) -> None:
        """Delete revisions beyond the history limit, the oldest first, whose hash no pod carries."""
        limit = daemon_set.spec.revision_history_limit
        if limit is None or len(old) <= limit:
            return
        hashes_in_use = {pod.metadata.labels.get(HASH_LABEL) for pod in pods}
        unused = [each for each in old if each.metadata.labels.get(HASH_LABEL) not in hashes_in_use]
        for revision in unused[: len(old) - limit]:
            await client.delete(revision)
