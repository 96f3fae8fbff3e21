"""The composition root: a whole cluster, made of its parts. The only file that knows every actor.

Owns which processes there are and what a cluster has before anyone does anything to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import msgspec

from harness.actors.controllers.attach_detach import AttachDetachController
from harness.actors.controllers.daemonset import DaemonSetController
from harness.actors.controllers.deployment import DeploymentController
from harness.actors.controllers.disruption import DisruptionController
from harness.actors.controllers.endpointslice import EndpointSliceController
from harness.actors.controllers.ephemeral_volume import EphemeralVolumeController
from harness.actors.controllers.garbage_collector import GarbageCollector
from harness.actors.controllers.namespace import NamespaceController
from harness.actors.controllers.node_lifecycle import NodeLifecycleController
from harness.actors.controllers.persistentvolume import PersistentVolumeController
from harness.actors.controllers.pod_garbage_collector import PodGarbageCollector
from harness.actors.controllers.pv_protection import PersistentVolumeProtection
from harness.actors.controllers.pvc_protection import PersistentVolumeClaimProtection
from harness.actors.controllers.replicaset import REPLICA_SETS, REPLICATION_CONTROLLERS, ReplicaSetController
from harness.actors.controllers.resource_quota import ResourceQuotaController
from harness.actors.controllers.statefulset import StatefulSetController
from harness.actors.controllers.taint_eviction import TaintEvictionController
from harness.actors.controllers.vac_protection import VolumeAttributesClassProtection
from harness.actors.controllers.volume_expansion import ExpandController
from harness.actors.kubelet import Kubelets
from harness.actors.provisioner import driver_object, node_object
from harness.actors.provisioner import start as start_provisioner
from harness.actors.scheduler import Scheduler
from harness.actors.world import ImageBehaviour, PathKind, ProvisionerBehaviour, World
from harness.actors.world.provisioners import CSI
from harness.api.server import Server
from harness.api.store import Change
from harness.control.controller import Process
from harness.kernel.chance import Chance, Chooser, first
from harness.kernel.clock import Clock
from harness.kernel.loop import Loop
from harness.kernel.trace import Record, Trace
from harness.objects.config import Namespace, ServiceAccount
from harness.objects.meta import Object, ObjectMeta
from harness.objects.node import Node
from harness.objects.node_conditions import healthy
from harness.objects.scheduling import SchedulingCycle

# The resources whose first object starts those who look after jobs.
_OF_JOBS = ("cronjobs.batch", "jobs.batch")
_NAMESPACES = ("default", "kube-node-lease", "kube-public", "kube-system")


class ClusterSpec(msgspec.Struct, frozen=True):
    """What a cluster is made of. `start_ms` is the instant of cluster time 0, since 1970; `nodes` are as registered.

    `paths` says of each node what stands at some of its paths. `on_scheduling` is told of every attempt to place a pod.
    """

    start_ms: int
    nodes: Sequence[Node]
    images: Mapping[str, ImageBehaviour]
    flags: Mapping[str, str | int | bool]
    provisioners: Sequence[ProvisionerBehaviour] = ()
    paths: Mapping[str, Mapping[str, PathKind]] = {}
    on_scheduling: Callable[[SchedulingCycle], None] | None = None


class Cluster:
    """A running cluster: its clock and loop, its API server, and everyone who acts on it."""

    def __init__(self, spec: ClusterSpec, chooser: Chooser = first) -> None:
        self.clock = Clock(spec.start_ms)
        self.loop = Loop(self.clock)
        self.trace = Trace()
        self.chance = Chance(chooser)
        self.server = Server(self.clock, self.trace)
        self.world = World(spec.images, spec.provisioners, spec.paths)
        self._found(_made_by_server())
        nodes = [self.server.create(self._healthy(node)) for node in spec.nodes]
        self.before: tuple[Record, ...] = tuple(self.trace.records)
        self._found(_made_by_drivers(spec.provisioners, nodes))
        self._start(spec)

    def _found(self, objects: Iterable[Object]) -> None:
        """Make what is there before the story begins, and is no part of it."""
        told = len(self.trace.records)
        for obj in objects:
            self.server.create(obj)
        del self.trace.records[told:]

    def _healthy(self, node: Node) -> Node:
        """The node with the status its kubelet reports when it joins."""
        conditions = healthy(node.status.conditions, self.clock.stamp())
        status = msgspec.structs.replace(node.status, conditions=conditions)
        return msgspec.structs.replace(node, status=status)

    def _start(self, spec: ClusterSpec) -> None:
        """Start the processes and their actors, in the order in which equal wake-ups reach them."""
        manager, scheduler, kubelets = (self._process(spec) for _ in range(3))
        StatefulSetController(manager)
        DeploymentController(manager)
        ReplicaSetController(manager, REPLICA_SETS)
        ReplicaSetController(manager, REPLICATION_CONTROLLERS)
        DaemonSetController(manager)
        PersistentVolumeController(manager)
        PersistentVolumeClaimProtection(manager)
        PersistentVolumeProtection(manager)
        VolumeAttributesClassProtection(manager)
        ExpandController(manager)
        AttachDetachController(manager)
        EphemeralVolumeController(manager)
        EndpointSliceController(manager)
        DisruptionController(manager)
        NodeLifecycleController(manager)
        TaintEvictionController(manager)
        PodGarbageCollector(manager)
        GarbageCollector(manager)
        NamespaceController(manager)
        ResourceQuotaController(manager)
        self._start_late(manager)
        Scheduler(scheduler, spec.on_scheduling)
        Kubelets(kubelets, self.world)
        for behaviour in spec.provisioners:
            start_provisioner(self._process(spec), self.world, behaviour)

    def _start_late(self, manager: Process) -> None:
        """Have those who look after jobs start with the first of them: most runs have none, and need not load them."""
        collections = [self.server.store.collection(resource) for resource in _OF_JOBS]

        def start(_: Change) -> None:
            for collection in collections:
                # A new list: the old one is just being gone through.
                collection.watchers = [each for each in collection.watchers if each is not start]
            _start_jobs(manager)

        for collection in collections:
            collection.watchers.append(start)

    def _process(self, spec: ClusterSpec) -> Process:
        return Process.start(self.loop, self.server, self.chance, spec.flags)


def _start_jobs(manager: Process) -> None:
    """Start those who look after jobs; each begins with what there is."""
    from harness.actors.controllers.cronjob import CronJobController
    from harness.actors.controllers.job import JobController
    from harness.actors.controllers.ttl_after_finished import TtlAfterFinishedController

    JobController(manager)
    TtlAfterFinishedController(manager)
    CronJobController(manager)


def _made_by_server() -> Iterator[Object]:
    """What a server makes for itself."""
    for name in _NAMESPACES:
        yield Namespace(metadata=ObjectMeta(name=name))
    for name in _NAMESPACES:
        yield ServiceAccount(metadata=ObjectMeta(name="default", namespace=name))


def _made_by_drivers(provisioners: Iterable[ProvisionerBehaviour], nodes: Iterable[Node]) -> Iterator[Object]:
    """What CSI drivers that are installed tell of themselves."""
    drivers = [behaviour for behaviour in provisioners if behaviour.style == CSI]
    for behaviour in drivers:
        yield driver_object(behaviour)
    for node in nodes if drivers else ():
        yield node_object(node, drivers)
