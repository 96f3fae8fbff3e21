"""Ports of a node itself that containers ask for, and when two of them get in each other's way.

Pure; shared by the scheduler, which looks for a node with the ports free, and kubelets, which look again. Mirrors
component-helpers and the scheduler's framework/types.go (HostPortInfo).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from harness.objects.pod import PodSpec

EVERY_ADDRESS = "0.0.0.0"


class HostPort(NamedTuple):
    """A port of the node itself that a container wants."""

    protocol: str
    address: str
    port: int


def host_ports(spec: PodSpec) -> Iterator[HostPort]:
    """Those that the containers of a pod want, sidecars included."""
    sidecars = (each for each in spec.init_containers if each.restart_policy == "Always")
    for container in (*sidecars, *spec.containers):
        for port in container.ports:
            if port.host_port > 0:
                yield HostPort(port.protocol or "TCP", port.host_ip or EVERY_ADDRESS, port.host_port)


def conflict(wanted: Iterable[HostPort], taken: Iterable[HostPort]) -> bool:
    """Whether any of the ports is taken; a port on every address conflicts with the same one on any."""
    known = tuple(taken)
    return any(
        port.port == other.port
        and port.protocol == other.protocol
        and (port.address == other.address or EVERY_ADDRESS in (port.address, other.address))
        for port in wanted
        for other in known
    )
