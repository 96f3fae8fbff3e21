"""The record of what happened, and the walk back to why."""

from __future__ import annotations

from harness.kernel.trace import Cause, Trace


def woken_by(sequence: int) -> Cause:
    return Cause("controller", "default/web", sequence)


def test_a_records_sequence_is_its_position_counted_from_one() -> None:
    trace = Trace()
    assert [trace.note(0, "ADDED", name).sequence for name in "abc"] == [1, 2, 3]


def test_why_walks_back_through_the_causes_nearest_first() -> None:
    trace = Trace()
    root = trace.note(0, "ADDED", "set")
    trace.note(1, "ADDED", "bystander")
    claim = trace.note(2, "ADDED", "claim", cause=woken_by(root.sequence))
    pod = trace.note(3, "ADDED", "pod", cause=woken_by(claim.sequence))
    assert trace.why(pod) == [claim, root]


def test_what_a_person_did_has_no_why() -> None:
    trace = Trace()
    trace.note(0, "ADDED", "before")
    assert trace.why(trace.note(1, "ADDED", "set", cause=Cause("kubectl", ""))) == []


def test_what_has_no_cause_has_no_why() -> None:
    trace = Trace()
    assert trace.why(trace.note(0, "ADDED", "node")) == []


def test_why_ends_where_a_record_would_be_its_own_reason() -> None:
    trace = Trace()
    trace.note(0, "ADDED", "a")
    assert trace.why(trace.note(1, "MODIFIED", "a", cause=woken_by(2))) == []
