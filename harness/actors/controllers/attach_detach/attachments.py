"""What is attached where, and the operations that change it: one at a time for each volume that only one may have.

Owns the state of each attachment, the rest after a failure, and the wait for whoever does the attaching. Whether to
attach is the controller's business. Mirrors pkg/controller/volume/attachdetach/cache/actual_state_of_world.go,
pkg/volume/util/operationexecutor and pkg/volume/csi/csi_attacher.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from harness.actors.controllers.attach_detach.wanted import Place
from harness.control.resting import Rest
from harness.kernel.loop import Entry, Loop
from harness.objects.storage import PersistentVolume

_PATIENCE_MS = 120_000


class Attachment(msgspec.Struct):
    """A volume on a node. An uncertain one may or may not be attached; `reported` is what the node is told of it."""

    volume: PersistentVolume
    certain: bool = False
    reported: bool = False
    unwanted_ms: int | None = None


class _Wait(msgspec.Struct):
    """Someone waits for a VolumeAttachment; without a word in time, `give_up` is called."""

    look: Callable[[], bool]
    entry: Entry


class Attachments:
    """The table, by place."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._attachments: dict[Place, Attachment] = {}
        # The same by volume and by node; and the nodes at which something is being done, by volume.
        self._nodes: dict[str, dict[str, None]] = {}
        self._on: dict[str, dict[str, Attachment]] = {}
        self._running: dict[str, dict[str, None]] = {}
        self._rests: dict[Place, Rest] = {}
        self._waits: dict[str, _Wait] = {}

    def __iter__(self) -> Iterator[tuple[Place, Attachment]]:
        """Every attachment, by name."""
        return iter(sorted(self._attachments.items(), key=_first))

    def get(self, place: Place) -> Attachment | None:
        return self._attachments.get(place)

    def mark(self, place: Place, volume: PersistentVolume, *, certain: bool) -> Attachment:
        """The volume is attached there, or may be."""
        found = self._attachments.get(place)
        if found is None:
            name, node = place
            found = self._attachments[place] = self._on.setdefault(node, {})[name] = Attachment(volume)
            self._nodes.setdefault(name, {})[node] = None
        found.volume, found.certain = volume, certain
        found.reported = found.reported or certain
        return found

    def remove(self, place: Place) -> None:
        if self._attachments.pop(place, None) is not None:
            name, node = place
            _take_out(self._on, node, name)
            _take_out(self._nodes, name, node)

    def nodes(self) -> list[str]:
        """The nodes that have a volume, or may have one."""
        return sorted(self._on)

    def nodes_of(self, name: str) -> list[str]:
        """The nodes that have the volume, or may have it."""
        return sorted(self._nodes.get(name, ()))

    def are_on(self, node: str) -> bool:
        """Whether the node has a volume, or may have one."""
        return node in self._on

    def reported_on(self, node: str) -> tuple[str, ...]:
        """The volumes that the node may use."""
        return tuple(name for name, found in sorted(self._on.get(node, {}).items(), key=_first) if found.reported)

    # Operations

    def is_busy(self, place: Place, *, exclusive: bool) -> bool:
        """Whether something is being done about the volume: there, or for an exclusive one anywhere."""
        name, node = place
        running = self._running.get(name, ())
        return bool(running) if exclusive else node in running

    def rest_ms(self, place: Place) -> int:
        """How long the place still rests after a failure."""
        rest = self._rests.get(place)
        return rest.until_ms - self._loop.now_ms if rest is not None else 0

    def begin(self, place: Place) -> None:
        name, node = place
        self._running.setdefault(name, {})[node] = None

    def succeed(self, place: Place) -> None:
        self._end(place)
        self._rests.pop(place, None)

    def fail(self, place: Place) -> int:
        """The operation failed. Returns how many milliseconds the next one has to wait."""
        self._end(place)
        return self._rests.setdefault(place, Rest()).fail(self._loop.now_ms)

    def _end(self, place: Place) -> None:
        name, node = place
        _take_out(self._running, name, node)

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


def _first(item: tuple[Any, Any]) -> Any:
    return item[0]


def _take_out(table: dict[str, dict[str, Any]], key: str, name: str) -> None:
    """Take one name out of a table of tables, and the inner one with the last."""
    names = table.get(key, {})
    if name in names:
        del names[name]
        if not names:
            del table[key]
