"""How often Python looks for garbage while a run goes on.

Owns nothing of a run. Nearly all that a run makes is history, which stays until its end, and cycles are rare: looking
through all of it again and again finds next to nothing, and takes longer the longer the run is.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_SELDOM = (2_000, 50, 1_000)


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Within it, Python's collector of cycles runs seldom; afterwards as it did before."""
    before = gc.get_threshold()
    # A first threshold of 0 means that nothing is collected at all, and somebody wanted it so.
    gc.set_threshold(*(_SELDOM if before[0] else before))
    try:
        yield
    finally:
        gc.set_threshold(*before)
