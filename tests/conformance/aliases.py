"""Names that are the same in every run: what a cluster makes up gets a stand-in that tells its place in the story.

Owns the stand-ins for generated names, and the wording of texts that carry times, addresses or identifiers. Knows
nothing of what is compared.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

Wire = dict[str, Any]
"""An object or a record as plain JSON data."""

NAMELESS_OWNERS = frozenset({"ReplicaSet", "Job", "ReplicationController"})
"""Owners whose pods have no identity of their own."""

_SHORTEST_REPLACED = 5
_NODE = re.compile(r"\bnode-\d+\b")

# What remains of chance in a text once names are replaced, in this order.
_REWORDED = (
    (re.compile(r'"STDIN"|"[^"\s]*\.(?:ya?ml|json)"'), '"<file>"'),
    (re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<uid>"),
    (
        re.compile(r"in [\d.]+m?s \([\d.]+m?s including waiting\)\. Image size: \d+ bytes"),
        "in <time>. Image size: <n> bytes",
    ),
    (re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}\b"), "<ip>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ?"), "<time>"),
    (re.compile(r"in \d+(?:\.\d+)?(?:s|m\d*s?)\b"), "in <time>"),
)


def controller_of(obj: Wire) -> Wire | None:
    """The owner reference of the object's controller."""
    for reference in obj["metadata"].get("ownerReferences") or ():
        if reference.get("controller"):
            return dict(reference)
    return None


def without_nodes(text: str) -> str:
    """The text with every numbered node replaced: which of equal nodes is taken is chance."""
    return _NODE.sub("<node>", text)


class Aliases:
    """The stand-ins of one stream, made from its ADDED records in their order."""

    def __init__(self, records: Iterable[Wire]) -> None:
        self._stand_ins: dict[str, str] = {}
        self._made: Counter[tuple[str, str]] = Counter()
        self._reworded: dict[str, str] = {}
        for record in records:
            if record["type"] == "ADDED" and record["object"]["kind"] != "Event":
                self._meet(record["object"])
        longest_first = sorted(self._stand_ins, key=len, reverse=True)
        names = "|".join(re.escape(name) for name in longest_first)
        self._names = re.compile(rf"(?<![A-Za-z0-9])(?:{names})(?![A-Za-z0-9])") if names else None

    def __call__(self, text: str) -> str:
        """The text as every run would have it."""
        if text not in self._reworded:
            self._reworded[text] = self._reword(text)
        return self._reworded[text]

    def _reword(self, text: str) -> str:
        if self._names is not None:
            text = self._names.sub(lambda match: self._stand_ins[match.group()], text)
        for pattern, instead in _REWORDED:
            text = pattern.sub(instead, text)
        return text

    def _meet(self, obj: Wire) -> None:
        kind, metadata = obj["kind"], obj["metadata"]
        name = metadata["name"]
        if name in self._stand_ins:
            return
        owner = controller_of(obj)
        if owner is not None and kind in ("ReplicaSet", "ControllerRevision"):
            self._meet_revision(obj, self._base(owner))
        elif owner is not None and kind == "Job":
            self._replace(name, f"{self._base(owner)}-run{self._count(kind, self._base(owner))}")
        elif owner is not None and kind == "Pod" and owner["kind"] in NAMELESS_OWNERS:
            self._replace(name, f"{self._base(owner)}-*")
        elif owner is not None and kind == "Pod" and owner["kind"] == "DaemonSet":
            self._replace(name, f"{self._base(owner)}@{_node_of_daemon(obj)}")
        elif kind == "EndpointSlice":
            self._replace(name, f"{owner['name']}-slice" if owner is not None else name)
        elif kind == "PersistentVolume" and name.startswith("pvc-"):
            claim = obj["spec"].get("claimRef") or {}
            self._replace(name, f"pv-of-{claim.get('name', '?')}")
        elif metadata.get("generateName") and not (owner is not None and owner["kind"] == "StatefulSet"):
            self._replace(name, f"{metadata['generateName']}*")

    def _meet_revision(self, obj: Wire, base: str) -> None:
        """A revision of a workload is known by its number, and so is the hash that its pods carry."""
        kind, metadata = obj["kind"], obj["metadata"]
        number = self._count(kind, base)
        self._replace(metadata["name"], f"{base}-hash{number}")
        label = (metadata.get("labels") or {}).get("pod-template-hash")
        if label:
            self._replace(label, f"hash{number}")
        elif kind == "ControllerRevision":
            self._replace(metadata["name"].rpartition("-")[2], f"hash{number}")

    def _base(self, owner: Wire) -> str:
        name = str(owner["name"])
        return self._stand_ins.get(name, name)

    def _count(self, kind: str, base: str) -> int:
        self._made[kind, base] += 1
        return self._made[kind, base]

    def _replace(self, name: str, stand_in: str) -> None:
        if name != stand_in and len(name) >= _SHORTEST_REPLACED:
            self._stand_ins[name] = stand_in


def _node_of_daemon(pod: Wire) -> str:
    """The node a daemon's pod is on, or is meant for."""
    spec = pod["spec"]
    if spec.get("nodeName"):
        return str(spec["nodeName"])
    try:
        required = spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
        return str(required["nodeSelectorTerms"][0]["matchFields"][0]["values"][0])
    except (KeyError, IndexError, TypeError):
        return "?"
