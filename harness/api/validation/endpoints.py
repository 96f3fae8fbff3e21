"""What the API server demands of Endpoints and EndpointSlices.

Mirrors pkg/apis/core/validation (ValidateEndpoints) and pkg/apis/discovery/validation. Slices are written often, so
what is asked of an address is asked once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.api.problems import FieldProblem, duplicate, invalid, required, too_many, unsupported
from harness.api.validation.addresses import domain_name, endpoint_address, endpoint_address_of, ip_address
from harness.api.validation.fields import complaints
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import Complaints, dns_label, dns_subdomain, port_number, qualified_name
from harness.api.validation.rules import Rules
from harness.objects.endpoints import EndpointAddress, Endpoints, EndpointsPort, EndpointSubset
from harness.objects.meta import Object
from harness.objects.service import Endpoint, EndpointPort, EndpointSlice

_TYPES = ("FQDN", "IPv4", "IPv6")
_PROTOCOLS = ("SCTP", "TCP", "UDP")
_MOST_ADDRESSES = 100
_MOST_PORTS = 100
_MOST_ENDPOINTS = 1000


# Slices


def _slice_problems(endpoint_slice: EndpointSlice) -> list[FieldProblem]:
    problems = metadata_problems(endpoint_slice.metadata, True, dns_subdomain, "metadata")
    if not endpoint_slice.address_type:
        problems.append(required("addressType"))
    elif endpoint_slice.address_type not in _TYPES:
        problems.append(unsupported("addressType", endpoint_slice.address_type, _TYPES))
    return problems + _content_problems(endpoint_slice)


def _slice_update_problems(new: EndpointSlice, old: EndpointSlice) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.endpoints != old.endpoints or new.ports != old.ports:
        problems += _content_problems(new)
    if new.address_type != old.address_type:
        problems.append(invalid("addressType", new.address_type, IMMUTABLE))
    return problems


def _content_problems(endpoint_slice: EndpointSlice) -> list[FieldProblem]:
    endpoints, ports = endpoint_slice.endpoints, endpoint_slice.ports
    problems: list[FieldProblem] = []
    if len(endpoints) > _MOST_ENDPOINTS:
        problems.append(too_many("endpoints", len(endpoints), _MOST_ENDPOINTS))
    else:
        for index, endpoint in enumerate(endpoints):
            problems += _endpoint_problems(endpoint, endpoint_slice.address_type, index)
    if len(ports) > _MOST_PORTS:
        return [*problems, too_many("ports", len(ports), _MOST_PORTS)]
    return problems + _slice_port_problems(ports)


def _endpoint_problems(endpoint: Endpoint, address_type: str, index: int) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    addresses = endpoint.addresses
    if not addresses:
        problems.append(required(f"endpoints[{index}].addresses", "must contain at least 1 address"))
    elif len(addresses) > _MOST_ADDRESSES:
        problems.append(too_many(f"endpoints[{index}].addresses", len(addresses), _MOST_ADDRESSES))
    for position, address in enumerate(addresses):
        wrong = _wrong_address(address_type, address)
        if wrong:
            problems += complaints(f"endpoints[{index}].addresses[{position}]", address, wrong)
    if endpoint.hostname is not None:
        problems += complaints(f"endpoints[{index}].hostname", endpoint.hostname, dns_label(endpoint.hostname))
    return problems


def _wrong_address(address_type: str, address: str) -> Complaints:
    if address_type == "FQDN":
        return domain_name(address)
    return endpoint_address_of(int(address_type[-1]), address) if address_type in _TYPES else ()


def _slice_port_problems(ports: Sequence[EndpointPort]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    seen: set[str] = set()
    for index, port in enumerate(ports):
        at, name = f"ports[{index}]", port.name or ""
        problems += complaints(f"{at}.name", name, dns_label(name)) if name else []
        if name in seen:
            problems.append(duplicate(f"{at}.name", name))
        seen.add(name)
        problems += _protocol_problems(port.protocol or "", at)
        problems += _app_protocol_problems(port.app_protocol, at)
    return problems


def _protocol_problems(protocol: str, path: str) -> list[FieldProblem]:
    if not protocol:
        return [required(f"{path}.protocol")]
    return [] if protocol in _PROTOCOLS else [unsupported(f"{path}.protocol", protocol, _PROTOCOLS)]


def _app_protocol_problems(protocol: str | None, path: str) -> list[FieldProblem]:
    return [] if protocol is None else complaints(f"{path}.appProtocol", protocol, qualified_name(protocol))


# Endpoints


def _endpoints_problems(endpoints: Endpoints) -> list[FieldProblem]:
    return metadata_problems(endpoints.metadata, True, dns_subdomain, "metadata") + _subsets_problems(endpoints.subsets)


def _endpoints_update_problems(new: Endpoints, old: Endpoints) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    return problems if new.subsets == old.subsets else problems + _subsets_problems(new.subsets)


def _subsets_problems(subsets: Sequence[EndpointSubset]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for index, subset in enumerate(subsets):
        at = f"subsets[{index}]"
        if not subset.addresses and not subset.not_ready_addresses:
            problems.append(required(at, "must specify `addresses` or `notReadyAddresses`"))
        for name, addresses in (("addresses", subset.addresses), ("notReadyAddresses", subset.not_ready_addresses)):
            for position, address in enumerate(addresses):
                if not _is_sound(address):
                    problems += _address_problems(address, f"{at}.{name}[{position}]")
        for position, port in enumerate(subset.ports):
            problems += _port_problems(port, len(subset.ports) > 1, f"{at}.ports[{position}]")
    return problems


def _is_sound(address: EndpointAddress) -> bool:
    """Whether there is nothing to say of the address, as of nearly all."""
    hostname, node = address.hostname, address.node_name
    return not (
        ip_address(address.ip)
        or endpoint_address(address.ip)
        or (hostname and dns_label(hostname))
        or (node is not None and dns_subdomain(node))
    )


def _address_problems(address: EndpointAddress, path: str) -> list[FieldProblem]:
    problems = complaints(f"{path}.ip", address.ip, ip_address(address.ip))
    if address.hostname:
        problems += complaints(f"{path}.hostname", address.hostname, dns_label(address.hostname))
    if address.node_name is not None:
        problems += complaints(f"{path}.nodeName", address.node_name, dns_subdomain(address.node_name))
    return problems + complaints(f"{path}.ip", address.ip, endpoint_address(address.ip))


def _port_problems(port: EndpointsPort, needs_name: bool, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if needs_name and not port.name:
        problems.append(required(f"{path}.name"))
    elif port.name:
        problems += complaints(f"{path}.name", port.name, dns_label(port.name))
    problems += complaints(f"{path}.port", port.port, port_number(port.port))
    problems += _protocol_problems(port.protocol, path)
    return problems + _app_protocol_problems(port.app_protocol, path)


RULES: Mapping[type[Object], Rules] = {
    EndpointSlice: (_slice_problems, _slice_update_problems),
    Endpoints: (_endpoints_problems, _endpoints_update_problems),
}
