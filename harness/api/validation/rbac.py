"""What the API server demands of roles and of who has them. Mirrors pkg/apis/rbac/validation/validation.go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.api.problems import FieldProblem, forbidden, invalid, required, unsupported
from harness.api.validation.fields import selector_problems
from harness.api.validation.internal_form import shown
from harness.api.validation.metadata import metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain, path_segment
from harness.api.validation.rules import Rules
from harness.objects.meta import Object
from harness.objects.rbac import ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject

_GROUP = "rbac.authorization.k8s.io"


def _role_problems(role: Role | ClusterRole) -> list[FieldProblem]:
    namespaced = isinstance(role, Role)
    return metadata_problems(role.metadata, namespaced, path_segment, "metadata") + _content_problems(role)


def _role_update_problems(new: Role | ClusterRole, old: Role | ClusterRole) -> list[FieldProblem]:
    return metadata_update_problems(new.metadata, old.metadata) + _content_problems(new)


def _content_problems(role: Role | ClusterRole) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for index, rule in enumerate(role.rules):
        problems += _rule_problems(rule, f"rules[{index}]", isinstance(role, Role))
    if isinstance(role, ClusterRole) and role.aggregation_rule is not None:
        path = "aggregationRule.clusterRoleSelectors"
        selectors = role.aggregation_rule.cluster_role_selectors
        if not selectors:
            problems.append(required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil"))
        for index, selector in enumerate(selectors):
            problems += selector_problems(selector, f"{path}[{index}]")
    return problems


def _rule_problems(rule: PolicyRule, path: str, namespaced: bool) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not rule.verbs:
        problems.append(required(f"{path}.verbs", "verbs must contain at least one value"))
    if rule.non_resource_urls:
        if namespaced:
            text = "namespaced rules cannot apply to non-resource URLs"
            problems.append(invalid(f"{path}.nonResourceURLs", rule.non_resource_urls, text))
        if rule.api_groups or rule.resources or rule.resource_names:
            text = "rules cannot apply to both regular resources and non-resource URLs"
            problems.append(invalid(f"{path}.nonResourceURLs", rule.non_resource_urls, text))
        return problems
    if not rule.api_groups:
        problems.append(required(f"{path}.apiGroups", "resource rules must supply at least one api group"))
    if not rule.resources:
        problems.append(required(f"{path}.resources", "resource rules must supply at least one resource"))
    return problems


def _binding_problems(binding: Any) -> list[FieldProblem]:
    namespaced = isinstance(binding, RoleBinding)
    problems = metadata_problems(binding.metadata, namespaced, path_segment, "metadata")
    return problems + _reference_problems(binding)


def _binding_update_problems(new: Any, old: Any) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata) + _reference_problems(new)
    if new.role_ref != old.role_ref:
        problems.append(invalid("roleRef", shown(new.role_ref), "cannot change roleRef"))
    return problems


def _reference_problems(binding: Any) -> list[FieldProblem]:
    namespaced, role = isinstance(binding, RoleBinding), binding.role_ref
    problems: list[FieldProblem] = []
    if role.api_group != _GROUP:
        problems.append(unsupported("roleRef.apiGroup", role.api_group, (_GROUP,)))
    kinds = ("Role", "ClusterRole") if namespaced else ("ClusterRole",)
    if role.kind not in kinds:
        problems.append(unsupported("roleRef.kind", role.kind, kinds))
    if not role.name:
        problems.append(required("roleRef.name"))
    else:
        problems += [invalid("roleRef.name", role.name, wrong) for wrong in path_segment(role.name)]
    for index, subject in enumerate(binding.subjects):
        problems += _subject_problems(subject, f"subjects[{index}]", namespaced)
    return problems


def _subject_problems(subject: Subject, path: str, namespaced: bool) -> list[FieldProblem]:
    problems = [] if subject.name else [required(f"{path}.name")]
    if subject.kind == "ServiceAccount":
        if subject.name:
            problems += [invalid(f"{path}.name", subject.name, wrong) for wrong in dns_subdomain(subject.name)]
        if subject.api_group:
            problems.append(unsupported(f"{path}.apiGroup", subject.api_group, ("",)))
        if not namespaced and not subject.namespace:
            problems.append(required(f"{path}.namespace"))
        return problems
    if subject.kind not in ("User", "Group"):
        return [*problems, unsupported(f"{path}.kind", subject.kind, ("ServiceAccount", "User", "Group"))]
    if subject.api_group != _GROUP:
        problems.append(unsupported(f"{path}.apiGroup", subject.api_group, (_GROUP,)))
    if subject.namespace:
        problems.append(forbidden(f"{path}.namespace", ""))
    return problems


RULES: Mapping[type[Object], Rules] = {
    ClusterRole: (_role_problems, _role_update_problems),
    ClusterRoleBinding: (_binding_problems, _binding_update_problems),
    Role: (_role_problems, _role_update_problems),
    RoleBinding: (_binding_problems, _binding_update_problems),
}
