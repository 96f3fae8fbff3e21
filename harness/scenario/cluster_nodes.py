"""The nodes a cluster starts with: how many, or each with its name, labels, taints, capacity and paths.

Owns what no API server is asked about, as these nodes are there before the first step. Does not know how a node gets
on the cluster.
"""

from __future__ import annotations

import posixpath
from typing import Any, get_args

from harness.objects import quantity
from harness.scenario.complaints import did_you_mean, quoted
from harness.scenario.labels import labels, refuse_wrong_key, refuse_wrong_value
from harness.scenario.model import PathKind, TaintSetting
from harness.scenario.names import wrong_with_name
from harness.scenario.nodes import Mapping, Node, Scalar, Sequence, found
from harness.scenario.schema import Key, Keys, Reading, list_of, mapping, mapping_of, read_all, sequence, struct_of
from harness.scenario.values import choice, taint, text, whole, word

_A_QUANTITY = "a quantity such as 500m or 32Gi"
_A_NUMBER_OR_LIST = "a number of nodes, or a list of nodes such as [{name: node-1}]"
MOST_NODES = 5_000  # kubernetes.io/docs/setup/best-practices/cluster-large


def _amount(node: Node, reading: Reading) -> str:
    written = word(node, reading, _A_QUANTITY)
    try:
        milli = quantity.parse(written)
    except ValueError:
        reading.expected(node, _A_QUANTITY)
    if milli < 0:
        reading.refuse(node, f"found {found(node)}, expected at least 0")
    return written


capacity = mapping_of(_amount, 'a mapping from resource to quantity, such as {cpu: "8"}')


def _node_name(node: Node, reading: Reading) -> str:
    written = text(node, reading)
    expected = wrong_with_name(written)
    if expected is not None:
        reading.refuse(node, f"found the node name {quoted(written)}, expected {expected}")
    return written


def _taint(node: Node, reading: Reading) -> TaintSetting:
    read = taint(node, reading)
    refuse_wrong_key(read.key, node, reading, "a taint")
    refuse_wrong_value(read.value, node, reading, "a taint")
    return read


_each_taint = list_of(_taint, 'a list of taints such as ["key=value:NoSchedule"]')


def _taints(node: Node, reading: Reading) -> tuple[TaintSetting, ...]:
    read = _each_taint(node, reading)
    seen: set[tuple[str, str]] = set()
    for item, one in zip(sequence(node, reading).items, read, strict=True):
        if (one.key, one.effect) in seen:
            reading.refuse(item, f"the taint {one.key} with {one.effect} is there twice")
        seen.add((one.key, one.effect))
    return read


SOME_PATHS = "a mapping from path to what stands there, such as {/mnt/disks/ssd1: missing}"
_each_path = mapping_of(choice(*get_args(PathKind)), SOME_PATHS)


def paths(node: Node, reading: Reading) -> dict[str, PathKind]:
    """What stands at some absolute paths of a machine."""
    read: dict[str, PathKind] = _each_path(node, reading)
    for name, _ in mapping(node, reading).entries:
        plain = posixpath.normpath("/" + name.text.lstrip("/"))
        if name.text != plain:
            guess = did_you_mean(name.text, [plain])
            reading.refuse(name, f"found the path {quoted(name.text)}, expected an absolute one{guess}")
    return read


_NODE: Keys = {
    "name": Key("name", _node_name, required=True),
    "labels": Key("labels", labels),
    "taints": Key("taints", _taints),
    "capacity": Key("capacity", capacity),
    "paths": Key("paths", paths),
}
_node = struct_of(lambda **fields: fields, _NODE, "a node", "{name: node-1}")


def nodes(node: Node, reading: Reading) -> int | list[dict[str, Any]]:
    """A number, or the fields of every node: their capacity is complete only with the cluster's."""
    if not isinstance(node, Sequence):
        if isinstance(node, Mapping) or (isinstance(node, Scalar) and isinstance(node.value(), str | None)):
            reading.expected(node, _A_NUMBER_OR_LIST)
        return whole(0, MOST_NODES)(node, reading)
    listed = read_all(node.items, _node, reading)
    seen: set[str] = set()
    for item, fields in zip(node.items, listed, strict=True):
        if fields["name"] in seen:
            reading.refuse(item, f"the node {quoted(fields['name'])} is there twice")
        seen.add(fields["name"])
    return list(listed)
