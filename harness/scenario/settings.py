"""The parts of a scenario that are not steps: the cluster, how images behave, marks, the golden file.

Owns the tables of their keys. What the settings do is known elsewhere.
"""

from __future__ import annotations

from typing import Any

from harness.objects import quantity
from harness.scenario.complaints import quoted
from harness.scenario.flags import flags
from harness.scenario.labels import labels, refuse_wrong_key, refuse_wrong_value
from harness.scenario.model import (
    DEFAULT_CAPACITY,
    DEFAULT_NODES,
    ClusterSettings,
    GoldenSettings,
    ImageBehaviour,
    Mark,
    NodeSettings,
    TaintSetting,
    numbered_nodes,
)
from harness.scenario.names import wrong_with_name
from harness.scenario.nodes import Mapping, Node, Scalar, Sequence, found
from harness.scenario.schema import Key, Keys, Reading, list_of, mapping, mapping_of, read_all, read_keys, struct_of
from harness.scenario.targets import kind
from harness.scenario.values import (
    duration_ms,
    instant_ms,
    lines,
    never_or_duration,
    taint,
    text,
    whole,
    word,
)

_A_NUMBER_OR_LIST = "a number of nodes, or a list of nodes such as [{name: node-1}]"
MOST_NODES = 5_000  # kubernetes.io/docs/setup/best-practices/cluster-large
_REASONED_MARKS = ("skip", "xfail")

_IMAGE: Keys = {
    "pull": Key("pull", text),
    "pullTime": Key("pull_time_ms", duration_ms),
    "startTime": Key("start_time_ms", duration_ms),
    "ready": Key("ready", never_or_duration),
    "live": Key("live", never_or_duration),
    "start": Key("start", never_or_duration),
    "exit": Key("exit", whole(0, 255)),
    "after": Key("after_ms", duration_ms),
    "stop": Key("stop", never_or_duration),
    "stopExit": Key("stop_exit", whole(0, 255)),
    "log": Key("log", lines),
}


def _image(node: Node, reading: Reading) -> ImageBehaviour:
    if isinstance(node, Scalar) and node.value() is None:
        return ImageBehaviour()
    behaviour = mapping(node, reading, "how the image behaves, such as {ready: 5s}")
    fields = read_keys(behaviour, _IMAGE, reading, "an image's behaviour")
    after = behaviour.key("after")
    if after is not None and "exit" not in fields:
        reading.refuse(after, 'found "after" without "exit", expected the exit code beside it')
    return ImageBehaviour(**fields)


images = mapping_of(_image, "a mapping from image to behaviour")


def _amount(node: Node, reading: Reading) -> str:
    written = word(node, reading)
    try:
        milli = quantity.parse(written)
    except ValueError:
        reading.expected(node, "a quantity such as 500m or 32Gi")
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


_NODE: Keys = {
    "name": Key("name", _node_name, required=True),
    "labels": Key("labels", labels),
    "taints": Key("taints", list_of(_taint, 'a list of taints such as ["key=value:NoSchedule"]')),
    "capacity": Key("capacity", capacity),
}
_node = struct_of(lambda **fields: fields, _NODE, "a node", "{name: node-1}")


def _nodes(node: Node, reading: Reading) -> int | list[dict[str, Any]]:
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


_CLUSTER: Keys = {
    "start": Key("start_ms", instant_ms),
    "quiet": Key("quiet_ms", duration_ms),
    "nodes": Key("nodes", _nodes),
    "capacity": Key("capacity", capacity),
    "images": Key("images", images),
    "provisioners": Key("provisioners", list_of(text, "a list of provisioners")),
    "flags": Key("flags", flags),
}


def cluster(node: Node, reading: Reading) -> ClusterSettings:
    if isinstance(node, Scalar) and node.value() is None:
        return ClusterSettings()
    fields = read_keys(mapping(node, reading, "a mapping that describes the cluster"), _CLUSTER, reading, "cluster")
    everywhere = fields["capacity"] = {**DEFAULT_CAPACITY, **fields.get("capacity", {})}
    nodes = fields.get("nodes", DEFAULT_NODES)
    if isinstance(nodes, int):
        fields["nodes"] = numbered_nodes(nodes, everywhere)
    else:
        complete = ({**one, "capacity": {**everywhere, **one.get("capacity", {})}} for one in nodes)
        fields["nodes"] = tuple(NodeSettings(**one) for one in complete)
    return ClusterSettings(**fields)


def _mark(node: Node, reading: Reading) -> Mark:
    if not isinstance(node, Mapping):
        return Mark(name=text(node, reading))
    if len(node.entries) != 1 or node.entries[0][0].text not in _REASONED_MARKS:
        reading.expected(node, "the name of a mark, {skip: reason} or {xfail: reason}")
    name, reason = node.entries[0]
    return Mark(name=name.text, reason=text(reason, reading))


marks = list_of(_mark, "a list of marks")
golden = struct_of(
    GoldenSettings,
    {
        "kinds": Key("kinds", list_of(kind, "a list of kinds")),
        "ignore": Key("ignore", list_of(text, "a list of field paths")),
    },
    "golden",
    "{kinds: [Pod]}",
)
