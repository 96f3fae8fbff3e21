"""The flags of Kubernetes components that a scenario may set, each with what its value must be.

Owns the table. What a flag does is known to the component that has it.
"""

from __future__ import annotations

from harness.scenario.nodes import Node, Scalar, found
from harness.scenario.schema import Key, Keys, Reader, Reading, mapping, read_keys
from harness.scenario.values import duration_ms, truth


def _duration(node: Node, reading: Reading) -> str:
    """A duration, kept as it was written."""
    duration_ms(node, reading)
    assert isinstance(node, Scalar)
    return node.text


def _period(node: Node, reading: Reading) -> str:
    """How often something is done: a duration that is not 0."""
    if duration_ms(node, reading) == 0:
        reading.refuse(node, f"found {found(node)}, expected a duration longer than 0")
    return _duration(node, reading)


_READERS: dict[str, Reader] = {
    "disable-force-detach-on-timeout": truth,
    "enable-hostpath-provisioner": truth,
    "node-monitor-grace-period": _duration,
    "pvclaimbinder-sync-period": _period,
    "resource-quota-sync-period": _period,
}
FLAGS: Keys = {flag: Key(flag, read) for flag, read in _READERS.items()}


def flags(node: Node, reading: Reading) -> dict[str, str | int | bool]:
    """From flag to value. Every flag is known, and its value is one that its component can read."""
    given = mapping(node, reading, "a mapping from flag to value such as {pvclaimbinder-sync-period: 15s}")
    return read_keys(given, FLAGS, reading, "the flags")
