"""Event recorders: what actors say, correlated as client-go does before it reaches the API.

Owns counting, combining and throttling (client-go tools/record/events_cache.go), and the series of the newer recorder
(tools/events). An event is written at the moment it is recorded.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from msgspec.structs import replace

from harness.api import kinds
from harness.api.server import Server
from harness.api.store import Key
from harness.kernel.trace import Cause
from harness.objects.config import Namespace
from harness.objects.event import Event, EventSeries, EventSource
from harness.objects.meta import Object, ObjectMeta, ObjectReference, api_version_of, kind_of

NORMAL = "Normal"
WARNING = "Warning"

_EVENTS = kinds.BY_TYPE[Event].key
_SIMILAR_LIMIT = 10
_SIMILAR_GAP_MS = 600_000
_BURST = 25
_REFILL_MS = 300_000
_SERIES_IDLE_MS = 360_000
_NOTE_LENGTH = 1024
_COMBINED = "(combined from similar events): "

About: TypeAlias = tuple[str, str, str, str]
"""(kind, namespace, name, uid) of the object an event is about."""


def reference(obj: Object, field_path: str = "") -> ObjectReference:
    """The reference an event carries to what it is about."""
    metadata = obj.metadata
    return ObjectReference(
        kind=kind_of(obj),
        namespace=metadata.namespace,
        name=metadata.name,
        uid=metadata.uid,
        api_version=api_version_of(obj),
        resource_version=metadata.resource_version,
        field_path=field_path,
    )


class _Events:
    """Writing events to the store: straight there, since nothing of an event is defaulted or validated."""

    def __init__(self, server: Server) -> None:
        self._server = server

    @property
    def now_ms(self) -> int:
        return self._server.clock.now_ms

    def stamp(self) -> str:
        return self._server.clock.stamp()

    def stamp_micro(self) -> str:
        return self._server.clock.stamp_micro()

    def create(self, event: Event, cause: Cause | None) -> Key | None:
        """Store a new event under a name made of what it is about and a number that is never used twice.

        In a namespace that is on its way out nothing new is let in, events neither: None.
        """
        about = event.involved_object
        clock = self._server.clock
        namespace = about.namespace or "default"
        home = self._server.find(Namespace, "", namespace)
        if home is not None and home.status.phase == "Terminating":
            return None
        number = self._server.store.revision + 1
        nanoseconds = (clock.start_ms + clock.now_ms) * 1_000_000 + number
        name = f"{about.name}.{nanoseconds:x}"
        metadata = ObjectMeta(
            name=name,
            namespace=namespace,
            uid=f"e{number:07x}-0000-4000-8000-{number:012x}",
            creation_timestamp=clock.stamp(),
        )
        self._server.store.commit(_EVENTS, None, replace(event, metadata=metadata), cause)
        return (namespace, name)

    def change(self, key: Key | None, **fields: Any) -> bool:
        """Change fields of a stored event; False if it is gone, or was never let in."""
        if key is None:
            return False
        stored = self._server.store.collection(_EVENTS).objects.get(key)
        if stored is None:
            return False
        self._server.store.commit(_EVENTS, stored, replace(stored, **fields), None)
        return True


class _Similar:
    """The different messages of one kind of event, and when the last of them came."""

    __slots__ = ("last_ms", "messages")

    def __init__(self) -> None:
        self.messages: dict[str, None] = {}
        self.last_ms = 0


class _Bucket:
    """Tokens for writing events: a burst, then one every five minutes. Counted in the time a token takes to come."""

    __slots__ = ("filled_ms", "saved_ms")

    def __init__(self, now_ms: int) -> None:
        self.saved_ms = _BURST * _REFILL_MS
        self.filled_ms = now_ms

    def take(self, now_ms: int) -> bool:
        self.saved_ms = min(_BURST * _REFILL_MS, self.saved_ms + now_ms - self.filled_ms)
        self.filled_ms = now_ms
        if self.saved_ms < _REFILL_MS:
            return False
        self.saved_ms -= _REFILL_MS
        return True


class Recorder:
    """The recorder of controllers and kubelets: the same message again raises a count."""

    def __init__(self, events: _Events, component: str, host: str = "") -> None:
        self._events = events
        self._source = EventSource(component=component, host=host)
        self._host = host
        self._component = component
        self._similar: dict[tuple[About, str, str], _Similar] = {}
        self._counts: dict[tuple[About, str, str, str, str], list[Any]] = {}
        self._buckets: dict[tuple[About, str], _Bucket] = {}

    def event(
        self, obj: Object, type_: str, reason: str, message: str, *, field_path: str = "", cause: Cause | None = None
    ) -> None:
        """Record an event about `obj`. Raises nothing: an event that cannot be written is dropped."""
        metadata = obj.metadata
        about = (kind_of(obj), metadata.namespace, metadata.name, metadata.uid)
        now_ms = self._events.now_ms
        message = self._combined(about, type_, reason, message, now_ms)
        # Combined events are one whatever they say, and count under what they have in common.
        combined = message.startswith(_COMBINED)
        said = ("", _COMBINED) if combined else (field_path, message)
        seen = self._counts.setdefault((about, type_, reason, *said), [0, None])
        seen[0] += 1
        bucket = self._buckets.get((about, type_))
        if bucket is None:
            bucket = self._buckets[(about, type_)] = _Bucket(now_ms)
        if not bucket.take(now_ms):
            return
        stamp = self._events.stamp()
        if seen[1] is not None and self._events.change(seen[1], count=seen[0], last_timestamp=stamp, message=message):
            return
        seen[1] = self._events.create(
            Event(
                involved_object=reference(obj, field_path),
                reason=reason,
                message=message,
                source=self._source,
                first_timestamp=stamp,
                last_timestamp=stamp,
                count=seen[0],
                type=type_,
                reporting_component=self._component,
                reporting_instance=self._host,
            ),
            cause,
        )

    def _combined(self, about: About, type_: str, reason: str, message: str, now_ms: int) -> str:
        """The message, or the one that stands for many: the tenth different one and those after it are combined."""
        similar = self._similar.setdefault((about, type_, reason), _Similar())
        if now_ms - similar.last_ms > _SIMILAR_GAP_MS:
            similar.messages.clear()
        similar.last_ms = now_ms
        similar.messages[message] = None
        if len(similar.messages) < _SIMILAR_LIMIT:
            return message
        # One remembered message is let go; a real recorder takes any of them, here it is the newest.
        similar.messages.popitem()
        return _COMBINED + message


class SeriesRecorder:
    """The recorder of the scheduler: a repeat about the same version of an object becomes a series."""

    def __init__(self, events: _Events, controller: str) -> None:
        self._events = events
        self._controller = controller
        self._series: dict[tuple[About, str, str, str, str, str], list[Any]] = {}

    def event(
        self,
        obj: Object,
        type_: str,
        reason: str,
        action: str,
        note: str,
        *,
        related: Object | None = None,
        cause: Cause | None = None,
    ) -> None:
        """Record an event about `obj` as it is now; `related` is the other object it involves."""
        metadata = obj.metadata
        about = (kind_of(obj), metadata.namespace, metadata.name, metadata.uid)
        now_ms = self._events.now_ms
        key = (about, type_, action, reason, metadata.resource_version, related.metadata.uid if related else "")
        seen = self._series.get(key)
        if seen is not None and now_ms - seen[2] <= _SERIES_IDLE_MS:
            seen[0] += 1
            seen[2] = now_ms
            if seen[0] == 2:
                series = EventSeries(count=2, last_observed_time=self._events.stamp_micro())
                self._events.change(seen[1], series=series)
            return
        if len(note) > _NOTE_LENGTH:
            note = note[: _NOTE_LENGTH - 4] + " ..."
        event = Event(
            involved_object=reference(obj),
            reason=reason,
            message=note,
            type=type_,
            event_time=self._events.stamp_micro(),
            action=action,
            related=reference(related) if related is not None else None,
            reporting_component=self._controller,
            reporting_instance=f"{self._controller}-control-plane",
        )
        self._series[key] = [1, self._events.create(event, cause), now_ms]


class Recorders:
    """The recorders of one process."""

    def __init__(self, server: Server) -> None:
        self._events = _Events(server)

    def recorder(self, component: str, host: str = "") -> Recorder:
        return Recorder(self._events, component, host)

    def series_recorder(self, controller: str) -> SeriesRecorder:
        return SeriesRecorder(self._events, controller)
