"""V2: a volume is taken from a node only when no pod there needs it and the node has let go of it, or is lost.

A node is lost when somebody declared it out of service, or when it is not ready, or gone, and no pod there has needed
the volume for six minutes. What the node is told goes before the attachment does; both are judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.checks.attaching import Place, Uses, place_of, told, volumes_called
from harness.checks.check import ACTION, Check, Sighting, Witness
from harness.checks.scene import DELETED, Scene, begins_deletion, by_person
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import VolumeAttachment
from harness.objects.meta import Object
from harness.objects.node import Node
from harness.objects.pod import Pod


class Unmounted(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._uses = Uses(scene)

    def see(self, record: Record) -> Iterator[Sighting]:
        subject: Object = record.subject
        self._uses.take(record)
        if by_person(record):
            return
        if isinstance(subject, VolumeAttachment) and begins_deletion(record):
            yield from self._judge(record, place_of(subject))
        elif isinstance(subject, Node) and record.type != DELETED and record.previous is not None:
            for name in told(record.previous):
                if name not in told(subject):
                    for volume in volumes_called(name, self.scene.now):
                        yield from self._judge(record, Place(volume.metadata.name, subject.metadata.name))

    def _judge(self, record: Record, place: Place) -> Iterator[Sighting]:
        self.came_true += 1
        obstacle = self.scene.obstacle(record, partial(self._uses.held, place))
        if obstacle:
            yield Sighting(record.subject, f"is to give volume {place.volume} up on {place.node}, {obstacle}")


CHECK = Check(
    name="volume-is-detached-after-its-unmount",
    property="V2",
    judged=ACTION,
    sentence="A volume is taken from a node only when it is not in use there any more, or when the node is lost.",
    condition="an actor takes a volume from a node",
    types=(Node, VolumeAttachment, Pod, PersistentVolumeClaim),
    watch=Unmounted,
)
