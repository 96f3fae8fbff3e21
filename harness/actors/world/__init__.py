"""The ground truth: how images and provisioners behave, which machines run and what is on their disks."""

from harness.actors.world.behaviour import FAILS, NEVER, ImageBehaviour
from harness.actors.world.provisioners import ProvisionerBehaviour
from harness.actors.world.world import MISSING, PathKind, World

__all__ = ["FAILS", "MISSING", "NEVER", "ImageBehaviour", "PathKind", "ProvisionerBehaviour", "World"]
