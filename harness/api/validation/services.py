"""What the API server demands of a Service, and which of its changes it allows.

Owns the fields that say where a Service leads; addresses are allocated elsewhere. Mirrors pkg/apis/core/validation
(ValidateService, ValidateServiceUpdate, ValidateServiceClusterIPsRelatedFields).
"""

from __future__ import annotations

from harness.api.problems import FieldProblem, duplicate, forbidden, invalid, required, unsupported
from harness.api.validation.fields import complaints
from harness.api.validation.internal_form import shown
from harness.api.validation.metadata import label_problems, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_label, dns_subdomain, port_name_or_number, port_number
from harness.objects.addresses import is_address
from harness.objects.service import Service, ServicePort, ServiceSpec

_TYPES = ("ClusterIP", "ExternalName", "LoadBalancer", "NodePort")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_AFFINITIES = ("ClientIP", "None")
_POLICIES = ("Cluster", "Local")
_DISTRIBUTIONS = ("PreferClose", "PreferSameNode", "PreferSameZone")
_LONGEST_AFFINITY_SECONDS = 86400
_NODE_PORT_TYPES = ("NodePort", "LoadBalancer")


def service_problems(service: Service) -> list[FieldProblem]:
    problems = metadata_problems(service.metadata, True, dns_label, "metadata")
    return problems + _spec_problems(service.spec)


def service_update_problems(new: Service, old: Service) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec is old.spec or new.spec == old.spec:
        return problems
    problems += _address_problems(new.spec, old.spec) + _fixed_problems(new.spec, old.spec)
    return problems + _spec_problems(new.spec)


def _fixed_problems(new: ServiceSpec, old: ServiceSpec) -> list[FieldProblem]:
    """What stays for as long as a service is balanced."""
    problems: list[FieldProblem] = []
    if new.type == old.type == "LoadBalancer" and new.load_balancer_class != old.load_balancer_class:
        problems.append(invalid("spec.loadBalancerClass", new.load_balancer_class, "may not change once set"))
    moved = new.health_check_node_port != old.health_check_node_port
    if needs_health_check(new) and needs_health_check(old) and moved:
        problems.append(forbidden("spec.healthCheckNodePort", "field is immutable"))
    return problems


def needs_health_check(spec: ServiceSpec) -> bool:
    return spec.type == "LoadBalancer" and spec.external_traffic_policy == "Local"


def _address_problems(new: ServiceSpec, old: ServiceSpec) -> list[FieldProblem]:
    """The first address of a Service stays, unless it becomes, or was, one without any."""
    if "ExternalName" in (new.type, old.type) or not old.cluster_ips:
        return []
    problems: list[FieldProblem] = []
    primary = new.cluster_ips[0] if new.cluster_ips else new.cluster_ip
    if primary != old.cluster_ips[0]:
        text = "may not change once set"
        problems.append(invalid("spec.clusterIPs[0]", new.cluster_ips or None, text))
    elif len(new.cluster_ips) > 1 and len(old.cluster_ips) > 1 and new.cluster_ips[1] != old.cluster_ips[1]:
        problems.append(invalid("spec.clusterIPs[1]", new.cluster_ips, "may not change once set"))
    return problems


def _spec_problems(spec: ServiceSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    headless = spec.cluster_ip == "None"
    if not spec.ports and not headless and spec.type != "ExternalName":
        problems.append(required("spec.ports"))
    problems += _type_problems(spec, headless)
    problems += _port_list_problems(spec, headless)
    if spec.selector:
        problems += label_problems(spec.selector, "spec.selector")
    if not spec.session_affinity:
        problems.append(required("spec.sessionAffinity"))
    elif spec.session_affinity not in _AFFINITIES:
        problems.append(unsupported("spec.sessionAffinity", spec.session_affinity, _AFFINITIES))
    problems += _stickiness_problems(spec)
    for index, address in enumerate(spec.external_ips):
        if not is_address(address):
            text = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
            problems.append(invalid(f"spec.externalIPs[{index}]", address, text))
    problems += _balancer_problems(spec)
    problems += _unique_port_problems(spec.ports)
    problems += _policy_problems(spec)
    return problems


def _type_problems(spec: ServiceSpec, headless: bool) -> list[FieldProblem]:
    if not spec.type:
        return [required("spec.type")]
    if spec.type not in _TYPES:
        return [unsupported("spec.type", spec.type, _TYPES)]
    if spec.type in _NODE_PORT_TYPES and headless:
        text = f"may not be set to 'None' for {spec.type} services"
        return [invalid("spec.clusterIPs[0]", "None", text)]
    if spec.type != "ExternalName":
        return []
    problems: list[FieldProblem] = []
    if spec.cluster_ip:
        problems.append(forbidden("spec.clusterIPs", "may not be set for ExternalName services"))
    name = spec.external_name.removesuffix(".")
    wrong = dns_subdomain(name) if name else ()
    if not name:
        problems.append(required("spec.externalName"))
    return problems + complaints("spec.externalName", name, wrong)


def _port_list_problems(spec: ServiceSpec, headless: bool) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    names: set[str] = set()
    for index, port in enumerate(spec.ports):
        at = f"spec.ports[{index}]"
        if len(spec.ports) > 1 and not port.name:
            problems.append(required(f"{at}.name"))
        elif port.name:
            problems += complaints(f"{at}.name", port.name, dns_label(port.name))
            if port.name in names:
                problems.append(duplicate(f"{at}.name", port.name))
            names.add(port.name)
        problems += _port_problems(port, headless, at)
        if port.node_port and spec.type in ("ClusterIP", "ExternalName"):
            problems.append(forbidden(f"{at}.nodePort", f"may not be used when `type` is '{spec.type}'"))
    return problems


def _port_problems(port: ServicePort, headless: bool, path: str) -> list[FieldProblem]:
    problems = complaints(f"{path}.port", port.port, port_number(port.port))
    if not port.protocol:
        problems.append(required(f"{path}.protocol"))
    elif port.protocol not in _PROTOCOLS:
        problems.append(unsupported(f"{path}.protocol", port.protocol, _PROTOCOLS))
    if port.target_port or not headless:
        wrong = port_name_or_number(port.target_port)
        problems += complaints(f"{path}.targetPort", port.target_port, wrong)
    return problems


def _unique_port_problems(ports: tuple[ServicePort, ...]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    seen: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        if (port.protocol, port.port) in seen:
            repeated = ServicePort(protocol=port.protocol, port=port.port)
            problems.append(duplicate(f"spec.ports[{index}]", shown(repeated)))
        seen.add((port.protocol, port.port))
    node_ports: set[tuple[str, int]] = set()
    for index, port in enumerate(ports):
        if port.node_port and (port.protocol, port.node_port) in node_ports:
            problems.append(duplicate(f"spec.ports[{index}].nodePort", port.node_port))
        node_ports.add((port.protocol, port.node_port))
    return problems


def _stickiness_problems(spec: ServiceSpec) -> list[FieldProblem]:
    config, path = spec.session_affinity_config, "spec.sessionAffinityConfig"
    if spec.session_affinity == "None":
        return [forbidden(path, "must not be set when session affinity is None")] if config is not None else []
    seconds = config.client_ip.timeout_seconds if config is not None and config.client_ip is not None else None
    if seconds is None or 0 < seconds <= _LONGEST_AFFINITY_SECONDS:
        return []
    text = f"must be greater than 0 and less than {_LONGEST_AFFINITY_SECONDS}"
    return [invalid(f"{path}.clientIP.timeoutSeconds", seconds, text)]


def _balancer_problems(spec: ServiceSpec) -> list[FieldProblem]:
    if spec.type == "LoadBalancer":
        return []
    given = (
        ("loadBalancerSourceRanges", bool(spec.load_balancer_source_ranges)),
        ("allocateLoadBalancerNodePorts", spec.allocate_load_balancer_node_ports is not None),
        ("loadBalancerClass", spec.load_balancer_class is not None),
    )
    text = "may only be used when `type` is 'LoadBalancer'"
    return [forbidden(f"spec.{field}", text) for field, is_given in given if is_given]


def _policy_problems(spec: ServiceSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    external, internal = spec.external_traffic_policy, spec.internal_traffic_policy
    reachable = spec.type in _NODE_PORT_TYPES or bool(spec.external_ips)
    if external and not reachable:
        text = "may only be set for externally-accessible services"
        problems.append(invalid("spec.externalTrafficPolicy", external, text))
    elif external and external not in _POLICIES:
        problems.append(unsupported("spec.externalTrafficPolicy", external, _POLICIES))
    if spec.health_check_node_port and not needs_health_check(spec):
        text = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'"
        problems.append(invalid("spec.healthCheckNodePort", spec.health_check_node_port, text))
    if internal is not None and internal not in _POLICIES:
        problems.append(unsupported("spec.internalTrafficPolicy", internal, _POLICIES))
    if spec.traffic_distribution is not None and spec.traffic_distribution not in _DISTRIBUTIONS:
        problems.append(unsupported("spec.trafficDistribution", spec.traffic_distribution, _DISTRIBUTIONS))
    return problems
