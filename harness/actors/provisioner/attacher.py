"""The attachments of one CSI driver: attaches and detaches what the attach/detach controller asks for.

Owns the finalizers that hold an attachment and its volume until the storage has let go. Mirrors kubernetes-csi's
external-attacher, pkg/controller/csi_handler.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from msgspec.structs import replace

from harness.actors.provisioner.answers import answered, number
from harness.actors.provisioner.manner import CSI_BACKOFF
from harness.actors.provisioner.program import Part, Program
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change
from harness.objects.csi import CSINode, VolumeAttachment, VolumeError
from harness.objects.finalizers import with_finalizer, without_finalizer
from harness.objects.storage import PersistentVolume
from harness.objects.volume_binding import annotated

_NODE_ID = "csi.alpha.kubernetes.io/node-id"
_WORKERS = 10
_NO_FINALIZER_CHARACTERS = re.compile(r"[^a-zA-Z0-9-]")


def finalizer_of(driver: str) -> str:
    """The finalizer by which the driver's attacher holds attachments and volumes."""
    name = _NO_FINALIZER_CHARACTERS.sub("-", driver)
    return f"external-attacher/{name}{'X' if name.endswith('-') else ''}"


class AttachmentPart(Part[str]):
    """Keys are names of VolumeAttachments."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, _WORKERS, CSI_BACKOFF)
        informers = program.process.informers
        self._finalizer = finalizer_of(program.name)
        self._attachments = informers.of(VolumeAttachment)
        self._volumes = informers.of(PersistentVolume)
        self._nodes = informers.of(CSINode)
        self._attachments.subscribe(self._attachment_changed)

    def everything(self) -> Iterable[str]:
        return sorted(name for _, name in self._attachments.objects)

    def _attachment_changed(self, change: Change) -> None:
        attachment: VolumeAttachment = change.object
        previous: VolumeAttachment | None = change.previous
        if change.type == DELETED or attachment.spec.attacher != self.program.name:
            return
        # An error that was only just told is no reason to try again at once.
        if previous is None or not _differ_in_errors_only(previous, attachment):
            self.queue.add(attachment.metadata.name, change.sequence)

    async def work(self, key: str, client: Client) -> None:
        attachment = self._attachments.get("", key)
        if attachment is None or attachment.spec.attacher != self.program.name:
            return
        if attachment.metadata.deletion_timestamp is None:
            if not attachment.status.attached:
                await self._attach(attachment, client)
        elif self._finalizer in attachment.metadata.finalizers:
            await self._detach(attachment, client)

    async def _attach(self, attachment: VolumeAttachment, client: Client) -> None:
        problem = await self._hold(attachment, client)
        if not problem:
            attachment = await client.modify(attachment, self._held)
            problem = await self._ask()
        if problem:
            error = VolumeError(time=self.process.loop.clock.stamp(), message=problem, error_code=number(problem))
            await self._report(attachment, client, attach_error=error)
            self.fail(attachment.metadata.name)
        await self._report(attachment, client, attached=True, attach_error=None)

    async def _ask(self) -> str:
        """Have the driver attach or detach. Returns its error, "" if there is none."""
        problem = await self.program.ask_storage(self.program.behaviour.attach_time_ms)
        return answered(problem) if problem else ""

    async def _hold(self, attachment: VolumeAttachment, client: Client) -> str:
        """Hold the volume for as long as it is attached. Returns why it cannot be attached, if so."""
        name = attachment.spec.source.persistent_volume_name or ""
        volume = self._volumes.get("", name)
        if volume is None:
            return f'persistentvolume "{name}" not found'
        if volume.metadata.deletion_timestamp is not None:
            return f'PersistentVolume "{name}" is marked for deletion'
        if self._finalizer not in volume.metadata.finalizers:
            await client.modify(volume, lambda stored: with_finalizer(stored, self._finalizer))
        return self._unknown_node(attachment.spec.node_name)

    def _unknown_node(self, name: str) -> str:
        """Why the driver has no name for the node; "" if it has."""
        found = self._nodes.get("", name)
        if found is None:
            return f'csinode.storage.k8s.io "{name}" not found'
        if any(driver.name == self.program.name for driver in found.spec.drivers):
            return ""
        return f"CSINode {name} does not contain driver {self.program.name}"

    def _held(self, attachment: VolumeAttachment) -> VolumeAttachment:
        marked = with_finalizer(attachment, self._finalizer)
        metadata = annotated(marked.metadata, {_NODE_ID: attachment.spec.node_name})
        return marked if metadata is marked.metadata else replace(marked, metadata=metadata)

    async def _detach(self, attachment: VolumeAttachment, client: Client) -> None:
        problem = self._lost(attachment) or await self._ask()
        if problem:
            error = VolumeError(time=self.process.loop.clock.stamp(), message=problem)
            await self._report(attachment, client, detach_error=error)
            self.fail(attachment.metadata.name)
        freed = await client.modify(attachment, lambda stored: without_finalizer(stored, self._finalizer))
        try:
            await self._report(freed, client, attached=False, attachment_metadata={}, detach_error=None)
        except ApiError as gone:
            # Without another finalizer the object went with this one.
            if gone.reason != "NotFound":
                raise

    def _lost(self, attachment: VolumeAttachment) -> str:
        """Why the driver cannot be told what to detach from where; "" if it can."""
        name = attachment.spec.source.persistent_volume_name or ""
        if self._volumes.get("", name) is None:
            return f'persistentvolume "{name}" not found'
        return "" if _NODE_ID in attachment.metadata.annotations else self._unknown_node(attachment.spec.node_name)

    async def _report(self, attachment: VolumeAttachment, client: Client, **status: Any) -> None:
        await client.modify(
            attachment, lambda stored: replace(stored, status=replace(stored.status, **status)), status=True
        )


class HeldVolumePart(Part[str]):
    """Lets go of volumes that are being deleted and are attached nowhere. Keys are names of volumes."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, _WORKERS, CSI_BACKOFF)
        informers = program.process.informers
        self._finalizer = finalizer_of(program.name)
        self._volumes = informers.of(PersistentVolume)
        self._attachments = informers.of(VolumeAttachment)
        self._by_volume = self._attachments.index(volume_of)
        self._volumes.subscribe(self._volume_changed)
        self._attachments.subscribe(self._attachment_changed)

    def everything(self) -> Iterable[str]:
        return sorted(name for _, name in self._volumes.objects)

    def _volume_changed(self, change: Change) -> None:
        metadata = change.object.metadata
        if (
            change.type != DELETED
            and metadata.deletion_timestamp is not None
            and self._finalizer in metadata.finalizers
        ):
            self.queue.add(metadata.name, change.sequence)

    def _attachment_changed(self, change: Change) -> None:
        if change.type == DELETED:
            for name in volume_of(change.object):
                self.queue.add(name, change.sequence)

    async def work(self, key: str, client: Client) -> None:
        volume = self._volumes.get("", key)
        if volume is None or volume.metadata.deletion_timestamp is None:
            return
        if self._finalizer in volume.metadata.finalizers and not self._by_volume.of(key):
            await client.modify(volume, lambda stored: without_finalizer(stored, self._finalizer))


def volume_of(attachment: VolumeAttachment) -> tuple[str, ...]:
    """The name of the volume that is attached, for an index; none where it is part of a pod."""
    name = attachment.spec.source.persistent_volume_name
    return (name,) if name else ()


def _differ_in_errors_only(previous: VolumeAttachment, new: VolumeAttachment) -> bool:
    before, after = previous.status, new.status
    errors = (before.attach_error, before.detach_error, after.attach_error, after.detach_error)
    if all(error is None for error in errors):
        return False
    told = replace(after, attach_error=before.attach_error, detach_error=before.detach_error)
    metadata = replace(new.metadata, resource_version=previous.metadata.resource_version)
    return replace(new, metadata=metadata, status=told) == previous
