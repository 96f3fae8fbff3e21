"""The service network: which addresses and node ports are handed out, and which are refused.

Owns the ranges, their bands and the texts of a refusal. Knows services only by what they hold. The network is that of
kubeadm, of one family. Mirrors pkg/registry/core/service/ipallocator and portallocator.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from harness.objects.addresses import dotted, number_of
from harness.objects.service import Service

FAMILY = "IPv4"
_RANGE = "10.96.0.0/12"
# The first addresses and ports are left to those who ask for one by its number.
_RESERVED_ADDRESSES = 256
_RESERVED_PORTS = 86
_FIRST_PORT, _LAST_PORT = 30000, 32767
TAKEN_PORT = "provided port is already allocated"
_TAKEN_ADDRESS = "provided IP is already allocated"

_BASE = number_of(_RANGE.partition("/")[0])
_SIZE = 2 ** (32 - int(_RANGE.partition("/")[2]))
# That of the API itself.
_OWN_ADDRESS = dotted(_BASE + 1)


def taken_addresses(services: Iterable[Service]) -> set[str]:
    taken = {_OWN_ADDRESS}
    for service in services:
        taken.update(service.spec.cluster_ips)
    return taken


def taken_ports(services: Iterable[Service]) -> set[int]:
    taken = {0}
    for service in services:
        taken.update(port.node_port for port in service.spec.ports)
        taken.add(service.spec.health_check_node_port)
    return taken


def address_refusal(address: str, taken: Container[str]) -> str | None:
    """Why an address that a service asks for is not to be had; None if it is."""
    place = number_of(address) - _BASE
    if not 0 <= place < _SIZE:
        return "the provided network does not match the current range"
    if place in (0, _SIZE - 1):
        return f"the provided IP ({address}) is not in the valid range. The range of valid IPs is {_RANGE}"
    return _TAKEN_ADDRESS if address in taken else None


def port_refusal(port: int, taken: Container[int]) -> str | None:
    """Why a node port that a service asks for is not to be had; None if it is."""
    if not _FIRST_PORT <= port <= _LAST_PORT:
        return f"provided port is not in the valid range. The range of valid ports is {_FIRST_PORT}-{_LAST_PORT}"
    return TAKEN_PORT if port in taken else None


class ServiceNetwork:
    """Hands out what nobody asked for by number: one after the other, where a real server takes any by chance."""

    def __init__(self) -> None:
        self._addresses = 0
        self._ports = 0

    def next_address(self, taken: Container[str]) -> str | None:
        """An address that is free; None if there is none left."""
        for number in _after(self._addresses, _SIZE - 1 - _RESERVED_ADDRESSES):
            address = dotted(_BASE + _RESERVED_ADDRESSES + number)
            if address not in taken:
                self._addresses = number + 1
                return address
        reserved = (dotted(_BASE + number) for number in range(1, _RESERVED_ADDRESSES))
        return next((address for address in reserved if address not in taken), None)

    def next_port(self, taken: Container[int]) -> int | None:
        """A node port that is free; None if there is none left."""
        first = _FIRST_PORT + _RESERVED_PORTS
        for number in _after(self._ports, _LAST_PORT + 1 - first):
            if first + number not in taken:
                self._ports = number + 1
                return first + number
        return next((port for port in range(_FIRST_PORT, first) if port not in taken), None)


def _after(first: int, size: int) -> Iterator[int]:
    """All numbers below `size`, from `first` on and then from the beginning."""
    yield from range(first, size)
    yield from range(min(first, size))
