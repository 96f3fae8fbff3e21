"""The leases of nodes: renewed while they are held, and left as they were."""

from __future__ import annotations

import pytest

from harness.api.leases import Leases
from harness.kernel.clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock(0)


def test_a_lease_nobody_ever_held_was_never_renewed(clock: Clock) -> None:
    leases = Leases(clock)
    assert leases.renewed_ms("node-1") is None
    assert not leases.is_held("node-1")


@pytest.mark.parametrize(
    ("now_ms", "renewed_ms"), [(3_000, 3_000), (12_999, 3_000), (13_000, 13_000), (99_000, 93_000)]
)
def test_a_held_lease_is_renewed_every_ten_seconds(clock: Clock, now_ms: int, renewed_ms: int) -> None:
    leases = Leases(clock)
    clock.now_ms = 3_000
    leases.hold("node-1")
    clock.now_ms = now_ms
    assert leases.renewed_ms("node-1") == renewed_ms


def test_a_lease_left_alone_stays_as_it_was_last_renewed(clock: Clock) -> None:
    leases = Leases(clock)
    leases.hold("node-1")
    clock.now_ms = 27_000
    leases.leave("node-1")
    clock.now_ms = 90_000
    assert leases.renewed_ms("node-1") == 20_000


def test_watchers_are_told_of_leases_taken_and_left_but_of_no_renewal(clock: Clock) -> None:
    leases = Leases(clock)
    told: list[tuple[str, bool]] = []
    leases.watchers.append(lambda node: told.append((node, leases.is_held(node))))
    leases.hold("node-1")
    clock.now_ms = 50_000
    leases.leave("node-1")
    leases.leave("node-1")
    assert told == [("node-1", True), ("node-1", False)]
