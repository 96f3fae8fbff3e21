"""What a name resolves to: the records that the cluster's DNS makes of services, and what a pod adds to them.

Owns the names below the cluster's zone, the search list of a pod and its own hosts file. Mirrors CoreDNS's kubernetes
plugin (plugin/kubernetes, with the Corefile of kubeadm) and pkg/kubelet/network/dns/dns.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from harness.network.view import HEADLESS, Record, View, is_usable, of_endpoint, of_pod, of_service
from harness.objects.pod import Pod
from harness.objects.service import Endpoint, EndpointSlice, Service

ZONE = "cluster.local"
_MOST_NAMED = 5
_MOST_ALIASES = 8
_USUAL_DOTS = 5


class Answer(NamedTuple):
    """Whom the name leads to, in order of their names; and in a sentence why, or why to nobody."""

    records: tuple[Record, ...]
    why: str


def resolve(name: str, view: View, client: Pod | None = None) -> Answer:
    """What `name` resolves to; asked by a pod, its hosts file and its search list come first."""
    plain = name.removesuffix(".").lower()
    if client is None:
        return _query(plain, view)
    own = _in_hosts_file(plain, client)
    if own is not None:
        return own
    policy = client.spec.dns_policy or "ClusterFirst"
    if policy == "ClusterFirst" and client.spec.host_network:
        policy = "Default"
    if policy in ("Default", "None"):
        why = f"pod/{client.metadata.name} does not ask the cluster's DNS (dnsPolicy {policy})"
        if client.spec.host_network:
            why += "; a pod in its node's network does so with ClusterFirstWithHostNet"
        return Answer((), why)
    first: Answer | None = None
    for candidate in _candidates(plain, name.endswith("."), client):
        found = _query(candidate, view)
        if found.records:
            return found
        first = first or found
    assert first is not None
    return first


def _candidates(name: str, absolute: bool, client: Pod) -> Iterator[str]:
    """The full names that a resolver tries, in order (resolv.conf: search, ndots)."""
    if absolute:
        yield name
        return
    namespace, config = client.metadata.namespace, client.spec.dns_config
    searches = [f"{namespace}.svc.{ZONE}", f"svc.{ZONE}", ZONE, *(config.searches if config is not None else ())]
    dots = _USUAL_DOTS
    for option in config.options if config is not None else ():
        if option.name == "ndots" and (option.value or "").isdigit():
            dots = int(option.value or "0")
    expanded = [f"{name}.{search}" for search in searches]
    yield from [name, *expanded] if name.count(".") >= dots else [*expanded, name]


def _in_hosts_file(name: str, pod: Pod) -> Answer | None:
    """What the kubelet writes into the pod's /etc/hosts (pkg/kubelet/kubelet_pods.go, managedHostsFileContent)."""
    if not pod.spec.host_network:
        hostname = pod.spec.hostname or pod.metadata.name
        own = [hostname]
        if pod.spec.subdomain:
            own.append(f"{hostname}.{pod.spec.subdomain}.{pod.metadata.namespace}.svc.{ZONE}")
        if name in own and pod.status.pod_ip:
            return Answer((of_pod(pod),), f"the name is its own, in the hosts file of pod/{pod.metadata.name}")
    addresses = dict.fromkeys(alias.ip for alias in pod.spec.host_aliases if name in alias.hostnames)
    if not addresses:
        return None
    records = tuple(Record("", "", address) for address in addresses)
    return Answer(records, f"the name is one of the hostAliases of pod/{pod.metadata.name}")


# The cluster's zone


def _query(name: str, view: View, aliases: int = 0) -> Answer:
    """What the cluster's DNS knows of a full name."""
    rest = name.removesuffix(f".{ZONE}")
    labels = rest.split(".")
    if rest == name or labels[-1] not in ("svc", "pod"):
        return Answer((), f"{name} is no name of the cluster: those end in .svc.{ZONE} or .pod.{ZONE}")
    if labels[-1] == "pod":
        return _of_address(labels[:-1], name, view)
    *before, service_name, namespace = labels[:-1] if len(labels) > 2 else ["", ""]
    if not service_name:
        return Answer((), f"{name} names no service: expected <service>.<namespace>.svc.{ZONE}")
    service = view.service(namespace, service_name)
    if service is None:
        return Answer((), view.no_such("service", namespace, service_name))
    if service.spec.type == "ExternalName":
        return _alias(service, view, aliases) if not before else _no_such_name(name, service)
    match before:
        case []:
            return _of_service(service, view)
        case [port, protocol] if port.startswith("_") and protocol.startswith("_"):
            return _of_service(service, view, port=(port[1:], protocol[1:].upper()))
        case [host]:
            return _of_host(host, service, view)
        case _:
            return _no_such_name(name, service)


def _no_such_name(name: str, service: Service) -> Answer:
    return Answer((), f"service/{service.metadata.name} has no name {name}")


def _of_address(labels: list[str], name: str, view: View) -> Answer:
    """`10-244-1-2.default.pod`: the address is in the name, whether a pod has it or not (pods insecure)."""
    address = labels[0].replace("-", ".") if len(labels) == 2 else ""
    parts = address.split(".")
    if len(parts) != 4 or not all(part.isdigit() and int(part) < 256 for part in parts):
        return Answer((), f"{name} holds no address: expected one such as 10-244-1-2.default.pod.{ZONE}")
    pod = view.pod_at(address)
    return Answer((of_pod(pod) if pod is not None else Record("", "", address),), f"the name holds {address}")


def _alias(service: Service, view: View, aliases: int) -> Answer:
    """An external name is an alias; one that leads back into the cluster is followed."""
    target = service.spec.external_name.removesuffix(".")
    why = f"service/{service.metadata.name} is an alias of {target}"
    if not target.endswith(f".{ZONE}") or aliases == _MOST_ALIASES:
        return Answer((Record("", "", target),), why)
    found = _query(target, view, aliases + 1)
    return Answer(found.records, f"{why}: {found.why}")


def _of_service(service: Service, view: View, port: tuple[str, str] | None = None) -> Answer:
    """A service's address; the ready endpoints of one that has none. `port` is (name, protocol) of an SRV record."""
    name = service.metadata.name
    if service.spec.cluster_ip != HEADLESS:
        offered = {(one.name, one.protocol) for one in service.spec.ports}
        if port is not None and port not in offered:
            return Answer((), f"service/{name} has no port {port[0]} of protocol {port[1]}")
        if not service.spec.cluster_ip:
            return Answer((), f"service/{name} has no address yet")
        return Answer((of_service(service),), f"service/{name} has a cluster address")
    endpoints = [
        endpoint
        for found in view.slices(service)
        if port is None or port in {(one.name, one.protocol) for one in found.ports}
        for endpoint in found.endpoints
    ]
    return _usable(service, endpoints, f"service/{name} is headless")


def _of_host(host: str, service: Service, view: View) -> Answer:
    """The name of one endpoint: its hostname, or its address with dashes."""
    slices = view.slices(service)
    endpoints = [one for found in slices for one in found.endpoints if host in _hosts(one)]
    name = service.metadata.name
    if not endpoints:
        there = _named(slices)
        known = f"; its endpoints are {there}" if there else "; it has no endpoints"
        return Answer((), f"service/{name} has no endpoint named {host}{known}")
    return _usable(service, endpoints, f"{host} is an endpoint of service/{name}")


def _hosts(endpoint: Endpoint) -> tuple[str, ...]:
    if endpoint.hostname:
        return (endpoint.hostname,)
    return tuple(address.replace(".", "-").replace(":", "-") for address in endpoint.addresses)


def _named(slices: Iterable[EndpointSlice]) -> str:
    hosts = sorted(host for found in slices for endpoint in found.endpoints for host in _hosts(endpoint))
    more = f" and {len(hosts) - _MOST_NAMED} more" if len(hosts) > _MOST_NAMED else ""
    return ", ".join(hosts[:_MOST_NAMED]) + more


def _usable(service: Service, endpoints: Iterable[Endpoint], why: str) -> Answer:
    """The records of those endpoints that are ready, and which are not."""
    namespace = service.metadata.namespace
    found: dict[Record, None] = {}
    left_out: list[str] = []
    for endpoint in endpoints:
        records = list(of_endpoint(endpoint, namespace))
        if is_usable(endpoint):
            found.update(dict.fromkeys(records))
        else:
            state = "terminating" if endpoint.conditions.terminating else "not ready"
            left_out += [f"{record} ({state})" for record in records]
    if not found and not left_out:
        return Answer((), f"{why} and has no endpoints")
    if left_out:
        shown = ", ".join(sorted(left_out)[:_MOST_NAMED])
        why += f"; left out: {shown}"
    return Answer(tuple(sorted(found)), why)
