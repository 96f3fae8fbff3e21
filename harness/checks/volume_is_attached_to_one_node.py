"""V1: a volume that one node at a time may use is attached to one node at a time.

Judged twice: by what nodes are told in their status, which is what a kubelet goes by before it mounts anything, and by
what attachers say they have attached. Volumes that stand for one disk are one volume, which only one node may use
unless one of them says otherwise.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.attaching import is_of_one_node, is_same_disk, place_of, told, volumes_called
from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import DELETED
from harness.kernel.trace import Record
from harness.objects.csi import VolumeAttachment
from harness.objects.node import Node
from harness.objects.storage import PersistentVolume


class OneNode(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        if record.type == DELETED:
            return
        if isinstance(record.subject, Node):
            yield from self._see_told(record.subject, record.previous)
        else:
            yield from self._see_attached(record.subject, record.previous)

    def _see_told(self, node: Node, previous: Node | None) -> Iterator[Sighting]:
        before = told(previous) if previous is not None else ()
        for name in told(node):
            if name in before:
                continue
            volumes = volumes_called(name, self.scene.now)
            if not volumes or not all(is_of_one_node(volume) for volume in volumes):
                continue
            self.came_true += 1
            others = [other.metadata.name for other in self.scene.now.every(Node) if name in told(other)]
            others.remove(node.metadata.name)
            if others:
                yield Sighting(node, f"may use volume {volumes[0].metadata.name}, and so may {_listed(others)}")

    def _see_attached(self, attachment: VolumeAttachment, previous: VolumeAttachment | None) -> Iterator[Sighting]:
        if not attachment.status.attached or (previous is not None and previous.status.attached):
            return
        place, now = place_of(attachment), self.scene.now
        volume = now.get(PersistentVolume, "", place.volume)
        if volume is None:
            return
        same = [other for other in now.every(PersistentVolume) if is_same_disk(volume, other)]
        if not all(is_of_one_node(other) for other in same):
            return
        self.came_true += 1
        names = [other.metadata.name for other in same]
        elsewhere = [place_of(other) for other in now.every(VolumeAttachment) if other.status.attached]
        others = [other.node for other in elsewhere if other.volume in names and other.node != place.node]
        if others:
            yield Sighting(volume, f"is attached to {place.node}, and so it is to {_listed(others)}")


def _listed(names: list[str]) -> str:
    return " and ".join(sorted(set(names)))


CHECK = Check(
    name="volume-is-attached-to-one-node",
    property="V1",
    judged=EVERY_STEP,
    sentence="A volume that one node at a time may use is attached to one node at a time.",
    condition="such a volume is attached to a node",
    types=(Node, VolumeAttachment),
    watch=OneNode,
)
