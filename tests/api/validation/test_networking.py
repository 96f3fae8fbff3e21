"""What is refused in Ingresses, their classes, network policies, endpoints and service ranges.

Source: pkg/apis/networking/validation, pkg/apis/discovery/validation, pkg/apis/core/validation.
"""

from __future__ import annotations

import pytest

from harness.objects.endpoints import Endpoints
from harness.objects.networking import Ingress, IngressClass, IPAddress, NetworkPolicy, ServiceCIDR
from harness.objects.service import EndpointSlice

from .building import built, metadata, refused, refused_change

BACKEND = {"service": {"name": "web", "port": {"number": 80}}}


def ingress(*rules, **spec):
    return built(Ingress, {"metadata": metadata("web"), "spec": {"rules": list(rules), **spec}})


def path(**fields):
    return {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": BACKEND, **fields}]}}


@pytest.mark.parametrize(
    ("obj", "problems"),
    [
        (ingress(path()), []),
        (ingress(), ["spec: Invalid value: null: either `defaultBackend` or `rules` must be specified"]),
        (ingress({"http": {}}), ["spec.rules[0].http.paths: Required value"]),
        (
            ingress(path(pathType=None)),
            ["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"],
        ),
        (
            ingress(path(path="web", pathType="Exact")),
            ['spec.rules[0].http.paths[0].path: Invalid value: "web": must be an absolute path'],
        ),
        (
            ingress(path(path="/a//b/..")),
            [
                "spec.rules[0].http.paths[0].path: Invalid value: \"/a//b/..\": must not contain '//'",
                "spec.rules[0].http.paths[0].path: Invalid value: \"/a//b/..\": cannot end with '/..'",
            ],
        ),
        (
            ingress(path(pathType="Regex")),
            [
                'spec.rules[0].http.paths[0].pathType: Unsupported value: "Regex": '
                'supported values: "Exact", "ImplementationSpecific", "Prefix"'
            ],
        ),
        (
            ingress(path(backend={})),
            ['spec.rules[0].http.paths[0].backend: Invalid value: "": resource or service backend is required'],
        ),
        (
            ingress(path(backend={"service": {"name": "", "port": {}}})),
            [
                "spec.rules[0].http.paths[0].backend.service.name: Required value",
                "spec.rules[0].http.paths[0].backend: Required value: port name or number is required",
            ],
        ),
        (
            ingress({**path(), "host": "10.0.0.1"}),
            ['spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address'],
        ),
    ],
)
def test_a_broken_ingress_is_refused_with_its_place(obj, problems):
    assert refused(obj) == problems


def test_a_wildcard_must_be_a_whole_part():
    assert refused(ingress({**path(), "host": "*.example.com"})) == []
    (problem,) = refused(ingress({**path(), "host": "a*.example.com"}))
    assert "a wildcard DNS-1123 subdomain must start with '*.'" in problem


@pytest.mark.parametrize(
    ("spec", "problems"),
    [
        ({"controller": "example.com/ingress"}, []),
        ({}, ["spec.controller: Required value"]),
        (
            {"controller": "ingress"},
            ['spec.controller: Invalid value: "ingress": must be a domain-prefixed path (such as "acme.io/foo")'],
        ),
        (
            {"controller": "a.b/c", "parameters": {"kind": "K", "name": "n", "scope": "Namespace"}},
            ["spec.parameters.namespace: Required value: `parameters.scope` is set to 'Namespace'"],
        ),
        (
            {"controller": "a.b/c", "parameters": {"kind": "K", "name": "n", "scope": "All"}},
            ['spec.parameters.scope: Unsupported value: "All": supported values: "Cluster", "Namespace"'],
        ),
    ],
)
def test_a_broken_ingress_class_is_refused_with_its_place(spec, problems):
    assert refused(built(IngressClass, {"metadata": metadata("a", False), "spec": spec})) == problems


def test_the_controller_of_a_class_stays():
    old, new = (
        built(IngressClass, {"metadata": metadata("a", False), "spec": {"controller": f"a.b/{name}"}}) for name in "cd"
    )
    assert refused_change(new, old) == ['spec.controller: Invalid value: "a.b/d": field is immutable']


@pytest.mark.parametrize(
    ("rule", "problems"),
    [
        ({"from": [{"podSelector": {}}], "ports": [{"port": 80, "endPort": 90}]}, []),
        ({"from": [{}]}, ["spec.ingress[0].from[0]: Required value: must specify a peer"]),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}}]},
            ["spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer"],
        ),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0"}}]},
            [
                'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.0.0.0": '
                "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
            ],
        ),
        (
            {"from": [{"ipBlock": {"cidr": "10.1.0.0/8"}}]},
            [
                'spec.ingress[0].from[0].ipBlock.cidr: Invalid value: "10.1.0.0/8": '
                "must not have bits set beyond the prefix length"
            ],
        ),
        (
            {"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16", "10.0.0.0/8"]}}]},
            [
                'spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a '
                "strict subset of `cidr`",
                'spec.ingress[0].from[0].ipBlock.except[1]: Invalid value: "10.0.0.0/8": must be a '
                "strict subset of `cidr`",
            ],
        ),
        (
            {"ports": [{"port": "http", "endPort": 90}, {"endPort": 1}, {"port": 90, "endPort": 80, "protocol": "X"}]},
            [
                "spec.ingress[0].ports[0].endPort: Invalid value: 90: may not be specified when `port` is non-numeric",
                "spec.ingress[0].ports[1].endPort: Invalid value: 1: may not be specified when `port` is not specified",
                'spec.ingress[0].ports[2].protocol: Unsupported value: "X": supported values: "TCP", "UDP", "SCTP"',
                "spec.ingress[0].ports[2].endPort: Invalid value: 80: must be greater than or equal to `port`",
            ],
        ),
    ],
)
def test_a_broken_network_policy_is_refused_with_its_place(rule, problems):
    assert refused(built(NetworkPolicy, {"metadata": metadata("a"), "spec": {"ingress": [rule]}})) == problems


def test_a_range_that_is_there_already_may_stay():
    spec = {"ingress": [{"from": [{"ipBlock": {"cidr": "10.1.0.0/8"}}]}]}
    old = built(NetworkPolicy, {"metadata": metadata("a"), "spec": spec})
    new = built(NetworkPolicy, {"metadata": metadata("a"), "spec": {**spec, "policyTypes": ["Ingress"]}})
    assert refused_change(new, old) == []


@pytest.mark.parametrize(
    ("fields", "problems"),
    [
        ({"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.1"]}]}, []),
        ({}, ["addressType: Required value"]),
        (
            {"addressType": "IPv4", "endpoints": [{"addresses": ["10.0.0.01"]}, {}]},
            [
                'endpoints[0].addresses[0]: Invalid value: "10.0.0.01": must not have leading 0s',
                "endpoints[1].addresses: Required value: must contain at least 1 address",
            ],
        ),
        (
            {"addressType": "IPv4", "endpoints": [{"addresses": ["127.0.0.1", "fd00::1"]}]},
            [
                'endpoints[0].addresses[0]: Invalid value: "127.0.0.1": '
                "may not be in the loopback range (127.0.0.0/8, ::1/128)",
                'endpoints[0].addresses[1]: Invalid value: "fd00::1": must be an IPv4 address',
            ],
        ),
        (
            {"addressType": "FQDN", "endpoints": [{"addresses": ["web"]}], "ports": [{"name": "a"}, {"name": "a"}]},
            [
                'endpoints[0].addresses[0]: Invalid value: "web": '
                "should be a domain with at least two segments separated by dots",
                'ports[1].name: Duplicate value: "a"',
            ],
        ),
    ],
)
def test_a_broken_slice_is_refused_with_its_place(fields, problems):
    assert refused(built(EndpointSlice, {"metadata": metadata("a"), **fields})) == problems


def test_broken_endpoints_are_refused_with_their_places():
    subsets = [{}, {"addresses": [{"ip": "1.2"}], "ports": [{"port": 0}, {"port": 1, "name": "b"}]}]
    assert refused(built(Endpoints, {"metadata": metadata("a"), "subsets": subsets})) == [
        "subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`",
        'subsets[1].addresses[0].ip: Invalid value: "1.2": '
        "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        'subsets[1].addresses[0].ip: Invalid value: "1.2": must be a valid IP address',
        "subsets[1].ports[0].name: Required value",
        "subsets[1].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
    ]


def test_an_address_of_a_service_has_a_parent():
    made = built(IPAddress, {"metadata": metadata("10.96.0.9", False), "spec": {}})
    assert refused(made) == ["spec.parentRef: Required value"]


@pytest.mark.parametrize(
    ("ranges", "problems"),
    [
        (["10.0.0.0/24"], []),
        ([], ["spec.cidrs: Required value: at least one CIDR required"]),
        (
            ["10.0.0.0/24", "10.1.0.0/24"],
            [
                'spec.cidrs: Invalid value: ["10.0.0.0/24","10.1.0.0/24"]: may specify no more than one IP for each IP '
                "family, i.e 192.168.0.0/24 and 2001:db8::/64"
            ],
        ),
    ],
)
def test_a_broken_service_range_is_refused(ranges, problems):
    assert refused(built(ServiceCIDR, {"metadata": metadata("a", False), "spec": {"cidrs": ranges}})) == problems
