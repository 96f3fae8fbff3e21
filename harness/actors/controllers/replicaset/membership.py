"""Which active pods belong to an owner: those it manages, lets go of, or takes in.

Owns that pods which have ended or are on their way out are neither taken in nor let go of, and that pods which all
belong are not looked at one by one. Source: pkg/controller/replicaset/replica_set.go (claimPods).
"""

from __future__ import annotations

from harness.actors.controllers.replicaset.flavours import Flavour, Replicated
from harness.actors.controllers.replicaset.tallies import Tallies
from harness.api.client import Client
from harness.control.controller import Process
from harness.control.ownership import Ownership
from harness.objects import selector
from harness.objects.pod import Pod
from harness.objects.pods import is_active


class Membership:
    """The pods of the owners of one flavour."""

    def __init__(self, process: Process, flavour: Flavour, tallies: Tallies) -> None:
        self.pods: Ownership[Replicated, Pod] = Ownership(process, flavour.owner, Pod, flavour.selector)
        self._flavour = flavour
        self._tallies = tallies

    async def claim(self, owner: Replicated, client: Client) -> None:
        """Let go of pods that no longer match, and take in matching ones that nobody manages.

        Raises as `Ownership.adopt`.
        """
        if owner.metadata.deletion_timestamp is not None:
            return
        wanted, uid = self._flavour.selector(owner), owner.metadata.uid
        if any(group.active and not selector.matches(wanted, group.labels) for group in self._tallies.of(uid)):
            for pod in list(self._tallies.active(uid)):
                if not self.pods.selects(owner, pod):
                    await self.pods.release(owner, pod, client)
        free = self.pods.orphans(owner.metadata.namespace)
        await self.pods.adopt(owner, [pod for pod in free if is_active(pod) and self.pods.selects(owner, pod)], client)
