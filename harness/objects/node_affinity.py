"""Which nodes a pod or a volume may use: node selectors, topologies, taints and tolerations.

Pure matching, without an opinion of when it is asked. Mirrors component-helpers' scheduling/corev1 and
nodeaffinity packages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from harness.objects.node import Node, Taint
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.pod import PodSpec, Toleration
from harness.objects.selector import Requirement
from harness.objects.storage import TopologySelectorTerm

_NAME_FIELD = "metadata.name"


def pod_admits(spec: PodSpec, node: Node) -> bool:
    """Whether the pod's nodeSelector and required node affinity both allow the node."""
    labels = node.metadata.labels
    if any(labels.get(key) != value for key, value in spec.node_selector.items()):
        return False
    affinity = spec.affinity.node_affinity if spec.affinity is not None else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity is not None else None
    return required is None or selector_matches(required, labels, node.metadata.name)


def selector_matches(selector: NodeSelector, labels: Mapping[str, str], name: str = "") -> bool:
    """Whether any of the terms matches a node with these labels and this name."""
    return any(term_matches(term, labels, name) for term in selector.node_selector_terms)


def term_matches(term: NodeSelectorTerm, labels: Mapping[str, str], name: str = "") -> bool:
    """Whether every requirement of the term is met; a term without any matches nothing."""
    if not term.match_expressions and not term.match_fields:
        return False
    return all(_meets(requirement, labels) for requirement in term.match_expressions) and all(
        requirement.key == _NAME_FIELD and _meets(requirement, {_NAME_FIELD: name}) for requirement in term.match_fields
    )


def topology_matches(terms: Sequence[TopologySelectorTerm], labels: Mapping[str, str]) -> bool:
    """Whether a storage class that allows these topologies allows a node; no terms at all allow every node."""
    return not terms or any(
        term.match_label_expressions
        and all(labels.get(expression.key) in expression.values for expression in term.match_label_expressions)
        for term in terms
    )


def tolerates(toleration: Toleration, taint: Taint) -> bool:
    """Whether one toleration accepts one taint; an empty effect or key accepts any."""
    if toleration.effect and toleration.effect != taint.effect:
        return False
    if toleration.key and toleration.key != taint.key:
        return False
    if toleration.operator in ("", "Equal"):
        return toleration.value == taint.value
    return toleration.operator == "Exists"


def untolerated(tolerations: Iterable[Toleration], taints: Iterable[Taint], effects: Collection[str]) -> Taint | None:
    """The first taint with one of the effects that no toleration accepts."""
    accepted = tuple(tolerations)
    for taint in taints:
        if taint.effect in effects and not any(tolerates(toleration, taint) for toleration in accepted):
            return taint
    return None


def _meets(requirement: NodeSelectorRequirement, labels: Mapping[str, str]) -> bool:
    return Requirement(requirement.key, requirement.operator, requirement.values).matches(labels)
