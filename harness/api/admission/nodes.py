"""Admission of nodes: a new one gets no pods before it has been found ready.

Mirrors plugin/pkg/admission/nodetaint.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.objects import taints
from harness.objects.node import Node, Taint

if TYPE_CHECKING:
    from harness.api.server import Server

_NOT_READY = Taint(key=taints.NOT_READY, effect=taints.NO_SCHEDULE)


def not_ready_taint(node: Node, server: Server) -> Node:
    """The node, tainted. What a cluster starts with has been found ready before."""
    if server.clock.now_ms == 0 or taints.has(node.spec.taints, _NOT_READY.key, _NOT_READY.effect):
        return node
    return replace(node, spec=replace(node.spec, taints=(*node.spec.taints, _NOT_READY)))
