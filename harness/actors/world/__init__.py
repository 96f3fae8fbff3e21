"""The ground truth: how images behave, which machines run and what is on their disks, as a scenario says."""

from harness.actors.world.behaviour import NEVER, ImageBehaviour
from harness.actors.world.world import MISSING, PathKind, World

__all__ = ["MISSING", "NEVER", "ImageBehaviour", "PathKind", "World"]
