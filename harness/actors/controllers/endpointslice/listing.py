"""What a pod is to a service in a slice: its ports and its endpoint, with whom the endpoint is meant for.

Pure. In which slice it stands is decided in plan. Source: staging/src/k8s.io/endpointslice (utils.go, trafficdist).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from msgspec.structs import replace

from harness.objects.conditions import is_ready
from harness.objects.meta import ObjectReference
from harness.objects.pod import Pod
from harness.objects.service import Endpoint, EndpointConditions, EndpointHints, EndpointPort, ForNode, ForZone, Service
from harness.objects.service_pods import hostname, port_number

Ports: TypeAlias = tuple[EndpointPort, ...]


class Listed(NamedTuple):
    """What a pod is to a service; it stays so until either is another version, or its node says another zone.

    `numbers` are where the pod has each port of the service, 0 where it has none.
    """

    service: Service
    pod: Pod
    ports: Ports
    numbers: tuple[int, ...]
    endpoint: Endpoint


def listed(service: Service, pod: Pod, zone: str | None) -> Listed:
    numbers = tuple(port_number(port, pod) for port in service.spec.ports)
    ports = tuple(
        EndpointPort(name=port.name, protocol=port.protocol, port=number, app_protocol=port.app_protocol)
        for port, number in zip(service.spec.ports, numbers, strict=True)
        if number
    )
    endpoint = _endpoint(service, pod, zone)
    hint = _HINTS.get(service.spec.traffic_distribution or "")
    return Listed(service, pod, ports, numbers, hint(endpoint) if hint is not None else endpoint)


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
