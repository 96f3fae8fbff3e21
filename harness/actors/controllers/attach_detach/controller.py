"""The attach/detach controller: what wakes it, its pass every 100 ms, and what nodes are told of their volumes.

A volume is detached when no pod on the node needs it and the node says that it is unmounted. From a node that is not
ready it is taken after six minutes all the same, and at once from one that somebody declared out of service.
Mirrors pkg/controller/volume/attachdetach (attach_detach_controller.go, populator, reconciler/reconciler.go).
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from harness.actors.controllers.attach_detach.attachments import Attachment, Attachments
from harness.actors.controllers.attach_detach.operations import NAME, Operations
from harness.actors.controllers.attach_detach.wanted import Place, Want, Wanted, multi_attach_text
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change
from harness.control import flags
from harness.control.controller import Process
from harness.control.events import WARNING
from harness.control.polling import look_after
from harness.objects.attachment import attachment_name, is_attachable, is_exclusive, unique_volume_name
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import CSIDriver, VolumeAttachment
from harness.objects.csi_migration import csi_volume
from harness.objects.node import AttachedVolume, Node
from harness.objects.node_conditions import is_ready
from harness.objects.pod import Pod
from harness.objects.pod_claims import claim_keys, is_terminated
from harness.objects.storage import PersistentVolume
from harness.objects.storage_phases import BOUND
from harness.objects.taints import is_out_of_service

_PASS_MS = 100
_FORCED_AFTER_MS = 360_000
_VERIFY_MS = 60_000
_LIST_PODS_MS = 180_000


class AttachDetachController:
    """A table of what is wanted and one of what is attached. `disable-force-detach-on-timeout` is its flag."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._loop = process.loop
        self._recorder = process.recorders.recorder(NAME)
        self._forces = not flags.is_on(process.flags, "disable-force-detach-on-timeout")
        informers = process.informers
        self._pods = informers.of(Pod)
        self._claims = informers.of(PersistentVolumeClaim)
        self._volumes = informers.of(PersistentVolume)
        self._nodes = informers.of(Node)
        self._drivers = informers.of(CSIDriver)
        self._attachment_objects = informers.of(VolumeAttachment)
        self._pods_by_claim = self._pods.index(claim_keys)
        # Whether there is any volume to attach at all: most clusters of tests have none.
        self._attachable = self._volumes.index(lambda volume: ("",) if unique_volume_name(volume) else ())
        self._wanted = Wanted()
        self._attachments = Attachments(process.loop)
        self._operations = Operations(process, self._attachments, self)
        # What each node said it has mounted, also of nodes that are gone.
        self._in_use: dict[str, tuple[str, ...]] = {}
        # Whether a look at all pods is planned.
        self._lists = False
        self._woken_ms: int | None = None
        self._woken_by = 0
        self._pods.subscribe(self._pod_changed)
        self._claims.subscribe(self._claim_changed)
        self._nodes.subscribe(self._node_changed)
        self._attachment_objects.subscribe(self._attachment_changed)

    # What happens elsewhere

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        if not pod.spec.node_name or not pod.spec.volumes:
            return
        if not self._attachable.of("") and not self._wanted.knows(pod):
            return
        is_over = change.type == DELETED or is_terminated(pod)
        if self._wanted.drop(pod) if is_over else self._wanted.take(pod, self._volumes_of(pod)):
            self.wake(change.sequence)

    def _claim_changed(self, change: Change) -> None:
        claim: PersistentVolumeClaim = change.object
        if change.type == DELETED or claim.status.phase != BOUND or not self._attachable.of(""):
            return
        for pod in list(self._pods_by_claim.of((claim.metadata.namespace, claim.metadata.name))):
            if pod.spec.node_name and not is_terminated(pod) and self._wanted.take(pod, self._volumes_of(pod)):
                self.wake(change.sequence)

    def _volumes_of(self, pod: Pod) -> Iterator[tuple[str, PersistentVolume]]:
        """The volumes that must be attached for the pod, each with its unique name."""
        for key in claim_keys(pod):
            volume = self._bound_volume(*key)
            if volume is None:
                self._plan_list()
                continue
            known = csi_volume(volume)
            driver = self._drivers.get("", known.driver) if known is not None else None
            if is_attachable(volume, driver):
                yield unique_volume_name(volume), volume

    def _bound_volume(self, namespace: str, name: str) -> PersistentVolume | None:
        """The volume of a claim, if the two are bound to each other."""
        claim = self._claims.get(namespace, name)
        if claim is None or claim.status.phase != BOUND:
            return None
        volume = self._volumes.get("", claim.spec.volume_name)
        reference = volume.spec.claim_ref if volume is not None else None
        return volume if reference is not None and reference.uid == claim.metadata.uid else None

    def _plan_list(self) -> None:
        """Have all pods looked at once more: no change of a volume says whose claim can be followed now."""
        if self._lists:
            return
        self._lists = True
        self._loop.at((self._loop.now_ms // _LIST_PODS_MS + 1) * _LIST_PODS_MS, self._list_pods)

    def _list_pods(self) -> None:
        self._lists = False
        for _, pod in sorted(self._pods.objects.items()):
            if pod.spec.node_name and not is_terminated(pod) and self._wanted.take(pod, self._volumes_of(pod)):
                self.wake(0)

    def _node_changed(self, change: Change) -> None:
        node: Node = change.object
        name = node.metadata.name
        self._in_use[name] = node.status.volumes_in_use
        if self._attachments.on_node(name):
            if change.previous is None:
                self._attachments.renew(name)
            self.wake(change.sequence)

    def _attachment_changed(self, change: Change) -> None:
        attachment: VolumeAttachment = change.object
        self._attachments.look_again(attachment.metadata.name)
        if change.type != DELETED:
            return
        place = self._place_of(attachment)
        if place is not None:
            # Somebody else has taken it away; that is found out by a look at all of them every minute.
            due_ms = look_after(self._loop.now_ms, _VERIFY_MS)
            self._loop.at(due_ms, lambda: self._verify(place, attachment.metadata.name))

    def _place_of(self, attachment: VolumeAttachment) -> Place | None:
        """Where the volume of this object is attached for all that is known; None if it is not."""
        node = attachment.spec.node_name
        for name, found in self._attachments.on_node(node):
            named = found.certain and csi_volume(found.volume) is not None
            if named and attachment_name(found.volume, node) == attachment.metadata.name:
                return name, node
        return None

    def _verify(self, place: Place, name: str) -> None:
        if self._attachment_objects.get("", name) is None and not self._attachments.is_busy(place, exclusive=False):
            self._attachments.remove(place)
            self.wake(0)

    # The pass

    def wake(self, woken_by: int, delay_ms: int = 0) -> None:
        """Have a pass made at the next beat that comes at least so much later."""
        due_ms = look_after(self._loop.now_ms + delay_ms, _PASS_MS)
        if self._woken_ms is not None and self._woken_ms <= due_ms:
            return
        self._woken_ms, self._woken_by = due_ms, woken_by
        self._loop.at(due_ms, lambda: self._begin_pass(due_ms))

    def _begin_pass(self, due_ms: int) -> None:
        if self._woken_ms == due_ms:
            self._woken_ms = None
            self._loop.spawn(self._pass(self._process.client(NAME, "", self._woken_by)))

    async def _pass(self, client: Client) -> None:
        """Detach first, so that a volume whose pod has moved is free for its new node."""
        for place, found in self._attachments:
            if place in self._wanted:
                found.unwanted_ms = None
            else:
                self._consider_detaching(place, found)
        for place, want in self._wanted:
            self._consider_attaching(place, want)
        for node in self._attachments.untold():
            await self.report(node, client)

    def _consider_detaching(self, place: Place, found: Attachment) -> None:
        if self._attachments.is_busy(place, exclusive=is_exclusive(found.volume)):
            return
        now_ms = self._loop.now_ms
        if found.unwanted_ms is None:
            found.unwanted_ms = now_ms
        node = self._nodes.get("", place[1])
        ready = node is not None and is_ready(node)
        waited_ms = now_ms - found.unwanted_ms
        forced = self._forces and not ready and waited_ms > _FORCED_AFTER_MS
        forced = forced or (node is not None and is_out_of_service(node))
        if place[0] in self._in_use.get(place[1], ()) and not forced:
            if waited_ms <= _FORCED_AFTER_MS:
                self.wake(0, _FORCED_AFTER_MS - waited_ms)
            return
        if self._rests(place):
            return
        self._attachments.begin(place)
        self._loop.spawn(self._operations.detach(place, found, forced=forced))

    def _consider_attaching(self, place: Place, want: Want) -> None:
        name, node = place
        exclusive = is_exclusive(want.volume)
        if self._attachments.is_busy(place, exclusive=exclusive):
            return
        found = self._attachments.get(place)
        if found is not None and found.certain:
            return
        others = [other for other in self._attachments.nodes_of(name) if other != node]
        if exclusive and others:
            if not want.told:
                want.told = True
                self._tell_of_multi_attach(want, self._wanted.pods_on(name, others))
            return
        if self._rests(place):
            return
        self._attachments.begin(place)
        self._loop.spawn(self._operations.attach(place, want.volume))

    def _rests(self, place: Place) -> bool:
        rest_ms = self._attachments.rest_ms(place)
        if rest_ms > 0:
            self.wake(0, rest_ms)
        return rest_ms > 0

    def _tell_of_multi_attach(self, want: Want, users: list[Pod]) -> None:
        for pod in want.pods.values():
            text = multi_attach_text(want.volume.metadata.name, pod, users)
            self._recorder.event(pod, WARNING, "FailedAttachVolume", text)

    async def report(self, node: str, client: Client) -> None:
        """Have the node's status list the volumes it may use; a node that is gone needs no list."""
        stored = self._nodes.get("", node)
        if stored is None:
            return
        names = tuple(name for name, found in self._attachments.on_node(node) if found.reported)
        if tuple(one.name for one in stored.status.volumes_attached) == names:
            return
        attached = tuple(AttachedVolume(name=name) for name in names)
        try:
            await client.modify(
                stored, lambda now: replace(now, status=replace(now.status, volumes_attached=attached)), status=True
            )
        except ApiError:
            self._attachments.renew(node)
            self.wake(0)

    def tell_pods(self, place: Place, type_: str, reason: str, text: str) -> None:
        want = self._wanted.get(place)
        for pod in want.pods.values() if want is not None else ():
            self._recorder.event(pod, type_, reason, text)
