"""Growing file systems: the node's half of an expansion, done where a pod has the volume mounted.

Owns the order of its writes and events. The volume itself was enlarged by the resizer of its storage before. A kubelet
does not watch claims: it sees the new size when it mounts a volume or next looks after a pod that has it. Source:
pkg/volume/util/operationexecutor/node_expander.go, operation_generator.go (GenerateExpandInUseVolumeFunc),
pkg/kubelet/volumemanager/populator (processPodVolumes), volume_manager.go (WaitForAttachAndMount).
"""

from __future__ import annotations

from collections.abc import Callable

from harness.actors.kubelet.node import KubeletNode, next_pod_pass_ms
from harness.api.client import Client
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.control.events import NORMAL
from harness.objects.attachment import unique_volume_name
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.expansion import NODE_RESIZING, RESIZE_STATES_OF_NODE, finished, resize_state, with_state
from harness.objects.pod import Pod
from harness.objects.pod_claims import claim_keys
from harness.objects.storage import PersistentVolume


class Expansion(Controller[Key]):
    """Keys are claims. `find` gives the kubelet of a node that is up."""

    name = "kubelet"

    def __init__(self, process: Process, find: Callable[[str], KubeletNode | None]) -> None:
        super().__init__(process)
        self._find = find
        self._claims = process.informers.of(PersistentVolumeClaim)
        self._volumes = process.informers.of(PersistentVolume)
        # Indexed where that is asked for first: in most clusters nothing is ever expanded.
        self._pods = process.informers.of(Pod)
        self._claims.subscribe(self._claim_changed)

    def mounted(self, uid: str) -> None:
        """A pod has mounted a volume: perhaps the file system on it has to grow."""
        for pod in self._pods.index(_uid).of(uid):
            for key in claim_keys(pod):
                claim = self._claims.get(*key)
                if claim is not None and resize_state(claim) in RESIZE_STATES_OF_NODE:
                    self.queue.add(key)

    def _claim_changed(self, change: Change) -> None:
        claim: PersistentVolumeClaim = change.object
        if change.type != DELETED and resize_state(claim) in RESIZE_STATES_OF_NODE:
            now_ms = self.process.loop.now_ms
            self.queue.add_after((claim.metadata.namespace, claim.metadata.name), next_pod_pass_ms(now_ms) - now_ms)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        claim = self._claims.get(*key)
        if claim is None or resize_state(claim) not in RESIZE_STATES_OF_NODE:
            return None
        volume = self._volumes.get("", claim.spec.volume_name)
        found = self._user(key, volume) if volume is not None else None
        if volume is None or found is None:
            return None
        pod, kubelet = found
        claim = await client.modify(claim, lambda stored: with_state(stored, NODE_RESIZING), status=True)
        text = f'MountVolume.NodeExpandVolume succeeded for volume "{volume.metadata.name}" {kubelet.name}'
        for about in (pod, claim):
            kubelet.recorder.event(about, NORMAL, "FileSystemResizeSuccessful", text, cause=client.cause)
        size = volume.spec.capacity["storage"]
        await client.modify(claim, lambda stored: finished(stored, size), status=True)
        return None

    def _user(self, key: Key, volume: PersistentVolume) -> tuple[Pod, KubeletNode] | None:
        """A pod that has the volume mounted, the first by name, and its kubelet."""
        name = unique_volume_name(volume)
        for pod in sorted(self._pods.index(claim_keys).of(key), key=lambda pod: pod.metadata.name):
            kubelet = self._find(pod.spec.node_name) if pod.spec.node_name else None
            if kubelet is not None and kubelet.volumes.has_mounted(pod.metadata.uid, name):
                return pod, kubelet
        return None


def _uid(pod: Pod) -> tuple[str, ...]:
    return (pod.metadata.uid,)
