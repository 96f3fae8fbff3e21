"""How fast pods find their nodes, on one core: every filter and every score of the default profile has something to do.

Times are of this process alone. Nobody runs the pods: there is an API server and a scheduler, so that what is measured
is the queue, the search, the scores and the binding.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from harness.actors.scheduler.scheduler import Scheduler
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import Namespace
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.policy import PriorityClass
from harness.objects.service import Service
from harness.objects.storage import PersistentVolume
from harness.objects.wire import from_wire

HOST, ZONE = "kubernetes.io/hostname", "topology.kubernetes.io/zone"
ZONES = 3
APPS = 10
PODS_PER_SECOND = 400

Document = dict[str, Any]


class Bench(NamedTuple):
    """A cluster of nodes with a scheduler that has seen them."""

    server: Server
    loop: Loop

    def make(self, type_: type[Any], name: str, **fields: Any) -> Any:
        namespaced = kinds.BY_TYPE[type_].resource.namespaced
        metadata = {"name": name, **({"namespace": "default"} if namespaced else {}), **fields.pop("metadata", {})}
        return self.server.create(from_wire({"metadata": metadata, **fields}, type_))

    def pods(self) -> list[Pod]:
        return self.server.list(kinds.BY_TYPE[Pod])


def cluster(nodes: int, cpu: str = "16") -> Bench:
    """Nodes in three zones; each tenth one is cordoned, tainted, or only to be avoided."""
    clock = Clock(parse("2026-01-01T00:00:00Z"))
    server, loop = Server(clock, Trace()), Loop(clock)
    bench = Bench(server, loop)
    bench.make(Namespace, "default")
    for number in range(nodes):
        name = f"node-{number:04}"
        taint = {3: "NoSchedule", 5: "PreferNoSchedule"}.get(number % 10)
        spec: Document = {"taints": [{"key": "old", "effect": taint}]} if taint else {}
        if number % 10 == 7:
            spec["unschedulable"] = True
        labels = {HOST: name, ZONE: f"zone-{number % ZONES}", "disk": "ssd" if number % 2 else "hdd"}
        node: Node = bench.make(Node, name, metadata={"labels": labels}, spec=spec)
        room = {"cpu": cpu, "memory": "64Gi", "pods": "110"}
        images = from_wire({"images": [{"names": ["app:1"], "sizeBytes": 400 << 20}]}, type(node.status)).images
        status = replace(node.status, allocatable=room, capacity=room, images=images if number % 4 else ())
        server.update_status(replace(node, status=status))
    Scheduler(Process.start(loop, server, Chance(), {}))
    return bench


def _terms(app: str, weight: int | None = None) -> Document:
    term: Document = {"topologyKey": HOST, "labelSelector": {"matchLabels": {"app": app}}}
    if weight is None:
        return {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    return {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": weight, "podAffinityTerm": term}]}


def template(app: int) -> Document:
    """The spec of an app's pods: each app gives other plugins something to do."""
    name = f"app-{app}"
    container: Document = {
        "name": "main",
        "image": "app:1",
        "resources": {"requests": {"cpu": f"{100 + 10 * app}m", "memory": "128Mi"}},
    }
    spec: Document = {"containers": [container], "tolerations": [{"key": "old", "operator": "Exists"}]}
    spread = {"maxSkew": 2, "topologyKey": ZONE, "labelSelector": {"matchLabels": {"app": name}}}
    expression = {"key": "disk", "operator": "In", "values": ["ssd", "hdd"]}
    terms = {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}
    affinity: Document = {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": terms}}
    if app % 5 == 0:
        spec["topologySpreadConstraints"] = [{**spread, "whenUnsatisfiable": "DoNotSchedule"}]
    if app % 5 == 1:
        affinity["podAntiAffinity"] = _terms(name)
    if app % 5 == 2:
        affinity["podAntiAffinity"] = _terms(name, 50)
        del spec["tolerations"]
    if app % 5 == 3:
        container["ports"] = [{"containerPort": 80, "hostPort": 8000 + app}]
        spec["topologySpreadConstraints"] = [{**spread, "whenUnsatisfiable": "ScheduleAnyway"}]
    return {**spec, "affinity": affinity}


def claims(bench: Bench, names: list[str]) -> None:
    """A bound claim for each name, whose volume is in one zone."""
    size = {"storage": "1Gi"}
    for number, name in enumerate(names):
        expression = {"key": ZONE, "operator": "In", "values": [f"zone-{number % ZONES}"]}
        where = {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}
        common = {"accessModes": ["ReadWriteOnce"], "storageClassName": ""}
        csi = {"driver": "disk.example.com", "volumeHandle": name}
        bench.make(PersistentVolume, name, spec={**common, "capacity": size, "csi": csi, "nodeAffinity": where})
        bound = {"annotations": {"pv.kubernetes.io/bind-completed": "yes"}}
        spec = {**common, "resources": {"requests": size}, "volumeName": name}
        bench.make(PersistentVolumeClaim, name, metadata=bound, spec=spec)


def fill(bench: Bench, pods: int) -> None:
    """Pods of all apps in turns; every tenth app's pods have claims."""
    specs = [template(app) for app in range(APPS)]
    for app in range(APPS):
        port = [{"port": 80}]
        bench.make(Service, f"app-{app}", spec={"selector": {"app": f"app-{app}"}, "ports": port})
    claims(bench, [f"app-4-{number}" for number in range(pods // APPS)])
    for number in range(pods):
        app, ordinal = number % APPS, number // APPS
        spec = specs[app]
        if app == 4:
            volume = {"name": "data", "persistentVolumeClaim": {"claimName": f"app-4-{ordinal}"}}
            spec = {**spec, "volumes": [volume]}
        bench.make(Pod, f"app-{app}-{ordinal}", metadata={"labels": {"app": f"app-{app}"}}, spec=spec)


def timed(bench: Bench, until_ms: int) -> float:
    """Seconds of this process that the scheduler takes for so much cluster time."""
    gc.collect()
    began = time.process_time()
    bench.loop.run_until(bench.loop.now_ms + until_ms)
    return time.process_time() - began


def report(capsys: pytest.CaptureFixture[str], text: str) -> None:
    with capsys.disabled():
        print(f"\n    {text}")


def test_5000_pods_on_1000_nodes_are_placed_at_400_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    bench = cluster(1_000)
    fill(bench, 5_000)
    seconds = timed(bench, 60_000)
    placed = sum(1 for pod in bench.pods() if pod.spec.node_name)
    report(capsys, f"5,000 pods of ten sorts on 1,000 nodes: {seconds:.1f} s, {placed / seconds:,.0f} pods/s")
    assert placed == 5_000
    assert placed / seconds >= PODS_PER_SECOND


def plain(bench: Bench, pods: int, **spec: Any) -> Iterator[Pod]:
    """Pods of one app without wishes."""
    container = {"name": "main", "image": "app:1", "resources": {"requests": {"cpu": "1", "memory": "1Gi"}}}
    for number in range(pods):
        name = f"{spec.get('priorityClassName', 'web')}-{number}"
        yield bench.make(Pod, name, metadata={"labels": {"app": "web"}}, spec={"containers": [container], **spec})


def test_5000_plain_pods_on_500_nodes_are_placed_at_400_a_second(capsys: pytest.CaptureFixture[str]) -> None:
    bench = cluster(500)
    pods = list(plain(bench, 5_000))
    seconds = timed(bench, 60_000)
    placed = sum(1 for pod in bench.pods() if pod.spec.node_name)
    report(capsys, f"5,000 plain pods on 500 nodes: {seconds:.1f} s, {placed / seconds:,.0f} pods/s")
    assert placed == len(pods)
    assert placed / seconds >= PODS_PER_SECOND


def test_200_pods_find_victims_in_a_full_cluster_of_200_nodes_within_4_s(capsys: pytest.CaptureFixture[str]) -> None:
    bench = cluster(200, cpu="8")
    bench.make(PriorityClass, "high", value=1_000)
    # Of ten nodes two are closed to pods without tolerations.
    list(plain(bench, 160 * 8))
    bench.loop.run_until(bench.loop.now_ms + 20_000)
    list(plain(bench, 200, priorityClassName="high"))
    seconds = timed(bench, 20_000)
    gone = sum(1 for pod in bench.pods() if pod.metadata.deletion_timestamp is not None)
    report(capsys, f"200 pods that preempt in a full cluster of 200 nodes: {seconds:.1f} s, {gone} victims")
    assert gone == 200
    assert seconds <= 4
