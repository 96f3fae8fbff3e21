"""An image's behaviour as the language says it, made into what the world plays."""

from __future__ import annotations

import msgspec

from harness.actors.world import ImageBehaviour as Played
from harness.scenario.model import ImageBehaviour


def as_played(behaviour: ImageBehaviour) -> Played:
    """The same behaviour; both sides name its parts alike."""
    return Played(**msgspec.structs.asdict(behaviour))
