"""Which replica sets belong to a Deployment: those it manages, lets go of, or takes in.

Owns adoption and release. Source: pkg/controller/controller_ref_manager.go (ReplicaSetControllerRefManager).
"""

from __future__ import annotations

from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.controller import Process, Retry
from harness.objects import selector
from harness.objects.apps import Deployment, ReplicaSet
from harness.objects.owners import adopted, orphans, owner_values, released


class Membership:
    """What the informers know of owners, and the writes that change them."""

    def __init__(self, process: Process) -> None:
        self._replica_sets_of = process.informers.of(ReplicaSet).index(owner_values)

    def managed(self, deployment: Deployment) -> list[ReplicaSet]:
        """The replica sets that the Deployment manages."""
        return list(self._replica_sets_of.of(deployment.metadata.uid))

    async def claim(self, deployment: Deployment, client: Client) -> list[ReplicaSet]:
        """The Deployment's replica sets, after letting go of those that do not match and taking in those that do."""
        wanted, metadata = deployment.spec.selector, deployment.metadata
        claimed: list[ReplicaSet] = []
        deleting = metadata.deletion_timestamp is not None
        for each in self.managed(deployment):
            if selector.matches(wanted, each.metadata.labels):
                claimed.append(each)
            elif not deleting:
                await _released(each, metadata.uid, client)
        checked = deleting
        for each in list(self._replica_sets_of.of(orphans(metadata.namespace))) if not deleting else ():
            if each.metadata.deletion_timestamp is not None or not selector.matches(wanted, each.metadata.labels):
                continue
            if not checked:
                await self._may_adopt(deployment, each, client)
                checked = True
            taken = await _adopted(each, deployment, client)
            if taken is not None:
                claimed.append(taken)
        return claimed

    @staticmethod
    async def _may_adopt(deployment: Deployment, replica_set: ReplicaSet, client: Client) -> None:
        """Make sure, past any cache, that the Deployment is still the same and not going away."""
        metadata = deployment.metadata
        fresh = await client.get(Deployment, metadata.namespace, metadata.name)
        if fresh is None or fresh.metadata.uid != metadata.uid or fresh.metadata.deletion_timestamp is not None:
            raise Retry(f"can't adopt ReplicaSet {replica_set.metadata.namespace}/{replica_set.metadata.name}")


async def _adopted(replica_set: ReplicaSet, deployment: Deployment, client: Client) -> ReplicaSet | None:
    try:
        return await client.modify(replica_set, lambda stored: adopted(stored, deployment))
    except ApiError as problem:
        if problem.reason != "NotFound":
            raise
        return None


async def _released(replica_set: ReplicaSet, uid: str, client: Client) -> None:
    try:
        await client.modify(replica_set, lambda stored: released(stored, uid))
    except ApiError as problem:
        if problem.reason not in ("NotFound", "Invalid"):
            raise
