"""What is attached where, and the operations that change it: one at a time for each volume that only one may have.

Owns the state of each attachment, the rest after a failure, and the wait for whoever does the attaching. Whether to
attach is the controller's business. Mirrors pkg/controller/volume/attachdetach/cache/actual_state_of_world.go,
pkg/volume/util/operationexecutor and pkg/volume/csi/csi_attacher.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import TypeVar

import msgspec

from harness.actors.controllers.attach_detach.wanted import Place
from harness.control.resting import Rest
from harness.kernel.loop import Entry, Loop
from harness.objects.storage import PersistentVolume

T = TypeVar("T")

_PATIENCE_MS = 120_000


class Attachment(msgspec.Struct):
    """A volume on a node. An uncertain one may or may not be attached; `reported` is what the node is told of it."""

    volume: PersistentVolume
    certain: bool = False
    reported: bool = False
    unwanted_ms: int | None = None


class _Operation(msgspec.Struct):
    """What goes on for a place: running, or resting after a failure."""

    running: bool = False
    rest: Rest = msgspec.field(default_factory=Rest)


class _Wait(msgspec.Struct):
    """Someone waits for a VolumeAttachment; without a word in time, `give_up` is called."""

    look: Callable[[], bool]
    entry: Entry


class Attachments:
    """The table, by place."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        # By volume, then by node, and the other way round: what is asked is mostly about one of either.
        self._by_volume: dict[str, dict[str, Attachment]] = {}
        self._by_node: dict[str, dict[str, Attachment]] = {}
        self._operations: dict[str, dict[str, _Operation]] = {}
        self._waits: dict[str, _Wait] = {}
        # Nodes whose list of volumes is another than they were last told.
        self._untold: dict[str, None] = {}

    def __iter__(self) -> Iterator[tuple[Place, Attachment]]:
        """Every attachment, by name."""
        for name in sorted(self._by_volume):
            for node, found in sorted(self._by_volume[name].items(), key=itemgetter(0)):
                yield (name, node), found

    def get(self, place: Place) -> Attachment | None:
        name, node = place
        return self._by_volume.get(name, {}).get(node)

    def mark(self, place: Place, volume: PersistentVolume, *, certain: bool) -> None:
        """The volume is attached there, or may be."""
        name, node = place
        found = self.get(place)
        if found is None:
            found = Attachment(volume)
            self._by_volume.setdefault(name, {})[node] = found
            self._by_node.setdefault(node, {})[name] = found
        found.volume, found.certain = volume, certain
        if certain:
            self.report(place, True)

    def remove(self, place: Place) -> None:
        name, node = place
        self._untold[node] = None
        _take(self._by_volume, name, node)
        _take(self._by_node, node, name)

    def report(self, place: Place, usable: bool) -> None:
        """The node is to be told that it may use the volume, or that it may not."""
        found = self.get(place)
        if found is not None and found.reported != usable:
            found.reported = usable
            self._untold[place[1]] = None

    def nodes_of(self, name: str) -> list[str]:
        """The nodes that have the volume, or may have it."""
        return sorted(self._by_volume.get(name, ()))

    def on_node(self, node: str) -> list[tuple[str, Attachment]]:
        """The volumes that the node has, or may have, by name."""
        return sorted(self._by_node.get(node, {}).items(), key=itemgetter(0))

    def renew(self, node: str) -> None:
        """The node is to be told its volumes once more."""
        self._untold[node] = None

    def untold(self) -> list[str]:
        """The nodes that are to be told their volumes; they count as told from now on."""
        nodes = sorted(self._untold)
        self._untold.clear()
        return nodes

    # Operations

    def is_busy(self, place: Place, *, exclusive: bool) -> bool:
        """Whether something is being done about the volume: there, or for an exclusive one anywhere."""
        name, node = place
        operations = self._operations.get(name, {})
        return any(one.running and (exclusive or where == node) for where, one in operations.items())

    def rest_ms(self, place: Place) -> int:
        """How long the place still rests after a failure."""
        operation = self._operations.get(place[0], {}).get(place[1])
        return operation.rest.until_ms - self._loop.now_ms if operation is not None else 0

    def begin(self, place: Place) -> None:
        name, node = place
        self._operations.setdefault(name, {}).setdefault(node, _Operation()).running = True

    def succeed(self, place: Place) -> None:
        _take(self._operations, *place)

    def fail(self, place: Place) -> int:
        """The operation failed. Returns how many milliseconds the next one has to wait."""
        operation = self._operations[place[0]][place[1]]
        operation.running = False
        return operation.rest.fail(self._loop.now_ms)

    # Waiting for an attacher

    def wait(self, attachment: str, look: Callable[[], bool], give_up: Callable[[], None]) -> None:
        """Call `look` now and whenever the VolumeAttachment changes until it returns True, or `give_up` in the end."""
        if look():
            return

        def over() -> None:
            del self._waits[attachment]
            give_up()

        self._waits[attachment] = _Wait(look, self._loop.after(_PATIENCE_MS, over))

    def look_again(self, attachment: str) -> None:
        """The VolumeAttachment changed."""
        wait = self._waits.get(attachment)
        if wait is not None and wait.look() and self._waits.get(attachment) is wait:
            self._loop.cancel(wait.entry)
            del self._waits[attachment]


def _take(table: dict[str, dict[str, T]], first: str, second: str) -> None:
    """Remove an entry, if it is there."""
    found = table.get(first, {})
    found.pop(second, None)
    if not found:
        table.pop(first, None)
