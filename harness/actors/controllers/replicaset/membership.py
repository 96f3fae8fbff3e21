"""Which active pods belong to an owner: those it manages, lets go of, or takes in.

Owns adoption and release, of which nothing is ever said in an Event. Pods that have ended or are on their way out are
neither taken in nor let go of. Source: pkg/controller/controller_ref_manager.go.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.actors.controllers.replicaset.flavours import Flavour, Replicated
from harness.actors.controllers.replicaset.tallies import Tallies
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.controller import Process, Retry
from harness.objects import selector
from harness.objects.meta import LabelSelector
from harness.objects.owners import adopted, orphans, owner_values, released
from harness.objects.pod import Pod
from harness.objects.pods import is_active


class Membership:
    """What the informers know of owners, and the writes that change them."""

    def __init__(self, process: Process, flavour: Flavour, tallies: Tallies) -> None:
        self._flavour = flavour
        self._tallies = tallies
        self._pods_of = process.informers.of(Pod).index(owner_values)

    def managed(self, uid: str) -> list[Pod]:
        """The active pods that this owner manages."""
        return [pod for pod in self._pods_of.of(uid) if is_active(pod)]

    async def claim(self, owner: Replicated, client: Client) -> None:
        """Let go of pods that no longer match, and take in matching ones that nobody manages."""
        if owner.metadata.deletion_timestamp is not None:
            return
        wanted = self._flavour.selector(owner)
        uid = owner.metadata.uid
        if any(group.active and not selector.matches(wanted, group.labels) for group in self._tallies.of(uid)):
            for pod in self.managed(uid):
                if not selector.matches(wanted, pod.metadata.labels):
                    await _released(pod, uid, client)
        checked = False
        for pod in list(self._adoptable(owner, wanted)):
            if not checked:
                await self._may_adopt(owner, pod, client)
                checked = True
            try:
                await client.modify(pod, lambda stored: adopted(stored, owner))
            except ApiError as problem:
                if problem.reason != "NotFound":
                    raise

    def _adoptable(self, owner: Replicated, wanted: LabelSelector | None) -> Iterator[Pod]:
        for pod in self._pods_of.of(orphans(owner.metadata.namespace)):
            if is_active(pod) and selector.matches(wanted, pod.metadata.labels):
                yield pod

    async def _may_adopt(self, owner: Replicated, pod: Pod, client: Client) -> None:
        """Make sure, past any cache, that the owner is still the same and not going away."""
        metadata = owner.metadata
        fresh = await client.get(self._flavour.owner, metadata.namespace, metadata.name)
        if fresh is None or fresh.metadata.uid != metadata.uid or fresh.metadata.deletion_timestamp is not None:
            raise Retry(f"can't adopt Pod {pod.metadata.namespace}/{pod.metadata.name}")


async def _released(pod: Pod, uid: str, client: Client) -> None:
    try:
        await client.modify(pod, lambda stored: released(stored, uid))
    except ApiError as problem:
        if problem.reason not in ("NotFound", "Invalid"):
            raise
