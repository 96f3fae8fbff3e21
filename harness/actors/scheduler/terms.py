"""What a pod says about other pods and about nodes, in a form that can be compared and counted.

Owns the reading of pod affinity terms (namespaces, selector, topology key), and what makes two pods alike to a node
that is looked at by itself. Knows no node.
Mirrors framework.AffinityTerm (k8s.io/kube-scheduler/framework).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from typing import NamedTuple

from harness.objects.meta import LabelSelector
from harness.objects.pod import Pod, PodAffinityTerm, PodSpec, WeightedPodAffinityTerm
from harness.objects.selector import IN, NOT_IN, Requirement, Selector, compiled

NamespaceLabels = Mapping[str, Mapping[str, str]]
"""The labels of every namespace by its name."""


class Term(NamedTuple):
    """One affinity term. Without a selector it picks no pod; `namespace_selector` adds to `namespaces`."""

    namespaces: tuple[str, ...]
    namespace_selector: Selector | None
    selector: Selector | None
    topology_key: str

    def picks(self, pod: Pod, namespaces: NamespaceLabels) -> bool:
        """Whether the pod is one of those the term is about."""
        metadata = pod.metadata
        if self.selector is None or not self.selector.matches(metadata.labels):
            return False
        if metadata.namespace in self.namespaces:
            return True
        chosen = self.namespace_selector
        return chosen is not None and chosen.matches(namespaces.get(metadata.namespace, {}))


class WeightedTerm(NamedTuple):
    """A preference: `weight` is negative for one to stay away."""

    weight: int
    term: Term


class Terms(NamedTuple):
    """All that one pod holds about others."""

    affinity: tuple[Term, ...]
    anti_affinity: tuple[Term, ...]
    preferred: tuple[WeightedTerm, ...]


def terms_of(pod: Pod) -> Terms | None:
    """The pod's terms; None for the usual pod, which has none."""
    affinity = pod.spec.affinity
    if affinity is None or (affinity.pod_affinity is None and affinity.pod_anti_affinity is None):
        return None
    near, far = affinity.pod_affinity, affinity.pod_anti_affinity
    preferred: list[WeightedTerm] = []
    if near is not None:
        preferred += _weighted(near.preferred_during_scheduling_ignored_during_execution, pod, 1)
    if far is not None:
        preferred += _weighted(far.preferred_during_scheduling_ignored_during_execution, pod, -1)
    required_near = near.required_during_scheduling_ignored_during_execution if near is not None else ()
    required_far = far.required_during_scheduling_ignored_during_execution if far is not None else ()
    return Terms(
        tuple(_term(each, pod) for each in required_near),
        tuple(_term(each, pod) for each in required_far),
        tuple(preferred),
    )


def narrowed(selector: LabelSelector | None, keys: Iterable[str], pod: Pod, operator: str = IN) -> Selector | None:
    """The selector, further limited to pods that share (In) or do not share (NotIn) `pod`'s value of these labels."""
    if selector is None:
        return None
    labels = pod.metadata.labels
    shared = tuple(Requirement(key, operator, (labels[key],)) for key in keys if key in labels)
    base = compiled(selector)
    return Selector((*base.requirements, *shared)) if shared else base


def standing(spec: PodSpec) -> Hashable:
    """What of a spec decides which nodes can be for the pod at all: equal for the pods of a template."""
    affinity = spec.affinity.node_affinity if spec.affinity is not None else None
    required = affinity.required_during_scheduling_ignored_during_execution if affinity is not None else None
    return tuple(spec.node_selector.items()), required, spec.tolerations


def _weighted(terms: Iterable[WeightedPodAffinityTerm], pod: Pod, sign: int) -> list[WeightedTerm]:
    return [WeightedTerm(sign * each.weight, _term(each.pod_affinity_term, pod)) for each in terms]


def _term(term: PodAffinityTerm, pod: Pod) -> Term:
    selector = narrowed(term.label_selector, term.match_label_keys, pod)
    if selector is not None and term.mismatch_label_keys:
        unlike = narrowed(LabelSelector(), term.mismatch_label_keys, pod, NOT_IN)
        selector = Selector((*selector.requirements, *(unlike.requirements if unlike is not None else ())))
    chosen = compiled(term.namespace_selector) if term.namespace_selector is not None else None
    namespaces = term.namespaces or (() if chosen is not None else (pod.metadata.namespace,))
    return Term(namespaces, chosen, selector, term.topology_key)
