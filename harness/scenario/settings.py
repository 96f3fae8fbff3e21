"""The parts of a scenario that are not steps: the cluster, how images behave, marks, the golden file.

Owns the tables of their keys. What the settings do is known elsewhere.
"""

from __future__ import annotations

from harness.scenario.cluster_nodes import capacity, nodes
from harness.scenario.cluster_provisioners import provisioners
from harness.scenario.flags import flags
from harness.scenario.model import (
    DEFAULT_CAPACITY,
    DEFAULT_NODES,
    ClusterSettings,
    GoldenSettings,
    ImageBehaviour,
    Mark,
    NodeSettings,
    numbered_nodes,
)
from harness.scenario.nodes import Mapping, Node, Scalar
from harness.scenario.schema import Key, Keys, Reading, list_of, mapping, mapping_of, read_keys, struct_of
from harness.scenario.targets import kind
from harness.scenario.values import duration_ms, hook, instant_ms, lines, never_or_duration, size_bytes, text, whole

_REASONED_MARKS = ("skip", "xfail")

_IMAGE: Keys = {
    "size": Key("size_bytes", size_bytes),
    "pull": Key("pull", text),
    "run": Key("run", text),
    "pullTime": Key("pull_time_ms", duration_ms),
    "startTime": Key("start_time_ms", duration_ms),
    "ready": Key("ready", never_or_duration),
    "live": Key("live", never_or_duration),
    "start": Key("start", never_or_duration),
    "exit": Key("exit", whole(0, 255)),
    "after": Key("after_ms", duration_ms),
    "stop": Key("stop", never_or_duration),
    "stopExit": Key("stop_exit", whole(0, 255)),
    "postStart": Key("post_start", hook),
    "preStop": Key("pre_stop", hook),
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


_CLUSTER: Keys = {
    "start": Key("start_ms", instant_ms),
    "quiet": Key("quiet_ms", duration_ms),
    "nodes": Key("nodes", nodes),
    "capacity": Key("capacity", capacity),
    "images": Key("images", images),
    "provisioners": Key("provisioners", provisioners),
    "flags": Key("flags", flags),
}


def cluster(node: Node, reading: Reading) -> ClusterSettings:
    if isinstance(node, Scalar) and node.value() is None:
        return ClusterSettings()
    fields = read_keys(mapping(node, reading, "a mapping that describes the cluster"), _CLUSTER, reading, "cluster")
    everywhere = fields["capacity"] = {**DEFAULT_CAPACITY, **fields.get("capacity", {})}
    written = fields.get("nodes", DEFAULT_NODES)
    if isinstance(written, int):
        fields["nodes"] = numbered_nodes(written, everywhere)
    else:
        complete = ({**one, "capacity": {**everywhere, **one.get("capacity", {})}} for one in written)
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
