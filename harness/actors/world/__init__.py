"""The ground truth: how images and provisioners behave and which machines run, as a scenario says."""

from harness.actors.world.behaviour import NEVER, ImageBehaviour
from harness.actors.world.provisioners import ProvisionerBehaviour
from harness.actors.world.world import World

__all__ = ["NEVER", "ImageBehaviour", "ProvisionerBehaviour", "World"]
