"""The one door for chance: who answers, and what is remembered of it."""

from __future__ import annotations

import pytest

from harness.kernel.chance import Chance


def last(_what: str, count: int) -> int:
    return count - 1


def test_the_plain_answer_is_the_first_option() -> None:
    assert Chance().choose("node", ["node-1", "node-2", "node-3"]) == "node-1"


def test_another_chooser_takes_another_option() -> None:
    assert Chance(last).choose("node", ["node-1", "node-2", "node-3"]) == "node-3"


def test_a_chooser_is_told_what_is_chosen_and_among_how_many() -> None:
    asked: list[tuple[str, int]] = []

    def chooser(what: str, count: int) -> int:
        asked.append((what, count))
        return 0

    Chance(chooser).choose("volume", ["a", "b"])
    assert asked == [("volume", 2)]


def test_every_answer_is_remembered_in_order() -> None:
    chance = Chance(last)
    chance.choose("node", ["node-1", "node-2"])
    chance.choose("volume", ["a", "b", "c"])
    assert chance.taken == [("node", 2, 1), ("volume", 3, 2)]


def test_a_single_option_is_no_choice() -> None:
    chance = Chance(lambda _what, _count: pytest.fail("nobody needs to be asked"))
    assert (chance.choose("node", ["node-1"]), chance.taken) == ("node-1", [])


@pytest.mark.parametrize("index", [-1, 2])
def test_an_answer_out_of_range_is_refused_by_name(index: int) -> None:
    with pytest.raises(IndexError, match=f"option {index} of 2 for 'node'"):
        Chance(lambda _what, _count: index).choose("node", ["node-1", "node-2"])
