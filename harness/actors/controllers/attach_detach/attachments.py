"""What is attached where, and the operations that change it: one at a time for each volume that only one may have.

Owns the state of each attachment, the rest after a failure, and the wait for whoever does the attaching. Whether to
attach is the controller's business. Mirrors pkg/controller/volume/attachdetach/cache/actual_state_of_world.go,
pkg/volume/util/operationexecutor and pkg/volume/csi/csi_attacher.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
        self._attachments: dict[Place, Attachment] = {}
        self._operations: dict[Place, _Operation] = {}
        self._waits: dict[str, _Wait] = {}

    def __iter__(self) -> Iterator[tuple[Place, Attachment]]:
        """Every attachment, by name."""
        return iter(sorted(self._attachments.items(), key=lambda item: item[0]))

    def get(self, place: Place) -> Attachment | None:
        return self._attachments.get(place)

    def mark(self, place: Place, volume: PersistentVolume, *, certain: bool) -> Attachment:
        """The volume is attached there, or may be."""
        found = self._attachments.setdefault(place, Attachment(volume))
        found.volume, found.certain = volume, certain
        found.reported = found.reported or certain
        return found

    def remove(self, place: Place) -> None:
        self._attachments.pop(place, None)

    def nodes_of(self, name: str) -> list[str]:
        """The nodes that have the volume, or may have it."""
        return sorted(node for volume, node in self._attachments if volume == name)

    def reported_on(self, node: str) -> tuple[str, ...]:
        """The volumes that the node may use."""
        return tuple(name for (name, where), found in self if where == node and found.reported)

    # Operations

    def is_busy(self, place: Place, *, exclusive: bool) -> bool:
        """Whether something is being done about the volume: there, or for an exclusive one anywhere."""
        name, node = place
        return any(
            operation.running and volume == name and (exclusive or where == node)
            for (volume, where), operation in self._operations.items()
        )

    def rest_ms(self, place: Place) -> int:
        """How long the place still rests after a failure."""
        operation = self._operations.get(place)
        return operation.rest.until_ms - self._loop.now_ms if operation is not None else 0

    def begin(self, place: Place) -> None:
        self._operations.setdefault(place, _Operation()).running = True

    def succeed(self, place: Place) -> None:
        self._operations.pop(place, None)

    def fail(self, place: Place) -> int:
        """The operation failed. Returns how many milliseconds the next one has to wait."""
        operation = self._operations[place]
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
