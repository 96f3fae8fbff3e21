"""Putting taints on a node and taking others off, as the node controller does: first the one, then the other.

Owns those two writes. Source: pkg/controller/controller_utils.go (AddOrUpdateTaintOnNode, RemoveTaintOffNode),
pkg/controller/util/node (SwapNodeControllerTaint).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from harness.api.client import Client
from harness.objects import taints
from harness.objects.node import Node, Taint


async def swap(client: Client, node: Node, *, add: Sequence[Taint] = (), remove: Sequence[Taint] = ()) -> None:
    """Add taints, dated now, then remove others that `node` has. Raises `ApiError` when the node is gone."""
    if add:
        stamp = client.server.clock.stamp()
        dated = [replace(taint, time_added=stamp) for taint in add]
        await _change(client, node, lambda present: taints.added(present, dated))
    if any(taints.has(node.spec.taints, taint.key, taint.effect) for taint in remove):
        await _change(client, node, lambda present: taints.removed(present, remove))


async def _change(client: Client, node: Node, change: Callable[[tuple[Taint, ...]], tuple[Taint, ...]]) -> None:
    await client.modify(
        node, lambda stored: replace(stored, spec=replace(stored.spec, taints=change(stored.spec.taints)))
    )
