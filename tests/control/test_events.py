"""What actors say, and how repetitions of it are correlated before they reach the API.

Source: client-go tools/record/events_cache.go and tools/events/event_broadcaster.go.
"""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.api import kinds
from harness.api.server import Server
from harness.control.events import NORMAL, WARNING, Recorder, Recorders, SeriesRecorder
from harness.kernel.clock import Clock, parse
from harness.kernel.trace import Trace
from harness.objects.config import ConfigMap, Namespace
from harness.objects.event import Event
from harness.objects.meta import ObjectMeta

EVENTS = kinds.BY_TYPE[Event]


class Stage:
    """One object to speak about, and the recorders of two programs."""

    def __init__(self) -> None:
        self.clock = Clock(parse("2026-01-01T00:00:00Z"))
        self.server = Server(self.clock, Trace())
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        self.about = self.make("web")
        recorders = Recorders(self.server)
        self.recorder: Recorder = recorders.recorder("kubelet", "node-1")
        self.series: SeriesRecorder = recorders.series_recorder("default-scheduler")

    def make(self, name: str) -> ConfigMap:
        return self.server.create(ConfigMap(metadata=ObjectMeta(name=name, namespace="default")))

    def say(self, message: str = "again", type_: str = WARNING, reason: str = "BackOff", field_path: str = "") -> None:
        self.recorder.event(self.about, type_, reason, message, field_path=field_path)

    def say_every(self, gap_ms: int, count: int, message: str = "again") -> None:
        for _ in range(count):
            self.say(message)
            self.clock.now_ms += gap_ms

    def fail(self, note: str = "no node", reason: str = "FailedScheduling") -> None:
        self.series.event(self.about, WARNING, reason, "Scheduling", note)

    def events(self) -> list[Event]:
        """The stored events, oldest first."""
        return list(self.server.store.collection(EVENTS.key).objects.values())

    def the_event(self) -> Event:
        (event,) = self.events()
        return event

    def written_ms(self) -> list[int]:
        """When events were written."""
        return [record.time_ms for record in self.server.store.trace.records if isinstance(record.subject, Event)]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def test_an_event_says_who_speaks_and_of_what(stage: Stage) -> None:
    stage.say("Back-off", field_path="spec.containers{c}")
    event = stage.the_event()
    assert (event.source.component, event.source.host, event.reporting_component, event.reporting_instance) == (
        "kubelet",
        "node-1",
        "kubelet",
        "node-1",
    )
    about = event.involved_object
    assert (about.kind, about.name, about.uid, about.field_path) == (
        "ConfigMap",
        "web",
        stage.about.metadata.uid,
        "spec.containers{c}",
    )


def test_an_event_is_named_after_its_object_and_the_moment(stage: Stage) -> None:
    stage.say()
    name, _, suffix = stage.the_event().metadata.name.partition(".")
    nanoseconds = int(suffix, 16)
    assert (name, nanoseconds // 1_000_000) == ("web", stage.clock.start_ms)


def test_an_event_about_what_lives_in_no_namespace_is_stored_in_default(stage: Stage) -> None:
    namespace = stage.server.find(Namespace, "", "default")
    assert namespace is not None
    stage.recorder.event(namespace, NORMAL, "Seen", "hello")
    assert stage.the_event().metadata.namespace == "default"


def test_the_same_message_again_raises_the_count_and_moves_the_last_time(stage: Stage) -> None:
    stage.say_every(2_000, 3)
    event = stage.the_event()
    assert (event.count, event.first_timestamp, event.last_timestamp) == (
        3,
        "2026-01-01T00:00:00Z",
        "2026-01-01T00:00:04Z",
    )


@pytest.mark.parametrize("other", [{"message": "else"}, {"type_": NORMAL}, {"reason": "Failed"}, {"field_path": "x"}])
def test_another_message_type_reason_or_place_is_another_event(stage: Stage, other: dict[str, str]) -> None:
    stage.say()
    stage.say(**other)
    assert [event.count for event in stage.events()] == [1, 1]


def test_an_object_of_the_same_name_is_another_object(stage: Stage) -> None:
    stage.say()
    stage.server.delete(kinds.BY_TYPE[ConfigMap], "default", "web")
    stage.about = stage.make("web")
    stage.say()
    assert [event.count for event in stage.events()] == [1, 1]


def test_an_event_that_is_gone_is_written_anew_with_what_was_counted(stage: Stage) -> None:
    stage.say_every(1_000, 2)
    gone = stage.the_event().metadata
    stage.server.delete(EVENTS, gone.namespace, gone.name)
    stage.say()
    assert (stage.the_event().count, stage.the_event().metadata.name != gone.name) == (3, True)


def test_the_tenth_different_message_is_combined_with_those_after_it(stage: Stage) -> None:
    for number in range(1, 13):
        stage.say(f"message {number}")
    events = stage.events()
    assert [event.message for event in events[:9]] == [f"message {number}" for number in range(1, 10)]
    assert [(event.message, event.count) for event in events[9:]] == [("(combined from similar events): message 12", 3)]


def test_messages_more_than_ten_minutes_apart_are_not_similar(stage: Stage) -> None:
    for number in range(1, 10):
        stage.say(f"message {number}")
    stage.clock.now_ms += 600_001
    stage.say("message 10")
    assert stage.events()[-1].message == "message 10"


def test_messages_ten_minutes_apart_are_still_similar(stage: Stage) -> None:
    for number in range(1, 10):
        stage.say(f"message {number}")
    stage.clock.now_ms += 600_000
    stage.say("message 10")
    assert stage.events()[-1].message == "(combined from similar events): message 10"


def test_different_messages_are_combined_whatever_container_they_are_about(stage: Stage) -> None:
    for number in range(1, 10):
        stage.say(f"message {number}")
    stage.say("message 10", field_path="spec.containers{a}")
    stage.say("message 11", field_path="spec.containers{b}")
    assert (len(stage.events()), stage.events()[-1].count) == (10, 2)


def test_a_burst_of_25_is_written_and_no_more(stage: Stage) -> None:
    stage.say_every(0, 40)
    assert len(stage.written_ms()) == 25


def test_the_count_grows_while_nothing_is_written_and_jumps_at_the_next_write(stage: Stage) -> None:
    stage.say_every(0, 40)
    assert stage.the_event().count == 25
    stage.clock.now_ms += 300_000
    stage.say()
    assert stage.the_event().count == 41


@pytest.mark.parametrize("gap_ms", [1_000, 7_000, 10_000])
def test_after_the_burst_one_event_is_written_every_300_seconds(stage: Stage, gap_ms: int) -> None:
    stage.say_every(gap_ms, 1_000_000 // gap_ms)
    due_ms = [-(-300_000 * number // gap_ms) * gap_ms for number in (1, 2, 3)]
    assert stage.written_ms()[25:] == due_ms


def test_silence_saves_up_no_more_than_one_burst(stage: Stage) -> None:
    stage.say_every(0, 40)
    stage.clock.now_ms += 24 * 3_600_000
    stage.say_every(0, 40)
    assert len(stage.written_ms()) == 50


def test_warnings_and_normal_events_are_throttled_apart(stage: Stage) -> None:
    stage.say_every(0, 30)
    stage.say("fine", type_=NORMAL, reason="Pulled")
    assert stage.events()[-1].message == "fine"


def test_objects_are_throttled_apart(stage: Stage) -> None:
    stage.say_every(0, 30)
    stage.about = stage.make("other")
    stage.say()
    assert stage.events()[-1].involved_object.name == "other"


def test_the_scheduler_writes_when_it_saw_in_microseconds_and_counts_nothing(stage: Stage) -> None:
    stage.clock.now_ms = 1_042
    stage.fail()
    event = stage.the_event()
    assert (event.event_time, event.first_timestamp, event.count, event.source.component) == (
        "2026-01-01T00:00:01.042000Z",
        None,
        0,
        "",
    )
    assert (event.reporting_component, event.action) == ("default-scheduler", "Scheduling")


def test_a_repeat_about_the_same_version_becomes_a_series_of_two(stage: Stage) -> None:
    stage.fail()
    stage.clock.now_ms = 5_000
    stage.fail()
    series = stage.the_event().series
    assert series is not None
    assert (series.count, series.last_observed_time) == (2, "2026-01-01T00:00:05.000000Z")


def test_a_repeat_with_another_note_keeps_the_first_note(stage: Stage) -> None:
    stage.fail("no node")
    stage.fail("no volume")
    assert stage.the_event().message == "no node"


def test_a_third_time_is_not_written(stage: Stage) -> None:
    for _ in range(5):
        stage.fail()
    assert len(stage.written_ms()) == 2


def test_any_write_to_the_object_makes_the_next_one_a_new_event(stage: Stage) -> None:
    stage.fail()
    stage.about = stage.server.update(replace(stage.about, data={"key": "new"}))
    stage.fail()
    assert [event.series for event in stage.events()] == [None, None]


def test_a_single_event_is_forgotten_after_six_minutes(stage: Stage) -> None:
    stage.fail()
    stage.clock.now_ms += 360_001
    stage.fail()
    assert [event.series for event in stage.events()] == [None, None]


def test_a_series_lives_on_while_its_repeats_are_less_than_six_minutes_apart(stage: Stage) -> None:
    for _ in range(4):
        stage.fail()
        stage.clock.now_ms += 300_000
    assert len(stage.events()) == 1


def test_another_reason_is_another_event(stage: Stage) -> None:
    stage.fail()
    stage.fail(reason="Scheduled")
    assert len(stage.events()) == 2


def test_another_related_object_is_another_event(stage: Stage) -> None:
    for name in ("a", "b"):
        stage.series.event(stage.about, NORMAL, "Preempted", "Preempting", "by a pod", related=stage.make(name))
    assert len(stage.events()) == 2


def test_a_note_is_cut_to_1024_characters(stage: Stage) -> None:
    stage.fail("x" * 2_000)
    assert stage.the_event().message == "x" * 1_020 + " ..."
