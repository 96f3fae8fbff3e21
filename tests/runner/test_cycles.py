"""What is said to keep repeating in a step that never settles."""

from __future__ import annotations

from harness.kernel.trace import Cause, Record
from harness.objects.config import ConfigMap
from harness.objects.meta import ObjectMeta
from harness.runner.cycles import cycle


def changes(names: str) -> list[Record]:
    """A change of a config map for each letter."""
    return [
        Record(number, number, "MODIFIED", ConfigMap(metadata=ObjectMeta(name=name)), None, Cause("gardener", ""))
        for number, name in enumerate(names, 1)
    ]


def line(name: str) -> str:
    return f"configmap/{name} changed by gardener"


def test_what_repeats_three_times_is_a_cycle() -> None:
    assert cycle(changes("xyz" + "abc" * 3)) == (line("a"), line("b"), line("c"))


def test_the_shortest_cycle_is_named() -> None:
    assert cycle(changes("a" * 12)) == (line("a"),)


def test_a_cycle_reads_alike_wherever_it_was_cut_off() -> None:
    assert cycle(changes("cabcabcab" + "c")) == cycle(changes("abcabcabc" + "a"))


def test_without_a_strict_cycle_the_most_frequent_changes_are_named() -> None:
    assert cycle(changes("abacadae")) == (f"{line('a')} (4 times)",)


def test_what_repeats_but_twice_is_no_cycle() -> None:
    assert cycle(changes("xabab")) == (f"{line('a')} (2 times)", f"{line('b')} (2 times)")


def test_nothing_is_no_cycle() -> None:
    assert cycle([]) == ()
