"""V3: once nothing moves any more, a pod on a ready node has its volume there, or has to wait for somebody else.

A pod may wait for a driver, whose attachment is asked for or on its way out; for another node, that still needs the
volume or is not lost for long enough; and after an attempt of which it was told that it failed. That a volume is one
to attach is known from its node, which says what it waits for or uses, or from a driver that attached another.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.attaching import (
    FORCED_AFTER_MS,
    Place,
    Uses,
    is_called,
    is_of_one_node,
    is_ready,
    is_same_disk,
    needed_volumes,
    place_of,
    told,
)
from harness.checks.check import SETTLED, Check, Sighting, Witness
from harness.checks.scene import Scene
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import VolumeAttachment
from harness.objects.event import Event
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume

# What the controller may take, once a node is lost, to notice it.
_PATIENCE_MS = 2_000
_FAILED = "AttachVolume.Attach failed"


class Arrival(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._uses = Uses(scene)
        # The uids of pods that were told of an attempt that failed; the next one may be far off.
        self._failed: dict[str, None] = {}
        # The drivers that were ever asked to attach something.
        self._attachers: dict[str, None] = {}

    def see(self, record: Record) -> Iterator[Sighting]:
        subject = record.subject
        if isinstance(subject, Event):
            if subject.message.startswith(_FAILED):
                self._failed[subject.involved_object.uid] = None
        elif isinstance(subject, VolumeAttachment):
            self._attachers[subject.spec.attacher] = None
        else:
            self._uses.take(record)
        yield from ()

    def settled(self) -> Iterator[Sighting]:
        now = self.scene.now
        for pod in now.every(Pod):
            node = now.get(Node, "", pod.spec.node_name)
            if node is None or not is_ready(node) or pod.metadata.uid in self._failed:
                continue
            for volume in needed_volumes(pod, now):
                place = Place(volume.metadata.name, node.metadata.name)
                if not self._must_be_attached(volume, node) or not self._uses.needs(pod, place):
                    continue
                self.came_true += 1
                if not any(is_called(name, volume) for name in told(node)):
                    yield from self._waits(pod, volume)

    def _must_be_attached(self, volume: PersistentVolume, node: Node) -> bool:
        source = volume.spec.csi
        known = source is not None and source.driver in self._attachers
        return known or any(is_called(name, volume) for name in node.status.volumes_in_use)

    def _waits(self, pod: Pod, volume: PersistentVolume) -> Iterator[Sighting]:
        """What is wrong with the pod's waiting for the volume."""
        place = Place(volume.metadata.name, pod.spec.node_name)
        own = self._attachment(place)
        if own is not None:
            if own.status.attached and own.metadata.deletion_timestamp is None:
                yield Sighting(pod, f"waits for volume {place.volume}, although it is attached to {place.node}")
            return
        others = self._elsewhere(place, volume) if is_of_one_node(volume) else []
        if all(self._can_go(other) for other in others):
            nodes = " and ".join(other.node for other in others)
            why = f"which nothing holds on {nodes}" if others else "which nobody has"
            yield Sighting(pod, f"waits on {place.node} for volume {place.volume}, {why}")

    def _elsewhere(self, place: Place, volume: PersistentVolume) -> list[Place]:
        """Where else the disk is, or begins to be."""
        now = self.scene.now
        found: dict[tuple[str, str], Place] = {}
        for other in now.every(PersistentVolume):
            if not is_same_disk(volume, other):
                continue
            name = other.metadata.name
            nodes = [node.metadata.name for node in now.every(Node) if any(is_called(one, other) for one in told(node))]
            nodes += [one.node for one in map(place_of, now.every(VolumeAttachment)) if one.volume == name]
            found.update({(name, node): Place(name, node) for node in nodes if node != place.node})
        return [found[key] for key in sorted(found)]

    def _can_go(self, place: Place) -> bool:
        """Whether nobody is known who keeps the volume from being detached there."""
        attachment = self._attachment(place)
        if attachment is not None and attachment.metadata.deletion_timestamp is not None:
            return False
        return not self._uses.held(place, self.scene.now, FORCED_AFTER_MS + _PATIENCE_MS)

    def _attachment(self, place: Place) -> VolumeAttachment | None:
        every = self.scene.now.every(VolumeAttachment)
        return next((attachment for attachment in every if place_of(attachment) == place), None)


CHECK = Check(
    name="volume-reaches-its-pod",
    property="V3",
    judged=SETTLED,
    sentence="Once settled, a pod on a ready node has its volumes there, or waits for a driver or another node.",
    condition="a pod on a ready node needs a volume that is to be attached when things are settled",
    types=(Event, Pod, Node, VolumeAttachment, PersistentVolumeClaim),
    watch=Arrival,
)
