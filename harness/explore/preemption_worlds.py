"""Worlds of pods of different importance that crowd a few small nodes, as scenarios.

Owns what such a world is made of and how likely each part is. Needs the extra `fuzz`.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from harness.scenario.model import (
    Action,
    Apply,
    ClusterSettings,
    Cordon,
    Delete,
    ImageBehaviour,
    Manifest,
    Scenario,
    Step,
    Uncordon,
    Wait,
    numbered_nodes,
)
from harness.scenario.targets import target_named

Document = dict[str, Any]

QUIET_MS = 16_000
IMAGE = "app:v1"
MOST_NODES = 3
MOST_PODS = 12
CAPACITY = {"cpu": "4", "memory": "8Gi", "pods": "6"}
CLASSES: tuple[Document, ...] = (
    {"metadata": {"name": "low"}, "value": 10},
    {"metadata": {"name": "middle"}, "value": 100},
    {"metadata": {"name": "high"}, "value": 1000},
    {"metadata": {"name": "polite"}, "value": 1000, "preemptionPolicy": "Never"},
)
RANKS = ("low", "low", "middle", "middle", "high", "high", "polite")


def _apply(*documents: Document) -> Apply:
    return Apply(manifests=(Manifest(documents=documents),))


@st.composite
def _pod(draw: st.DrawFn) -> Action:
    """A pod of some importance; numbers come again, so that some are there already."""
    number, rank = draw(st.integers(1, MOST_PODS)), draw(st.sampled_from(RANKS))
    requests = {"cpu": draw(st.sampled_from(("500m", "1", "2", "3"))), "memory": draw(st.sampled_from(("1Gi", "3Gi")))}
    spec: Document = {
        "priorityClassName": rank,
        "containers": [{"name": "c", "image": IMAGE, "resources": {"requests": requests}}],
    }
    metadata = {"name": f"{rank}-{number}", "labels": {"app": draw(st.sampled_from(("web", "db")))}}
    return _apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})


def acts(nodes: int) -> st.SearchStrategy[Action]:
    """Something that brings pods or takes room away; mostly pods."""
    names = st.integers(1, nodes).map(lambda number: f"node-{number}")
    pods = st.tuples(st.sampled_from(RANKS), st.integers(1, MOST_PODS)).map(lambda pair: f"pod/{pair[0]}-{pair[1]}")
    return st.one_of(
        _pod(),
        _pod(),
        _pod(),
        _pod(),
        pods.map(lambda pod: Delete(targets=(target_named(pod),))),
        names.map(lambda node: Cordon(node=node)),
        names.map(lambda node: Uncordon(node=node)),
        st.sampled_from((1, 3, 500, 2_000)).map(lambda duration: Wait(duration_ms=duration)),
    )


@st.composite
def preemption_scenarios(draw: st.DrawFn, most_acts: int = 14) -> Scenario:
    """Classes, and perhaps a budget; then pods come and go, most of them without a rest between them."""
    count = draw(st.integers(1, MOST_NODES))
    classes = [{"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", **each} for each in CLASSES]
    budget: Document = {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web"},
        "spec": {"minAvailable": draw(st.integers(0, 2)), "selector": {"matchLabels": {"app": "web"}}},
    }
    made = [*classes, budget] if draw(st.booleans()) else classes
    steps = [Step(action=_apply(*made))]
    doing = draw(st.lists(acts(count), min_size=min(1, most_acts), max_size=most_acts))
    steps += [Step(action=one, settle=draw(st.sampled_from((False, False, True)))) for one in doing]
    behaviour = ImageBehaviour(stop=draw(st.sampled_from((0, 5_000))))
    cluster = ClusterSettings(
        nodes=numbered_nodes(count, CAPACITY), capacity=CAPACITY, quiet_ms=QUIET_MS, images={IMAGE: behaviour}
    )
    return Scenario(cluster=cluster, steps=tuple(steps))
