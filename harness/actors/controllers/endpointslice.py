"""The EndpointSlice controller: which pods stand behind a service, and whether they take traffic.

Owns the slices of services that have a selector; how endpoints are shared out among them is `slice_plan.py`'s. Source:
pkg/controller/endpointslice and staging/src/k8s.io/endpointslice (reconciler.go, utils.go).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from harness.actors.controllers.slice_plan import Draft, Ports, Wanted, planned
from harness.api.client import Client
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process, Retry
from harness.control.events import WARNING
from harness.control.service_pods import ServicePods
from harness.objects.conditions import is_ready
from harness.objects.meta import Object, ObjectMeta, ObjectReference, owned_by
from harness.objects.node import Node
from harness.objects.node_labels import ZONE
from harness.objects.pod import Pod
from harness.objects.service import (
    Endpoint,
    EndpointConditions,
    EndpointHints,
    EndpointPort,
    EndpointSlice,
    ForNode,
    ForZone,
    Service,
)
from harness.objects.service_pods import (
    HEADLESS_LABEL,
    SERVICE_NAME_LABEL,
    hostname,
    is_listed,
    port_number,
    selects,
)

_MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by"
_MANAGED_BY = "endpointslice-controller.k8s.io"
# A service is looked at so long after somebody else removed a slice of it.
_AFTER_SLICE_MS = 1_000


class _Listed(NamedTuple):
    """What a pod is to a service; it stays so until either is another version, or its node says another zone."""

    service: Service
    pod: Pod
    ports: Ports
    numbers: tuple[int, ...]
    endpoint: Endpoint


class EndpointSliceController(Controller[Key]):
    """Keys are (namespace, name) of services."""

    name = "endpoint-slice-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5)
        informers = process.informers
        self._behind_services = ServicePods(process, self.queue)
        self._nodes = informers.of(Node)
        self._slices = informers.of(EndpointSlice)
        # What the last pass over each service found, by the uid of each pod.
        self._listed: dict[Key, dict[str, _Listed]] = {}
        # Slices that this controller removes itself.
        self._own_removals: dict[Key, object] = {}
        self._slices_of = self._slices.index(_service_of)
        self._slices.subscribe(self._slice_changed)

    def _slice_changed(self, change: Change) -> None:
        if change.type != DELETED:
            return
        metadata = change.object.metadata
        if self._own_removals.pop((metadata.namespace, metadata.name), self) is self:
            for _, namespace, name in _service_of(change.object):
                self.queue.add_after((namespace, name), _AFTER_SLICE_MS, change.sequence)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        service = self._behind_services.services.get(key)
        existing = sorted(self._slices_of.of(("service", *key)), key=lambda found: found.metadata.name)
        if service is None or service.metadata.deletion_timestamp is not None:
            self._listed.pop(key, None)
            return None
        if not service.spec.selector or service.spec.type == "ExternalName":
            return None
        by_ports, problems = self._wanted(service)
        plan = planned(by_ports, existing)
        for draft in plan.made:
            await client.create(_new_slice(service, draft))
        for draft in plan.kept:
            found = draft.found
            assert found is not None
            new = _brought_to(found, service, draft)
            if new != found:
                await client.update(new)
        for left in plan.removed:
            self._own_removals[left.metadata.namespace, left.metadata.name] = None
            await client.delete(left, same=True)
        if problems:
            namespace, name = key
            message = f"Error updating Endpoint Slices for Service {namespace}/{name}: {_joined(problems)}"
            self.recorder.event(service, WARNING, "FailedToUpdateEndpointSlices", message, cause=client.cause)
            raise Retry
        return None

    # What there should be

    def _wanted(self, service: Service) -> tuple[list[Wanted], list[str]]:
        """The endpoints of the service, by the ports their pods offer.

        And which pods are passed over, as their node is not there.
        """
        problems: list[str] = []
        key = (service.metadata.namespace, service.metadata.name)
        known, listed = self._listed.get(key, {}), {}
        found: dict[tuple[int, ...], Wanted] = {}
        for pod in self._behind_services.pods(key[0]):
            uid = pod.metadata.uid
            here = known.get(uid)
            if here is None or here.pod is not pod or here.service is not service:
                if not selects(service, pod) or not is_listed(pod):
                    continue
                here = None
            node = self._nodes.get("", pod.spec.node_name)
            if node is None and not service.spec.publish_not_ready_addresses:
                problems.append(
                    f"skipping Pod {pod.metadata.name} for Service {key[0]}/{key[1]}: "
                    f"Node {pod.spec.node_name} Not Found"
                )
                continue
            zone = node.metadata.labels.get(ZONE) if node is not None else None
            if here is None or here.endpoint.zone != zone:
                here = _listed(service, pod, zone)
            listed[uid] = here
            wanted = found.get(here.numbers)
            if wanted is None:
                wanted = found[here.numbers] = Wanted(here.ports, {})
            wanted.endpoints[uid] = here.endpoint
        self._listed[key] = listed
        return list(found.values()), problems


def _service_of(obj: Object) -> tuple[tuple[str, str, str], ...]:
    """Index value of a slice: the service it belongs to."""
    name = obj.metadata.labels.get(SERVICE_NAME_LABEL)
    if not name or obj.metadata.labels.get(_MANAGED_BY_LABEL) != _MANAGED_BY:
        return ()
    return (("service", obj.metadata.namespace, name),)


def _listed(service: Service, pod: Pod, zone: str | None) -> _Listed:
    numbers = tuple(port_number(port, pod) for port in service.spec.ports)
    endpoint = _endpoint(service, pod, zone)
    hint = _HINTS.get(service.spec.traffic_distribution or "")
    return _Listed(service, pod, _ports(service, numbers), numbers, hint(endpoint) if hint is not None else endpoint)


def _endpoint(service: Service, pod: Pod, zone: str | None) -> Endpoint:
    serving = is_ready(pod)
    terminating = pod.metadata.deletion_timestamp is not None
    ready = service.spec.publish_not_ready_addresses or (serving and not terminating)
    return Endpoint(
        addresses=(pod.status.pod_ip,),
        conditions=EndpointConditions(ready=ready, serving=serving, terminating=terminating),
        hostname=hostname(service, pod) or None,
        target_ref=ObjectReference(
            kind="Pod", namespace=pod.metadata.namespace, name=pod.metadata.name, uid=pod.metadata.uid
        ),
        node_name=pod.spec.node_name or None,
        zone=zone,
    )


def _for_its_zone(endpoint: Endpoint) -> Endpoint:
    if not endpoint.conditions.ready or not endpoint.zone:
        return endpoint
    return replace(endpoint, hints=EndpointHints(for_zones=(ForZone(name=endpoint.zone),)))


def _for_its_node(endpoint: Endpoint) -> Endpoint:
    if not endpoint.conditions.ready or not endpoint.node_name:
        return endpoint
    zones = (ForZone(name=endpoint.zone),) if endpoint.zone else ()
    return replace(endpoint, hints=EndpointHints(for_zones=zones, for_nodes=(ForNode(name=endpoint.node_name),)))


# For whom an endpoint is meant, by the traffic distribution of its service (endpointslice/trafficdist).
_HINTS: Mapping[str, Callable[[Endpoint], Endpoint]] = {
    "PreferClose": _for_its_zone,
    "PreferSameZone": _for_its_zone,
    "PreferSameNode": _for_its_node,
}


def _joined(problems: Sequence[str]) -> str:
    """Several errors as one (apimachinery util/errors, Aggregate)."""
    said = list(dict.fromkeys(problems))
    return said[0] if len(said) == 1 else f"[{', '.join(said)}]"


def _ports(service: Service, numbers: Sequence[int]) -> Ports:
    """The service's ports with a pod's numbers; a named port that the pod does not have is left out."""
    return tuple(
        EndpointPort(name=port.name, protocol=port.protocol, port=number, app_protocol=port.app_protocol)
        for port, number in zip(service.spec.ports, numbers, strict=True)
        if number
    )


def _metadata(service: Service, metadata: ObjectMeta) -> ObjectMeta:
    """A slice's metadata with the labels it takes over from its service."""
    labels = {
        **service.metadata.labels,
        SERVICE_NAME_LABEL: service.metadata.name,
        _MANAGED_BY_LABEL: _MANAGED_BY,
    }
    if service.spec.cluster_ip == "None":
        labels[HEADLESS_LABEL] = ""
    return metadata if labels == metadata.labels else replace(metadata, labels=labels)


def _brought_to(found: EndpointSlice, service: Service, draft: Draft) -> EndpointSlice:
    metadata = _metadata(service, found.metadata)
    return replace(found, endpoints=tuple(draft.endpoints), ports=draft.ports, metadata=metadata)


def _new_slice(service: Service, draft: Draft) -> EndpointSlice:
    metadata = ObjectMeta(
        generate_name=f"{service.metadata.name}-",
        namespace=service.metadata.namespace,
        owner_references=(owned_by(service),),
    )
    return EndpointSlice(
        metadata=_metadata(service, metadata),
        address_type="IPv4",
        endpoints=tuple(draft.endpoints),
        ports=draft.ports,
    )
