"""Worlds of a set under a disruption budget whose pods are evicted, deleted and drained away, as scenarios.

Owns what such a world is made of and how likely each part is. Needs the extra `fuzz`.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from harness.scenario.model import (
    Action,
    Apply,
    ClusterSettings,
    Delete,
    Drain,
    Evict,
    ImageBehaviour,
    Manifest,
    Patch,
    Scale,
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
NODES = 3
BOUNDS: tuple[Document, ...] = (
    {"maxUnavailable": 1},
    {"minAvailable": 1},
    {"maxUnavailable": "40%"},
    {"minAvailable": "50%"},
    {"maxUnavailable": 0},
)
POLICIES = (None, None, "AlwaysAllow", "IfHealthyBudget")
SELECTOR = {"matchLabels": {"app": "web"}}


def _set(replicas: int) -> Document:
    container = {"name": "c", "image": IMAGE, "readinessProbe": {"tcpSocket": {"port": 80}, "periodSeconds": 1}}
    template = {
        "metadata": {"labels": {"app": "web"}},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 20},
    }
    spec = {
        "serviceName": "web",
        "replicas": replicas,
        "podManagementPolicy": "Parallel",
        "selector": SELECTOR,
        "template": template,
    }
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": {"name": "web"}, "spec": spec}


def _budget(bound: Document, policy: str | None) -> Document:
    spec = {**bound, "selector": SELECTOR, **({"unhealthyPodEvictionPolicy": policy} if policy else {})}
    return {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "web"}, "spec": spec}


def _apply(*documents: Document) -> Apply:
    return Apply(manifests=(Manifest(documents=documents),))


def acts() -> st.SearchStrategy[Action]:
    """Something that takes pods away or brings them back; mostly evictions."""
    ordinals = st.integers(0, 3)
    nodes = st.integers(1, NODES).map(lambda number: f"node-{number}")
    evicted = ordinals.map(lambda ordinal: Evict(target=target_named(f"pod/web-{ordinal}")))
    rebound = st.sampled_from(BOUNDS).map(
        lambda bound: Patch(
            target=target_named("pdb/web"),
            body={"spec": {"minAvailable": None, "maxUnavailable": None, **bound}},
            type="merge",
        )
    )
    return st.one_of(
        evicted,
        evicted,
        evicted,
        nodes.map(lambda node: Drain(node=node)),
        nodes.map(lambda node: Uncordon(node=node)),
        ordinals.map(lambda ordinal: Delete(targets=(target_named(f"pod/web-{ordinal}"),))),
        st.integers(0, 4).map(lambda replicas: Scale(target=target_named("sts/web"), replicas=replicas)),
        st.sampled_from((1, 3, 500, 2_000)).map(lambda duration: Wait(duration_ms=duration)),
        rebound,
    )


@st.composite
def disruption_scenarios(draw: st.DrawFn, most_acts: int = 6) -> Scenario:
    """A set and its budget come to rest; then up to `most_acts` things happen, most of them without a rest."""
    replicas, bound = draw(st.sampled_from((2, 3, 4))), draw(st.sampled_from(BOUNDS))
    behaviour = ImageBehaviour(ready=draw(st.sampled_from((0, 1_000, 10_000))), stop=draw(st.sampled_from((0, 5_000))))
    doing = draw(st.lists(acts(), min_size=min(1, most_acts), max_size=most_acts))
    steps = [Step(action=_apply(_set(replicas), _budget(bound, draw(st.sampled_from(POLICIES)))))]
    steps += [Step(action=one, settle=draw(st.sampled_from((False, False, True)))) for one in doing]
    cluster = ClusterSettings(nodes=numbered_nodes(NODES), quiet_ms=QUIET_MS, images={IMAGE: behaviour})
    return Scenario(cluster=cluster, steps=tuple(steps))
