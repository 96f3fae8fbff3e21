"""How images and provisioners behave as the language says it, made into what the world plays."""

from __future__ import annotations

import msgspec

from harness.actors.world import ImageBehaviour as Played
from harness.actors.world import ProvisionerBehaviour
from harness.scenario.model import ImageBehaviour, ProvisionerSettings


def as_played(behaviour: ImageBehaviour) -> Played:
    """The same behaviour; both sides name its parts alike."""
    return Played(**msgspec.structs.asdict(behaviour))


def provisioner_as_played(settings: ProvisionerSettings) -> ProvisionerBehaviour:
    """The same provisioner; both sides name its parts alike."""
    return ProvisionerBehaviour(**msgspec.structs.asdict(settings))
