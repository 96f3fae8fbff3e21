"""The Endpoints controller: the older list of the pods behind a service, which a cluster still keeps beside its slices.

Owns the Endpoints of services that have a selector. Source: pkg/controller/endpoint/endpoints_controller.go.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from harness.api.client import Client
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.control.service_pods import ServicePods
from harness.objects.addresses import number_of
from harness.objects.conditions import is_ready
from harness.objects.endpoints import EndpointAddress, Endpoints, EndpointsPort, EndpointSubset
from harness.objects.meta import ObjectMeta, ObjectReference
from harness.objects.pod import Pod
from harness.objects.service import Service
from harness.objects.service_pods import (
    HEADLESS_LABEL,
    hostname,
    is_listed,
    port_number,
    selects,
)

MANAGED_BY_LABEL = "endpoints.kubernetes.io/managed-by"
_MANAGED_BY = "endpoint-controller"
_TRUNCATED = "endpoints.kubernetes.io/over-capacity"
_MOST_ADDRESSES = 1000

Ports: TypeAlias = tuple[EndpointsPort, ...]


class _Listed(NamedTuple):
    """What a pod is to a service; it stays so until either is another version."""

    service: Service
    pod: Pod
    ports: Ports
    address: EndpointAddress
    ready: bool


class EndpointsController(Controller[Key]):
    """Keys are (namespace, name) of services, which their Endpoints share."""

    name = "endpoint-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5)
        informers = process.informers
        self._behind_services = ServicePods(process, self.queue)
        self._endpoints = informers.of(Endpoints)
        # What the last pass over each service found, by the uid of each pod.
        self._listed: dict[Key, dict[str, _Listed]] = {}
        self._endpoints.subscribe(self._endpoints_changed)

    def _endpoints_changed(self, change: Change) -> None:
        if change.type == DELETED:
            self._behind_services.wake(change)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        service, found = self._behind_services.services.get(key), self._endpoints.objects.get(key)
        if service is None:
            self._listed.pop(key, None)
            if found is not None:
                await client.delete(found)
            return None
        if service.spec.type == "ExternalName" or not service.spec.selector:
            return None
        metadata = found.metadata if found is not None else ObjectMeta(name=key[1], namespace=key[0])
        subsets, is_all = self._subsets(service)
        wanted = Endpoints(metadata=_metadata(service, metadata, is_all=is_all), subsets=subsets)
        if found is None:
            await client.create(wanted)
        elif wanted != found:
            await client.update(wanted)
        return None

    def _subsets(self, service: Service) -> tuple[tuple[EndpointSubset, ...], bool]:
        """The addresses by the ports they are reached at, ready and not; and whether those are all there are."""
        found: dict[Ports, tuple[list[EndpointAddress], list[EndpointAddress]]] = {}
        for each in self._behind(service):
            if each.ports or (not service.spec.ports and service.spec.cluster_ip == "None"):
                found.setdefault(each.ports, ([], []))[0 if each.ready else 1].append(each.address)
        room = _MOST_ADDRESSES
        subsets: list[EndpointSubset] = []
        total = sum(len(ready) + len(unready) for ready, unready in found.values())
        for ports, lists in sorted(found.items(), key=lambda item: [(port.name, port.port) for port in item[0]]):
            ready, unready = (tuple(sorted(one, key=_place)) for one in lists)
            kept = ready[:room], unready[: max(0, room - len(ready))]
            room -= len(kept[0]) + len(kept[1])
            if kept[0] or kept[1]:
                subsets.append(EndpointSubset(addresses=kept[0], not_ready_addresses=kept[1], ports=ports))
        return tuple(subsets), total <= _MOST_ADDRESSES

    def _behind(self, service: Service) -> Iterable[_Listed]:
        """The pods behind the service; only those that are new or changed are looked at."""
        unready_too = service.spec.publish_not_ready_addresses
        key = (service.metadata.namespace, service.metadata.name)
        known, found = self._listed.get(key, {}), {}
        for pod in self._behind_services.pods(service.metadata.namespace):
            uid = pod.metadata.uid
            before = known.get(uid)
            if before is not None and before.pod is pod and before.service is service:
                found[uid] = before
            elif selects(service, pod) and is_listed(pod, with_terminating=unready_too):
                ready = unready_too or is_ready(pod)
                found[uid] = _Listed(service, pod, _ports(service, pod), _address(service, pod), ready)
        self._listed[key] = found
        return found.values()


def _ports(service: Service, pod: Pod) -> Ports:
    numbers = ((port, port_number(port, pod)) for port in service.spec.ports)
    return tuple(
        EndpointsPort(name=port.name, port=number, protocol=port.protocol, app_protocol=port.app_protocol)
        for port, number in numbers
        if number
    )


def _address(service: Service, pod: Pod) -> EndpointAddress:
    metadata = pod.metadata
    return EndpointAddress(
        ip=pod.status.pod_ip,
        hostname=hostname(service, pod),
        node_name=pod.spec.node_name or None,
        target_ref=ObjectReference(kind="Pod", namespace=metadata.namespace, name=metadata.name, uid=metadata.uid),
    )


def _place(address: EndpointAddress) -> tuple[int, str]:
    reference = address.target_ref
    return (number_of(address.ip), reference.uid if reference is not None else "")


def _metadata(service: Service, metadata: ObjectMeta, *, is_all: bool) -> ObjectMeta:
    labels = {**service.metadata.labels, MANAGED_BY_LABEL: _MANAGED_BY}
    if service.spec.cluster_ip == "None":
        labels[HEADLESS_LABEL] = ""
    if labels == metadata.labels and is_all is (_TRUNCATED not in metadata.annotations):
        return metadata
    annotations = {key: text for key, text in metadata.annotations.items() if key != _TRUNCATED}
    if not is_all:
        annotations[_TRUNCATED] = "truncated"
    return replace(metadata, labels=labels, annotations=annotations)
