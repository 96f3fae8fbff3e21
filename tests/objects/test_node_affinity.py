"""Which nodes are allowed: selector terms, topologies, taints and tolerations."""

from __future__ import annotations

import pytest

from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, Taint
from harness.objects.node_affinity import pod_admits, selector_matches, tolerates, topology_matches, untolerated
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.pod import Affinity, NodeAffinity, PodSpec, Toleration
from harness.objects.storage import TopologySelectorLabelRequirement, TopologySelectorTerm

LABELS = {"zone": "a", "cores": "8"}


def term(key: str, operator: str, *values: str) -> NodeSelectorTerm:
    return NodeSelectorTerm(match_expressions=(NodeSelectorRequirement(key=key, operator=operator, values=values),))


def selector(*terms: NodeSelectorTerm) -> NodeSelector:
    return NodeSelector(node_selector_terms=terms)


TERMS = [
    (term("zone", "In", "a"), True),
    (term("zone", "NotIn", "a"), False),
    (term("none", "NotIn", "a"), True),
    (term("zone", "Exists"), True),
    (term("zone", "DoesNotExist"), False),
    (term("cores", "Gt", "7"), True),
    (term("cores", "Lt", "8"), False),
    (term("zone", "Gt", "7"), False),
    (NodeSelectorTerm(), False),
]


@pytest.mark.parametrize(("one", "matched"), TERMS)
def test_a_term_matches_by_its_operator_and_an_empty_one_nothing(one: NodeSelectorTerm, matched: bool) -> None:
    assert selector_matches(selector(one), LABELS) is matched


def test_any_term_is_enough_and_no_term_is_none() -> None:
    assert selector_matches(selector(term("zone", "In", "b"), term("zone", "In", "a")), LABELS)
    assert not selector_matches(selector(), LABELS)


def test_a_node_can_be_picked_by_its_name() -> None:
    by_name = NodeSelectorRequirement(key="metadata.name", operator="In", values=("n1",))
    picked = selector(NodeSelectorTerm(match_fields=(by_name,)))
    assert selector_matches(picked, {}, "n1")
    assert not selector_matches(picked, {"metadata.name": "n1"}, "n2")


def test_a_pod_needs_both_its_node_selector_and_its_affinity() -> None:
    node = Node(metadata=ObjectMeta(name="n", labels=LABELS))
    required = NodeAffinity(required_during_scheduling_ignored_during_execution=selector(term("cores", "Exists")))
    assert pod_admits(PodSpec(), node)
    assert pod_admits(PodSpec(node_selector={"zone": "a"}, affinity=Affinity(node_affinity=required)), node)
    assert not pod_admits(PodSpec(node_selector={"zone": "b"}, affinity=Affinity(node_affinity=required)), node)


def test_a_class_without_topologies_allows_every_node() -> None:
    zone_b = TopologySelectorTerm(
        match_label_expressions=(TopologySelectorLabelRequirement(key="zone", values=("b",)),)
    )
    assert topology_matches((), LABELS)
    assert not topology_matches((zone_b,), LABELS)
    assert topology_matches((zone_b,), {"zone": "b"})


TAINT = Taint(key="k", value="v", effect="NoSchedule")
TOLERATIONS = [
    (Toleration(key="k", value="v", effect="NoSchedule"), True),
    (Toleration(key="k", operator="Equal", value="other"), False),
    (Toleration(key="k", operator="Exists"), True),
    (Toleration(operator="Exists"), True),
    (Toleration(key="other", operator="Exists"), False),
    (Toleration(key="k", operator="Exists", effect="NoExecute"), False),
    (Toleration(key="k", operator="Gt", value="1"), False),
]


@pytest.mark.parametrize(("toleration", "accepted"), TOLERATIONS)
def test_a_toleration_accepts_by_key_operator_and_effect(toleration: Toleration, accepted: bool) -> None:
    assert tolerates(toleration, TAINT) is accepted


def test_the_first_taint_nobody_tolerates_is_found_among_the_effects_asked_for() -> None:
    soft, hard = Taint(key="s", effect="PreferNoSchedule"), Taint(key="h", effect="NoExecute")
    assert untolerated((), (soft, hard), ("NoSchedule", "NoExecute")) == hard
    assert untolerated((Toleration(operator="Exists"),), (soft, hard), ("NoExecute",)) is None
