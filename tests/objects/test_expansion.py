"""How far the expansion of a claim has come."""

from __future__ import annotations

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.expansion import (
    CONTROLLER_RESIZING,
    capacity_of,
    finished,
    resize_state,
    with_conditions,
    with_state,
)
from harness.objects.wire import from_wire

NOW = "2026-01-01T00:00:00Z"


def claim(*conditions: str, state: str = "") -> PersistentVolumeClaim:
    document = {
        "spec": {"resources": {"requests": {"storage": "2Gi"}}},
        "status": {
            "capacity": {"storage": "1Gi"},
            "conditions": [{"type": each, "status": "True", "message": "before"} for each in conditions],
            "allocatedResourceStatuses": {"storage": state} if state else {},
        },
    }
    return from_wire(document, PersistentVolumeClaim)


def told(of: PersistentVolumeClaim) -> list[tuple[str, str]]:
    return [(condition.type, condition.message) for condition in of.status.conditions]


def test_the_size_of_a_claim_is_told_exactly_and_is_nothing_where_it_is_not_known() -> None:
    assert capacity_of(claim()) == 1024**3 * 1000
    assert capacity_of(PersistentVolumeClaim()) == 0


def test_the_state_of_other_resources_is_left_alone() -> None:
    began = with_state(claim(), CONTROLLER_RESIZING)
    assert resize_state(began) == CONTROLLER_RESIZING
    assert resize_state(with_state(began, "")) == ""
    assert with_state(began, "").status.allocated_resource_statuses == {}


def test_new_conditions_of_an_expansion_take_the_place_of_earlier_ones_and_of_no_others() -> None:
    before = claim("Resizing", "ModifyingVolume", "ControllerResizeError")
    new = {"Resizing": "now"}
    assert told(with_conditions(before, new, NOW, keep=False)) == [("Resizing", "now"), ("ModifyingVolume", "before")]
    assert told(with_conditions(before, new, NOW, keep=True)) == [
        ("Resizing", "now"),
        ("ModifyingVolume", "before"),
        ("ControllerResizeError", "before"),
    ]


def test_new_conditions_come_last_with_the_time_at_which_they_came() -> None:
    (condition,) = with_conditions(claim(), {"Resizing": ""}, NOW, keep=True).status.conditions
    assert (condition.type, condition.status, condition.last_transition_time) == ("Resizing", "True", NOW)


def test_a_finished_expansion_leaves_the_size_and_nothing_else() -> None:
    done = finished(claim("Resizing", "FileSystemResizePending", state="NodeResizePending"), "2Gi")
    assert (told(done), resize_state(done), done.status.capacity) == ([], "", {"storage": "2Gi"})
