"""Which pods stand behind a service, what is said of each, and what the slices themselves look like."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from msgspec.structs import replace

from harness.actors.controllers.endpointslice import EndpointSliceController
from harness.actors.controllers.garbage_collector import GarbageCollector
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.config import Namespace
from harness.objects.meta import Object, ObjectMeta
from harness.objects.node import Node
from harness.objects.pod import Pod, PodCondition
from harness.objects.quota import ResourceQuota
from harness.objects.service import Endpoint, EndpointSlice, Service
from harness.objects.wire import from_wire

PODS = kinds.BY_TYPE[Pod]
SLICES = kinds.BY_TYPE[EndpointSlice]
TRIGGER_TIME = "endpoints.kubernetes.io/last-change-trigger-time"


class World:
    """A service `web`, a node, and pods that do as they are told."""

    def __init__(self, *, nodes: tuple[str, ...] = ("node-1",), **service: Any) -> None:
        self.loop = Loop(Clock(parse("2026-01-01T00:00:00Z")))
        self.trace = Trace()
        self.server = Server(self.loop.clock, self.trace)
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        for name in nodes:
            labels = {"topology.kubernetes.io/zone": "a"}
            self.server.create(Node(metadata=ObjectMeta(name=name, labels=labels)))
        process = Process.start(self.loop, self.server, Chance(), {})
        EndpointSliceController(process)
        GarbageCollector(process)
        labels = service.pop("labels", {"team": "a"})
        service = {"selector": {"app": "web"}, "ports": [{"port": 80}], **service}
        self.create(from_wire({"metadata": {"name": "web", "labels": labels}, "spec": service}, Service))

    def run(self) -> None:
        self.loop.run_until(self.loop.now_ms + 50)

    def create(self, obj: Object) -> None:
        self.server.create(obj)
        self.run()

    def pod(self, name: str, *, ip: str = "10.1.0.1", ready: bool = True, phase: str = "Running", **spec: Any) -> None:
        """A pod with the label app=web that runs on the node."""
        labels = spec.pop("labels", {"app": "web"})
        containers = [{"name": "c", "image": "nginx", "ports": spec.pop("ports", [])}]
        spec = {"nodeName": "node-1", "containers": containers, **spec}
        self.server.create(from_wire({"metadata": {"name": name, "labels": labels}, "spec": spec}, Pod))
        self.status(name, pod_ip=ip, phase=phase, ready=ready)

    def find(self, name: str) -> Pod:
        found = self.server.find(Pod, "default", name)
        assert found is not None
        return found

    def status(self, name: str, *, ready: bool | None = None, **fields: Any) -> None:
        if ready is not None:
            condition = PodCondition(
                type="Ready", status="True" if ready else "False", last_transition_time=self.loop.clock.stamp()
            )
            fields["conditions"] = (condition,)
        self.server.modify(self.find(name), lambda pod: replace(pod, status=replace(pod.status, **fields)), status=True)
        self.run()

    def relabel(self, name: str, labels: dict[str, str]) -> None:
        self.server.modify(self.find(name), lambda pod: replace(pod, metadata=replace(pod.metadata, labels=labels)))
        self.run()

    def delete(self, name: str, grace_seconds: int | None = None) -> None:
        self.server.delete(PODS, "default", name, grace_seconds=grace_seconds)
        self.run()

    def service(self, *, labels: dict[str, str] | None = None, **spec: Any) -> None:
        stored = self.found_service()
        metadata = stored.metadata if labels is None else replace(stored.metadata, labels=labels)
        self.server.update(replace(stored, metadata=metadata, spec=replace(stored.spec, **spec)))
        self.run()

    def found_service(self) -> Service:
        stored = self.server.find(Service, "default", "web")
        assert stored is not None
        return stored

    def sizes(self) -> list[int]:
        """How many endpoints each slice has."""
        return sorted(len(found.endpoints) for found in self.slices())

    def slices(self) -> list[EndpointSlice]:
        found: list[EndpointSlice] = self.server.list(SLICES)
        return found

    @property
    def slice(self) -> EndpointSlice:
        (found,) = self.slices()
        return found

    def endpoint(self) -> Endpoint:
        (found,) = self.slice.endpoints
        return found

    def listed(self) -> list[str]:
        return [endpoint.target_ref.name for endpoint in self.slice.endpoints if endpoint.target_ref is not None]

    def conditions(self) -> tuple[bool | None, ...]:
        """(ready, serving, terminating) of the only endpoint."""
        found = self.endpoint().conditions
        return found.ready, found.serving, found.terminating


# The conditions of an endpoint: a pod that is ready or not, that is being deleted or not


@pytest.mark.parametrize("publish", [False, True])
@pytest.mark.parametrize("ready", [False, True])
@pytest.mark.parametrize("deleting", [False, True])
def test_an_endpoint_is_ready_if_its_pod_serves_and_stays_or_if_that_does_not_matter(
    publish: bool, ready: bool, deleting: bool
) -> None:
    world = World(publishNotReadyAddresses=publish)
    world.pod("web-0", ready=ready)
    if deleting:
        world.delete("web-0")
    assert world.conditions() == (publish or (ready and not deleting), ready, deleting)


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
@pytest.mark.parametrize("publish", [False, True])
def test_a_finished_pod_is_not_listed(phase: str, publish: bool) -> None:
    world = World(publishNotReadyAddresses=publish)
    world.pod("web-0")
    assert world.listed() == ["web-0"]
    world.status("web-0", phase=phase)
    assert world.listed() == []


@pytest.mark.parametrize("publish", [False, True])
def test_a_pod_without_an_address_is_not_listed(publish: bool) -> None:
    world = World(publishNotReadyAddresses=publish)
    world.pod("web-0", ip="", ready=False, phase="Pending")
    assert world.listed() == []
    world.status("web-0", pod_ip="10.1.0.1", phase="Running")
    assert world.listed() == ["web-0"]


def test_an_endpoint_leaves_when_its_pod_is_gone() -> None:
    world = World()
    world.pod("web-0")
    world.delete("web-0", grace_seconds=0)
    assert world.listed() == []


def test_a_pod_enters_and_leaves_with_its_labels() -> None:
    world = World()
    world.pod("web-0", labels={"app": "other"})
    assert world.listed() == []
    world.relabel("web-0", {"app": "web"})
    assert world.listed() == ["web-0"]
    world.relabel("web-0", {"app": "other"})
    assert world.listed() == []


# What an endpoint says


def test_an_endpoint_names_its_address_pod_node_and_zone() -> None:
    world = World()
    world.pod("web-0", ip="10.1.0.7")
    found = world.endpoint()
    assert (found.addresses, found.node_name, found.zone) == (("10.1.0.7",), "node-1", "a")
    assert found.target_ref is not None
    assert (found.target_ref.kind, found.target_ref.name, found.target_ref.uid) == (
        "Pod", "web-0", world.find("web-0").metadata.uid,
    )  # fmt: skip


@pytest.mark.parametrize(("subdomain", "hostname"), [("web", "web-0"), ("other", None)])
def test_an_endpoint_has_a_host_name_only_below_its_own_service(subdomain: str, hostname: str | None) -> None:
    world = World()
    world.pod("web-0", hostname="web-0", subdomain=subdomain)
    assert world.endpoint().hostname == hostname


def test_a_named_port_is_that_of_the_pod() -> None:
    world = World(ports=[{"name": "http", "port": 80, "targetPort": "web"}])
    world.pod("web-0", ports=[{"name": "web", "containerPort": 8080}])
    assert [(port.name, port.port) for port in world.slice.ports] == [("http", 8080)]


def test_a_named_port_may_be_that_of_a_sidecar_but_not_of_another_init_container() -> None:
    world = World(ports=[{"name": "tls", "port": 443, "targetPort": "tls"}])
    first = {"name": "setup", "image": "a", "ports": [{"name": "tls", "containerPort": 1}]}
    beside = {
        "name": "proxy",
        "image": "b",
        "restartPolicy": "Always",
        "ports": [{"name": "tls", "containerPort": 8443}],
    }
    world.pod("web-0", initContainers=[first, beside])
    assert [(port.name, port.port) for port in world.slice.ports] == [("tls", 8443)]


def test_pods_that_offer_a_named_port_at_different_numbers_get_slices_of_their_own() -> None:
    world = World(ports=[{"name": "http", "port": 80, "targetPort": "web"}])
    world.pod("web-0", ports=[{"name": "web", "containerPort": 8080}])
    world.pod("web-1", ip="10.1.0.2", ports=[{"name": "web", "containerPort": 9090}])
    assert sorted(slice_.ports[0].port or 0 for slice_ in world.slices()) == [8080, 9090]


def test_pods_without_the_named_port_have_a_slice_of_their_own_that_stays() -> None:
    world = World(ports=[{"name": "http", "port": 80, "targetPort": "web"}])
    world.pod("web-0", ports=[{"name": "web", "containerPort": 8080}])
    world.pod("web-1", ip="10.1.0.2")
    before = sorted(slice_.metadata.name for slice_ in world.slices())
    world.status("web-0", ready=False)
    world.loop.run_until(world.loop.now_ms + 5_000)
    assert sorted(slice_.metadata.name for slice_ in world.slices()) == before
    assert sorted(len(slice_.ports) for slice_ in world.slices()) == [0, 1]


def test_a_pod_without_the_named_port_is_listed_without_it() -> None:
    world = World(ports=[{"name": "http", "port": 80, "targetPort": "web"}])
    world.pod("web-0")
    assert (world.listed(), world.slice.ports) == (["web-0"], ())


# The slices


def test_a_slice_is_labelled_and_owned_by_its_service() -> None:
    world = World()
    metadata = world.slice.metadata
    assert metadata.labels == {
        "team": "a",
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    }
    assert [(reference.kind, reference.name) for reference in metadata.owner_references] == [("Service", "web")]
    assert (metadata.name.startswith("web-"), len(metadata.name)) == (True, len("web-") + 5)


def test_a_slice_of_a_headless_service_says_so() -> None:
    world = World(clusterIP="None")
    assert world.slice.metadata.labels["service.kubernetes.io/headless"] == ""


def test_a_service_without_pods_has_one_empty_slice() -> None:
    world = World()
    assert (world.slice.endpoints, world.slice.ports) == ((), ())


@pytest.mark.parametrize("service", [{"selector": None}, {"type": "ExternalName", "externalName": "example.com"}])
def test_a_service_that_selects_nothing_or_is_elsewhere_has_no_slice(service: dict[str, Any]) -> None:
    assert World(**service).slices() == []


def test_ports_are_named_while_there_is_an_endpoint_and_no_longer() -> None:
    world = World()
    world.pod("web-0")
    assert [port.port for port in world.slice.ports] == [80]
    world.delete("web-0", grace_seconds=0)
    assert world.slice.ports == ()


def test_labels_of_the_service_are_carried_over_when_they_change() -> None:
    world = World()
    world.service(labels={"team": "b"})
    assert world.slice.metadata.labels["team"] == "b"


def test_a_changed_selector_changes_who_is_listed() -> None:
    world = World()
    world.pod("web-0")
    world.pod("other-0", ip="10.1.0.2", labels={"app": "other"})
    world.service(selector={"app": "other"})
    assert world.listed() == ["other-0"]


def test_a_slice_holds_a_hundred_endpoints() -> None:
    world = World()
    for number in range(101):
        world.pod(f"web-{number}", ip=f"10.1.1.{number}")
    assert sorted(len(slice_.endpoints) for slice_ in world.slices()) == [1, 100]


def test_a_slice_deleted_by_hand_is_made_again_a_second_later() -> None:
    world = World()
    world.pod("web-0")
    world.server.delete(SLICES, "default", world.slice.metadata.name)
    world.loop.run_until(world.loop.now_ms + 990)
    assert world.slices() == []
    world.run()
    assert world.listed() == ["web-0"]


def test_a_slice_changed_by_hand_is_put_right_a_second_later() -> None:
    world = World()
    world.pod("web-0")
    world.server.update(replace(world.slice, endpoints=()))
    world.loop.run_until(world.loop.now_ms + 990)
    assert world.listed() == []
    world.run()
    assert world.listed() == ["web-0"]


def test_a_slice_that_is_given_to_another_service_is_replaced() -> None:
    world = World()
    world.pod("web-0")
    labels = {**world.slice.metadata.labels, "kubernetes.io/service-name": "other"}
    world.server.update(replace(world.slice, metadata=replace(world.slice.metadata, labels=labels)))
    world.loop.run_until(world.loop.now_ms + 1_100)
    names = sorted(found.metadata.labels["kubernetes.io/service-name"] for found in world.slices())
    assert names == ["other", "web"]


def test_a_slice_with_other_ports_is_the_same_slice() -> None:
    world = World()
    world.pod("web-0")
    before = world.slice.metadata
    world.service(ports=(replace(world.found_service().spec.ports[0], port=8080, target_port=8080),))
    assert world.slice.metadata.uid == before.uid
    assert [port.port for port in world.slice.ports] == [8080]


def test_new_endpoints_go_to_the_slice_that_changes_anyway() -> None:
    world = World()
    for number in range(101):
        world.pod(f"web-{number}", ip=f"10.1.1.{number}")
    assert world.sizes() == [1, 100]
    world.server.delete(PODS, "default", "web-0", grace_seconds=0)
    world.pod("web-101", ip="10.1.1.101")
    assert world.sizes() == [1, 100]


def test_new_endpoints_that_do_not_all_fit_into_one_slice_get_one_of_their_own() -> None:
    world = World()
    for number in range(199):
        world.pod(f"web-{number}", ip=f"10.1.1.{number}")
    for number in range(199, 201):
        world.pod(f"web-{number}", ip=f"10.1.1.{number}", nodeName="node-2")
    assert world.sizes() == [99, 100]
    world.create(Node(metadata=ObjectMeta(name="node-2")))
    world.loop.run_until(world.loop.now_ms + 10_000)
    assert world.sizes() == [2, 99, 100]


def test_pods_that_lack_different_ports_get_slices_of_their_own() -> None:
    ports = [{"name": "a", "port": 80, "targetPort": "x"}, {"name": "b", "port": 81, "targetPort": "y"}]
    world = World(ports=ports)
    world.pod("web-0", ports=[{"name": "x", "containerPort": 8080}])
    world.pod("web-1", ip="10.1.0.2", ports=[{"name": "y", "containerPort": 8080}])
    assert sorted(port.name for found in world.slices() for port in found.ports) == ["a", "b"]


def test_a_slice_of_an_earlier_service_of_that_name_is_not_taken_over() -> None:
    world = World()
    world.pod("web-0")
    (owner,) = world.slice.metadata.owner_references
    foreign = replace(world.slice.metadata, name="web-old", owner_references=(replace(owner, uid="gone"),))
    world.server.create(replace(world.slice, metadata=replace(foreign, uid="", resource_version="")))
    world.loop.run_until(world.loop.now_ms + 1_100)
    assert [found.metadata.owner_references for found in world.slices()] == [(owner,)]


def test_endpoints_that_are_left_in_a_slice_of_many_stay_where_they_are() -> None:
    world = World()
    for number in range(150):
        world.pod(f"web-{number}", ip=f"10.1.1.{number}")
    before = {slice_.metadata.name: len(slice_.endpoints) for slice_ in world.slices()}
    world.delete("web-0", grace_seconds=0)
    world.pod("web-new", ip="10.1.2.1")
    assert {slice_.metadata.name: len(slice_.endpoints) for slice_ in world.slices()} == before


def test_slices_go_with_their_service() -> None:
    world = World()
    world.server.delete(kinds.BY_TYPE[Service], "default", "web")
    world.run()
    assert world.slices() == []


def test_a_change_that_no_endpoint_shows_is_not_written() -> None:
    world = World()
    world.pod("web-0")
    before = world.slice.metadata.resource_version
    world.relabel("web-0", {"app": "web", "more": "yes"})
    world.status("web-0", message="well")
    assert world.slice.metadata.resource_version == before


def test_a_pod_becoming_ready_is_one_write() -> None:
    world = World()
    world.pod("web-0", ready=False)
    before = len(world.trace.records)
    world.status("web-0", ready=True)
    written = [record for record in world.trace.records[before:] if record.subject.kind == "EndpointSlice"]
    assert len(written) == 1


# What set it off


def test_a_write_that_a_deletion_set_off_names_nothing() -> None:
    world = World()
    world.pod("web-0")
    world.loop.run_until(5_000)
    world.delete("web-0")
    assert TRIGGER_TIME not in world.slice.metadata.annotations


# Pods on nodes that are not there


def test_a_pod_on_a_node_that_is_not_there_is_not_listed() -> None:
    world = World(nodes=())
    world.pod("web-0")
    assert world.listed() == []


def test_a_pod_on_a_node_that_is_not_there_is_listed_if_readiness_does_not_matter() -> None:
    world = World(nodes=(), publishNotReadyAddresses=True)
    world.pod("web-0")
    assert world.listed() == ["web-0"]


def test_a_pod_is_listed_once_its_node_is_there() -> None:
    world = World(nodes=())
    world.pod("web-0")
    world.create(Node(metadata=ObjectMeta(name="node-1")))
    world.loop.run_until(world.loop.now_ms + 60_000)
    assert world.listed() == ["web-0"]


def test_a_pod_on_a_node_that_is_not_there_is_complained_of() -> None:
    world = World(nodes=())
    world.pod("web-0")
    (event,) = [record.subject for record in world.trace.records if record.subject.kind == "Event"][:1]
    assert (event.reason, event.message) == (
        "FailedToUpdateEndpointSlices",
        "Error updating Endpoint Slices for Service default/web: "
        "skipping Pod web-0 for Service default/web: Node node-1 Not Found",
    )


def test_a_service_with_a_problem_is_looked_at_again_after_one_second_then_two() -> None:
    world = World(nodes=())
    world.pod("web-0")
    world.loop.run_until(world.loop.now_ms + 10_000)
    times = [record.time_ms for record in world.trace.records if record.subject.kind == "Event"]
    assert [round((after - before) / 1_000) for before, after in pairwise(times)][:3] == [1, 2, 4]


def test_a_slice_that_a_quota_refuses_is_complained_of() -> None:
    world = World()
    world.server.delete(SLICES, "default", world.slice.metadata.name)
    kind = "count/endpointslices.discovery.k8s.io"
    quota = {"metadata": {"name": "none"}, "spec": {"hard": {kind: "0"}}}
    world.server.create(from_wire(quota, ResourceQuota))
    counted = {"hard": {kind: "0"}, "used": {kind: "0"}}
    world.server.modify(
        world.server.find(ResourceQuota, "default", "none"),
        lambda stored: replace(stored, status=from_wire({"status": counted}, ResourceQuota).status),
        status=True,
    )
    world.loop.run_until(world.loop.now_ms + 1_100)
    (event,) = [record.subject for record in world.trace.records if record.subject.kind == "Event"][:1]
    assert event.reason == "FailedToUpdateEndpointSlices"
    assert event.message.startswith(
        "Error updating Endpoint Slices for Service default/web: "
        "failed to create EndpointSlice for Service default/web: endpointslices.discovery.k8s.io"
    )
