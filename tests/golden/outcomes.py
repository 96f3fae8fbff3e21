"""Small outcomes made by hand, so that what a golden file says can be asked without a cluster."""

from __future__ import annotations

from itertools import count
from typing import Any

from msgspec.structs import replace

from harness.kernel.trace import Record
from harness.objects.event import Event
from harness.objects.meta import Object, ObjectMeta, ObjectReference
from harness.objects.pod import Container, Pod, PodCondition, PodSpec, PodStatus
from harness.outcome import Outcome, StepOutcome


class Story:
    """Records what happens to objects; the newest value of each is what there is at the end."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._records: list[Record] = []
        self._steps: list[StepOutcome] = []
        self._objects: dict[tuple[str, str, str], Object] = {}
        self.before: tuple[Record, ...] = ()
        self.now_ms = 0

    def happens(self, after: Object, *, at_ms: int | None = None) -> None:
        """The object is as given from now on."""
        key = _key(after)
        before = self._objects.get(key)
        self._record("MODIFIED" if before is not None else "ADDED", after, before, at_ms)
        if not isinstance(after, Event):
            self._objects[key] = after

    def vanishes(self, obj: Object, *, at_ms: int | None = None) -> None:
        self._record("DELETED", obj, self._objects.pop(_key(obj)), at_ms)

    def says(
        self, about: Object, reason: str, message: str, type_: str = "Normal", *, at_ms: int | None = None
    ) -> None:
        metadata = about.metadata
        reference = ObjectReference(kind=about.kind, namespace=metadata.namespace, name=metadata.name)
        event = Event(
            metadata=ObjectMeta(name=f"event-{next(self._numbers)}"),
            involved_object=reference,
            reason=reason,
            message=message,
            type=type_,
        )
        self._record("ADDED", event, None, at_ms)

    def _record(self, type_: str, after: Object, before: Object | None, at_ms: int | None) -> None:
        self.now_ms = self.now_ms if at_ms is None else at_ms
        self._records.append(Record(next(self._numbers), self.now_ms, type_, after, before))

    def step(self, did: str = "apply x", **fields: Any) -> None:
        """Everything since the last step is what this one brought about."""
        began_ms = self._steps[-1].settled_ms if self._steps else 0
        step = StepOutcome(
            index=len(self._steps),
            verb=fields.pop("verb", "apply"),
            did=did,
            written={},
            line=len(self._steps) + 2,
            began_ms=began_ms,
            records=tuple(self._records),
            settled_ms=fields.pop("settled_ms", self.now_ms + 60_000),
        )
        self._steps.append(replace(step, **fields))
        self._records = []

    def outcome(self) -> Outcome:
        if self._records or not self._steps:
            self.step()
        return Outcome(
            path="scenarios/x.yaml",
            description="",
            before=self.before,
            steps=tuple(self._steps),
            objects=tuple(self._objects.values()),
        )


def _key(obj: Object) -> tuple[str, str, str]:
    return (type(obj).__name__, obj.metadata.namespace, obj.metadata.name)


def named(name: str, namespace: str = "default", **fields: Any) -> ObjectMeta:
    return ObjectMeta(name=name, namespace=namespace, uid=fields.pop("uid", f"uid-{name}"), **fields)


def pod(name: str = "p", *, ready: bool = False, phase: str = "Pending", **fields: Any) -> Pod:
    conditions = (PodCondition(type="Ready", status="True" if ready else "False"),)
    return Pod(
        metadata=fields.pop("metadata", named(name)),
        spec=PodSpec(containers=(Container(name="c", image="app:v1"),), **fields),
        status=PodStatus(phase=phase, conditions=conditions),
    )
