"""Numbers by node that are summed up by place, and kept up to date."""

from __future__ import annotations

from harness.actors.scheduler.crowds import Tally

ZONES = {"node-1": "a", "node-2": "a", "node-3": "b", "node-4": None}


def tally(**counts: int) -> Tally:
    made = Tally(lambda node: {"zone": ZONES[node] or ""})
    for node, count in counts.items():
        for _ in range(count):
            made.shift(node.replace("_", "-"), 1)
    return made


def test_a_place_has_the_sum_of_its_nodes_and_a_node_without_a_label_is_a_place_of_its_own() -> None:
    assert tally(node_1=2, node_2=1, node_3=1, node_4=3).by_place(ZONES) == {"a": 3, "b": 1, None: 3}


def test_nodes_that_have_no_place_do_not_count() -> None:
    assert tally(node_1=2, node_3=1).by_place({"node-1": "a"}) == {"a": 2}


def test_what_was_asked_for_once_is_kept_up_to_date() -> None:
    counted = tally(node_1=1, node_3=1)
    some = {"node-1": "x"}
    assert (counted.by_place(ZONES), counted.by_place(some)) == ({"a": 1, "b": 1}, {"x": 1})
    counted.shift("node-2", 1)
    counted.shift("node-3", -1)
    assert (counted.by_place(ZONES), counted.by_place(some)) == ({"a": 2}, {"x": 1})


def test_the_same_places_told_anew_are_counted_anew() -> None:
    counted = tally(node_1=1)
    for _ in range(6):
        assert counted.by_place(dict(ZONES)) == {"a": 1}
    counted.shift("node-1", 1)
    assert counted.by_place(dict(ZONES)) == {"a": 2}
