"""What the API server demands of Ingresses, their classes, network policies and service addresses.

Mirrors pkg/apis/networking/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from harness.api.problems import FieldProblem, forbidden, invalid, required, too_long, unsupported
from harness.api.validation.addresses import canonical_cidr, cidr, ip_address, network, parsed
from harness.api.validation.fields import complaints, selector_problems
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import (
    dns_label,
    dns_subdomain,
    http_path,
    path_segment,
    port_name,
    port_number,
    wildcard_subdomain,
)
from harness.api.validation.rules import Rules
from harness.objects.meta import Object, TypedLocalObjectReference
from harness.objects.networking import (
    HTTPIngressPath,
    Ingress,
    IngressBackend,
    IngressClass,
    IngressClassParametersReference,
    IngressClassSpec,
    IngressRule,
    IngressServiceBackend,
    IngressSpec,
    IPAddress,
    IPBlock,
    NetworkPolicy,
    NetworkPolicyPeer,
    NetworkPolicyPort,
    NetworkPolicySpec,
    ServiceCIDR,
)

_CLASS_ANNOTATION = "kubernetes.io/ingress.class"
_PATH_TYPES = ("Exact", "ImplementationSpecific", "Prefix")
_BAD_SEQUENCES = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDINGS = ("/..", "/.")
_CONTROLLER_BYTES = 250
_SCOPES = ("Cluster", "Namespace")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_POLICY_TYPES = ("Ingress", "Egress")


# Ingresses


def _ingress_problems(ingress: Ingress) -> list[FieldProblem]:
    problems = metadata_problems(ingress.metadata, True, dns_subdomain, "metadata")
    problems += _ingress_spec_problems(ingress.spec)
    named = ingress.metadata.annotations.get(_CLASS_ANNOTATION)
    chosen = ingress.spec.ingress_class_name
    if named is not None and chosen is not None and named != chosen:
        text = "must match `ingressClassName` when both are specified"
        problems.append(invalid(f"annotations.{_CLASS_ANNOTATION}", named, text))
    return problems


def _ingress_update_problems(new: Ingress, old: Ingress) -> list[FieldProblem]:
    return metadata_update_problems(new.metadata, old.metadata) + _ingress_spec_problems(new.spec)


def _ingress_spec_problems(spec: IngressSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not spec.rules and spec.default_backend is None:
        problems.append(invalid("spec", None, "either `defaultBackend` or `rules` must be specified"))
    if spec.default_backend is not None:
        problems += _backend_problems(spec.default_backend, "spec.defaultBackend")
    for index, rule in enumerate(spec.rules):
        problems += _rule_problems(rule, f"spec.rules[{index}]")
    for index, tls in enumerate(spec.tls):
        for position, host in enumerate(tls.hosts):
            problems += complaints(f"spec.tls[{index}].hosts[{position}]", host, _host(host))
        if tls.secret_name:
            problems += complaints(f"spec.tls[{index}].secretName", tls.secret_name, dns_subdomain(tls.secret_name))
    if spec.ingress_class_name is not None:
        problems += complaints("spec.ingressClassName", spec.ingress_class_name, dns_subdomain(spec.ingress_class_name))
    return problems


def _host(host: str) -> tuple[str, ...]:
    return wildcard_subdomain(host) if "*" in host else dns_subdomain(host)


def _rule_problems(rule: IngressRule, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if rule.host:
        if parsed(rule.host) is not None:
            problems.append(invalid(f"{path}.host", rule.host, "must be a DNS name, not an IP address"))
        problems += complaints(f"{path}.host", rule.host, _host(rule.host))
    if rule.http is not None:
        if not rule.http.paths:
            problems.append(required(f"{path}.http.paths"))
        for index, each in enumerate(rule.http.paths):
            problems += _path_problems(each, f"{path}.http.paths[{index}]")
    return problems


def _path_problems(each: HTTPIngressPath, path: str) -> list[FieldProblem]:
    if each.path_type is None:
        return [required(f"{path}.pathType", "pathType must be specified")]
    problems: list[FieldProblem] = []
    at, text, is_absolute = f"{path}.path", each.path, each.path.startswith("/")
    if each.path_type not in _PATH_TYPES:
        problems.append(unsupported(f"{path}.pathType", each.path_type, _PATH_TYPES))
    elif not is_absolute and (text or each.path_type != "ImplementationSpecific"):
        problems.append(invalid(at, text, "must be an absolute path"))
    if each.path_type in ("Exact", "Prefix"):
        problems += [invalid(at, text, f"must not contain '{bad}'") for bad in _BAD_SEQUENCES if bad in text]
        problems += [invalid(at, text, f"cannot end with '{bad}'") for bad in _BAD_ENDINGS if text.endswith(bad)]
    return problems + _backend_problems(each.backend, f"{path}.backend")


def _backend_problems(backend: IngressBackend, path: str) -> list[FieldProblem]:
    if backend.resource is not None and backend.service is not None:
        return [invalid(path, "", "cannot set both resource and service backends")]
    if backend.resource is not None:
        return _reference_problems(backend.resource, f"{path}.resource")
    if backend.service is None:
        return [invalid(path, "", "resource or service backend is required")]
    return _service_problems(backend.service, path)


def _service_problems(service: IngressServiceBackend, path: str) -> list[FieldProblem]:
    at, port = f"{path}.service", service.port
    problems = [] if service.name else [required(f"{at}.name")]
    if service.name:
        problems += complaints(f"{at}.name", service.name, dns_label(service.name))
    if port.name and port.number:
        problems.append(invalid(path, "", "cannot set both port name & port number"))
    elif port.name:
        problems += complaints(f"{at}.port.name", port.name, port_name(port.name))
    elif port.number:
        problems += complaints(f"{at}.port.number", port.number, port_number(port.number))
    else:
        problems.append(required(path, "port name or number is required"))
    return problems


def _reference_problems(
    reference: TypedLocalObjectReference | IngressClassParametersReference, path: str
) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if reference.api_group is not None:
        problems += complaints(f"{path}.apiGroup", reference.api_group, dns_subdomain(reference.api_group))
    for name, value in (("kind", reference.kind), ("name", reference.name)):
        problems += complaints(f"{path}.{name}", value, path_segment(value)) if value else [required(f"{path}.{name}")]
    return problems


# Classes


def _class_problems(ingress_class: IngressClass) -> list[FieldProblem]:
    problems = metadata_problems(ingress_class.metadata, False, dns_subdomain, "metadata")
    return problems + _class_spec_problems(ingress_class.spec)


def _class_update_problems(new: IngressClass, old: IngressClass) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec.controller != old.spec.controller:
        problems.append(invalid("spec.controller", new.spec.controller, IMMUTABLE))
    return problems + _class_spec_problems(new.spec)


def _class_spec_problems(spec: IngressClassSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not spec.controller:
        problems.append(required("spec.controller"))
    else:
        if len(spec.controller.encode()) > _CONTROLLER_BYTES:
            problems.append(too_long("spec.controller", _CONTROLLER_BYTES))
        problems += _controller_problems(spec.controller)
    if spec.parameters is not None:
        problems += _parameters_problems(spec.parameters, "spec.parameters")
    return problems


def _controller_problems(controller: str) -> list[FieldProblem]:
    """A domain and a path in it, such as example.com/ingress-controller."""
    host, _, path = controller.partition("/")
    if not host or not path:
        text = 'must be a domain-prefixed path (such as "acme.io/foo")'
        return [invalid("spec.controller", controller, text)]
    problems = complaints("spec.controller", host, dns_subdomain(host))
    return problems + complaints("spec.controller", path, http_path(path))


def _parameters_problems(parameters: IngressClassParametersReference, path: str) -> list[FieldProblem]:
    problems = _reference_problems(parameters, path)
    if parameters.scope is None:
        return [*problems, required(f"{path}.scope")]
    if parameters.scope not in _SCOPES:
        return [*problems, unsupported(f"{path}.scope", parameters.scope, _SCOPES)]
    at, namespace = f"{path}.namespace", parameters.namespace
    if parameters.scope == "Namespace" and namespace is None:
        problems.append(required(at, "`parameters.scope` is set to 'Namespace'"))
    elif parameters.scope == "Namespace" and namespace is not None:
        problems += complaints(at, namespace, dns_label(namespace))
    elif namespace is not None:
        problems.append(forbidden(at, "`parameters.scope` is set to 'Cluster'"))
    return problems


# Network policies


def _policy_problems(policy: NetworkPolicy) -> list[FieldProblem]:
    problems = metadata_problems(policy.metadata, True, dns_subdomain, "metadata")
    return problems + _policy_spec_problems(policy.spec, ())


def _policy_update_problems(new: NetworkPolicy, old: NetworkPolicy) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    return problems + _policy_spec_problems(new.spec, frozenset(_ranges(old.spec)))


def _ranges(spec: NetworkPolicySpec) -> list[str]:
    """The ranges a policy has, which may stay however they are written."""
    peers = [peer for rule in spec.ingress for peer in rule.from_] + [peer for rule in spec.egress for peer in rule.to]
    blocks = [peer.ip_block for peer in peers if peer.ip_block is not None]
    return [text for block in blocks for text in (block.cidr, *block.except_)]


def _policy_spec_problems(spec: NetworkPolicySpec, known: Collection[str]) -> list[FieldProblem]:
    problems = selector_problems(spec.pod_selector, "spec.podSelector")
    for index, entry in enumerate(spec.ingress):
        problems += _rule_parts(entry.ports, entry.from_, f"spec.ingress[{index}]", "from", known)
    for index, way_out in enumerate(spec.egress):
        problems += _rule_parts(way_out.ports, way_out.to, f"spec.egress[{index}]", "to", known)
    if len(spec.policy_types) > len(_POLICY_TYPES):
        text = "may not specify more than two policyTypes"
        return [*problems, invalid("spec.policyTypes", spec.policy_types, text)]
    for index, word in enumerate(spec.policy_types):
        if word not in _POLICY_TYPES:
            problems.append(unsupported(f"spec.policyTypes[{index}]", word, _POLICY_TYPES))
    return problems


def _rule_parts(
    ports: Sequence[NetworkPolicyPort],
    peers: Sequence[NetworkPolicyPeer],
    path: str,
    side: str,
    known: Collection[str],
) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for index, port in enumerate(ports):
        problems += _port_problems(port, f"{path}.ports[{index}]")
    for index, peer in enumerate(peers):
        problems += _peer_problems(peer, f"{path}.{side}[{index}]", known)
    return problems


def _port_problems(port: NetworkPolicyPort, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if port.protocol is not None and port.protocol not in _PROTOCOLS:
        problems.append(unsupported(f"{path}.protocol", port.protocol, _PROTOCOLS))
    at, end = f"{path}.endPort", port.end_port
    if isinstance(port.port, int):
        problems += complaints(f"{path}.port", port.port, port_number(port.port))
        if end is not None:
            if end < port.port:
                problems.append(invalid(at, end, "must be greater than or equal to `port`"))
            problems += complaints(at, end, port_number(end))
        return problems
    if end is not None:
        why = "not specified" if port.port is None else "non-numeric"
        problems.append(invalid(at, end, f"may not be specified when `port` is {why}"))
    if port.port is not None:
        problems += complaints(f"{path}.port", port.port, port_name(port.port))
    return problems


def _peer_problems(peer: NetworkPolicyPeer, path: str, known: Collection[str]) -> list[FieldProblem]:
    problems = selector_problems(peer.pod_selector, f"{path}.podSelector")
    problems += selector_problems(peer.namespace_selector, f"{path}.namespaceSelector")
    selects = peer.pod_selector is not None or peer.namespace_selector is not None
    if peer.ip_block is not None:
        problems += _block_problems(peer.ip_block, f"{path}.ipBlock", known)
        if selects:
            problems.append(forbidden(path, "may not specify both ipBlock and another peer"))
    elif not selects:
        problems.append(required(path, "must specify a peer"))
    return problems


def _block_problems(block: IPBlock, path: str, known: Collection[str]) -> list[FieldProblem]:
    if not block.cidr:
        return [required(f"{path}.cidr")]
    problems = [] if block.cidr in known else complaints(f"{path}.cidr", block.cidr, cidr(block.cidr))
    whole = network(block.cidr)
    if whole is None:
        return problems
    for index, text in enumerate(block.except_):
        at, part = f"{path}.except[{index}]", network(text)
        problems += [] if text in known else complaints(at, text, cidr(text))
        if part is None:
            continue
        inside = part.version == whole.version and part.network_address in whole
        if not inside or whole.prefixlen >= part.prefixlen:
            problems.append(invalid(at, text, "must be a strict subset of `cidr`"))
    return problems


# Addresses of services


def _address_problems(address: IPAddress) -> list[FieldProblem]:
    problems = metadata_problems(address.metadata, False, ip_address, "metadata")
    parent, at = address.spec.parent_ref, "spec.parentRef"
    if parent is None:
        return [*problems, required(at)]
    if parent.group:
        problems += complaints(f"{at}.group", parent.group, dns_subdomain(parent.group))
    for name, value in (("resource", parent.resource), ("name", parent.name)):
        problems += complaints(f"{at}.{name}", value, path_segment(value)) if value else [required(f"{at}.{name}")]
    return problems + complaints(f"{at}.namespace", parent.namespace, path_segment(parent.namespace))


def _address_update_problems(new: IPAddress, old: IPAddress) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec.parent_ref != old.spec.parent_ref:
        problems.append(invalid("spec.parentRef", new.spec.parent_ref, IMMUTABLE))
    return problems


def _service_range_problems(service_range: ServiceCIDR) -> list[FieldProblem]:
    problems = metadata_problems(service_range.metadata, False, dns_subdomain, "metadata")
    return problems + _service_ranges_problems(service_range.spec.cidrs)


def _service_ranges_problems(ranges: tuple[str, ...]) -> list[FieldProblem]:
    if not ranges:
        return [required("spec.cidrs", "at least one CIDR required")]
    if len(ranges) > 2:
        return [invalid("spec.cidrs", {"CIDRs": list(ranges)}, "may only hold up to 2 values")]
    problems: list[FieldProblem] = []
    for index, text in enumerate(ranges):
        problems += complaints(f"spec.cidrs[{index}]", text, canonical_cidr(text))
    versions = [found.version for found in map(network, ranges) if found is not None]
    if len(versions) == 2 and versions[0] == versions[1]:
        text = "may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/64"
        problems.append(invalid("spec.cidrs", ranges, text))
    return problems


def _service_range_update_problems(new: ServiceCIDR, old: ServiceCIDR) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    now, was = new.spec.cidrs, old.spec.cidrs
    if len(now) != len(was) and (len(was), len(now)) != (1, 2):
        return [*problems, invalid("spec.cidrs", now, IMMUTABLE)]
    for index, text in enumerate(was):
        if now[index] != text:
            problems.append(invalid(f"spec.cidrs[{index}]", now[index], IMMUTABLE))
    return problems if len(now) == len(was) else problems + _service_ranges_problems(now)


RULES: Mapping[type[Object], Rules] = {
    IPAddress: (_address_problems, _address_update_problems),
    Ingress: (_ingress_problems, _ingress_update_problems),
    IngressClass: (_class_problems, _class_update_problems),
    NetworkPolicy: (_policy_problems, _policy_update_problems),
    ServiceCIDR: (_service_range_problems, _service_range_update_problems),
}
