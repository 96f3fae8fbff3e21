"""What the API server fills into network policies, ingress classes and Endpoints.

Mirrors pkg/apis/networking/v1/defaults.go and pkg/apis/core/v1/defaults.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.filling import by_table, each, filled_in, with_spec
from harness.objects.endpoints import Endpoints, EndpointSubset
from harness.objects.meta import Object
from harness.objects.networking import IngressClass, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule

_port = by_table((("protocol", None, "TCP"),))
_endpoints_port = by_table((("protocol", "", "TCP"),))
_parameters = by_table((("scope", None, "Cluster"),))


def _default_policy(policy: NetworkPolicy) -> NetworkPolicy:
    spec = policy.spec
    changes: dict[str, Any] = {}
    if not spec.policy_types:
        changes["policy_types"] = ("Ingress", "Egress") if spec.egress else ("Ingress",)
    for field in ("ingress", "egress"):
        rules = getattr(spec, field)
        if (with_ports := each(rules, _default_rule)) is not rules:
            changes[field] = with_ports
    return replace(policy, spec=replace(spec, **changes)) if changes else policy


def _default_rule(rule: NetworkPolicyIngressRule | NetworkPolicyEgressRule) -> Any:
    ports = each(rule.ports, _port)
    return rule if ports is rule.ports else replace(rule, ports=ports)


def _default_ingress_class(ingress_class: IngressClass) -> IngressClass:
    return with_spec(ingress_class, filled_in(ingress_class.spec, "parameters", _parameters))


def _default_endpoints(endpoints: Endpoints) -> Endpoints:
    subsets = each(endpoints.subsets, _default_subset)
    return endpoints if subsets is endpoints.subsets else replace(endpoints, subsets=subsets)


def _default_subset(subset: EndpointSubset) -> EndpointSubset:
    ports = each(subset.ports, _endpoints_port)
    return subset if ports is subset.ports else replace(subset, ports=ports)


DEFAULTS: Mapping[type[Object], Callable[[Any], Any]] = {
    Endpoints: _default_endpoints,
    IngressClass: _default_ingress_class,
    NetworkPolicy: _default_policy,
}
