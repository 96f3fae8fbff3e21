"""What the API server demands of the fields that steer a pod to a node.

Owns tolerations, taints, affinities, node selectors and spread constraints. Mirrors pkg/apis/core/validation
(ValidateTolerations, validateAffinity, validateTopologySpreadConstraints), in its order.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.api.problems import FieldProblem, duplicate, forbidden, invalid, required, unsupported
from harness.api.validation.fields import complaints, selector_problems
from harness.api.validation.internal_form import shown
from harness.api.validation.names import dns_label, dns_subdomain, label_value, qualified_name
from harness.objects.node import Taint
from harness.objects.node_selector import NodeSelector, NodeSelectorRequirement, NodeSelectorTerm
from harness.objects.pod import Affinity, PodAffinityTerm, Toleration, TopologySpreadConstraint, WeightedPodAffinityTerm

TAINT_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")

_NO_KEY = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")
_INCLUSION = ("Honor", "Ignore")


def toleration_problems(tolerations: Sequence[Toleration], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for index, toleration in enumerate(tolerations):
        if not _plainly_valid(toleration):
            problems += _toleration_problems(toleration, f"{path}[{index}]")
    return problems


def _plainly_valid(toleration: Toleration) -> bool:
    """The common form of a toleration, recognized at a glance."""
    return (
        toleration.operator == "Exists"
        and not toleration.value
        and (toleration.effect == "NoExecute" or (not toleration.effect and toleration.toleration_seconds is None))
        and not (toleration.key and qualified_name(toleration.key))
    )


def _toleration_problems(toleration: Toleration, path: str) -> list[FieldProblem]:
    problems = complaints(f"{path}.key", toleration.key, qualified_name(toleration.key)) if toleration.key else []
    operator, value = toleration.operator, toleration.value
    if not toleration.key and operator != "Exists":
        problems.append(invalid(f"{path}.operator", operator, _NO_KEY))
    if toleration.toleration_seconds is not None and toleration.effect != "NoExecute":
        text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        problems.append(invalid(f"{path}.effect", toleration.effect, text))
    if operator in ("Equal", ""):
        wrong = label_value(value)
        problems += complaints(f"{path}.operator", value, [";".join(wrong)] if wrong else [])
    elif operator != "Exists":
        problems.append(unsupported(f"{path}.operator", operator, ("Equal", "Exists")))
    elif value:
        problems.append(invalid(f"{path}.operator", value, "value must be empty when `operator` is 'Exists'"))
    if toleration.effect and toleration.effect not in TAINT_EFFECTS:
        problems.append(unsupported(f"{path}.effect", toleration.effect, TAINT_EFFECTS))
    return problems


def taint_problems(taints: Sequence[Taint], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(taints):
        at = f"{path}[{index}]"
        problems += complaints(f"{at}.key", taint.key, qualified_name(taint.key))
        wrong = label_value(taint.value)
        problems += complaints(f"{at}.value", taint.value, [";".join(wrong)] if wrong else [])
        if not taint.effect:
            problems.append(required(f"{at}.effect"))
        elif taint.effect not in TAINT_EFFECTS:
            problems.append(unsupported(f"{at}.effect", taint.effect, TAINT_EFFECTS))
        if (taint.key, taint.effect) in seen:
            problems.append(duplicate(at, shown(taint), "taints must be unique by key and effect pair"))
        seen.add((taint.key, taint.effect))
    return problems


def affinity_problems(affinity: Affinity, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    node = affinity.node_affinity
    if node is not None:
        at = f"{path}.nodeAffinity"
        if node.required_during_scheduling_ignored_during_execution is not None:
            selector = node.required_during_scheduling_ignored_during_execution
            problems += node_selector_problems(selector, f"{at}.{_REQUIRED}")
        for index, term in enumerate(node.preferred_during_scheduling_ignored_during_execution):
            place = f"{at}.{_PREFERRED}[{index}]"
            problems += _weight_problems(term.weight, place)
            problems += _term_problems(term.preference, f"{place}.preference", any_value=True)
    for name, pods in (("podAffinity", affinity.pod_affinity), ("podAntiAffinity", affinity.pod_anti_affinity)):
        if pods is None:
            continue
        problems += _pod_terms_problems(
            pods.required_during_scheduling_ignored_during_execution, f"{path}.{name}.{_REQUIRED}"
        )
        problems += _weighted_terms_problems(
            pods.preferred_during_scheduling_ignored_during_execution, f"{path}.{name}.{_PREFERRED}"
        )
    return problems


def node_selector_problems(selector: NodeSelector, path: str) -> list[FieldProblem]:
    if not selector.node_selector_terms:
        return [required(f"{path}.nodeSelectorTerms", "must have at least one node selector term")]
    problems: list[FieldProblem] = []
    for index, term in enumerate(selector.node_selector_terms):
        problems += _term_problems(term, f"{path}.nodeSelectorTerms[{index}]")
    return problems


def _term_problems(term: NodeSelectorTerm, path: str, *, any_value: bool = False) -> list[FieldProblem]:
    """`any_value`: the values need not be ones a label can have."""
    problems: list[FieldProblem] = []
    for index, requirement in enumerate(term.match_expressions):
        at = f"{path}.matchExpressions[{index}]"
        problems += _requirement_problems(requirement, at)
        problems += complaints(f"{at}.key", requirement.key, qualified_name(requirement.key))
        if not any_value:
            for position, value in enumerate(requirement.values):
                problems += complaints(f"{at}.values[{position}]", value, label_value(value))
    for index, requirement in enumerate(term.match_fields):
        problems += _match_field_problems(requirement, f"{path}.matchFields[{index}]")
    return problems


def _requirement_problems(requirement: NodeSelectorRequirement, path: str) -> list[FieldProblem]:
    values = requirement.values
    match requirement.operator:
        case "In" | "NotIn":
            needed = "must be specified when `operator` is 'In' or 'NotIn'"
            return [] if values else [required(f"{path}.values", needed)]
        case "Exists" | "DoesNotExist":
            unneeded = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            return [forbidden(f"{path}.values", unneeded)] if values else []
        case "Gt" | "Lt":
            single = "must be specified single value when `operator` is 'Lt' or 'Gt'"
            return [] if len(values) == 1 else [required(f"{path}.values", single)]
        case operator:
            return [invalid(f"{path}.operator", operator, "not a valid selector operator")]


def _match_field_problems(requirement: NodeSelectorRequirement, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if requirement.operator not in ("In", "NotIn"):
        problems.append(invalid(f"{path}.operator", requirement.operator, "not a valid selector operator"))
    elif len(requirement.values) != 1:
        text = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"
        problems.append(required(f"{path}.values", text))
    if requirement.key != "metadata.name":
        problems.append(invalid(f"{path}.key", requirement.key, "not a valid field selector key"))
        return problems
    for position, value in enumerate(requirement.values):
        problems += complaints(f"{path}.values[{position}]", value, dns_subdomain(value))
    return problems


def _weight_problems(weight: int, path: str) -> list[FieldProblem]:
    return [] if 1 <= weight <= 100 else [invalid(f"{path}.weight", weight, "must be in the range 1-100")]


def _pod_terms_problems(terms: Sequence[PodAffinityTerm], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for index, term in enumerate(terms):
        problems += _pod_term_problems(term, f"{path}[{index}]")
    return problems


def _weighted_terms_problems(terms: Sequence[WeightedPodAffinityTerm], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for index, term in enumerate(terms):
        problems += _weight_problems(term.weight, f"{path}[{index}]")
        problems += _pod_term_problems(term.pod_affinity_term, f"{path}[{index}].podAffinityTerm")
    return problems


def _pod_term_problems(term: PodAffinityTerm, path: str) -> list[FieldProblem]:
    problems = selector_problems(term.label_selector, f"{path}.labelSelector")
    problems += selector_problems(term.namespace_selector, f"{path}.namespaceSelector")
    for namespace in term.namespaces:
        problems += complaints(f"{path}.namespace", namespace, dns_label(namespace))
    if not term.topology_key:
        problems.append(required(f"{path}.topologyKey", "can not be empty"))
    problems += complaints(f"{path}.topologyKey", term.topology_key, qualified_name(term.topology_key))
    return problems


def spread_problems(constraints: Sequence[TopologySpreadConstraint], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for index, constraint in enumerate(constraints):
        at = f"{path}[{index}]"
        if constraint.max_skew <= 0:
            problems.append(invalid(f"{at}.maxSkew", constraint.max_skew, "must be greater than zero"))
        problems += _spread_key_problems(constraint, at)
        others = constraints[index + 1 :]
        same = [(other.topology_key, other.when_unsatisfiable) for other in others]
        if (constraint.topology_key, constraint.when_unsatisfiable) in same:
            pair = f"{{{constraint.topology_key}, {constraint.when_unsatisfiable}}}"
            problems.append(duplicate(f"{at}.{{topologyKey, whenUnsatisfiable}}", pair))
        problems += _min_domains_problems(constraint, at)
        for name, policy in (
            ("nodeAffinityPolicy", constraint.node_affinity_policy),
            ("nodeTaintsPolicy", constraint.node_taints_policy),
        ):
            if policy is not None and policy not in _INCLUSION:
                problems.append(unsupported(f"{at}.{name}", policy, _INCLUSION))
        problems += selector_problems(constraint.label_selector, f"{at}.labelSelector")
    return problems


def _spread_key_problems(constraint: TopologySpreadConstraint, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not constraint.topology_key:
        problems.append(required(f"{path}.topologyKey", "can not be empty"))
    else:
        problems += complaints(f"{path}.topologyKey", constraint.topology_key, qualified_name(constraint.topology_key))
    if constraint.when_unsatisfiable not in _UNSATISFIABLE:
        problems.append(unsupported(f"{path}.whenUnsatisfiable", constraint.when_unsatisfiable, _UNSATISFIABLE))
    return problems


def _min_domains_problems(constraint: TopologySpreadConstraint, path: str) -> list[FieldProblem]:
    if constraint.min_domains is None:
        return []
    problems: list[FieldProblem] = []
    if constraint.min_domains <= 0:
        problems.append(invalid(f"{path}.minDomains", constraint.min_domains, "must be greater than zero"))
    if constraint.when_unsatisfiable != "DoNotSchedule":
        text = f"can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {constraint.when_unsatisfiable}"
        problems.append(invalid(f"{path}.minDomains", constraint.min_domains, text))
    return problems
