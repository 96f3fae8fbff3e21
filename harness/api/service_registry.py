"""What the registry makes of a Service before it is validated: addresses, families, node ports.

Owns what is filled in, kept and let go of when a Service is made or changed. What is free is known by the service
network. Mirrors pkg/registry/core/service/storage/alloc.go and pkg/registry/core/service/strategy.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec.structs import replace

from harness.api import kinds
from harness.api.problems import ApiError, FieldProblem, duplicate, invalid, required, unsupported
from harness.api.service_network import FAMILY, address_refusal, port_refusal, taken_addresses, taken_ports
from harness.objects.addresses import family_of, is_address
from harness.objects.service import Service, ServicePort, ServiceSpec

if TYPE_CHECKING:
    from harness.api.server import Server

S = TypeVar("S", bound=Service)

HEADLESS = "None"
_NAME_ONLY = "ExternalName"
_EXPOSED = ("NodePort", "LoadBalancer")
_FAMILIES = ("IPv4", "IPv6")
_SINGLE, _PREFER, _REQUIRE = "SingleStack", "PreferDualStack", "RequireDualStack"
_POLICIES = (_PREFER, _REQUIRE, _SINGLE)
_TOO_MANY = f"must be '{_REQUIRE}' or '{_PREFER}' when multiple {{what}} are specified"
_NO_ADDRESS = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"


def new_service(service: S, server: Server) -> S:
    """A new service with what it is to have. Raises ApiError for what is not to be had."""
    spec = service.spec
    if spec.cluster_ip and not spec.cluster_ips:
        spec = replace(spec, cluster_ips=(spec.cluster_ip,))
    return _allocated(service, spec, None, server)


def changed_service(service: S, stored: Service, server: Server) -> S:
    """A changed service with what it keeps, gets and gives back. Raises ApiError for what is not to be had."""
    if service.spec == stored.spec:
        return service
    spec = _kept(service.spec, stored.spec)
    made = _allocated(service, spec, stored, server)
    return replace(made, spec=_without_foreign_fields(made.spec, stored.spec))


def _allocated(service: S, spec: ServiceSpec, stored: Service | None, server: Server) -> S:
    name = service.metadata.name
    before = stored.spec if stored is not None else None
    if spec.type != _NAME_ONLY:
        spec = _with_families(name, spec, before)
    others: Iterable[Service] = server.store.collection(kinds.BY_TYPE[Service].key).objects.values()
    if spec.type != _NAME_ONLY and spec.cluster_ip != HEADLESS and (before is None or not before.cluster_ips):
        spec = _with_addresses(name, spec, taken_addresses(others), server)
    if spec.type in _EXPOSED or _needs_health_check(spec):
        taken = taken_ports(others)
        if spec.type in _EXPOSED:
            spec = _with_node_ports(name, spec, before, taken, server)
        spec = _with_health_check(spec, before, taken, server)
    return replace(service, spec=spec)


# Families


def _with_families(name: str, spec: ServiceSpec, before: ServiceSpec | None) -> ServiceSpec:
    selectorless = spec.cluster_ip == HEADLESS and not spec.selector
    policy = spec.ip_family_policy or (before.ip_family_policy if before is not None else None)
    policy = policy or (_REQUIRE if selectorless else _SINGLE)
    spec = replace(spec, ip_family_policy=policy)
    _refuse(name, _form_problems(spec))
    if before is not None and policy == _SINGLE and spec.ip_families == before.ip_families:
        spec = replace(spec, ip_families=spec.ip_families[:1])
    problems = _number_problems(spec)
    families = list(spec.ip_families)
    for index, address in enumerate(spec.cluster_ips):
        if address == HEADLESS:
            break
        if index >= len(families):
            family = family_of(address)
            if family != FAMILY:
                text = f"{family} is not configured on this cluster"
                problems.append(invalid(f"spec.clusterIPs[{index}]", spec.cluster_ips, text))
            else:
                families.append(family)
    _refuse(name, problems)
    if selectorless:
        families = families or [FAMILY]
        if len(families) < 2 and policy != _SINGLE:
            families.append(next(family for family in _FAMILIES if family not in families))
        return replace(spec, ip_families=tuple(families))
    if policy == _REQUIRE:
        text = "this cluster is not configured for dual-stack services"
        problems.append(invalid("spec.ipFamilyPolicy", policy, text))
    for index, family in enumerate(families):
        if family != FAMILY:
            problems.append(invalid(f"spec.ipFamilies[{index}]", family, "not configured on this cluster"))
    _refuse(name, problems)
    return replace(spec, ip_families=tuple(families) or (FAMILY,))


def _form_problems(spec: ServiceSpec) -> list[FieldProblem]:
    """What is wrong with addresses and families as written (ValidateServiceClusterIPsRelatedFields)."""
    problems: list[FieldProblem] = []
    addresses, path = spec.cluster_ips, "spec.clusterIPs"
    if spec.cluster_ip:
        if not addresses:
            problems.append(required(path))
        elif addresses[0] != spec.cluster_ip:
            problems.append(invalid(path, addresses, "first value must match `clusterIP`"))
    elif addresses:
        problems.append(invalid(path, addresses, "must be empty when `clusterIP` is not specified"))
    for index, family in enumerate(spec.ip_families):
        if family not in _FAMILIES:
            problems.append(unsupported(f"spec.ipFamilies[{index}]", family, _FAMILIES))
        elif family in spec.ip_families[:index]:
            problems.append(duplicate(f"spec.ipFamilies[{index}]", family))
    if spec.ip_family_policy not in _POLICIES:
        problems.append(unsupported("spec.ipFamilyPolicy", spec.ip_family_policy, _POLICIES))
    if HEADLESS in addresses:
        if len(addresses) > 1:
            problems.append(invalid(path, addresses, "'None' must be the first and only value"))
        return problems
    for index, address in enumerate(addresses):
        if not is_address(address):
            problems.append(invalid(f"{path}[{index}]", address, _NO_ADDRESS))
        elif index < len(spec.ip_families) and family_of(address) != spec.ip_families[index]:
            text = f"expected an {spec.ip_families[index]} value as indicated by `ipFamilies[{index}]`"
            problems.append(invalid(f"{path}[{index}]", address, text))
    if len(addresses) > 2:
        problems.append(invalid(path, addresses, "may only hold up to 2 values"))
    return problems


def _number_problems(spec: ServiceSpec) -> list[FieldProblem]:
    if spec.ip_family_policy != _SINGLE:
        return []
    return [
        invalid(
            "spec.ipFamilyPolicy", _SINGLE, f"must be '{_REQUIRE}' or '{_PREFER}' when multiple {what} are specified"
        )
        for what, values in (("cluster IPs", spec.cluster_ips), ("IP families", spec.ip_families))
        if len(values) == 2
    ]


# Addresses and ports


def _with_addresses(name: str, spec: ServiceSpec, taken: set[str], server: Server) -> ServiceSpec:
    address = spec.cluster_ip
    if not address:
        found = server.network.next_address(taken)
        if found is None:
            raise _failure("failed to allocate a serviceIP: range is full")
        return replace(spec, cluster_ip=found, cluster_ips=(found,))
    refused = address_refusal(address, taken)
    if refused is not None:
        text = f"failed to allocate IP {address}: {refused}"
        _refuse(name, [invalid("spec.clusterIPs", spec.cluster_ips, text)])
    return spec


def _with_node_ports(
    name: str, spec: ServiceSpec, before: ServiceSpec | None, taken: set[int], server: Server
) -> ServiceSpec:
    """Every port gets a node port, unless the service wants none; ports of one number share theirs when it is new."""
    wants = _wants_node_ports(spec)
    own = {port.node_port for port in before.ports} if before is not None else set()
    asked = {port.port: port.node_port for port in reversed(spec.ports) if port.node_port}
    given: dict[int, int] = {}
    ports: list[ServicePort] = []
    for index, port in enumerate(spec.ports):
        number = port.node_port
        if not number and wants:
            number = given.get(port.port, 0) or asked.get(port.port, 0) if before is None else 0
        if not number and wants:
            found = server.network.next_port(taken)
            if found is None:
                raise _failure("failed to allocate a nodePort: range is full")
            number = found
        elif number and number not in own and given.get(port.port) != number:
            refused = port_refusal(number, taken)
            if refused is not None:
                _refuse(name, [invalid(f"spec.ports[{index}].nodePort", number, refused)])
        if number:
            taken.add(number)
            given.setdefault(port.port, number)
        ports.append(port if number == port.node_port else replace(port, node_port=number))
    return replace(spec, ports=tuple(ports))


def _with_health_check(spec: ServiceSpec, before: ServiceSpec | None, taken: set[int], server: Server) -> ServiceSpec:
    if not _needs_health_check(spec) or (before is not None and _needs_health_check(before)):
        return spec
    port = spec.health_check_node_port
    if not port:
        found = server.network.next_port(taken)
        if found is None:
            raise _failure("failed to allocate a HealthCheck NodePort 0: range is full")
        return replace(spec, health_check_node_port=found)
    refused = port_refusal(port, taken)
    if refused is not None:
        raise _failure(f"failed to allocate requested HealthCheck NodePort {port}: {refused}")
    return spec


# What a change keeps and drops


def _kept(spec: ServiceSpec, before: ServiceSpec) -> ServiceSpec:
    """The spec with what was handed out before and what the writer did not name (patchAllocatedValues)."""
    changes: dict[str, Any] = {}
    if _NAME_ONLY not in (spec.type, before.type):
        if not spec.cluster_ip:
            changes["cluster_ip"] = before.cluster_ip
            changes["cluster_ips"] = spec.cluster_ips or before.cluster_ips
        elif not spec.cluster_ips or (spec.cluster_ips == before.cluster_ips and spec.cluster_ip != before.cluster_ip):
            changes["cluster_ips"] = (spec.cluster_ip,)
    elif spec.cluster_ip and not spec.cluster_ips:
        changes["cluster_ips"] = (spec.cluster_ip,)
    if _wants_node_ports(spec) and _wants_node_ports(before):
        changes["ports"] = _with_kept_ports(spec.ports, before.ports)
    if _needs_health_check(spec) and _needs_health_check(before) and not spec.health_check_node_port:
        changes["health_check_node_port"] = before.health_check_node_port
    return replace(spec, **changes) if changes else spec


def _with_kept_ports(ports: Sequence[ServicePort], before: Sequence[ServicePort]) -> tuple[ServicePort, ...]:
    """Node ports are known again by the name of their port, unless another port has taken theirs."""
    used = {port.node_port for port in ports}
    known = {port.name: port.node_port for port in before if port.node_port not in used}
    return tuple(
        port if port.node_port or port.name not in known else replace(port, node_port=known[port.name])
        for port in ports
    )


def _without_foreign_fields(spec: ServiceSpec, before: ServiceSpec) -> ServiceSpec:
    """The spec without what only its former type had, as far as the writer left it alone (dropTypeDependentFields)."""
    changes: dict[str, Any] = {}
    if spec.type == _NAME_ONLY and before.type != _NAME_ONLY:
        if spec.cluster_ips == before.cluster_ips and spec.cluster_ip == before.cluster_ip:
            changes |= {"cluster_ip": "", "cluster_ips": ()}
        if spec.ip_families == before.ip_families:
            changes["ip_families"] = ()
        if spec.ip_family_policy == before.ip_family_policy:
            changes["ip_family_policy"] = None
    untouched = [port.node_port for port in spec.ports] == [port.node_port for port in before.ports]
    if _wants_node_ports(before) and not _wants_node_ports(spec) and untouched:
        changes["ports"] = tuple(replace(port, node_port=0) for port in spec.ports)
    for field, has, empty in (
        ("health_check_node_port", _needs_health_check, 0),
        ("allocate_load_balancer_node_ports", _is_balanced, None),
        ("load_balancer_class", _is_balanced, None),
        ("external_traffic_policy", _is_reached_from_outside, ""),
    ):
        if has(before) and not has(spec) and getattr(spec, field) == getattr(before, field):
            changes[field] = empty
    return replace(spec, **changes) if changes else spec


def _wants_node_ports(spec: ServiceSpec) -> bool:
    return spec.type == "NodePort" or (_is_balanced(spec) and spec.allocate_load_balancer_node_ports is not False)


def _is_balanced(spec: ServiceSpec) -> bool:
    return spec.type == "LoadBalancer"


def _is_reached_from_outside(spec: ServiceSpec) -> bool:
    return spec.type in _EXPOSED or (spec.type == "ClusterIP" and bool(spec.external_ips))


def _needs_health_check(spec: ServiceSpec) -> bool:
    return _is_balanced(spec) and spec.external_traffic_policy == "Local"


# Refusals


def _refuse(name: str, problems: Sequence[FieldProblem]) -> None:
    if problems:
        raise ApiError.invalid(kinds.BY_TYPE[Service].resource, name, problems)


def _failure(text: str) -> ApiError:
    return ApiError(500, "InternalError", f"Internal error occurred: {text}")
