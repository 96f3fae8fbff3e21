"""networking.k8s.io/v1: Ingress, IngressClass, NetworkPolicy, IPAddress and ServiceCIDR.

Fields, names and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is
not served. This file owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from harness.objects.meta import Condition, LabelSelector, Object, TypedLocalObjectReference
from harness.objects.value import Value


class ServiceBackendPort(Value, frozen=True):
    name: str = ""
    number: int = 0


class IngressServiceBackend(Value, frozen=True):
    name: str = ""
    port: ServiceBackendPort = field(default_factory=ServiceBackendPort)


class IngressBackend(Value, frozen=True):
    service: IngressServiceBackend | None = None
    resource: TypedLocalObjectReference | None = None


class IngressTLS(Value, frozen=True):
    hosts: tuple[str, ...] = ()
    secret_name: str = ""


class HTTPIngressPath(Value, frozen=True):
    path: str = ""
    path_type: str | None = None
    backend: IngressBackend = field(default_factory=IngressBackend)


class HTTPIngressRuleValue(Value, frozen=True):
    paths: tuple[HTTPIngressPath, ...] = ()


class IngressRule(Value, frozen=True):
    host: str = ""
    http: HTTPIngressRuleValue | None = None


class IngressSpec(Value, frozen=True):
    ingress_class_name: str | None = None
    default_backend: IngressBackend | None = None
    tls: tuple[IngressTLS, ...] = ()
    rules: tuple[IngressRule, ...] = ()


class IngressPortStatus(Value, frozen=True):
    port: int = field(default_factory=int)
    protocol: str = ""
    error: str | None = None


class IngressLoadBalancerIngress(Value, frozen=True):
    ip: str = ""
    hostname: str = ""
    ports: tuple[IngressPortStatus, ...] = ()


class IngressLoadBalancerStatus(Value, frozen=True):
    ingress: tuple[IngressLoadBalancerIngress, ...] = ()


class IngressStatus(Value, frozen=True):
    load_balancer: IngressLoadBalancerStatus = field(default_factory=IngressLoadBalancerStatus)


class Ingress(Object, frozen=True):
    api_version: ClassVar[str] = "networking.k8s.io/v1"
    kind: ClassVar[str] = "Ingress"

    spec: IngressSpec = field(default_factory=IngressSpec)
    status: IngressStatus = field(default_factory=IngressStatus)


class IngressClassParametersReference(Value, frozen=True):
    api_group: str | None = None
    kind: str = ""
    name: str = ""
    scope: str | None = None
    namespace: str | None = None


class IngressClassSpec(Value, frozen=True):
    controller: str = ""
    parameters: IngressClassParametersReference | None = None


class IngressClass(Object, frozen=True):
    api_version: ClassVar[str] = "networking.k8s.io/v1"
    kind: ClassVar[str] = "IngressClass"

    spec: IngressClassSpec = field(default_factory=IngressClassSpec)


class NetworkPolicyPort(Value, frozen=True):
    protocol: str | None = None
    port: int | str | None = None
    end_port: int | None = None


class IPBlock(Value, frozen=True):
    cidr: str = ""
    except_: tuple[str, ...] = field(default=(), name="except")


class NetworkPolicyPeer(Value, frozen=True):
    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class NetworkPolicyIngressRule(Value, frozen=True):
    ports: tuple[NetworkPolicyPort, ...] = ()
    from_: tuple[NetworkPolicyPeer, ...] = field(default=(), name="from")


class NetworkPolicyEgressRule(Value, frozen=True):
    ports: tuple[NetworkPolicyPort, ...] = ()
    to: tuple[NetworkPolicyPeer, ...] = ()


class NetworkPolicySpec(Value, frozen=True):
    pod_selector: LabelSelector = field(default_factory=LabelSelector)
    ingress: tuple[NetworkPolicyIngressRule, ...] = ()
    egress: tuple[NetworkPolicyEgressRule, ...] = ()
    policy_types: tuple[str, ...] = ()


class NetworkPolicy(Object, frozen=True):
    api_version: ClassVar[str] = "networking.k8s.io/v1"
    kind: ClassVar[str] = "NetworkPolicy"

    spec: NetworkPolicySpec = field(default_factory=NetworkPolicySpec)


class ParentReference(Value, frozen=True):
    group: str = ""
    resource: str = ""
    namespace: str = ""
    name: str = ""


class IPAddressSpec(Value, frozen=True):
    parent_ref: ParentReference | None = None


class IPAddress(Object, frozen=True):
    api_version: ClassVar[str] = "networking.k8s.io/v1"
    kind: ClassVar[str] = "IPAddress"

    spec: IPAddressSpec = field(default_factory=IPAddressSpec)


class ServiceCIDRSpec(Value, frozen=True):
    cidrs: tuple[str, ...] = ()


class ServiceCIDRStatus(Value, frozen=True):
    conditions: tuple[Condition, ...] = ()


class ServiceCIDR(Object, frozen=True):
    api_version: ClassVar[str] = "networking.k8s.io/v1"
    kind: ClassVar[str] = "ServiceCIDR"

    spec: ServiceCIDRSpec = field(default_factory=ServiceCIDRSpec)
    status: ServiceCIDRStatus = field(default_factory=ServiceCIDRStatus)
