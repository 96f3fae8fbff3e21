"""What the API server demands of LimitRanges and ResourceQuotas, and which of their changes it allows.

Maps are gone through in order of name. Mirrors pkg/apis/core/validation/validation.go (ValidateLimitRange,
ValidateResourceQuota) and pkg/apis/core/helper/helpers.go (which names are standard ones).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.api.problems import FieldProblem, Verbatim, duplicate, forbidden, go_json, invalid, required
from harness.api.validation.fields import AT_LEAST_ZERO, complaints
from harness.api.validation.internal_form import shown
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain, qualified_name
from harness.api.validation.resources import container_resource_problems
from harness.objects import quantity
from harness.objects.quota import (
    LimitRange,
    LimitRangeItem,
    ResourceQuota,
    ResourceQuotaSpec,
    ScopedResourceSelectorRequirement,
)

_LIMIT_TYPES = ("Pod", "Container", "PersistentVolumeClaim")
_COUNTED = (
    "pods",
    "resourcequotas",
    "services",
    "replicationcontrollers",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
)
_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_OF_QUOTAS = frozenset(
    (
        *_COUNTED,
        "requests.storage",
        *(f"{prefix}{name}" for prefix in ("", "requests.", "limits.") for name in _COMPUTE),
    )
)
_STANDARD = _OF_QUOTAS | {"storage"}
_HUGEPAGES = ("hugepages-", "requests.hugepages-")

_OF_PODS = frozenset(("pods", *(f"{prefix}{name}" for prefix in ("", "requests.", "limits.") for name in _COMPUTE[:2])))
_OF_CLAIMS = frozenset({"persistentvolumeclaims", "requests.storage"})
# Scope -> the standard names that may be counted within it.
_SCOPES: Mapping[str, frozenset[str]] = {
    "Terminating": _OF_PODS,
    "NotTerminating": _OF_PODS,
    "BestEffort": frozenset({"pods"}),
    "NotBestEffort": _OF_PODS,
    "PriorityClass": _OF_PODS,
    "CrossNamespacePodAffinity": _OF_PODS,
    "VolumeAttributesClass": _OF_CLAIMS,
}
_CONFLICTING = (("BestEffort", "NotBestEffort"), ("Terminating", "NotTerminating"))
_WITHOUT_VALUES = ("BestEffort", "NotBestEffort", "Terminating", "NotTerminating", "CrossNamespacePodAffinity")
_MUST_EXIST = (
    "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, "
    "ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity"
)

# Limit ranges


def limit_range_problems(limit_range: LimitRange) -> list[FieldProblem]:
    problems = metadata_problems(limit_range.metadata, True, dns_subdomain, "metadata")
    seen: list[str] = []
    for index, item in enumerate(limit_range.spec.limits):
        path = f"spec.limits[{index}]"
        problems += _type_problems(item.type, f"{path}.type")
        if item.type in seen:
            problems.append(duplicate(f"{path}.type", item.type))
        seen.append(item.type)
        problems += _item_problems(item, path)
    return problems


def limit_range_update_problems(new: LimitRange, old: LimitRange) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    return problems if new.spec == old.spec else problems + limit_range_problems(new)


def _type_problems(type_: str, path: str) -> list[FieldProblem]:
    problems = complaints(path, type_, qualified_name(type_))
    if not problems and "/" not in type_ and type_ not in _LIMIT_TYPES:
        problems.append(invalid(path, type_, "must be a standard limit type or fully qualified"))
    return problems


def _item_problems(item: LimitRangeItem, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    of_pods = item.type == "Pod"
    for name, amounts in (("max", item.max), ("min", item.min)):
        problems += _names_problems(item.type, amounts, f"{path}.{name}")
    for name, amounts in (("default", item.default), ("defaultRequest", item.default_request)):
        if not of_pods:
            problems += _names_problems(item.type, amounts, f"{path}.{name}")
        elif amounts:
            problems.append(forbidden(f"{path}.{name}", "may not be specified when `type` is 'Pod'"))
    if item.type == "PersistentVolumeClaim" and "storage" not in item.min and "storage" not in item.max:
        text = "either minimum or maximum storage value is required, but neither was provided"
        problems.append(required(f"{path}.limits", text))
    problems += _names_problems(item.type, item.max_limit_request_ratio, f"{path}.maxLimitRequestRatio")
    defaults = ({}, {}) if of_pods else (item.default, item.default_request)
    for resource in sorted({*item.min, *item.max, *defaults[0], *defaults[1], *item.max_limit_request_ratio}):
        problems += _order_problems(item, resource, path)
        problems += _ratio_problems(item, resource, f"{path}.maxLimitRequestRatio[{resource}]")
        problems += _overcommit_problems(resource, *defaults, path)
    return problems


def _names_problems(type_: str, amounts: Mapping[str, str], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for resource in sorted(amounts):
        at = f"{path}[{resource}]"
        if type_ in ("Pod", "Container"):
            problems += container_resource_problems(resource, at)
        else:
            problems += _resource_name_problems(resource, at)
    return problems


def _order_problems(item: LimitRangeItem, resource: str, path: str) -> Iterator[FieldProblem]:
    """Amounts that stand in the wrong order. `shown` is the one of the two that the refusal shows."""
    pod = item.type == "Pod"
    default = {} if pod else item.default
    request = {} if pod else item.default_request
    for low, low_word, high, high_word, field, shown_amounts in (
        (item.min, "min", item.max, "max", "min", item.min),
        (item.min, "min", request, "default request", "defaultRequest", request),
        (request, "default request", item.max, "max", "defaultRequest", request),
        (request, "default request", default, "default limit", "defaultRequest", request),
        (item.min, "min", default, "default", "default", item.min),
        (default, "default", item.max, "max", "default", item.max),
    ):
        if resource in low and resource in high and quantity.parse(low[resource]) > quantity.parse(high[resource]):
            text = f"{low_word} value {low[resource]} is greater than {high_word} value {high[resource]}"
            yield invalid(f"{path}.{field}[{resource}]", shown_amounts[resource], text)


def _ratio_problems(item: LimitRangeItem, resource: str, path: str) -> Iterator[FieldProblem]:
    ratio = item.max_limit_request_ratio.get(resource)
    if ratio is None:
        return
    if quantity.parse(ratio) < 1000:
        yield invalid(path, ratio, f"ratio {ratio} is less than 1")
    lowest, highest = (quantity.parse(amounts.get(resource, "0")) for amounts in (item.min, item.max))
    if resource in item.max and lowest and quantity.parse(ratio) / 1000 > highest / lowest:
        yield invalid(path, ratio, f"ratio {ratio} is greater than max/min = {highest / lowest:f}")


def _overcommit_problems(
    resource: str, default: Mapping[str, str], request: Mapping[str, str], path: str
) -> Iterator[FieldProblem]:
    """What cannot be shared must be requested as it is limited."""
    native = "/" not in resource or "kubernetes.io/" in resource
    if (native and not resource.startswith("hugepages-")) or resource not in default or resource not in request:
        return
    limit, wanted = default[resource], request[resource]
    if quantity.parse(limit) != quantity.parse(wanted):
        text = f"default value {limit} must equal to defaultRequest value {wanted} in {resource}"
        yield invalid(f"{path}.defaultRequest[{resource}]", wanted, text)


# Quotas


def quota_problems(quota: ResourceQuota) -> list[FieldProblem]:
    return metadata_problems(quota.metadata, True, dns_subdomain, "metadata") + _quota_spec_problems(quota.spec)


def quota_update_problems(new: ResourceQuota, old: ResourceQuota) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec == old.spec:
        return problems
    problems += _quota_spec_problems(new.spec)
    if set(new.spec.scopes) != set(old.spec.scopes):
        problems.append(invalid("spec.scopes", list(new.spec.scopes), IMMUTABLE))
    return problems


def _quota_spec_problems(spec: ResourceQuotaSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for name in sorted(spec.hard):
        path = f"spec.hard[{name}]"
        problems += _resource_name_problems(name, path)
        if "/" not in name and not _is_of_quotas(name):
            problems.append(invalid(path, name, "must be a standard resource for quota"))
        problems += _amount_problems(name, spec.hard[name], path)
    problems += _scope_problems(spec)
    if spec.scope_selector is not None:
        for requirement in spec.scope_selector.match_expressions:
            problems += _selector_problems(requirement, spec)
    return problems


def _is_of_quotas(name: str) -> bool:
    return name in _OF_QUOTAS or name.startswith(_HUGEPAGES)


def _resource_name_problems(name: str, path: str) -> list[FieldProblem]:
    problems = complaints(path, name, qualified_name(name))
    if not problems and "/" not in name and name not in _STANDARD and not name.startswith(_HUGEPAGES[0]):
        problems.append(invalid(path, name, "must be a standard resource type or fully qualified"))
    return problems


def _amount_problems(name: str, amount: str, path: str) -> list[FieldProblem]:
    milli = quantity.parse(amount)
    if milli < 0:
        return [invalid(path, amount, AT_LEAST_ZERO)]
    extended = "/" in name and "kubernetes.io/" not in name and not name.startswith("requests.")
    if milli % 1000 and (name in _COUNTED or extended):
        return [invalid(path, amount, "must be an integer")]
    return []


def _scope_problems(spec: ResourceQuotaSpec) -> Iterator[FieldProblem]:
    path, scopes = "spec.scopes", list(spec.scopes)
    for scope in spec.scopes:
        if scope not in _SCOPES:
            yield invalid(path, scopes, "unsupported scope")
        for _ in _misplaced(scope, spec):
            yield invalid(path, scopes, "unsupported scope applied to resource")
    for pair in _CONFLICTING:
        if all(scope in spec.scopes for scope in pair):
            yield invalid(path, scopes, "conflicting scopes")


def _misplaced(scope: str, spec: ResourceQuotaSpec) -> list[str]:
    """The standard names of the quota that cannot be counted within the scope."""
    return [name for name in sorted(spec.hard) if _is_of_quotas(name) and name not in _SCOPES.get(scope, ())]


def _selector_problems(
    requirement: ScopedResourceSelectorRequirement, spec: ResourceQuotaSpec
) -> Iterator[FieldProblem]:
    path, scope, operator = "spec.scopeSelector.matchExpressions", requirement.scope_name, requirement.operator
    if scope not in _SCOPES:
        yield invalid(f"{path}.scopeName", scope, "unsupported scope")
    for _ in _misplaced(scope, spec):
        assert spec.scope_selector is not None
        yield invalid(path, shown(spec.scope_selector), "unsupported scope applied to resource")
    if scope in _WITHOUT_VALUES and operator != "Exists":
        yield invalid(f"{path}.operator", operator, _MUST_EXIST)
    if operator in ("In", "NotIn"):
        if not requirement.values:
            text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"
            yield required(f"{path}.values", text)
    elif operator in ("Exists", "DoesNotExist"):
        if requirement.values:
            text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector"
            yield invalid(f"{path}.values", Verbatim(go_json(list(requirement.values))), text)
    else:
        yield invalid(f"{path}.operator", operator, "not a valid selector operator")
