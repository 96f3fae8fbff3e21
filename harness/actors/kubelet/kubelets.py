"""The kubelets of all nodes: every pod that is bound to a node that is up has a worker there.

Owns which pods have a worker, and which nodes have a machine: those the cluster starts with. A Node that somebody makes
by hand has none. What a worker does is its own business.
"""

from __future__ import annotations

from functools import partial

from harness.actors.kubelet import allocation
from harness.actors.kubelet.expansion import Expansion
from harness.actors.kubelet.images import NodeImages
from harness.actors.kubelet.lifecycle import SCHEDULED
from harness.actors.kubelet.node import KubeletNode
from harness.actors.kubelet.node_reports import NodeReports
from harness.actors.kubelet.node_volumes import NodeVolumes
from harness.actors.kubelet.pod_worker import PodWorker
from harness.actors.kubelet.status_reports import StatusReports
from harness.actors.world import World
from harness.api.store import DELETED, Change
from harness.control.controller import Process
from harness.objects import conditions
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.pods import has_ended, node_names


class Kubelets:
    """One actor in the place of every node's kubelet."""

    def __init__(self, process: Process, world: World) -> None:
        self._process = process
        self._world = world
        self._nodes: dict[str, KubeletNode] = {}
        self._workers: dict[str, PodWorker] = {}
        self._status_reports = StatusReports(process, self._node)
        self._expansion = Expansion(process, self._node)
        self._node_objects = process.informers.of(Node)
        self._pods = process.informers.of(Pod)
        self._by_node = self._pods.index(node_names)
        # Each machine with the Node its kubelet registers.
        self._machines = {node.metadata.name: node for node in list(self._node_objects.objects.values())}
        self._leases = process.server.leases
        for name in self._machines:
            if world.is_up(name):
                self._leases.hold(name)
                self._take_pods(name)
        self._node_objects.subscribe(self._node_changed)
        self._reports = NodeReports(process, self._node)
        self._pods.subscribe(self._pod_changed)
        world.on_image_change(self._image_changed)
        world.on_node_change(self._machine_changed)
        world.on_container_end(self._container_ended)

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        node = pod.spec.node_name
        if not node:
            return
        worker = self._workers.get(pod.metadata.uid)
        if change.type == DELETED:
            if worker is not None:
                del self._workers[pod.metadata.uid]
                worker.vanish()
        elif worker is not None:
            worker.update(pod, change.previous, change.sequence)
        else:
            self._take_pod(pod, change.sequence)

    def _take_pod(self, pod: Pod, woken_by: int = 0) -> None:
        """Give the pod a worker, if its node is there to run it and it is not over yet."""
        node = self._node(pod.spec.node_name)
        if node is None or has_ended(pod):
            return
        refusal = self._refusal(pod)
        self._workers[pod.metadata.uid] = PodWorker(self._process, self._world, node, pod, refusal, woken_by)

    def _take_pods(self, node: str) -> None:
        for pod in list(self._by_node.of(node)):
            if pod.metadata.uid not in self._workers:
                self._take_pod(pod)

    def _refusal(self, pod: Pod) -> allocation.Refusal | None:
        """Why the node will not run a pod that no scheduler has placed on it; what a scheduler placed fits."""
        if conditions.is_true(pod.status.conditions, SCHEDULED) or pod.metadata.deletion_timestamp is not None:
            return None
        node = self._node_objects.get("", pod.spec.node_name)
        if node is None:
            return None
        others = (other for other in self._by_node.of(pod.spec.node_name) if other.metadata.uid != pod.metadata.uid)
        return allocation.refusal(pod, node, others)

    def _node(self, name: str) -> KubeletNode | None:
        """The node as its kubelet sees it, if there is one and its machine runs."""
        machine = self._machines.get(name)
        if machine is None or not self._world.is_up(name):
            return None
        found = self._nodes.get(name)
        if found is None:
            recorder = self._process.recorders.recorder("kubelet", host=name)
            volumes = NodeVolumes(partial(self._status_reports.plan, name), self._expansion.mounted)
            images = NodeImages(partial(self._status_reports.plan, name))
            found = self._nodes[name] = KubeletNode(machine, len(self._nodes) + 1, recorder, volumes, images)
            node = self._node_objects.get("", name)
            if node is not None and node.status.images:
                self._status_reports.plan(name)
            if node is not None and node.status.volumes_in_use:
                # A kubelet that starts anew reports what it finds, which is nothing.
                self._status_reports.plan(name)
        return found

    def _node_changed(self, change: Change) -> None:
        if change.type != DELETED and change.previous is None:
            self._take_pods(change.object.metadata.name)

    def _machine_changed(self, name: str, up: bool) -> None:
        if up:
            self._process.loop.spawn(self._start(name))
            return
        self._leases.leave(name)
        self._nodes.pop(name, None)
        for uid in [uid for uid, worker in self._workers.items() if worker.node.name == name]:
            self._workers.pop(uid).drop()

    async def _start(self, name: str) -> None:
        """A kubelet starts on a machine where nothing is left of what ran there."""
        node, machine = self._node(name), self._machines.get(name)
        if node is None or machine is None:
            return
        await self._reports.register(node, machine)
        # The machine may have stopped again meanwhile.
        if self._nodes.get(name) is node:
            self._leases.hold(name)
            self._take_pods(name)

    def _image_changed(self, image: str) -> None:
        for worker in self._workers.values():
            if not worker.over:
                worker.reconsider(image)

    def _container_ended(self, pod_uid: str, container: str, exit_code: int) -> bool:
        worker = self._workers.get(pod_uid)
        return worker is not None and not worker.over and worker.end_container(container, exit_code)
