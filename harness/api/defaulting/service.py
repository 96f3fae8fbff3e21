"""What the API server fills into Services and EndpointSlices. Addresses and node ports are allocated, not defaulted.

Mirrors pkg/apis/core/v1/defaults.go and pkg/apis/discovery/v1/defaults.go.
"""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.filling import by_table, each, missing_fields
from harness.objects.service import (
    ClientIPConfig,
    EndpointSlice,
    Service,
    ServicePort,
    ServiceSpec,
    SessionAffinityConfig,
)

CLIENT_IP_TIMEOUT_SECONDS = 10800

_SPEC = (("type", "", "ClusterIP"), ("session_affinity", "", "None"))
_STICKY = SessionAffinityConfig(client_ip=ClientIPConfig(timeout_seconds=CLIENT_IP_TIMEOUT_SECONDS))
_EXTERNAL_TYPES = ("NodePort", "LoadBalancer")
_ROUTED_TYPES = ("ClusterIP", *_EXTERNAL_TYPES)
_default_slice_port = by_table((("name", None, ""), ("protocol", None, "TCP")))


def default_service(service: Service) -> Service:
    spec = service.spec
    changes: dict[str, Any] = missing_fields(spec, _SPEC)
    if (ports := each(spec.ports, _default_port)) is not spec.ports:
        changes["ports"] = ports
    if (config := _session_affinity_config(spec)) is not spec.session_affinity_config:
        changes["session_affinity_config"] = config
    changes.update(_traffic(spec, spec.type or "ClusterIP"))
    return replace(service, spec=replace(spec, **changes)) if changes else service


def _default_port(port: ServicePort) -> ServicePort:
    changes: dict[str, Any] = {}
    if not port.protocol:
        changes["protocol"] = "TCP"
    if not port.target_port and port.port:
        changes["target_port"] = port.port
    return replace(port, **changes) if changes else port


def _session_affinity_config(spec: ServiceSpec) -> SessionAffinityConfig | None:
    config = spec.session_affinity_config
    if spec.session_affinity in ("", "None"):
        return None
    if spec.session_affinity != "ClientIP":
        return config
    if config is None or config.client_ip is None or config.client_ip.timeout_seconds is None:
        return _STICKY
    return config


def _traffic(spec: ServiceSpec, type_: str) -> dict[str, Any]:
    """The fields that depend on how the service is reached."""
    changes: dict[str, Any] = {}
    external = type_ in _EXTERNAL_TYPES or (type_ == "ClusterIP" and bool(spec.external_ips))
    if external and not spec.external_traffic_policy:
        changes["external_traffic_policy"] = "Cluster"
    if type_ in _ROUTED_TYPES and spec.internal_traffic_policy is None:
        changes["internal_traffic_policy"] = "Cluster"
    if type_ == "LoadBalancer" and spec.allocate_load_balancer_node_ports is None:
        changes["allocate_load_balancer_node_ports"] = True
    return changes


def default_endpoint_slice(endpoint_slice: EndpointSlice) -> EndpointSlice:
    ports = each(endpoint_slice.ports, _default_slice_port)
    return endpoint_slice if ports is endpoint_slice.ports else replace(endpoint_slice, ports=ports)
