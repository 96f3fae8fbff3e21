"""What an object uses up of a quota: by which resource a name is counted, whom a quota is about, and how much of it.

Owns the evaluators that admission and the quota controller share. Knows no stored quota's usage and writes nothing.
Mirrors pkg/quota/v1/evaluator/core and staging/src/k8s.io/apiserver/pkg/quota/v1/generic/evaluator.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from harness.objects import quantity
from harness.objects.amounts import Amounts, added
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import Object
from harness.objects.pod import Pod, PodAffinityTerm, PodSpec
from harness.objects.pod_resources import has_resources, pod_limits, pod_requests
from harness.objects.quality_of_service import quality_of_service
from harness.objects.quota import ResourceQuota, ScopedResourceSelectorRequirement
from harness.objects.service import Service
from harness.objects.storage_classes import class_of

PODS = "pods"
SERVICES = "services"
CLAIMS = "persistentvolumeclaims"
NOT_COUNTED = frozenset({"events", "events.events.k8s.io"})
"""What no quota is ever about."""

BY_CLASS = ".storageclass.storage.k8s.io/"
COUNT = "count/"
HUGEPAGES = "hugepages-"
REQUESTS = "requests."
LIMITS = "limits."

Elapsed: TypeAlias = Callable[[str], int]
"""How long ago an instant was, in milliseconds; negative if it is yet to come."""

_COMPUTE = ("cpu", "memory", "ephemeral-storage")
_OF_CLAIMS = (CLAIMS, "requests.storage")
# Counted under a name of their own, besides `count/…`.
_ALIASES = ("configmaps", "resourcequotas", "replicationcontrollers", "secrets")
_TRACKED_BY = {
    PODS: PODS,
    **{f"{prefix}{name}": PODS for prefix in ("", REQUESTS, LIMITS) for name in _COMPUTE},
    SERVICES: SERVICES,
    "services.nodeports": SERVICES,
    "services.loadbalancers": SERVICES,
    **dict.fromkeys(_OF_CLAIMS, CLAIMS),
    **{name: name for name in _ALIASES},
}
# Every container must name these if a quota counts them.
_DEMANDED = frozenset(f"{prefix}{name}" for prefix in ("", REQUESTS, LIMITS) for name in ("cpu", "memory"))


def tracked_by(name: str) -> str:
    """The resource (`pods`, `statefulsets.apps`) whose objects use up what a quota calls `name`; "" if none does."""
    known = _TRACKED_BY.get(name)
    if known is not None:
        return known
    if name.startswith(COUNT):
        counted = name.removeprefix(COUNT)
        return "" if counted in NOT_COUNTED else counted
    if any(name.endswith(BY_CLASS + suffix) for suffix in _OF_CLAIMS):
        return CLAIMS
    extended = name.startswith(REQUESTS) and "/" in name and "kubernetes.io/" not in name
    return PODS if extended or name.startswith((HUGEPAGES, REQUESTS + HUGEPAGES)) else ""


def tracked(names: Iterable[str], resource: str) -> list[str]:
    """Those of the names that objects of the resource use up, sorted."""
    return sorted(name for name in names if tracked_by(name) == resource)


# Whom a quota is about


def in_scope(quota: ResourceQuota, resource: str, obj: Object) -> bool:
    """Whether the object is within all scopes of the quota. Only pods and claims can be within any."""
    matches = _SCOPES.get(resource)
    wanted = [ScopedResourceSelectorRequirement(scope_name=scope, operator="Exists") for scope in quota.spec.scopes]
    if quota.spec.scope_selector is not None:
        wanted += quota.spec.scope_selector.match_expressions
    return all(matches is not None and matches(requirement, obj) for requirement in wanted)


def _pod_in_scope(requirement: ScopedResourceSelectorRequirement, pod: Pod) -> bool:
    spec = pod.spec
    match requirement.scope_name:
        case "Terminating":
            return _has_deadline(spec)
        case "NotTerminating":
            return not _has_deadline(spec)
        case "BestEffort":
            return quality_of_service(spec) == "BestEffort"
        case "NotBestEffort":
            return quality_of_service(spec) != "BestEffort"
        case "PriorityClass":
            return _selects(requirement, (spec.priority_class_name,))
        case "CrossNamespacePodAffinity":
            return any(term.namespaces or term.namespace_selector is not None for term in _affinity_terms(spec))
    return False


def _claim_in_scope(requirement: ScopedResourceSelectorRequirement, claim: PersistentVolumeClaim) -> bool:
    if requirement.scope_name != "VolumeAttributesClass":
        return False
    status = claim.status
    change = status.modify_volume_status
    target = "" if change is None else change.target_volume_attributes_class_name
    return _selects(
        requirement, (claim.spec.volume_attributes_class_name, status.current_volume_attributes_class_name, target)
    )


_SCOPES: Mapping[str, Callable[[ScopedResourceSelectorRequirement, Any], bool]] = {
    PODS: _pod_in_scope,
    CLAIMS: _claim_in_scope,
}


def _selects(requirement: ScopedResourceSelectorRequirement, classes: Iterable[str | None]) -> bool:
    """Whether one of the classes an object names is asked for; an object without any passes where absence may."""
    named = [name for name in classes if name]
    match requirement.operator:
        case "In":
            return any(name in requirement.values for name in named)
        case "NotIn":
            return not named or any(name not in requirement.values for name in named)
        case "Exists":
            return bool(named)
        case _:
            return not named


def _has_deadline(spec: PodSpec) -> bool:
    return spec.active_deadline_seconds is not None and spec.active_deadline_seconds >= 0


def changes_scope(before: Object, after: Object) -> bool:
    """Whether a change lets other quotas be about an object than before: a pod is given a deadline, or loses it."""
    if not (isinstance(before, Pod) and isinstance(after, Pod)):
        return False
    return _has_deadline(before.spec) != _has_deadline(after.spec)


def _affinity_terms(spec: PodSpec) -> Iterable[PodAffinityTerm]:
    affinity = spec.affinity
    for rules in (affinity.pod_affinity, affinity.pod_anti_affinity) if affinity is not None else ():
        if rules is not None:
            yield from rules.required_during_scheduling_ignored_during_execution
            for weighted in rules.preferred_during_scheduling_ignored_during_execution:
                yield weighted.pod_affinity_term


# How much


def usage(resource: str, obj: Object, elapsed: Elapsed) -> Amounts:
    """What the object uses up, under every name a quota may have for it."""
    if isinstance(obj, Pod):
        return _of_pod(obj, elapsed)
    if isinstance(obj, Service):
        return _of_service(obj)
    if isinstance(obj, PersistentVolumeClaim):
        return _of_claim(obj)
    return {COUNT + resource: "1", **({resource: "1"} if resource in _ALIASES else {})}


def is_charged(pod: Pod, elapsed: Elapsed) -> bool:
    """Whether the pod uses anything: it is not over, and if it is to stop, it is not too late yet."""
    if pod.status.phase in ("Succeeded", "Failed"):
        return False
    metadata = pod.metadata
    if metadata.deletion_timestamp is None or metadata.deletion_grace_period_seconds is None:
        return True
    return elapsed(metadata.deletion_timestamp) <= metadata.deletion_grace_period_seconds * 1000


def _of_pod(pod: Pod, elapsed: Elapsed) -> Amounts:
    counted = {COUNT + PODS: "1"}
    if not is_charged(pod, elapsed):
        return counted
    return counted | _compute(pod_requests(pod.spec), pod_limits(pod.spec))


def _compute(requests: Mapping[str, str], limits: Mapping[str, str]) -> Amounts:
    used: Amounts = {PODS: "1"}
    for name, amount in requests.items():
        if name in _COMPUTE or name.startswith(HUGEPAGES):
            used[name] = used[REQUESTS + name] = amount
        elif "/" in name and "kubernetes.io/" not in name:
            used[REQUESTS + name] = amount
    used |= {LIMITS + name: limits[name] for name in _COMPUTE if name in limits}
    return used


def _of_service(service: Service) -> Amounts:
    spec = service.spec
    balanced = spec.type == "LoadBalancer"
    ports = len(spec.ports) if balanced or spec.type == "NodePort" else 0
    if balanced and spec.allocate_load_balancer_node_ports is False:
        ports = sum(1 for port in spec.ports if port.node_port)
    return {
        COUNT + SERVICES: "1",
        SERVICES: "1",
        "services.loadbalancers": str(int(balanced)),
        "services.nodeports": str(ports),
    }


def _of_claim(claim: PersistentVolumeClaim) -> Amounts:
    used = {COUNT + CLAIMS: "1", CLAIMS: "1"}
    storage = _storage(claim)
    if storage is not None:
        used["requests.storage"] = storage
    name = class_of(claim)
    if name:
        used |= {name + BY_CLASS + suffix: used[suffix] for suffix in _OF_CLAIMS if suffix in used}
    return used


def _storage(claim: PersistentVolumeClaim) -> str | None:
    """The storage asked for, in whole bytes, or allocated if that is more."""
    requested = claim.spec.resources.requests.get("storage")
    if requested is None:
        return None
    allocated = claim.status.allocated_resources.get("storage", "0")
    wanted = allocated if quantity.parse(allocated) > quantity.parse(requested) else requested
    return quantity.write(quantity.value(wanted) * 1000, like=wanted)


def sum_of(used: Iterable[Mapping[str, str]]) -> Amounts:
    """What several objects use up together."""
    total: Amounts = {}
    for amounts in used:
        total = added(total, amounts)
    return total


def unspecified(names: Iterable[str], pod: Pod) -> dict[str, list[str]]:
    """By name, sorted: the containers that leave out what a quota with these names demands of each."""
    if has_resources(pod.spec):
        return {}
    demanded = sorted(_DEMANDED.intersection(names))
    missing: dict[str, list[str]] = {}
    for container in (*pod.spec.containers, *pod.spec.init_containers):
        given = _compute(container.resources.requests, container.resources.limits)
        for name in demanded:
            if name not in given:
                missing.setdefault(name, []).append(container.name)
    return {name: sorted(set(missing[name])) for name in sorted(missing)}


def may_release(resource: str, before: Object, after: Object, elapsed: Elapsed) -> bool:
    """Whether a change of an object calls for a new count (pkg/quota/v1/install/update_filter.go)."""
    if isinstance(before, Pod) and isinstance(after, Pod):
        return changes_scope(before, after) or (is_charged(before, elapsed) and not is_charged(after, elapsed))
    if isinstance(before, Service) and isinstance(after, Service):
        return _exposed(before) != _exposed(after)
    return resource == CLAIMS


def _exposed(service: Service) -> str:
    return service.spec.type if service.spec.type in ("NodePort", "LoadBalancer") else ""
