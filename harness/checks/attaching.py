"""What the API says about attachments: what a volume is called on nodes, where it is attached, and who needs it there.

Owns readings that several witnesses share, re-derived from the objects alone; asks neither the controller that attaches
nor the names that it makes. A volume of a former plugin is known on a node by the end of the name: whatever a driver
puts before it, the disk's own name comes last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from harness.checks.bindings import claims_of, holds
from harness.checks.scene import DELETED, Past, Scene
from harness.kernel.trace import Record
from harness.objects import conditions
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import VolumeAttachment
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume

FORCED_AFTER_MS = 360_000

_OF_ONE_NODE = frozenset({"ReadWriteOnce", "ReadWriteOncePod"})
_FINISHED = ("Succeeded", "Failed")
_OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"
_OF_DRIVERS = "kubernetes.io/csi/"
_SEPARATORS = re.compile(r"[/#^]+")


class Place(msgspec.Struct, frozen=True):
    """A volume, by the name of its PersistentVolume, on a node."""

    volume: str
    node: str


def place_of(attachment: VolumeAttachment) -> Place:
    return Place(attachment.spec.source.persistent_volume_name or "", attachment.spec.node_name)


def told(node: Node) -> tuple[str, ...]:
    """The names by which the node is told what it may use."""
    return tuple(volume.name for volume in node.status.volumes_attached)


def is_called(name: str, volume: PersistentVolume) -> bool:
    """Whether a node's status means this volume by `name`."""
    source, iscsi = volume.spec.csi, volume.spec.iscsi
    if source is not None:
        return name == f"{_OF_DRIVERS}{source.driver}^{source.volume_handle}"
    if iscsi is not None:
        return name == f"kubernetes.io/iscsi/{iscsi.target_portal}:{iscsi.iqn}:{iscsi.lun}"
    own = _own_name(volume)
    return bool(own) and name.startswith(_OF_DRIVERS) and _last(name) == _last(own)


def _own_name(volume: PersistentVolume) -> str:
    """What a volume of a former plugin calls its disk; "" for one of any other source."""
    spec = volume.spec
    for source, field in (
        (spec.aws_elastic_block_store, "volume_id"),
        (spec.gce_persistent_disk, "pd_name"),
        (spec.azure_disk, "disk_uri"),
        (spec.azure_file, "share_name"),
        (spec.cinder, "volume_id"),
        (spec.portworx_volume, "volume_id"),
        (spec.vsphere_volume, "volume_path"),
    ):
        if source is not None:
            return str(getattr(source, field))
    return ""


def _last(name: str) -> str:
    return [part for part in _SEPARATORS.split(name) if part][-1]


def volumes_called(name: str, past: Past) -> list[PersistentVolume]:
    """The volumes that a node's status means by `name`, in order; several may stand for one disk."""
    found = (volume for volume in past.every(PersistentVolume) if is_called(name, volume))
    return sorted(found, key=lambda volume: volume.metadata.name)


def is_of_one_node(volume: PersistentVolume) -> bool:
    """Whether one node at a time may use the volume."""
    modes = volume.spec.access_modes
    return bool(modes) and _OF_ONE_NODE.issuperset(modes)


def is_same_disk(one: PersistentVolume, other: PersistentVolume) -> bool:
    """Whether both stand for the same disk of a driver, or are the same."""
    if one.metadata.name == other.metadata.name:
        return True
    source, of_other = one.spec.csi, other.spec.csi
    if source is None or of_other is None:
        return False
    return (source.driver, source.volume_handle) == (of_other.driver, of_other.volume_handle)


def is_ready(node: Node) -> bool:
    return conditions.is_true(node.status.conditions, "Ready")


def is_given_up(node: Node) -> bool:
    """Whether somebody declared that nothing runs on the node any more."""
    return any(taint.key == _OUT_OF_SERVICE for taint in node.spec.taints)


def needed_volumes(pod: Pod, past: Past) -> Iterator[PersistentVolume]:
    """The volumes that the pod must have on its node: none without a node, or when nothing of it runs any more."""
    if not pod.spec.node_name or _is_over(pod):
        return
    for claim_name in claims_of(pod):
        claim = past.get(PersistentVolumeClaim, pod.metadata.namespace, claim_name)
        if claim is None or claim.status.phase != "Bound":
            continue
        volume = past.get(PersistentVolume, "", claim.spec.volume_name)
        if volume is not None and holds(volume, claim):
            yield volume


def _is_over(pod: Pod) -> bool:
    if pod.status.phase in _FINISHED:
        return True
    states = (status.state for status in pod.status.container_statuses)
    runs = any(state.terminated is None and state.waiting is None for state in states)
    return pod.metadata.deletion_timestamp is not None and not runs


class Uses:
    """What only history knows of places: which pods need a volume there, since when none does, what a lost node said.

    A pod counts once a change of its own, or of its claim, could tell that it needs the volume: what becomes of the
    volume alone tells nobody.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        # By claim and uid, the pods on nodes that use it.
        self._pods: dict[tuple[str, str], dict[str, Pod]] = {}
        # By uid, what a pod that is not over is known to need where; and by place and uid every pod that ever was.
        self._needs: dict[str, dict[Place, None]] = {}
        self._users: dict[Place, dict[str, Pod]] = {}
        self._free_since_ms: dict[Place, int] = {}
        self._nodes: dict[str, Node] = {}

    def take(self, record: Record) -> None:
        """Take in a record about a pod, a claim or a node; one about anything else tells nothing."""
        subject = record.subject
        if isinstance(subject, Node):
            self._nodes[subject.metadata.name] = subject
        elif isinstance(subject, PersistentVolumeClaim):
            key = (subject.metadata.namespace, subject.metadata.name)
            for pod in list(self._pods.get(key, {}).values()):
                self._need(pod)
        elif isinstance(subject, Pod) and subject.spec.node_name:
            is_over = record.type == DELETED or _is_over(subject)
            uid = subject.metadata.uid
            for claim_name in claims_of(subject):
                pods = self._pods.setdefault((subject.metadata.namespace, claim_name), {})
                pods.pop(uid, None)
                if not is_over:
                    pods[uid] = subject
            if is_over:
                self._leave(uid)
            else:
                self._need(subject)

    def _need(self, pod: Pod) -> None:
        for volume in needed_volumes(pod, self._scene.now):
            place = Place(volume.metadata.name, pod.spec.node_name)
            self._needs.setdefault(pod.metadata.uid, {})[place] = None
            self._users.setdefault(place, {})[pod.metadata.uid] = pod

    def _leave(self, uid: str) -> None:
        for place in self._needs.pop(uid, {}):
            self._free_since_ms[place] = self._scene.now_ms

    def needs(self, pod: Pod, place: Place) -> bool:
        """Whether it could be told of the pod that it needs the volume there."""
        return place in self._needs.get(pod.metadata.uid, ())

    def held(self, place: Place, past: Past, lost_after_ms: int = FORCED_AFTER_MS) -> str:
        """Why the volume may not be taken from the node; "" if it may.

        A node that is not ready counts as lost when no pod there has needed the volume for longer than `lost_after_ms`.
        """
        for uid, user in self._users.get(place, {}).items():
            pod = past.get(Pod, user.metadata.namespace, user.metadata.name)
            if pod is None or pod.metadata.uid != uid:
                continue
            if any(volume.metadata.name == place.volume for volume in needed_volumes(pod, past)):
                return f"which pod {pod.metadata.name} there needs"
        volume = past.get(PersistentVolume, "", place.volume)
        node = past.get(Node, "", place.node)
        known = node or self._nodes.get(place.node)
        if volume is None or known is None or not any(is_called(one, volume) for one in known.status.volumes_in_use):
            return ""
        if node is not None and is_given_up(node):
            return ""
        if node is not None and is_ready(node):
            return "which is in use there, and the node is ready"
        if self._free_ms(place) <= lost_after_ms:
            return "which is in use there, and a pod there needed it not long ago"
        return ""

    def _free_ms(self, place: Place) -> int:
        """For how long no pod there has needed the volume, in milliseconds."""
        return self._scene.now_ms - self._free_since_ms.get(place, 0)
