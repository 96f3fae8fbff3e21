"""core/v1 Event.

Fields, names and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is
not served. This file owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from harness.objects.meta import Object, ObjectReference
from harness.objects.value import Time, Value


class EventSeries(Value, frozen=True):
    count: int = 0
    last_observed_time: Time | None = None


class EventSource(Value, frozen=True):
    component: str = ""
    host: str = ""


class Event(Object, frozen=True):
    api_version: ClassVar[str] = "v1"
    kind: ClassVar[str] = "Event"

    involved_object: ObjectReference = field(default_factory=ObjectReference)
    reason: str = ""
    message: str = ""
    source: EventSource = field(default_factory=EventSource)
    first_timestamp: Time | None = None
    last_timestamp: Time | None = None
    count: int = 0
    type: str = ""
    event_time: Time | None = None
    series: EventSeries | None = None
    action: str = ""
    related: ObjectReference | None = None
    reporting_component: str = ""
    reporting_instance: str = ""
