"""Which slices are made, changed and deleted, so that they hold what they must with as few writes as it takes.

Pure. Who is listed, and with which ports, is decided elsewhere. Where a cluster takes slices or endpoints as they come,
they come here by name and by age. Source: staging/src/k8s.io/endpointslice/reconciler.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from harness.actors.controllers.endpointslice.listing import Ports
from harness.objects.meta import ObjectMeta, owned_by
from harness.objects.service import Endpoint, EndpointPort, EndpointSlice, Service
from harness.objects.service_pods import HEADLESS_LABEL, SERVICE_NAME_LABEL

MANAGED_BY_LABEL = "endpointslice.kubernetes.io/managed-by"
MANAGED_BY = "endpointslice-controller.k8s.io"

_LARGEST_SLICE = 100
_RESERVED_LABELS = (SERVICE_NAME_LABEL, MANAGED_BY_LABEL, HEADLESS_LABEL)


class Wanted(msgspec.Struct):
    """What slices of one set of ports must hold: endpoints by the uid of their pod."""

    ports: Ports
    endpoints: dict[str, Endpoint]


class Plan(msgspec.Struct):
    """The writes of a pass, in their order."""

    create: list[EndpointSlice] = []
    update: list[EndpointSlice] = []
    delete: list[EndpointSlice] = []


def planned(service: Service, wanted: Iterable[Wanted], existing: Sequence[EndpointSlice]) -> Plan:
    """What makes the service's slices hold what is wanted. There is always one, be it empty."""
    plan = Plan()
    by_ports: dict[frozenset[EndpointPort], list[EndpointSlice]] = {}
    for found in existing:
        if _is_owned(found, service):
            by_ports.setdefault(frozenset(found.ports), []).append(found)
        else:
            plan.delete.append(found)
    for group in wanted:
        _fit(service, group, by_ports.pop(frozenset(group.ports), []), plan)
    for left in by_ports.values():
        plan.delete += left
    if not plan.create and len(plan.delete) == len(existing):
        _keep_one(service, plan)
    _reuse(service, plan)
    return plan


def _fit(service: Service, wanted: Wanted, existing: Sequence[EndpointSlice], plan: Plan) -> None:
    """Add to the plan what is to become of the slices of one set of ports.

    New endpoints go to slices that change anyway, the fullest first; what is left goes to one other slice that has
    room for all of it, that with the least room, or else to new slices.
    """
    missing = dict(wanted.endpoints)
    changed: list[EndpointSlice] = []
    unchanged: list[EndpointSlice] = []
    for found in existing:
        kept, differs = _kept(found, missing)
        metadata = _labelled(service, found.metadata)
        if not kept and found.endpoints:
            plan.delete.append(found)
        elif differs or metadata is not found.metadata:
            changed.append(replace(found, endpoints=kept, metadata=metadata))
        else:
            unchanged.append(found)
    left = list(missing.values())
    if left:
        changed.sort(key=lambda found: -len(found.endpoints))
        for index, found in enumerate(changed):
            room = max(0, _LARGEST_SLICE - len(found.endpoints))
            changed[index], left = _filled(found, left[:room]), left[room:]
    while left:
        room_for_all = [found for found in unchanged if len(found.endpoints) + len(left) <= _LARGEST_SLICE]
        if room_for_all and len(left) < _LARGEST_SLICE:
            changed.append(_filled(max(room_for_all, key=lambda found: len(found.endpoints)), left))
            break
        plan.create.append(_new_slice(service, wanted.ports, tuple(left[:_LARGEST_SLICE])))
        left = left[_LARGEST_SLICE:]
    plan.update += changed


def _kept(found: EndpointSlice, missing: dict[str, Endpoint]) -> tuple[tuple[Endpoint, ...], bool]:
    """The endpoints that stay in a slice, as they are to be, and whether that is news; taken from `missing`."""
    kept: list[Endpoint] = []
    differs = False
    for endpoint in found.endpoints:
        wanted = missing.pop(endpoint.target_ref.uid if endpoint.target_ref is not None else "", None)
        if wanted is not None:
            kept.append(wanted)
        differs = differs or (wanted is not endpoint and wanted != endpoint)
    return tuple(kept), differs


def _filled(found: EndpointSlice, endpoints: Sequence[Endpoint]) -> EndpointSlice:
    return replace(found, endpoints=(*found.endpoints, *endpoints)) if endpoints else found


def _keep_one(service: Service, plan: Plan) -> None:
    """See to it that a slice without endpoints stays, or comes, where none would be left."""
    empty = _new_slice(service, (), ())
    if len(plan.delete) == 1 and plan.delete[0].endpoints == () == plan.delete[0].ports:
        (only,) = plan.delete
        if only.metadata.labels == empty.metadata.labels and _is_owned(only, service):
            plan.delete.clear()
            return
    plan.create.append(empty)


def _reuse(service: Service, plan: Plan) -> None:
    """Let slices that would be made take the place of those that would be deleted."""
    for found in list(plan.delete):
        if plan.create and _is_owned(found, service):
            new = plan.create.pop()
            metadata = replace(
                found.metadata,
                labels=new.metadata.labels,
                annotations=new.metadata.annotations,
                owner_references=new.metadata.owner_references,
            )
            plan.delete.remove(found)
            plan.update.append(replace(found, metadata=metadata, endpoints=new.endpoints, ports=new.ports))


def _is_owned(found: EndpointSlice, service: Service) -> bool:
    """Whether the slice is this service's, and not that of an earlier one of its name."""
    return any(
        owner.uid == service.metadata.uid and owner.kind == "Service" and owner.api_version == "v1"
        for owner in found.metadata.owner_references
    )


def _labelled(service: Service, metadata: ObjectMeta) -> ObjectMeta:
    """A slice's metadata with the labels of its service; the very same if they are there."""
    labels = {key: value for key, value in service.metadata.labels.items() if key not in _RESERVED_LABELS}
    if service.spec.cluster_ip == "None":
        labels[HEADLESS_LABEL] = ""
    labels[SERVICE_NAME_LABEL] = service.metadata.name
    labels[MANAGED_BY_LABEL] = MANAGED_BY
    return metadata if labels == metadata.labels else replace(metadata, labels=labels)


def _new_slice(service: Service, ports: Ports, endpoints: tuple[Endpoint, ...]) -> EndpointSlice:
    metadata = ObjectMeta(
        generate_name=f"{service.metadata.name}-",
        namespace=service.metadata.namespace,
        owner_references=(owned_by(service),),
    )
    return EndpointSlice(metadata=_labelled(service, metadata), address_type="IPv4", endpoints=endpoints, ports=ports)
