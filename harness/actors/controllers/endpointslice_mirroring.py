"""The mirroring controller: slices for Endpoints that somebody made by hand, behind a service without a selector.

Owns the slices it mirrors. Source: pkg/controller/endpointslicemirroring.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from msgspec.structs import replace

from harness.api.client import Client
from harness.api.store import Change, Key
from harness.control.controller import Controller, Process
from harness.control.workqueue import Backoff
from harness.objects.addresses import family_of
from harness.objects.endpoints import EndpointAddress, Endpoints, EndpointsPort
from harness.objects.meta import Object, ObjectMeta, owned_by
from harness.objects.service import Endpoint, EndpointConditions, EndpointPort, EndpointSlice, Service
from harness.objects.service_pods import SERVICE_NAME_LABEL

_MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by"
_MANAGED_BY = "endpointslicemirroring-controller.k8s.io"
_SKIP_LABEL = "endpointslice.kubernetes.io/skip-mirror"
_LEADER_ANNOTATION = "control-plane.alpha.kubernetes.io/leader"
_SILENT_ANNOTATIONS = ("kubectl.kubernetes.io/last-applied-configuration",)
_BACKOFF = Backoff(1_000, 100_000)
# Several slices that change at once are looked at once.
_AFTER_A_CHANGE_MS = 1_000
_MOST_ADDRESSES = 1000
_LARGEST_SLICE = 100

Group: TypeAlias = tuple[str, tuple[EndpointPort, ...]]
"""The family of some addresses and their ports, which one slice has in common."""


class EndpointSliceMirroringController(Controller[Key]):
    """Keys are (namespace, name) of Endpoints, which their service shares."""

    name = "endpoint-slice-mirroring-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5, backoff=_BACKOFF)
        informers = process.informers
        self._services = informers.of(Service)
        self._endpoints = informers.of(Endpoints)
        self._slices = informers.of(EndpointSlice)
        self._slices_of = self._slices.index(_mirrors)
        for informer in (self._services, self._endpoints):
            informer.subscribe(self._changed)
        self._slices.subscribe(self._slice_changed)

    def _changed(self, change: Change) -> None:
        # Endpoints that a controller makes have a service with a selector, and nothing to mirror.
        key = (change.object.metadata.namespace, change.object.metadata.name)
        service, endpoints = self._services.objects.get(key), self._endpoints.objects.get(key)
        if self._slices_of.of(key) or (endpoints is not None and service is not None and not service.spec.selector):
            self.queue.add(key, change.sequence)

    def _slice_changed(self, change: Change) -> None:
        for key in _mirrors(change.object):
            self.queue.add_after(key, _AFTER_A_CHANGE_MS, change.sequence)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        endpoints, service = self._endpoints.objects.get(key), self._services.objects.get(key)
        existing = sorted(self._slices_of.of(key), key=lambda found: found.metadata.name)
        wanted: list[EndpointSlice] = []
        if endpoints is not None and service is not None and not service.spec.selector and _is_mirrored(endpoints):
            wanted = list(_mirrored(endpoints))
        for each in wanted:
            same = (each.address_type, each.ports)
            found = next((one for one in existing if (one.address_type, one.ports) == same), None)
            if found is None:
                await client.create(each)
                continue
            existing.remove(found)
            metadata = replace(found.metadata, labels=each.metadata.labels, annotations=each.metadata.annotations)
            changed = replace(found, endpoints=each.endpoints, metadata=metadata)
            if changed != found:
                await client.update(changed)
        for left in existing:
            await client.delete(left, same=True)
        return None


def _mirrors(obj: Object) -> tuple[Key, ...]:
    """Index value of a slice: the Endpoints that it mirrors."""
    labels = obj.metadata.labels
    name = labels.get(SERVICE_NAME_LABEL)
    return ((obj.metadata.namespace, name),) if name and labels.get(_MANAGED_BY_LABEL) == _MANAGED_BY else ()


def _is_mirrored(endpoints: Endpoints) -> bool:
    metadata = endpoints.metadata
    return metadata.labels.get(_SKIP_LABEL) != "true" and _LEADER_ANNOTATION not in metadata.annotations


def _mirrored(endpoints: Endpoints) -> Iterator[EndpointSlice]:
    """What the slices of these Endpoints must be."""
    groups: dict[Group, list[Endpoint]] = {}
    for subset in endpoints.subsets:
        ports = tuple(_port(port) for port in subset.ports)
        room = _MOST_ADDRESSES
        for addresses, ready in ((subset.addresses, True), (subset.not_ready_addresses, False)):
            for address in addresses[:room]:
                groups.setdefault((family_of(address.ip), ports), []).append(_endpoint(address, ready=ready))
            room -= len(addresses[:room])
    for (family, ports), found in groups.items():
        for first in range(0, len(found), _LARGEST_SLICE):
            yield EndpointSlice(
                metadata=_metadata(endpoints),
                address_type=family,
                endpoints=tuple(found[first : first + _LARGEST_SLICE]),
                ports=ports,
            )


def _port(port: EndpointsPort) -> EndpointPort:
    return EndpointPort(name=port.name, port=port.port, protocol=port.protocol, app_protocol=port.app_protocol)


def _endpoint(address: EndpointAddress, *, ready: bool) -> Endpoint:
    return Endpoint(
        addresses=(address.ip,),
        conditions=EndpointConditions(ready=ready),
        hostname=address.hostname or None,
        target_ref=address.target_ref,
        node_name=address.node_name,
    )


def _metadata(endpoints: Endpoints) -> ObjectMeta:
    known = endpoints.metadata
    return ObjectMeta(
        generate_name=f"{known.name}-",
        namespace=known.namespace,
        labels={**known.labels, SERVICE_NAME_LABEL: known.name, _MANAGED_BY_LABEL: _MANAGED_BY},
        annotations={key: text for key, text in known.annotations.items() if key not in _SILENT_ANNOTATIONS},
        owner_references=(owned_by(endpoints),),
    )
