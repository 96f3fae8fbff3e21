"""What a Service is given when it is made or changed: addresses, families, node ports; and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from server_world import ServerWorld

from harness.api.problems import ApiError
from harness.objects.service import Service, ServiceSpec
from harness.objects.wire import from_wire, to_wire

PORT = {"port": 80, "protocol": "TCP"}


@pytest.fixture
def world() -> ServerWorld:
    return ServerWorld()


def make(world: ServerWorld, name: str = "web", **spec: Any) -> ServiceSpec:
    return world.make(Service, name, spec={"ports": [{"port": 80}], **spec}).spec


def change(world: ServerWorld, name: str = "web", **fields: Any) -> ServiceSpec:
    stored = world.server.find(Service, "default", name)
    assert stored is not None
    document = to_wire(stored)
    document["spec"] = {key: value for key, value in {**document["spec"], **fields}.items() if value is not None}
    return world.server.update(from_wire(document, Service)).spec


def refusal(act: Any, *args: Any, **fields: Any) -> str:
    with pytest.raises(ApiError) as caught:
        act(*args, **fields)
    return caught.value.message


# Addresses


def test_an_address_comes_from_beyond_the_band_for_those_who_ask(world: ServerWorld) -> None:
    assert [make(world, name).cluster_ip for name in ("a", "b")] == ["10.96.1.0", "10.96.1.1"]


ADDRESSES = [
    ("10.96.0.9", ""),
    ("10.111.255.254", ""),
    ("10.96.0.1", "provided IP is already allocated"),
    ("1.2.3.4", "the provided network does not match the current range"),
    ("10.112.0.0", "the provided network does not match the current range"),
    ("10.96.0.0", "the provided IP (10.96.0.0) is not in the valid range. The range of valid IPs is 10.96.0.0/12"),
]


@pytest.mark.parametrize(("address", "problem"), ADDRESSES)
def test_an_address_can_be_asked_for(world: ServerWorld, address: str, problem: str) -> None:
    if not problem:
        assert make(world, clusterIP=address).cluster_ips == (address,)
        return
    assert refusal(make, world, clusterIP=address) == (
        f'Service "web" is invalid: spec.clusterIPs: Invalid value: ["{address}"]: '
        f"failed to allocate IP {address}: {problem}"
    )


def test_an_address_is_free_again_once_its_service_is_gone(world: ServerWorld) -> None:
    make(world, "a", clusterIP="10.96.0.9")
    assert "provided IP is already allocated" in refusal(make, world, "b", clusterIP="10.96.0.9")
    change(world, "a", type="ExternalName", externalName="example.com")
    assert make(world, "b", clusterIP="10.96.0.9").cluster_ip == "10.96.0.9"


WRONG = [
    ({"clusterIP": "10.96.0.09"}, "spec.clusterIPs[0]: Invalid value: \"10.96.0.09\": must be a valid IP address, "
     "(e.g. 10.9.8.7 or 2001:db8::ffff)"),
    ({"clusterIP": "10.96.0.9", "clusterIPs": ["10.96.0.8"]},
     'spec.clusterIPs: Invalid value: ["10.96.0.8"]: first value must match `clusterIP`'),
    ({"ipFamilies": ["IPv5"]}, 'spec.ipFamilies[0]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"'),
    ({"ipFamilies": ["IPv6"]}, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'),
    ({"ipFamilyPolicy": "RequireDualStack"},
     'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services'),
    ({"ipFamilies": ["IPv4", "IPv6"]}, 'spec.ipFamilyPolicy: Invalid value: "SingleStack": '
     "must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"),
    ({"clusterIP": "fd00::1"},
     'spec.clusterIPs[0]: Invalid value: ["fd00::1"]: IPv6 is not configured on this cluster'),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "problem"), WRONG)
def test_addresses_and_families_are_refused_before_anything_else(
    world: ServerWorld, spec: dict[str, Any], problem: str
) -> None:
    assert refusal(make, world, **spec) == f'Service "web" is invalid: {problem}'


FAMILIES = [
    ({}, ("IPv4",), "SingleStack"),
    ({"ipFamilyPolicy": "PreferDualStack"}, ("IPv4",), "PreferDualStack"),
    ({"clusterIP": "None", "selector": {"app": "web"}}, ("IPv4",), "SingleStack"),
    ({"clusterIP": "None"}, ("IPv4", "IPv6"), "RequireDualStack"),
    ({"clusterIP": "None", "ipFamilyPolicy": "SingleStack"}, ("IPv4",), "SingleStack"),
]


@pytest.mark.parametrize(("spec", "families", "policy"), FAMILIES)
def test_families_are_those_of_the_cluster(
    world: ServerWorld, spec: dict[str, Any], families: tuple[str, ...], policy: str
) -> None:
    made = make(world, **spec)
    assert (made.ip_families, made.ip_family_policy) == (families, policy)


# Node ports


def node_ports(spec: ServiceSpec) -> list[int]:
    return [port.node_port for port in spec.ports]


def test_node_ports_come_from_beyond_the_band_for_those_who_ask(world: ServerWorld) -> None:
    two = [{"name": "a", "port": 80}, {"name": "b", "port": 81}]
    assert node_ports(make(world, "a", type="NodePort", ports=two)) == [30086, 30087]
    assert node_ports(make(world, "b", type="LoadBalancer")) == [30088]
    assert node_ports(make(world, "c", type="LoadBalancer", allocateLoadBalancerNodePorts=False)) == [0]


def test_one_port_of_two_protocols_is_one_node_port(world: ServerWorld) -> None:
    both = [{"name": "tcp", "port": 53}, {"name": "udp", "port": 53, "protocol": "UDP"}]
    assert node_ports(make(world, type="NodePort", ports=both)) == [30086, 30086]
    asked = [{"name": "tcp", "port": 53}, {"name": "udp", "port": 53, "protocol": "UDP", "nodePort": 30053}]
    assert node_ports(make(world, "b", type="NodePort", ports=asked)) == [30053, 30053]


PORTS = [
    (80, "provided port is not in the valid range. The range of valid ports is 30000-32767"),
    (30080, "provided port is already allocated"),
]


@pytest.mark.parametrize(("port", "problem"), PORTS)
def test_a_node_port_can_be_refused(world: ServerWorld, port: int, problem: str) -> None:
    make(world, "other", type="NodePort", ports=[{"port": 80, "nodePort": 30080}])
    assert refusal(make, world, type="NodePort", ports=[{"port": 80, "nodePort": port}]) == (
        f'Service "web" is invalid: spec.ports[0].nodePort: Invalid value: {port}: {problem}'
    )


def test_a_service_for_the_cluster_only_takes_no_node_port(world: ServerWorld) -> None:
    text = refusal(make, world, ports=[{"port": 80, "nodePort": 30080}])
    assert text.endswith("spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'")


def test_node_ports_come_and_go_with_the_type(world: ServerWorld) -> None:
    make(world)
    assert node_ports(change(world, type="NodePort")) == [30086]
    back = change(world, type="ClusterIP")
    assert (node_ports(back), back.external_traffic_policy) == ([0], "")


def test_a_port_keeps_its_node_port_by_its_name(world: ServerWorld) -> None:
    make(world, type="NodePort", ports=[{"name": "http", "port": 80}])
    changed = change(world, ports=[{"name": "http", "port": 8080}, {"name": "https", "port": 443}])
    assert node_ports(changed) == [30086, 30087]


def test_a_health_check_has_a_node_port_of_its_own(world: ServerWorld) -> None:
    spec = make(world, type="LoadBalancer", externalTrafficPolicy="Local")
    assert (node_ports(spec), spec.health_check_node_port) == ([30086], 30087)
    text = refusal(change, world, healthCheckNodePort=30099)
    assert "spec.healthCheckNodePort: Forbidden: field is immutable" in text
    assert change(world, externalTrafficPolicy="Cluster").health_check_node_port == 0


def test_a_requested_health_check_port_that_is_taken_is_an_error_of_the_server(world: ServerWorld) -> None:
    make(world, "other", type="NodePort", ports=[{"port": 80, "nodePort": 30080}])
    text = refusal(make, world, type="LoadBalancer", externalTrafficPolicy="Local", healthCheckNodePort=30080)
    assert text == (
        "Internal error occurred: failed to allocate requested HealthCheck NodePort 30080: "
        "provided port is already allocated"
    )


# Changes of type


def test_a_name_alone_gives_its_address_back_and_gets_another(world: ServerWorld) -> None:
    make(world)
    named = change(world, type="ExternalName", externalName="example.com")
    assert (named.cluster_ip, named.cluster_ips, named.ip_families, named.ip_family_policy) == ("", (), (), None)
    again = change(world, type="ClusterIP", externalName=None)
    assert (again.cluster_ip, again.ip_families) == ("10.96.1.1", ("IPv4",))


def test_an_address_that_is_left_out_is_kept_and_another_is_refused(world: ServerWorld) -> None:
    make(world)
    assert change(world, clusterIP=None, clusterIPs=None).cluster_ip == "10.96.1.0"
    assert refusal(change, world, clusterIP="10.96.0.7").endswith(
        'spec.clusterIPs[0]: Invalid value: ["10.96.0.7"]: may not change once set'
    )


def test_a_service_cannot_become_headless(world: ServerWorld) -> None:
    make(world)
    assert 'Invalid value: ["None"]: may not change once set' in refusal(change, world, clusterIP="None")


FIELDS = [
    ({"loadBalancerClass": "example.com/lb"},
     "spec.loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'"),
    ({"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}},
     "spec.sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less "
     "than 86400"),
    ({"externalIPs": ["example.com"]}, 'spec.externalIPs[0]: Invalid value: "example.com": must be a valid IP address, '
     "(e.g. 10.9.8.7 or 2001:db8::ffff)"),
    ({"healthCheckNodePort": 30090}, "spec.healthCheckNodePort: Invalid value: 30090: may only be set when `type` is "
     "'LoadBalancer' and `externalTrafficPolicy` is 'Local'"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "problem"), FIELDS)
def test_fields_that_make_no_sense_are_refused(world: ServerWorld, spec: dict[str, Any], problem: str) -> None:
    assert problem in refusal(make, world, **spec)
