"""Places in a network, as questions name them: a pod, a service, an address, a port, a URL.

Owns how each is written. Whether anything is there is known elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from harness.scenario.complaints import one_of, quoted
from harness.scenario.model import Target
from harness.scenario.nodes import Node, Scalar, found
from harness.scenario.schema import Reading
from harness.scenario.targets import target
from harness.scenario.values import text, whole

A_RECORD = "a target such as pod/web-0, an address or a name outside the cluster"
_A_URL = "a URL such as http://demo.example.com/cart"
_URL = re.compile(r"https?://[A-Za-z0-9][-.A-Za-z0-9]*(:[0-9]+)?([/?#].*)?")
_NAMED = ("Pod", "Service")
_port_number = whole(1, 65_535)


def resolved(node: Node, reading: Reading) -> Target | str:
    """What a name can resolve to: a pod, a service, an address, a name outside the cluster."""
    written = text(node, reading, A_RECORD)
    if "/" not in written:
        return written.removesuffix(".")
    return _one_of(_NAMED, node, reading)


def end(*kinds: str) -> Callable[[Node, Reading], Target | str]:
    """Reads one end of the traffic: an object of one of these kinds, or an address."""

    def read(node: Node, reading: Reading) -> Target | str:
        written = text(node, reading)
        return _one_of(kinds, node, reading) if "/" in written else _address(written, node, reading)

    return read


def _address(written: str, node: Node, reading: Reading) -> str:
    from ipaddress import ip_address

    try:
        return str(ip_address(written))
    except ValueError:
        reading.refuse(node, f"found {found(node)}, expected a target such as pod/web-0, or an address")


def _one_of(kinds: tuple[str, ...], node: Node, reading: Reading) -> Target:
    named = target(node, reading)
    if named.resource.kind not in kinds:
        expected = one_of([f"{kind.lower()}/…" for kind in kinds])
        reading.refuse(node, f"found {quoted(named.written)}, expected {expected}, or an address")
    return named


def port(node: Node, reading: Reading) -> int | str:
    """A port's number, or its name."""
    value = node.value() if isinstance(node, Scalar) else None
    return text(node, reading) if isinstance(value, str) else _port_number(node, reading)


def url(node: Node, reading: Reading) -> str:
    written = text(node, reading, _A_URL)
    if not _URL.fullmatch(written):
        reading.expected(node, _A_URL)
    return written
