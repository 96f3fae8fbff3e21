"""Who belongs to a DaemonSet: pods and revisions it controls, lets go of, or takes in.

Owns adoption and release, of which no Event is made. Source: pkg/controller/controller_ref_manager.go.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.controller import Process, Retry
from harness.control.informer import Index
from harness.objects import owners, selector
from harness.objects.apps import DaemonSet
from harness.objects.meta import Object
from harness.objects.pod import Pod
from harness.objects.statefulset import ControllerRevision

O = TypeVar("O", bound=Object)  # noqa: E741


class Membership:
    """What the informers know of owners, and the writes that change them."""

    def __init__(self, process: Process) -> None:
        self._pods = process.informers.of(Pod).index(owners.owner_values)
        self._revisions = process.informers.of(ControllerRevision).index(owners.owner_values)

    async def pods(self, daemon_set: DaemonSet, client: Client) -> list[Pod]:
        """The DaemonSet's pods. Raises ApiError, and Retry where the DaemonSet itself is gone."""
        return await self._claim(daemon_set, self._pods, client)

    async def revisions(self, daemon_set: DaemonSet, client: Client) -> list[ControllerRevision]:
        """The DaemonSet's revisions. Raises as `pods`."""
        return await self._claim(daemon_set, self._revisions, client)

    async def _claim(self, daemon_set: DaemonSet, index: Index[O], client: Client) -> list[O]:
        """What it owns and still selects, and orphans that it selects; the rest of what it owns is let go."""
        metadata, wanted = daemon_set.metadata, daemon_set.spec.selector
        claimed, checked = [], False
        for obj in list(index.of(metadata.uid)):
            if selector.matches(wanted, obj.metadata.labels):
                claimed.append(obj)
            else:
                await self._change(client.modify(obj, lambda stored: owners.released(stored, metadata.uid)))
        for obj in list(index.of(owners.orphans(metadata.namespace))):
            going = obj.metadata.deletion_timestamp is not None
            if going or not selector.matches(wanted, obj.metadata.labels):
                continue
            if not checked:
                await self._make_sure(daemon_set, client)
                checked = True
            taken = await self._change(client.modify(obj, lambda stored: owners.adopted(stored, daemon_set)))
            if taken is not None:
                claimed.append(taken)
        return claimed

    @staticmethod
    async def _make_sure(daemon_set: DaemonSet, client: Client) -> None:
        """Past any cache, that the DaemonSet is still the same and not going away. Raises Retry."""
        metadata = daemon_set.metadata
        fresh = await client.get(DaemonSet, metadata.namespace, metadata.name)
        if fresh is None or fresh.metadata.uid != metadata.uid or fresh.metadata.deletion_timestamp is not None:
            raise Retry(f"DaemonSet {metadata.namespace}/{metadata.name} is gone or going, and adopts nothing")

    @staticmethod
    async def _change(request: Awaitable[O]) -> O | None:
        """The changed object, or None where it went away meanwhile."""
        try:
            return await request
        except ApiError as problem:
            if problem.reason not in ("NotFound", "Invalid"):
                raise
            return None
