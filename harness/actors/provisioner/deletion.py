"""The volumes of one provisioner: removes each that is released, and keeps the finalizer that holds it until then.

Owns the course of one deletion. Mirrors sig-storage-lib-external-provisioner's controller.go (syncVolume), and what
the Delete of each style looks at before it removes anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from harness.actors.provisioner.answers import answered
from harness.actors.provisioner.attacher import volume_of
from harness.actors.provisioner.manner import RESYNC_MS
from harness.actors.provisioner.program import Part, Program
from harness.actors.world.provisioners import CSI, LOCAL_PATH, NFS, Style
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change
from harness.control.events import WARNING
from harness.objects.csi import VolumeAttachment
from harness.objects.csi_migration import provisioner_before
from harness.objects.finalizers import EXTERNAL_PROVISIONER, with_finalizer, without_finalizer
from harness.objects.node import Node
from harness.objects.storage import PersistentVolume, StorageClass
from harness.objects.storage_phases import BOUND, RELEASED
from harness.objects.volume_binding import MIGRATED_TO, PROVISIONED_BY

_TRUE = frozenset({"1", "t", "T", "TRUE", "true", "True"})
_FALSE = frozenset({"0", "f", "F", "FALSE", "false", "False"})


class _Obstacle(Exception):
    """The storage is not even asked to remove the volume; the text says why."""


class VolumePart(Part[str]):
    """Keys are names of volumes."""

    def __init__(self, program: Program) -> None:
        super().__init__(program, program.manner.workers, program.manner.backoff)
        informers = program.process.informers
        self._holds = program.behaviour.style == CSI
        self._names = (program.name, *filter(None, [provisioner_before(program.name)]))
        self._volumes = informers.of(PersistentVolume)
        self._classes = informers.of(StorageClass)
        self._nodes = informers.of(Node)
        self._attachments = informers.of(VolumeAttachment).index(volume_of)
        self._volumes.subscribe(self._volume_changed)
        # Whether the storage has anything to remove; raises _Obstacle.
        ways: Mapping[Style, Callable[[PersistentVolume], bool]] = {
            NFS: self._has_folder,
            LOCAL_PATH: self._has_node,
            CSI: self._is_detached,
        }
        self._has_to_ask = ways[program.behaviour.style]
        self.look_again_every(RESYNC_MS)

    def everything(self) -> Iterable[str]:
        return [name for (_, name), volume in sorted(self._volumes.objects.items()) if self._is_ours(volume)]

    def _volume_changed(self, change: Change) -> None:
        if change.type == DELETED:
            self.queue.forget(change.object.metadata.name)
        elif self._is_ours(change.object):
            self.queue.add(change.object.metadata.name, change.sequence)

    def _is_ours(self, volume: PersistentVolume) -> bool:
        annotations = volume.metadata.annotations
        if annotations.get(MIGRATED_TO) in self._names:
            return True
        if PROVISIONED_BY in annotations:
            return annotations[PROVISIONED_BY] in self._names
        return volume.spec.csi is not None and volume.spec.csi.driver in self._names

    async def work(self, key: str, client: Client) -> None:
        volume = self._volumes.get("", key)
        if volume is None or not self._is_ours(volume):
            return
        if self._marked(volume) is not volume:
            volume = await client.modify(volume, self._marked)
        if not self._is_due(volume):
            return
        problem = await self._removed(volume)
        if problem:
            self.recorder.event(volume, WARNING, "VolumeFailedDelete", problem, cause=client.cause)
            self.fail(key)
        await client.delete(volume)
        if self._holds:
            await self._let_go(volume, client)

    def _marked(self, volume: PersistentVolume) -> PersistentVolume:
        """The volume with the finalizer, or without, as it is to be; itself if it is so already."""
        policy = volume.spec.persistent_volume_reclaim_policy
        if not self._holds or policy in ("Retain", "Recycle"):
            return without_finalizer(volume, EXTERNAL_PROVISIONER)
        due = policy == "Delete" and volume.status.phase == BOUND and volume.metadata.deletion_timestamp is None
        return with_finalizer(volume, EXTERNAL_PROVISIONER) if due else volume

    def _is_due(self, volume: PersistentVolume) -> bool:
        """Whether the storage behind the volume is to be removed now."""
        held = self._holds and EXTERNAL_PROVISIONER in volume.metadata.finalizers
        if volume.metadata.deletion_timestamp is not None and not held:
            return False
        return volume.status.phase == RELEASED and volume.spec.persistent_volume_reclaim_policy == "Delete"

    async def _removed(self, volume: PersistentVolume) -> str:
        """Have the storage remove what is behind the volume. Returns why it is still there, if it is."""
        behaviour = self.program.behaviour
        try:
            if not self._has_to_ask(volume):
                return ""
        except _Obstacle as obstacle:
            return str(obstacle)
        problem = await self.program.ask_storage(behaviour.delete_time_ms)
        return _REMOVAL_ERRORS[behaviour.style](problem, volume.metadata.name) if problem else ""

    def _has_folder(self, volume: PersistentVolume) -> bool:
        """The class of the volume, as it is now, says what becomes of the folder: removed, put aside or left alone."""
        name = volume.spec.storage_class_name
        if not name:
            raise _Obstacle("volume has no storage class")
        storage_class = self._classes.get("", name)
        if storage_class is None:
            raise _Obstacle(f'storageclasses.storage.k8s.io "{name}" not found')
        on_delete = storage_class.parameters.get("onDelete")
        archive = storage_class.parameters.get("archiveOnDelete", "true")
        if on_delete not in ("delete", "retain") and archive not in _TRUE | _FALSE:
            raise _Obstacle(f'strconv.ParseBool: parsing "{archive}": invalid syntax')
        return on_delete != "retain"

    def _has_node(self, volume: PersistentVolume) -> bool:
        """What lay on a node that is gone is gone as well."""
        required = volume.spec.node_affinity.required if volume.spec.node_affinity is not None else None
        terms = required.node_selector_terms if required is not None else ()
        places = [value for term in terms for one in term.match_expressions for value in one.values]
        return any(self._nodes.get("", place) is not None for place in places)

    def _is_detached(self, volume: PersistentVolume) -> bool:
        name = volume.metadata.name
        nodes = sorted(attachment.spec.node_name for attachment in self._attachments.of(name))
        if nodes:
            raise _Obstacle(f"persistentvolume {name} is still attached to node {nodes[0]}")
        return True

    async def _let_go(self, volume: PersistentVolume, client: Client) -> None:
        """Take the finalizer away, if anything still holds the object."""
        try:
            await client.modify(volume, lambda stored: without_finalizer(stored, EXTERNAL_PROVISIONER))
        except ApiError as problem:
            if problem.reason != "NotFound":
                raise


# What the provisioner says when its storage answers a request to remove a volume with an error, by style.
_REMOVAL_ERRORS: Mapping[Style, Callable[[str, str], str]] = {
    NFS: lambda problem, _: problem,
    LOCAL_PATH: lambda problem, name: f"failed to delete volume {name}: failed to delete volume {name}: {problem}",
    CSI: lambda problem, _: answered(problem),
}
