"""Readable names for what a real cluster makes up at random: generated names, uids, volumes named after a uid.

Owns which names are random and what stands for them: `web-x7k2p` reads `web-<1>`, the first of its prefix; the volume
`pvc-<uid>` reads `pvc-<data-web-0>`, after its claim, and `pvc-<data-web-0 #2>` after the second claim of that name;
an attachment's `csi-<hash>` reads `csi-<pv-1 on node-1>`, after its volume and node.
Names that follow from the scenario are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from harness.golden import naming
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi import VolumeAttachment
from harness.objects.event import Event
from harness.objects.meta import Object

# The alphabet of generated suffixes: k8s.io/apimachinery/pkg/util/rand.
_SUFFIX = re.compile("[bcdfghjklmnpqrstvwxz2456789]{5}")
# The directory of a provisioned host-path volume is named after a uid of its own.
_DIRECTORY = re.compile("(?<=/tmp/hostpath_pv/)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_HASH = re.compile("csi-[0-9a-f]{64}")
# What stands in a column, and the gap behind it.
_CELL = re.compile(r"(\S+(?: \S+)*)( {2,})?")
_UID = re.compile("(pvc-)?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


class StandIns:
    """The stand-ins of one outcome, in the order in which its objects came to be."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._uids: dict[str, str] = {}
        self._claims: dict[str, str] = {}
        self._names: dict[str, str] = {}
        counts: dict[str, int] = {}
        for record in records:
            if record.previous is None and not isinstance(record.subject, Event):
                self._learn(record.subject, counts)
        if self._names:
            names = "|".join(map(re.escape, sorted(self._names, key=lambda name: (-len(name), name))))
            self._pattern = re.compile(f"(?<![a-z0-9.-])(?:{names})(?![a-z0-9])")

    def _learn(self, obj: Object, counts: dict[str, int]) -> None:
        metadata = obj.metadata
        shown = metadata.name if metadata.namespace in ("", "default") else f"{metadata.namespace}/{metadata.name}"
        if metadata.uid:
            self._uids[metadata.uid] = naming.short_of(obj)
            if isinstance(obj, PersistentVolumeClaim):
                made = counts[f"claim {shown}"] = counts.get(f"claim {shown}", 0) + 1
                self._claims[metadata.uid] = shown if made == 1 else f"{shown} #{made}"
        if isinstance(obj, VolumeAttachment) and _HASH.fullmatch(metadata.name):
            self._names[metadata.name] = f"csi-<{obj.spec.source.persistent_volume_name} on {obj.spec.node_name}>"
        prefix = metadata.generate_name
        if prefix and metadata.name.startswith(prefix) and _SUFFIX.fullmatch(metadata.name[len(prefix) :]):
            counts[prefix] = counts.get(prefix, 0) + 1
            self._names.setdefault(metadata.name, f"{prefix}<{counts[prefix]}>")

    def text(self, text: str) -> str:
        """The text with every random name in it replaced."""
        if "-" not in text:
            return text
        if self._names:
            text = self._pattern.sub(lambda found: self._names[found[0]], text)
        return _UID.sub(self._uid, _DIRECTORY.sub("<uuid>", text))

    def table(self, text: str) -> str:
        """As `text`, for lines in columns: what stands behind a replaced name stays where it was."""
        return _CELL.sub(self._cell, text)

    def _cell(self, found: re.Match[str]) -> str:
        replaced = self.text(found[1])
        return f"{replaced}{' ' * (len(found[0]) - len(replaced))}" if found[2] else replaced

    def _uid(self, found: re.Match[str]) -> str:
        prefix, uid = found[1] or "", found[2]
        if prefix and uid in self._claims:
            return f"{prefix}<{self._claims[uid]}>"
        return f"{prefix}<uid of {self._uids[uid]}>" if uid in self._uids else found[0]

    def data(self, data: Any) -> Any:
        """Plain data with every random name in its texts and keys replaced."""
        if isinstance(data, str):
            return self.text(data)
        if isinstance(data, dict):
            return {self.text(key): self.data(item) for key, item in data.items()}
        if isinstance(data, list):
            return [self.data(item) for item in data]
        return data
