"""What is kept up to date step by step equals what counting everything anew would give."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.actors.scheduler.crowds import label_of
from harness.actors.scheduler.demand import demand_of
from harness.actors.scheduler.free_volumes import FreeVolumes
from harness.actors.scheduler.nodes import Nodes
from harness.api.store import ADDED, DELETED, MODIFIED, Change
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.selector import parse
from harness.objects.storage import PersistentVolume
from harness.objects.wire import from_wire

NODES = ("node-1", "node-2", "node-3")
WEB = parse("app=web")


def make_pod(number: int, app: str, cpu: int, port: int) -> Pod:
    container = {
        "name": "main",
        "image": "app",
        "resources": {"requests": {"cpu": str(cpu), "memory": "1Mi"}},
        "ports": [{"containerPort": 80, "hostPort": port, "protocol": "TCP"}] if port else [],
    }
    metadata = {"name": f"pod-{number}", "namespace": "default", "uid": f"uid-{number}", "labels": {"app": app}}
    return from_wire({"metadata": metadata, "spec": {"containers": [container]}}, Pod)


pods = st.builds(
    make_pod, st.integers(0, 5), st.sampled_from(["web", "db"]), st.integers(0, 4), st.sampled_from([0, 80, 81])
)
steps = st.lists(st.tuples(pods, st.sampled_from((*NODES, ""))), max_size=40)


@given(steps)
@settings(max_examples=60, deadline=None)
def test_sums_of_nodes_and_crowds_are_those_of_their_pods(steps):
    nodes = Nodes()
    for name in NODES:
        nodes.see(from_wire({"metadata": {"name": name}}, Node))

    def is_web(pod: Pod) -> bool:
        return WEB.matches(pod.metadata.labels)

    placed: dict[str, tuple[Pod, str]] = {}
    for pod, node in steps:
        nodes.crowds.count("web", label_of(WEB), is_web)
        if node:
            nodes.place(pod, node, demand_of(pod))
            placed[pod.metadata.uid] = (pod, node)
        else:
            nodes.displace(pod.metadata.uid)
            placed.pop(pod.metadata.uid, None)
    crowd = nodes.crowds.count("web", label_of(WEB), is_web)
    for name in NODES:
        here = [pod for pod, node in placed.values() if node == name]
        view = nodes.by_name[name]
        assert view.used_cpu_milli == sum(demand_of(pod).cpu_milli for pod in here)
        assert view.assumed_memory_bytes == sum(demand_of(pod).assumed_memory_bytes for pod in here)
        assert sum(view.ports.values()) == sum(len(demand_of(pod).ports) for pod in here)
        assert crowd.get(name, 0) == sum(is_web(pod) for pod in here)


def make_volume(number: int, size: int, host: str, claimed: bool) -> PersistentVolume:
    spec = {"capacity": {"storage": f"{size}Gi"}, "storageClassName": "local"}
    if host:
        expression = {"key": "kubernetes.io/hostname", "operator": "In", "values": [host]}
        spec["nodeAffinity"] = {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}
    if claimed:
        spec["claimRef"] = {"namespace": "default", "name": "data"}
    return from_wire({"metadata": {"name": f"pv-{number}"}, "spec": spec}, PersistentVolume)


changes = st.tuples(
    st.sampled_from([ADDED, MODIFIED, DELETED]),
    st.integers(0, 5),
    st.integers(1, 4),
    st.sampled_from(["", *NODES]),
    st.booleans(),
)


@given(st.lists(changes, max_size=30), st.integers(0, 4))
@settings(max_examples=60, deadline=None)
def test_free_volumes_come_smallest_first_and_only_those_in_reach(changes, at_least):
    free = FreeVolumes()
    known: dict[str, tuple[int, str, str]] = {}
    for type_, number, size, host, claimed in changes:
        volume = make_volume(number, size, host, claimed)
        free.changed(Change(type_, volume, None, 0))
        known.pop(volume.metadata.name, None)
        if type_ != DELETED and not claimed:
            known[volume.metadata.name] = (size, volume.metadata.name, host)
    wanted = sorted(each for each in known.values() if each[2] in ("", "node-1") and each[0] >= at_least)
    found = free.of("local", "node-1", at_least * 2**30 * 1000)
    assert [volume.metadata.name for volume in found] == [name for _, name, _ in wanted]
