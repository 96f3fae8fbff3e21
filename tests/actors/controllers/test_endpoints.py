"""The Endpoints beside the slices of a service, and the slices that mirror Endpoints made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from harness.outcome import Outcome
from harness.runner import play
from harness.scenario.reading import parse_scenario

PODS = (
    "apply: [{apiVersion: v1, kind: Service, metadata: {name: web, labels: {team: a}}, spec: {%s"
    "selector: {app: web}, ports: [{name: http, port: 80, targetPort: http}]}}, "
    "{apiVersion: v1, kind: Pod, metadata: {name: a, labels: {app: web}}, spec: {terminationGracePeriodSeconds: 5, "
    "containers: [{name: c, image: 'a:1', ports: [{name: http, containerPort: 8080}]}]}}, "
    "{apiVersion: v1, kind: Pod, metadata: {name: b, labels: {app: web}}, spec: {containers: [{name: c, image: 'b:1', "
    "ports: [{name: http, containerPort: 8080}], readinessProbe: {tcpSocket: {port: 80}}}]}}]"
)
CLUSTER = "nodes: 1, images: {'b:1': {ready: never}, 'a:1': {stop: 4s}}"


def played(*steps: str, cluster: str) -> Outcome:
    listed = "".join("- " + step.replace("\n", "\n  ") + "\n" for step in steps)
    return play(parse_scenario(f"cluster: {{{cluster}}}\nsteps:\n{listed}", "scenarios/tried.yaml"))


def objects(kind: str, *steps: str) -> list[Any]:
    return [obj for obj in played(*steps, cluster=CLUSTER).objects if obj.kind == kind]


def endpoints(*steps: str) -> Any:
    (found,) = objects("Endpoints", *steps)
    return found


def names(addresses: Any) -> list[str]:
    return [address.target_ref.name if address.target_ref else address.ip for address in addresses]


def test_endpoints_tell_ready_pods_from_others_by_port() -> None:
    found = endpoints(PODS % "")
    (subset,) = found.subsets
    assert (names(subset.addresses), names(subset.not_ready_addresses)) == (["a"], ["b"])
    assert [(port.name, port.port, port.protocol) for port in subset.ports] == [("http", 8080, "TCP")]
    assert found.metadata.labels == {"team": "a", "endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    assert found.metadata.owner_references == ()


def test_endpoints_drop_a_pod_that_is_told_to_stop_unless_readiness_does_not_matter() -> None:
    leaving = "delete: pod/a\nsettle: false"
    assert names(endpoints(PODS % "", leaving, "wait: 1s").subsets[0].addresses) == []
    (kept,) = endpoints(PODS % "publishNotReadyAddresses: true, ", leaving, "wait: 1s").subsets
    assert names(kept.addresses) == ["a", "b"]


def test_endpoints_of_a_headless_service_say_so() -> None:
    assert "service.kubernetes.io/headless" in endpoints(PODS % "clusterIP: None, ").metadata.labels


def test_endpoints_of_a_service_without_pods_are_empty_and_go_with_it() -> None:
    service = (
        "apply: {apiVersion: v1, kind: Service, metadata: {name: x}, spec: {selector: {a: b}, ports: [{port: 80}]}}"
    )
    assert endpoints(service).subsets == ()
    assert objects("Endpoints", service, "delete: svc/x") == []


def test_deleted_endpoints_are_made_again() -> None:
    assert names(endpoints(PODS % "", "delete: endpoints/web").subsets[0].addresses) == ["a"]


BY_HAND = (
    "apply: [{apiVersion: v1, kind: Service, metadata: {name: db}, spec: {%sports: [{name: db, port: 5432}]}}, "
    "{apiVersion: v1, kind: Endpoints, metadata: {name: db, labels: {%s}}, subsets: [{addresses: [{ip: 192.0.2.1, "
    "hostname: main}], notReadyAddresses: [{ip: 192.0.2.2}], ports: [{name: db, port: 5432}]}]}]"
)


def slices(*steps: str) -> list[Any]:
    return objects("EndpointSlice", *steps)


def test_endpoints_made_by_hand_are_mirrored() -> None:
    (found,) = slices(BY_HAND % ("", "team: a"))
    assert [(one.addresses, one.conditions.ready, one.hostname) for one in found.endpoints] == [
        (("192.0.2.1",), True, "main"),
        (("192.0.2.2",), False, None),
    ]
    assert found.metadata.labels == {
        "team": "a",
        "kubernetes.io/service-name": "db",
        "endpointslice.kubernetes.io/managed-by": "endpointslicemirroring-controller.k8s.io",
    }
    assert [owner.kind for owner in found.metadata.owner_references] == ["Endpoints"]


@pytest.mark.parametrize(
    "steps",
    [
        (BY_HAND % ("", 'endpointslice.kubernetes.io/skip-mirror: "true"'),),
        (BY_HAND % ("", ""), "delete: endpoints/db"),
        (BY_HAND % ("", ""), "delete: svc/db"),
    ],
)
def test_endpoints_that_ask_not_to_be_or_are_gone_are_not_mirrored(steps: tuple[str, ...]) -> None:
    assert slices(*steps) == []


def test_a_mirrored_slice_follows_and_is_made_again() -> None:
    there = "{subsets: [{addresses: [{ip: 192.0.2.9}], ports: [{name: db, port: 5432}]}]}"
    moved = f"patch: endpoints/db\ntype: merge\nwith: {there}"
    (found,) = slices(BY_HAND % ("", ""), moved)
    assert [one.addresses for one in found.endpoints] == [("192.0.2.9",)]
    assert len(slices(BY_HAND % ("", ""), "delete: endpointslices\nselector: kubernetes.io/service-name=db")) == 1


@pytest.mark.parametrize(
    ("distribution", "zones", "nodes"),
    [("", 0, 0), ("PreferClose", 1, 0), ("PreferSameZone", 1, 0), ("PreferSameNode", 1, 1)],
)
def test_a_traffic_distribution_says_for_whom_an_endpoint_is_meant(distribution: str, zones: int, nodes: int) -> None:
    wanted = f"trafficDistribution: {distribution}, " if distribution else ""
    cluster = "nodes: [{name: node-1, labels: {topology.kubernetes.io/zone: z}}]"
    outcome = played(PODS % wanted, cluster=cluster)
    (found,) = [obj for obj in outcome.objects if obj.kind == "EndpointSlice"]
    hints = found.endpoints[0].hints  # type: ignore[attr-defined]
    counts = (len(hints.for_zones), len(hints.for_nodes)) if hints is not None else (0, 0)
    assert counts == (zones, nodes)
