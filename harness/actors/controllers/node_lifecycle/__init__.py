"""Node lifecycle: what becomes of a node that is cordoned, unwell or silent, as conditions and taints."""

from harness.actors.controllers.node_lifecycle.controller import NodeLifecycleController

__all__ = ["NodeLifecycleController"]
