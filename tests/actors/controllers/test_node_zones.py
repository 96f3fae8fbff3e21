"""How disrupted a zone is, and how fast its nodes are given up then."""

from __future__ import annotations

import pytest

from harness.actors.controllers.node_lifecycle.zones import (
    FULL_DISRUPTION,
    NORMAL,
    PARTIAL_DISRUPTION,
    Limiter,
    interval_ms,
    is_counted,
    state,
    zone_of,
)
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node


@pytest.mark.parametrize(
    ("ready", "not_ready", "expected"),
    [
        (3, 0, NORMAL),
        (0, 0, NORMAL),
        (1, 2, NORMAL),
        (3, 3, NORMAL),
        (9, 11, PARTIAL_DISRUPTION),
        (1, 3, PARTIAL_DISRUPTION),
        (0, 1, FULL_DISRUPTION),
        (0, 40, FULL_DISRUPTION),
    ],
)
def test_a_zone_is_disrupted_when_more_than_two_and_most_of_its_nodes_are_not_ready(
    ready: int, not_ready: int, expected: str
) -> None:
    assert state(ready, not_ready) == expected


@pytest.mark.parametrize(
    ("disruption", "size", "expected"),
    [
        (NORMAL, 3, 10_000),
        (FULL_DISRUPTION, 3, 10_000),
        (PARTIAL_DISRUPTION, 50, None),
        (PARTIAL_DISRUPTION, 51, 100_000),
    ],
)
def test_a_small_zone_that_is_disrupted_is_left_alone(disruption: str, size: int, expected: int | None) -> None:
    assert interval_ms(disruption, size) == expected


def test_the_zone_is_that_of_the_labels_old_or_new() -> None:
    new = {"topology.kubernetes.io/region": "r", "topology.kubernetes.io/zone": "a"}
    old = {"failure-domain.beta.kubernetes.io/region": "r", "failure-domain.beta.kubernetes.io/zone": "a"}
    assert [zone_of(Node(metadata=ObjectMeta(labels=labels))) for labels in (new, old, {})] == [
        ("r", "a"),
        ("r", "a"),
        ("", ""),
    ]


def test_a_node_can_be_left_out_of_the_count() -> None:
    labels = {"node.kubernetes.io/exclude-disruption": ""}
    assert not is_counted(Node(metadata=ObjectMeta(labels=labels)))
    assert is_counted(Node())


def test_the_limiter_gives_one_token_every_ten_seconds() -> None:
    limiter = Limiter()
    assert [limiter.take(now_ms) for now_ms in (0, 100, 9_900, 10_000, 10_100)] == [True, False, False, True, False]


def test_a_limiter_that_gives_nothing_gives_after_a_whole_interval_once_it_may_again() -> None:
    limiter = Limiter()
    limiter.set(None, 1_000)
    assert not limiter.take(500_000)
    assert limiter.free_ms is None
    limiter.set(10_000, 500_000)
    assert limiter.free_ms == 510_000


def test_a_token_that_was_there_is_there_at_the_new_rate() -> None:
    limiter = Limiter()
    limiter.set(100_000, 60_000)
    assert limiter.take(60_000)
    assert not limiter.take(150_000)
    assert limiter.take(160_000)
