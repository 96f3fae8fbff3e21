"""What a pod asks of a node: amounts, host ports, claims, disks and the terms it holds about other pods.

Owns the arithmetic of requests, read once from a pod's spec. Knows no node and no other pod.
Mirrors component-helpers' resource/helpers.go and the scheduler's framework/types.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from harness.actors.scheduler.disks import Disk, disks_of
from harness.actors.scheduler.terms import Terms, terms_of
from harness.objects import quantity
from harness.objects.csi_migration import CsiVolume, inline_volume
from harness.objects.host_ports import HostPort, host_ports
from harness.objects.pod import Container, Pod, PodSpec
from harness.objects.pod_claims import ephemeral_claim_name

CPU = "cpu"
MEMORY = "memory"
EPHEMERAL_STORAGE = "ephemeral-storage"
_PLAIN = (CPU, MEMORY, EPHEMERAL_STORAGE)

# What scores assume of a container that names no request.
_ASSUMED_CPU_MILLI = 100
_ASSUMED_MEMORY_BYTES = 200 * 1024 * 1024
_ASSUMED = {CPU: _ASSUMED_CPU_MILLI, MEMORY: _ASSUMED_MEMORY_BYTES}
_NOTHING: dict[str, int] = {}


class ClaimUse(NamedTuple):
    """A claim that one of the pod's volumes is. `generated`: it is made for this very pod."""

    claim: str
    generated: bool


class Demand(NamedTuple):
    """The sum of what a pod asks for. The `assumed_` amounts count a default for containers without a request.

    `disks` and `driver_disks` are named without a claim: those that pods may not share, and those that count for a
    driver.
    """

    cpu_milli: int
    memory_bytes: int
    ephemeral_bytes: int
    others: tuple[tuple[str, int], ...]
    assumed_cpu_milli: int
    assumed_memory_bytes: int
    ports: tuple[HostPort, ...]
    claims: tuple[ClaimUse, ...]
    disks: tuple[Disk, ...]
    driver_disks: tuple[CsiVolume, ...]
    terms: Terms | None


def amount(resource: str, text: str | float) -> int:
    """A quantity as the scheduler counts it: CPU in thousandths, everything else in whole units."""
    return quantity.parse(text) if resource == CPU else quantity.value(text)


def demand_of(pod: Pod) -> Demand:
    """Everything about a pod that a node has to provide."""
    spec = pod.spec
    requested = _requested(spec, _written)
    assumed = _requested(spec, _with_assumptions)
    others = tuple(sorted((name, requested[name]) for name in requested if name not in _PLAIN))
    return Demand(
        requested.get(CPU, 0),
        requested.get(MEMORY, 0),
        requested.get(EPHEMERAL_STORAGE, 0),
        others,
        assumed.get(CPU, 0),
        assumed.get(MEMORY, 0),
        tuple(host_ports(spec)),
        claims_of(pod),
        disks_of(pod),
        tuple(disk for disk in map(inline_volume, spec.volumes) if disk is not None),
        terms_of(pod),
    )


def claims_of(pod: Pod) -> tuple[ClaimUse, ...]:
    """The claims of the pod's volumes, in the order of the volumes."""
    uses = []
    for volume in pod.spec.volumes:
        if volume.persistent_volume_claim is not None:
            uses.append(ClaimUse(volume.persistent_volume_claim.claim_name, False))
        elif volume.ephemeral is not None:
            uses.append(ClaimUse(ephemeral_claim_name(pod, volume.name), True))
    return tuple(uses)


def _written(container: Container) -> dict[str, int]:
    requests = container.resources.requests
    return {name: amount(name, text) for name, text in requests.items()} if requests else _NOTHING


def _with_assumptions(container: Container) -> dict[str, int]:
    return _ASSUMED | _written(container)


def _requested(spec: PodSpec, read: Callable[[Container], dict[str, int]]) -> dict[str, int]:
    """Containers and sidecars together, or the peak of an init container with the sidecars before it if higher."""
    running: dict[str, int] = {}
    for container in spec.containers:
        _add(running, read(container))
    peak: dict[str, int] = {}
    sidecars: dict[str, int] = {}
    for container in spec.init_containers:
        requests = read(container)
        if container.restart_policy == "Always":
            _add(running, requests)
            _add(sidecars, requests)
            continue
        for name in dict.fromkeys((*requests, *sidecars)):
            peak[name] = max(peak.get(name, 0), requests.get(name, 0) + sidecars.get(name, 0))
    for name, highest in peak.items():
        running[name] = max(running.get(name, 0), highest)
    if spec.resources is not None:
        running.update({name: amount(name, text) for name, text in spec.resources.requests.items()})
    for name, text in spec.overhead.items():
        running[name] = running.get(name, 0) + amount(name, text)
    return running


def _add(total: dict[str, int], more: Mapping[str, int]) -> None:
    for name, size in more.items():
        total[name] = total.get(name, 0) + size
