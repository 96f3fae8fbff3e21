"""Conditions keep the instant of their last change."""

from __future__ import annotations

from harness.objects.conditions import find, is_ready, is_true, with_condition
from harness.objects.pod import Pod, PodCondition, PodStatus

BEFORE, NOW = "2026-01-01T00:00:00Z", "2026-01-01T00:01:00Z"
READY = PodCondition(type="Ready", status="True", last_transition_time=BEFORE)
BOUND = PodCondition(type="PodScheduled", status="True", last_transition_time=BEFORE)


def test_a_new_condition_goes_to_the_end_dated_now() -> None:
    added = with_condition((BOUND,), PodCondition(type="Ready", status="False"), NOW)
    assert [condition.type for condition in added] == ["PodScheduled", "Ready"]
    assert added[1].last_transition_time == NOW


def test_a_changed_status_is_dated_now_and_keeps_its_place() -> None:
    changed = with_condition((READY, BOUND), PodCondition(type="Ready", status="False"), NOW)
    assert changed == (PodCondition(type="Ready", status="False", last_transition_time=NOW), BOUND)


def test_a_changed_reason_keeps_the_older_instant() -> None:
    changed = with_condition((READY,), PodCondition(type="Ready", status="True", reason="Again"), NOW)
    assert changed[0].reason == "Again"
    assert changed[0].last_transition_time == BEFORE


def test_the_same_condition_changes_nothing() -> None:
    conditions = (READY, BOUND)
    assert with_condition(conditions, PodCondition(type="Ready", status="True"), NOW) is conditions


def test_a_condition_is_found_by_its_type() -> None:
    assert find((READY, BOUND), "PodScheduled") is BOUND
    assert not is_true((BOUND,), "Ready")


def test_a_pod_is_ready_when_its_ready_condition_is_true() -> None:
    assert is_ready(Pod(status=PodStatus(conditions=(READY,))))
    assert not is_ready(Pod())
