"""Which slices of a service to make, change and remove, so that they hold what they should with few writes.

Owns the filling of slices, up to a hundred endpoints each, apart by ports. A pure decision: what the endpoints are, and
the writes, are the controller's. Source: staging/src/k8s.io/endpointslice (reconciler.go: reconcileByAddressType,
reconcileByPortMapping, finalize; utils.go: getSliceToFill).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

import msgspec

from harness.objects.service import Endpoint, EndpointPort, EndpointSlice

_LARGEST_SLICE = 100

Ports: TypeAlias = tuple[EndpointPort, ...]


class Wanted(msgspec.Struct):
    """What slices of one set of ports must hold: endpoints by the uid of their pod."""

    ports: Ports
    endpoints: dict[str, Endpoint]


class Draft(msgspec.Struct):
    """A slice as it is to be; `found` is the one that becomes so, None if it is to be made."""

    found: EndpointSlice | None
    ports: Ports
    endpoints: list[Endpoint]
    changed: bool = True


class Plan(msgspec.Struct):
    """`made` are made, then `kept` changed where they differ, then `removed` deleted."""

    made: list[Draft] = msgspec.field(default_factory=list)
    kept: list[Draft] = msgspec.field(default_factory=list)
    removed: list[EndpointSlice] = msgspec.field(default_factory=list)


def planned(wanted: Sequence[Wanted], existing: Iterable[EndpointSlice]) -> Plan:
    """What becomes of the existing slices, and what has to be made. There is always one slice, if an empty one."""
    by_ports: dict[Ports, list[EndpointSlice]] = {}
    for found in existing:
        by_ports.setdefault(found.ports, []).append(found)
    plan = Plan()
    for one in wanted:
        _fill(one, by_ports.pop(one.ports, []), plan)
    for left in by_ports.values():
        plan.removed.extend(left)
    if not plan.kept and not plan.made:
        plan.made.append(Draft(None, (), []))
    # What would be removed is changed into what would be made.
    while plan.made and plan.removed:
        draft = plan.made.pop()
        draft.found = plan.removed.pop(0)
        plan.kept.append(draft)
    return plan


def _fill(wanted: Wanted, existing: Sequence[EndpointSlice], plan: Plan) -> None:
    """Keep endpoints where they are; new ones go into slices that change anyway, then into one that has the room."""
    missing = dict(wanted.endpoints)
    drafts: list[Draft] = []
    for found in existing:
        here = _still_here(found, missing)
        if found.endpoints and not here:
            plan.removed.append(found)
        else:
            drafts.append(Draft(found, wanted.ports, here, changed=tuple(here) != found.endpoints))
    plan.kept.extend(drafts)
    added = list(missing.values())
    # The fullest first.
    for draft in sorted((draft for draft in drafts if draft.changed), key=lambda draft: -len(draft.endpoints)):
        added = _add(draft, added)
    while added:
        roomy = _with_room([draft for draft in drafts if not draft.changed], len(added))
        if roomy is None:
            roomy = Draft(None, wanted.ports, [])
            plan.made.append(roomy)
        added = _add(roomy, added)
        roomy.changed = True


def _still_here(found: EndpointSlice, missing: dict[str, Endpoint]) -> list[Endpoint]:
    """The endpoints of the slice that are wanted still, as they are wanted; these are missing no longer."""
    here = []
    for endpoint in found.endpoints:
        uid = endpoint.target_ref.uid if endpoint.target_ref is not None else ""
        if uid in missing:
            here.append(missing.pop(uid))
    return here


def _add(draft: Draft, endpoints: list[Endpoint]) -> list[Endpoint]:
    room = _LARGEST_SLICE - len(draft.endpoints)
    draft.endpoints.extend(endpoints[:room])
    return endpoints[room:]


def _with_room(drafts: Sequence[Draft], count: int) -> Draft | None:
    """The slice that would be fullest with so many endpoints more, if they fit into one."""
    fitting = [draft for draft in drafts if len(draft.endpoints) + count <= _LARGEST_SLICE]
    return max(fitting, key=lambda draft: len(draft.endpoints), default=None)
