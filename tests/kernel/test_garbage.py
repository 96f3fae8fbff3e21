"""How often Python looks for garbage is as before once a run is over."""

from __future__ import annotations

import gc

import pytest

from harness.kernel.garbage import seldom_collected


def test_garbage_is_looked_for_as_before_afterwards() -> None:
    before = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold() == (*before[:2], 1_000)
    assert gc.get_threshold() == before


def test_garbage_is_looked_for_as_before_after_a_failure() -> None:
    before = gc.get_threshold()
    with pytest.raises(ValueError), seldom_collected():
        raise ValueError
    assert gc.get_threshold() == before


def test_a_collector_that_was_turned_off_stays_off() -> None:
    before = gc.get_threshold()
    gc.set_threshold(0, 10, 10)
    try:
        with seldom_collected():
            assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)
