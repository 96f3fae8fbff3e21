"""What is kept up to date step by step equals what counting everything anew would give."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.actors.scheduler.crowds import label_of
from harness.actors.scheduler.demand import demand_of
from harness.actors.scheduler.nodes import Nodes
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.selector import parse
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
        assert crowd.by_node.get(name, 0) == sum(is_web(pod) for pod in here)
