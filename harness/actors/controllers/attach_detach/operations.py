"""Attaching and detaching one volume: what is written for it, who is waited for, and what is said in the end.

Owns the course of one operation; whether one is due is the controller's to decide. Mirrors
pkg/volume/util/operationexecutor/operation_generator.go (GenerateAttachVolumeFunc, GenerateDetachVolumeFunc) and
pkg/volume/csi/csi_attacher.go.
"""

from __future__ import annotations

from typing import Protocol

from harness.actors.controllers.attach_detach.attachments import Attachment, Attachments
from harness.actors.controllers.attach_detach.wanted import Place
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.control.controller import Process
from harness.control.events import NORMAL, WARNING
from harness.objects.attachment import attachment_name
from harness.objects.csi import VolumeAttachment, VolumeAttachmentSource, VolumeAttachmentSpec
from harness.objects.csi_migration import csi_volume
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node
from harness.objects.storage import PersistentVolume

NAME = "attachdetach-controller"


class Around(Protocol):
    """What an operation asks of its controller."""

    def wake(self, woken_by: int, delay_ms: int = 0) -> None: ...

    async def report(self, node: str, client: Client) -> None: ...

    def tell_pods(self, place: Place, type_: str, reason: str, text: str) -> None: ...


class Operations:
    """The operations of one controller, each begun in its table of attachments before."""

    def __init__(self, process: Process, attachments: Attachments, around: Around) -> None:
        self._process = process
        self._attachments = attachments
        self._around = around
        self._objects = process.informers.of(VolumeAttachment)

    async def attach(self, place: Place, volume: PersistentVolume) -> None:
        """Have the volume attached, and wait for whoever does it."""
        source = csi_volume(volume)
        if source is None:
            self._attached(place, volume)
            return
        name, client = attachment_name(volume, place[1]), self._process.client(NAME, place[0])
        if self._objects.get("", name) is None:
            asked = VolumeAttachment(
                metadata=ObjectMeta(name=name),
                spec=VolumeAttachmentSpec(
                    attacher=source.driver,
                    node_name=place[1],
                    source=VolumeAttachmentSource(persistent_volume_name=volume.metadata.name),
                ),
            )
            try:
                await client.create(asked)
            except ApiError as problem:
                if problem.reason != "AlreadyExists":
                    self._attach_failed(place, volume, str(problem))
                    return

        def look() -> bool:
            stored = self._objects.get("", name)
            if stored is None:
                self._attach_failed(place, volume, f"volume attachment is being deleted: {name}")
            elif stored.metadata.deletion_timestamp is not None:
                self._attach_failed(place, volume, "volume attachment is being deleted")
            elif stored.status.attached:
                self._attached(place, volume)
            elif stored.status.attach_error is not None:
                self._attach_failed(place, volume, stored.status.attach_error.message)
            else:
                return False
            return True

        late = f"timed out waiting for external-attacher of {source.driver} CSI driver to attach volume {source.handle}"
        self._attachments.wait(name, look, lambda: self._attach_failed(place, volume, late))

    def _attached(self, place: Place, volume: PersistentVolume) -> None:
        self._attachments.succeed(place)
        self._attachments.mark(place, volume, certain=True)
        text = f'AttachVolume.Attach succeeded for volume "{volume.metadata.name}" '
        self._around.tell_pods(place, NORMAL, "SuccessfulAttachVolume", text)
        self._around.wake(0)

    def _attach_failed(self, place: Place, volume: PersistentVolume, problem: str) -> None:
        self._attachments.mark(place, volume, certain=False)
        rest_ms = self._attachments.fail(place)
        text = f'AttachVolume.Attach failed for volume "{volume.metadata.name}" : {problem}'
        self._around.tell_pods(place, WARNING, "FailedAttachVolume", text)
        self._around.wake(0, rest_ms)

    async def detach(self, place: Place, found: Attachment, *, forced: bool) -> None:
        """Have the volume detached; unless `forced`, only if the node still says that it is not mounted."""
        volume, client = found.volume, self._process.client(NAME, place[0])
        self._attachments.report(place, False)
        try:
            await self._around.report(place[1], client)
            if not forced and await self._is_mounted(place, client):
                self._detach_failed(place)
                return
            if csi_volume(volume) is not None:
                name = attachment_name(volume, place[1])
                await client.delete(VolumeAttachment(metadata=ObjectMeta(name=name)))
        except ApiError as problem:
            if problem.reason != "NotFound":
                self._detach_failed(place)
                return
        if csi_volume(volume) is None:
            self._detached(place)
            return

        def look() -> bool:
            stored = self._objects.get("", name)
            if stored is None:
                self._detached(place)
            elif stored.status.detach_error is not None:
                self._detach_failed(place)
            else:
                return False
            return True

        self._attachments.wait(name, look, lambda: self._detach_failed(place))

    async def _is_mounted(self, place: Place, client: Client) -> bool:
        """Whether the node, asked now, says that it still has the volume mounted."""
        node = await client.get(Node, "", place[1])
        return node is not None and place[0] in node.status.volumes_in_use

    def _detached(self, place: Place) -> None:
        self._attachments.succeed(place)
        self._attachments.remove(place)
        self._around.wake(0)

    def _detach_failed(self, place: Place) -> None:
        self._attachments.report(place, True)
        self._around.wake(0, self._attachments.fail(place))
