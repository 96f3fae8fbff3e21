"""From the choice of a node to the bound pod: volumes first, then the pod itself.

Owns what is written for a pod that has a node, in which order, and the waiting for its volumes.
Mirrors schedule_one.go (bindingCycle) and the PreBind part of plugins/volumebinding.
"""

from __future__ import annotations

from contextlib import suppress

from msgspec.structs import replace

from harness.actors.scheduler import volume_binding
from harness.actors.scheduler.nodes import Nodes
from harness.actors.scheduler.storage import Storage, VolumePlan
from harness.actors.scheduler.volume_binding import BindingFailed
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.kernel.loop import sleep
from harness.objects.pod import Pod

_POLL_MS = 1_000
_TIMEOUT_MS = 600_000


class Binder:
    """Binds one pod after another, each in an activity of its own."""

    def __init__(self, process: Process, nodes: Nodes, storage: Storage) -> None:
        self._pods = process.informers.of(Pod)
        self._nodes = nodes
        self._storage = storage

    async def bind(self, pod: Pod, node: str, plan: VolumePlan | None, client: Client) -> str | None:
        """Bind the pod's volumes and the pod; the text of what went wrong, or None.

        Until it is written, what the plan needs is assumed, so that no other pod is promised the same.
        """
        volumes = volume_binding.reserved_for(plan) if plan is not None else ()
        claims = volume_binding.selected_for(plan, node) if plan is not None else ()
        self._storage.assume(volumes, claims)
        plugin = 'PreBind plugin "VolumeBinding"'
        try:
            if plan is not None and (volumes or claims):
                await self._nominate(pod, node, client)
                for changed in (*volumes, *claims):
                    await client.update(changed)
                await self._wait(pod, node, plan)
            plugin = 'Bind plugin "DefaultBinder"'
            await client.bind(pod, node)
        except (ApiError, BindingFailed) as error:
            self._storage.restore(volumes, claims)
            return f"running {plugin}: {error}"
        return None

    async def _nominate(self, pod: Pod, node: str, client: Client) -> None:
        """Let others know where the pod is going while its volumes are being bound; it goes there in any case."""
        if pod.status.nominated_node_name != node:
            with suppress(ApiError):
                await client.modify(
                    pod,
                    lambda stored: replace(stored, status=replace(stored.status, nominated_node_name=node)),
                    status=True,
                )

    async def _wait(self, pod: Pod, node: str, plan: VolumePlan) -> None:
        """Wait until all claims of the plan are bound. Raises `BindingFailed`."""
        for _ in range(_TIMEOUT_MS // _POLL_MS):
            await sleep(_POLL_MS)
            try:
                if self._is_settled(pod, node, plan):
                    return
            except BindingFailed as error:
                raise BindingFailed(f"binding volumes: {error}") from None
        raise BindingFailed("binding volumes: context deadline exceeded")

    def _is_settled(self, pod: Pod, node: str, plan: VolumePlan) -> bool:
        metadata = pod.metadata
        view = self._nodes.by_name.get(node)
        if view is None or view.node is None:
            raise BindingFailed(f'failed to get node "{node}": node "{node}" not found')
        if self._pods.get(metadata.namespace, metadata.name) is None:
            raise BindingFailed(f'pod does not exist any more: pod "{metadata.name}" not found')
        return volume_binding.is_settled(self._storage, plan, view)
