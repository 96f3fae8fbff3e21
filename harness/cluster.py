"""The composition root: a whole cluster, made of its parts. The only file that knows every actor.

Owns which processes there are and what a cluster has before anyone does anything to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from harness.actors.controllers.endpointslice import EndpointSliceController
from harness.actors.controllers.garbage_collector import GarbageCollector
from harness.actors.controllers.node_lifecycle import NodeLifecycleController
from harness.actors.controllers.persistentvolume import PersistentVolumeController
from harness.actors.controllers.pv_protection import PersistentVolumeProtection
from harness.actors.controllers.pvc_protection import PersistentVolumeClaimProtection
from harness.actors.controllers.statefulset import StatefulSetController
from harness.actors.controllers.volume_expansion import ExpandController
from harness.actors.kubelet import Kubelets
from harness.actors.scheduler import Scheduler
from harness.actors.world import ImageBehaviour, PathKind, World
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance, Chooser, first
from harness.kernel.clock import Clock
from harness.kernel.loop import Loop
from harness.kernel.trace import Record, Trace
from harness.objects.config import Namespace, ServiceAccount
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, NodeCondition

_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")

# (type, status, reason, message) of a healthy node's conditions, in the order a kubelet reports them.
_HEALTHY = (
    ("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
    ("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
    ("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
    ("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
)


class ClusterSpec(msgspec.Struct, frozen=True):
    """What a cluster is made of. `start_ms` is the instant of cluster time 0, since 1970; `nodes` are as registered.

    `paths` says of each node what stands at some of its paths.
    """

    start_ms: int
    nodes: Sequence[Node]
    images: Mapping[str, ImageBehaviour]
    flags: Mapping[str, str | int | bool]
    paths: Mapping[str, Mapping[str, PathKind]] = {}


class Cluster:
    """A running cluster: its clock and loop, its API server, and everyone who acts on it."""

    def __init__(self, spec: ClusterSpec, chooser: Chooser = first) -> None:
        self.clock = Clock(spec.start_ms)
        self.loop = Loop(self.clock)
        self.trace = Trace()
        self.chance = Chance(chooser)
        self.server = Server(self.clock, self.trace)
        self.world = World(spec.images, spec.paths)
        self._found()
        for node in spec.nodes:
            self.server.create(self._healthy(node))
        self.before: tuple[Record, ...] = tuple(self.trace.records)
        self._start(spec)

    def _found(self) -> None:
        """Make what a server makes for itself, which is no part of the story."""
        for name in _NAMESPACES:
            self.server.create(Namespace(metadata=ObjectMeta(name=name)))
        for name in _NAMESPACES:
            self.server.create(ServiceAccount(metadata=ObjectMeta(name="default", namespace=name)))
        self.trace.records.clear()

    def _healthy(self, node: Node) -> Node:
        """The node with the status its kubelet reports when it joins."""
        now = self.clock.stamp()
        conditions = tuple(
            NodeCondition(
                type=type_,
                status=status,
                reason=reason,
                message=message,
                last_heartbeat_time=now,
                last_transition_time=now,
            )
            for type_, status, reason, message in _HEALTHY
        )
        status = msgspec.structs.replace(node.status, conditions=conditions)
        return msgspec.structs.replace(node, status=status)

    def _start(self, spec: ClusterSpec) -> None:
        """Start the processes and their actors, in the order in which equal wake-ups reach them."""
        manager, scheduler, kubelets = (self._process(spec) for _ in range(3))
        StatefulSetController(manager)
        PersistentVolumeController(manager)
        PersistentVolumeClaimProtection(manager)
        PersistentVolumeProtection(manager)
        ExpandController(manager)
        EndpointSliceController(manager)
        NodeLifecycleController(manager)
        GarbageCollector(manager)
        Scheduler(scheduler)
        Kubelets(kubelets, self.world)

    def _process(self, spec: ClusterSpec) -> Process:
        return Process.start(self.loop, self.server, self.chance, spec.flags)
