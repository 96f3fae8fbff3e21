"""Starting one provisioner: which parts the program of each style has."""

from __future__ import annotations

from collections.abc import Callable

from harness.actors.provisioner.attacher import AttachmentPart, HeldVolumePart
from harness.actors.provisioner.claims import ClaimPart
from harness.actors.provisioner.deletion import VolumePart
from harness.actors.provisioner.driver import NodePart
from harness.actors.provisioner.program import Program
from harness.actors.provisioner.resizer import ExpansionPart
from harness.actors.world import World
from harness.actors.world.provisioners import CSI, ProvisionerBehaviour
from harness.control.controller import Process

# What stands beside the provisioner itself in the program of a CSI driver, and what it takes.
_DRIVER_PARTS: tuple[tuple[Callable[[Program], object], Callable[[ProvisionerBehaviour], bool]], ...] = (
    (NodePart, lambda _: True),
    (AttachmentPart, lambda behaviour: behaviour.attach),
    (HeldVolumePart, lambda behaviour: behaviour.attach),
    (ExpansionPart, lambda behaviour: behaviour.resize),
)


def start(process: Process, world: World, behaviour: ProvisionerBehaviour) -> None:
    """Start the program of this provisioner on a process of its own."""
    program = Program(process, world.provisioners, behaviour)
    ClaimPart(program)
    VolumePart(program)
    if behaviour.style == CSI:
        for part, is_there in _DRIVER_PARTS:
            if is_there(behaviour):
                part(program)
