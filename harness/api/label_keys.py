"""Label keys of a new pod's rules about other pods, written out as what its own labels make of them.

Owns the merging of matchLabelKeys and mismatchLabelKeys into label selectors, once, when a pod is made: labels that
change later change no rule. Mirrors pkg/registry/core/pod/strategy.go (applyLabelKeysToLabelSelector).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from harness.objects.meta import LabelSelector, LabelSelectorRequirement
from harness.objects.pod import (
    PodAffinity,
    PodAffinityTerm,
    PodAntiAffinity,
    PodSpec,
    TopologySpreadConstraint,
    WeightedPodAffinityTerm,
)

_Affinity = TypeVar("_Affinity", PodAffinity, PodAntiAffinity)
_Labels = Mapping[str, str]


def with_label_keys(spec: PodSpec, labels: _Labels) -> PodSpec:
    """The spec with selectors that say what its label keys mean for a pod with these labels."""
    if spec.topology_spread_constraints:
        constraints = tuple(_constraint(each, labels) for each in spec.topology_spread_constraints)
        if constraints != spec.topology_spread_constraints:
            spec = replace(spec, topology_spread_constraints=constraints)
    affinity = spec.affinity
    if affinity is None or (affinity.pod_affinity is None and affinity.pod_anti_affinity is None):
        return spec
    near, far = affinity.pod_affinity, affinity.pod_anti_affinity
    merged = replace(
        affinity,
        pod_affinity=_affinity(near, labels) if near is not None else None,
        pod_anti_affinity=_affinity(far, labels) if far is not None else None,
    )
    return spec if merged == affinity else replace(spec, affinity=merged)


def _constraint(constraint: TopologySpreadConstraint, labels: _Labels) -> TopologySpreadConstraint:
    selector = _merged(constraint.label_selector, constraint.match_label_keys, (), labels)
    return constraint if selector is constraint.label_selector else replace(constraint, label_selector=selector)


def _affinity(affinity: _Affinity, labels: _Labels) -> _Affinity:
    required = affinity.required_during_scheduling_ignored_during_execution
    preferred = affinity.preferred_during_scheduling_ignored_during_execution
    return replace(
        affinity,
        required_during_scheduling_ignored_during_execution=tuple(_term(each, labels) for each in required),
        preferred_during_scheduling_ignored_during_execution=tuple(_weighted(each, labels) for each in preferred),
    )


def _weighted(weighted: WeightedPodAffinityTerm, labels: _Labels) -> WeightedPodAffinityTerm:
    return replace(weighted, pod_affinity_term=_term(weighted.pod_affinity_term, labels))


def _term(term: PodAffinityTerm, labels: _Labels) -> PodAffinityTerm:
    selector = _merged(term.label_selector, term.match_label_keys, term.mismatch_label_keys, labels)
    return term if selector is term.label_selector else replace(term, label_selector=selector)


def _merged(
    selector: LabelSelector | None, alike: Sequence[str], unlike: Sequence[str], labels: _Labels
) -> LabelSelector | None:
    """The selector with one more expression for each key that the pod has; one that is missing selects nothing yet."""
    added = (*_expressions(alike, "In", labels), *_expressions(unlike, "NotIn", labels))
    if selector is None or not added:
        return selector
    return replace(selector, match_expressions=(*selector.match_expressions, *added))


def _expressions(keys: Sequence[str], operator: str, labels: _Labels) -> Iterator[LabelSelectorRequirement]:
    for key in keys:
        if key in labels:
            yield LabelSelectorRequirement(key=key, operator=operator, values=(labels[key],))
